//! Makes and lists keys.

use std::fmt::Write;

use lockstep_node::{
    client::key::{Key, KeyFolder},
    dev,
};
use serde_json::json;

use super::{
    Shown,
    args::{KeysArgs, KeysCommand},
};

pub(crate) fn run(args: KeysArgs, folder: &KeyFolder) -> anyhow::Result<Shown> {
    match args.command {
        KeysCommand::New { name } => {
            let (key, file) = folder.create(&name)?;
            let address = key.address();
            let text = format!("made the key {name}\n  address {address}\n  file    {}", file.display());
            Shown::new(json!({ "name": name, "address": address, "file": file }), text)
        }
        KeysCommand::List => {
            let mut text = String::new();
            let (mut list, mut bad) = (Vec::new(), Vec::new());
            for (name, key) in folder.list()? {
                match key {
                    Ok(key) => {
                        writeln!(text, "{name:<12} {}", key.address())?;
                        list.push(json!({ "name": name, "address": key.address(), "public": false }));
                    }
                    Err(error) => {
                        writeln!(text, "{name:<12} cannot be used: {error}")?;
                        bad.push(json!({ "name": name, "error": error.to_string() }));
                    }
                }
            }
            for (name, key) in dev_keys() {
                writeln!(text, "{name:<12} {}  (dev chains only: everybody knows it)", key.address())?;
                list.push(json!({ "name": name, "address": key.address(), "public": true }));
            }
            Shown::new(json!({ "keys": list, "bad": bad }), text)
        }
    }
}

/// The keys that everybody knows, by name.
pub(crate) fn dev_keys() -> impl Iterator<Item = (&'static str, Key)> {
    dev::NAMES.into_iter().filter_map(|name| Some((name, Key::from(dev::key(name)?))))
}
