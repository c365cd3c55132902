//! Traps, told as functions, files and lines.

use std::path::PathBuf;

use lockstep_node::rpc::TrapAnswer;
use lockstep_runtime::CodePlace;
use serde_json::{Value, json};

use super::{
    Shown,
    args::WhereArgs,
    symbols::{Line, Symbols, default_folder},
};

pub(crate) fn run(args: &WhereArgs) -> anyhow::Result<Shown> {
    let WhereArgs { file, places } = args;
    let lines = Symbols::read(file)?.locate(places)?;
    let text: Vec<_> = lines.iter().map(Line::to_string).collect();
    Shown::new(json!({ "lines": lines }), text.join("\n"))
}

/// Where the modules with names and lines are.
#[derive(Debug, Clone, Default)]
pub(crate) struct SymbolFolder(Option<PathBuf>);

impl SymbolFolder {
    /// The folder that was given, or the usual one.
    pub(crate) fn new(given: Option<PathBuf>) -> Self {
        Self(given.or_else(default_folder))
    }

    /// What is known of traps: for programs, and for people, to be put behind a line.
    pub(crate) fn tell(&self, traps: &[TrapAnswer]) -> (Value, String) {
        let (mut json, mut text) = (Vec::new(), String::new());
        for trap in traps {
            let places: Vec<CodePlace> = trap.at.iter().filter_map(|place| place.parse().ok()).collect();
            let symbols = self.0.as_ref().and_then(|folder| Symbols::find(folder, trap.code));
            let lines = symbols.and_then(|symbols| symbols.locate(&places).ok());
            let mut told = json!(trap);
            if traps.len() > 1 {
                text.push_str(&format!("\n  in {}: {}", trap.contract, trap.message));
            }
            match &lines {
                Some(lines) => lines.iter().for_each(|line| text.push_str(&format!("\n  at {line}"))),
                None => text.push_str(&format!(
                    "\n  at {} of its code; what `lockstep build` makes tells file and line, see --symbols",
                    trap.at.join(" ")
                )),
            }
            told["lines"] = json!(lines);
            json.push(told);
        }
        (json.into(), text)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use lockstep_abi::schema::Description;
    use lockstep_node::{
        Node, NodeConfig, Settings,
        chain::ChainOptions,
        client::{Client, key::KeyFolder},
        dev,
    };

    use super::*;
    use crate::cli::{
        Session,
        args::{BuildArgs, CallArgs, DeployArgs, QueryArgs, SignArgs},
        build, contract,
        failure::Failure,
    };

    /// Panics in several ways. What a test expects is marked in the line.
    const SOURCE: &str = r#"#![cfg_attr(target_family = "wasm", no_std)]
use lockstep_sdk::prelude::*;

#[storage]
pub struct Shop {
    sold: Map<u64, u64>,
}

#[contract]
impl Shop {
    pub fn buy(&mut self, n: u64) -> u64 {
        let sold = self.sold.get(&n);
        self.sold.set(&n, sold + n); // overflow
        price(n)
    }

    pub fn price_of(&self, n: u64) -> u64 {
        price(n) + 1 // caller
    }
}

#[inline(never)]
fn price(n: u64) -> u64 {
    1_000 / n // division
}
"#;

    fn line(mark: &str) -> usize {
        1 + SOURCE.lines().position(|line| line.ends_with(&format!("// {mark}"))).unwrap()
    }

    /// A workspace as an author may have it: one package, no profile, no configuration.
    fn author(folder: &Path) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let sdk = root.join("sdk");
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), SOURCE).unwrap();
        // The versions that are downloaded.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let manifest = format!(
            "[package]\nname = \"a-shop\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[lib]\ncrate-type = \
             [\"cdylib\", \"rlib\"]\n\n[dependencies]\nlockstep-sdk = {{ path = {sdk:?} }}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    }

    fn built(folder: &Path, out: &str) -> PathBuf {
        let out = folder.join(out);
        let (manifest_path, package) = (Some(folder.join("Cargo.toml")), vec![]);
        build::run(&BuildArgs { package, manifest_path, out: Some(out.clone()) }).unwrap();
        out
    }

    #[tokio::test]
    async fn a_panic_is_told_as_the_line_of_the_author() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let other = other.path().join("in/another/place");
        author(folder.path());
        author(&other);
        let out = built(folder.path(), "first");
        let file = out.join("a_shop.wasm");
        let again = built(&other, "second");
        assert_eq!(fs::read(&file).unwrap(), fs::read(again.join("a_shop.wasm")).unwrap(), "one source");
        let build = Description::of(&fs::read(&file).unwrap()).unwrap().build.unwrap();
        assert_eq!((&*build.package, &*build.flags), ("a-shop 1.2.3", "opt-level=z overflow-checks"));
        assert!(build.toolchain.starts_with("rustc 1.") && build.revision.0.is_empty() && !build.changed);

        let config = NodeConfig {
            data: folder.path().join("chain"),
            listen: "127.0.0.1:0".parse().unwrap(),
            genesis: dev::genesis("a-chain".parse().unwrap()),
            chain: ChainOptions::default(),
            settings: Settings::dev(dev::proposer()),
        };
        let node = Node::start(config).await.unwrap();
        let client = Client::new(&format!("http://{}", node.address())).unwrap();
        let keys = KeyFolder::new(folder.path());
        let mut session = Session { client, keys, symbols: SymbolFolder::new(Some(out)) };
        let sign = || SignArgs { from: "alice".into(), gas: None, gas_price: None };
        let (value, salt, admin, init) = (lockstep_abi::Amount::ZERO, None, None, None);
        let args = DeployArgs { file, init, value, salt, admin, sign: sign() };
        let shown = contract::deploy(args, &session).await.unwrap();
        let address = shown.json["contract"].as_str().unwrap().to_owned();

        let call = async |session: &Session, n: &str| {
            let (contract, args) = (address.clone(), Some(format!("[{n}]")));
            let args = CallArgs { contract, method: "buy".into(), args, value, sign: sign() };
            contract::call(args, session).await.map(|_| ()).map_err(|error| Failure::of(&error))
        };
        let query = async |session: &Session, n: &str| {
            let (contract, args) = (address.clone(), Some(format!("[{n}]")));
            let args = QueryArgs { contract, method: "price_of".into(), args, from: None, height: None };
            contract::query(args, session).await.map(|_| ()).map_err(|error| Failure::of(&error))
        };
        let at = |mark: &str, function: &str| format!("src/lib.rs:{} in {function}", line(mark));

        let failure = query(&session, "0").await.unwrap_err();
        assert!(failure.text().contains(&at("division", "a_shop::price")), "{}", failure.text());
        assert!(failure.text().contains(&at("caller", "")), "{}", failure.text());
        assert_eq!(failure.json()["traps"][0]["lines"][0]["line"], line("division"));

        let most = u64::MAX.to_string();
        call(&session, &most).await.unwrap();
        let failure = call(&session, &most).await.unwrap_err();
        assert!(failure.text().contains(&at("overflow", "")), "{}", failure.text());

        // Without the build at hand, what there is can be told to `lockstep where`.
        session.symbols = SymbolFolder(None);
        let failure = query(&session, "0").await.unwrap_err();
        let places = failure.json()["traps"][0]["at"].clone();
        assert!(failure.text().contains(places[0].as_str().unwrap()), "{}", failure.text());
        let places = places.as_array().unwrap().iter();
        let places = places.map(|place| place.as_str().unwrap().parse().unwrap()).collect();
        let file = again.join("a_shop.debug.wasm");
        let shown = run(&WhereArgs { file, places }).unwrap();
        assert!(shown.text.contains(&at("division", "a_shop::price")), "{}", shown.text);
        node.stop().await.unwrap();
    }
}
