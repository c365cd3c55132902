//! The command line.
//!
//! `args.rs` lists commands and options; each command is a function in one of the files here, which does its
//! work with the library's client and gives back a [`Shown`]: JSON and text of the same thing. Printing is
//! here alone, so that `--json` holds for all of them, errors included, and so that no text of a contract's, a node's
//! or a file's disturbs a terminal.

mod args;
mod audit;
mod build;
mod check;
mod compact;
mod contract;
mod failure;
mod interfaces;
mod keys;
mod locate;
mod look;
mod module;
mod new;
mod node;
mod outcome;
mod proof;
mod replay;
mod snapshot;
mod symbols;
mod transfer;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use lockstep_abi::{Address, Height, is_unshowable};
use lockstep_node::{
    STACK_BYTES,
    client::{
        Client,
        interface::Interface,
        key::{Key, KeyError, KeyFolder},
    },
    dev,
};
use serde_json::{Value, json};

use args::{Cli, Command};
use failure::Failure;
use locate::SymbolFolder;

/// What a command found or did: for programs, and for people.
#[derive(Debug)]
pub(crate) struct Shown {
    json: Value,
    text: String,
}

impl Shown {
    pub(crate) fn new(json: impl serde::Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        Ok(Self { json: serde_json::to_value(json)?, text: text.into() })
    }
}

/// What the commands that talk to a node share.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) keys: KeyFolder,
    pub(crate) symbols: SymbolFolder,
}

pub(crate) fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    // Known before the arguments are understood: an error in them is to be JSON too.
    let json = args.iter().any(|arg| arg == "--json");
    let shown = match Cli::try_parse_from(args) {
        Ok(cli) => run(cli),
        Err(error) if json && error.use_stderr() => Err(Failure::of_arguments(&error).into()),
        Err(error) => error.exit(),
    };
    match shown {
        Ok(Some(Shown { json: value, .. })) if json => print(&line(&value)),
        Ok(Some(Shown { text, .. })) => print(&format!("{}\n", lines(text.trim_end()))),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = Failure::of(&error);
            if json {
                print(&line(&json!({ "error": failure.json() })));
            } else {
                eprintln!("error: {}", lines(failure.text()));
            }
            failure.exit_code()
        }
    }
}

/// A text as people see it: of what controls a terminal only the ends of its lines, the rest is escaped.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| lockstep_abi::Shown(line).to_string()).collect();
    lines.join("\n")
}

/// JSON as programs read it, in a line. What disturbs a terminal can only be inside its texts, and is escaped there.
pub(crate) fn line(json: &Value) -> String {
    let mut line = String::new();
    // `serde_json` escapes what is below a space, and nothing else.
    for c in json.to_string().chars() {
        match is_unshowable(c) {
            true => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")))
            }
            false => line.push(c),
        }
    }
    line.push('\n');
    line
}

/// A reader that has seen enough, such as `head`, is not an error.
fn print(text: &str) -> ExitCode {
    use std::io::Write;

    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Option<Shown>> {
    let Cli { json, url, keys, symbols, command } = cli;
    let keys = KeyFolder::new(match keys {
        Some(folder) => folder,
        None => home()?.join("keys"),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("lockstep")
        // Queries run on these threads.
        .thread_stack_size(STACK_BYTES)
        .build()
        .context("cannot start threads")?;
    let command = match command {
        Command::Node(args) => return runtime.block_on(node::run(args, json)).map(|()| None),
        Command::Audit(args) => return audit::run(&args).map(Some),
        Command::Replay(args) => return replay::run(args).map(Some),
        Command::Snapshot(args) => return snapshot::run(args).map(Some),
        Command::Verify(args) => return proof::verify(&args).map(Some),
        Command::New(args) => return new::run(&args).map(Some),
        Command::Build(args) => return build::run(&args).map(Some),
        Command::Where(args) => return locate::run(&args).map(Some),
        Command::Keys(args) => return keys::run(args, &keys).map(Some),
        other => other,
    };
    let session = Session { client: Client::new(&url)?, keys, symbols: SymbolFolder::new(symbols) };
    runtime
        .block_on(async {
            match command {
                Command::Check(args) => check::run(args, &session).await,
                Command::Deploy(args) => contract::deploy(args, &session).await,
                Command::Upgrade(args) => contract::upgrade(args, &session).await,
                Command::Call(args) => contract::call(args, &session).await,
                Command::Query(args) => contract::query(args, &session).await,
                Command::Contract(args) => contract::show(args, &session).await,
                Command::Transfer(args) => transfer::run(args, &session).await,
                Command::Account(args) => look::account(args, &session).await,
                Command::Tx(args) => look::tx(args, &session).await,
                Command::Block(args) => look::block(args, &session).await,
                Command::Proof(args) => proof::prove(args, &session).await,
                Command::Status => look::status(&session).await,
                Command::Node(_)
                | Command::Audit(_)
                | Command::Replay(_)
                | Command::Snapshot(_)
                | Command::Verify(_)
                | Command::New(_)
                | Command::Build(_)
                | Command::Where(_)
                | Command::Keys(_) => unreachable!("done above"),
            }
        })
        .map(Some)
}

/// The folder for what is kept unless told otherwise.
fn home() -> anyhow::Result<PathBuf> {
    let home = std::env::home_dir().context("there is no home folder; use --keys and --data")?;
    Ok(home.join(".lockstep"))
}

impl Session {
    /// The key of this name: one of the folder, or, on a dev chain, one that everybody knows.
    pub(crate) async fn key(&self, name: &str) -> anyhow::Result<Key> {
        match dev::key(name) {
            None => Ok(self.keys.load(name)?),
            Some(_) if !self.client.status().await?.dev => {
                Err(KeyError::NotADevChain { name: name.into() }.into())
            }
            Some(key) => Ok(key.into()),
        }
    }

    /// An address, or the address of a key.
    pub(crate) async fn address(&self, text: &str) -> anyhow::Result<Address> {
        if text.starts_with("ls1") || text.starts_with("LS1") {
            return text.parse().with_context(|| format!("`{text}` is not an address"));
        }
        Ok(self.key(text).await?.address())
    }

    /// The interface that the contract at an address had after the block of a height; of the newest, if absent.
    pub(crate) async fn interface(
        &self,
        contract: Address,
        height: Option<Height>,
    ) -> anyhow::Result<Interface> {
        Ok(Interface::of(&self.client.contract(contract, height).await?)?)
    }
}

/// JSON from the command line.
pub(crate) fn json_argument(text: Option<&str>) -> anyhow::Result<Value> {
    let Some(text) = text else { return Ok(Value::Null) };
    serde_json::from_str(text).map_err(|error| Failure::bad_json(text, &error).into())
}

#[cfg(test)]
mod tests {
    use lockstep_node::{Node, NodeConfig, Settings, chain::ChainOptions};

    use super::*;

    /// Whoever wrote it.
    #[test]
    fn a_text_moves_a_terminal_to_the_next_line_and_does_nothing_else() {
        let text = lines("one\n  two\x1b]0;title\x07\u{9b}2J\rthree \u{202e}evil\u{2066}\n");
        assert_eq!(text, "one\n  two\\u{1b}]0;title\\u{7}\\u{9b}2J\\rthree \\u{202e}evil\\u{2066}\n");
        assert_eq!(lines("Grüße, 世界"), "Grüße, 世界");
    }

    #[test]
    fn json_disturbs_no_terminal_and_is_read_back_as_it_was() {
        let json = json!({ "a\u{7f}": ["one\ntwo\x1b]0;\x07\u{9b}2J\u{202e}evil\u{2066}\u{61c}", "Grüße, 世界 🦀 \\ \""], "b": 1 });
        let text = line(&json);
        assert_eq!(
            text,
            concat!(
                r#"{"a\u007f":["one\ntwo\u001b]0;\u0007\u009b2J\u202eevil\u2066\u061c","Grüße, 世界 🦀 \\ \""],"b":1}"#,
                "\n"
            )
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json);
    }

    /// On another chain `alice` would be an address that anybody can take money from.
    #[tokio::test]
    async fn a_dev_name_is_neither_key_nor_address_where_the_chain_is_none() {
        let folder = tempfile::tempdir().unwrap();
        for dev in [true, false] {
            let config = NodeConfig {
                data: folder.path().join(dev.to_string()),
                listen: "127.0.0.1:0".parse().unwrap(),
                genesis: dev::genesis("a-chain".parse().unwrap()),
                chain: ChainOptions::default(),
                settings: Settings { dev, ..Settings::dev(dev::proposer()) },
            };
            let node = Node::start(config).await.unwrap();
            let client = Client::new(&format!("http://{}", node.address())).unwrap();
            let session =
                Session { client, keys: KeyFolder::new(folder.path()), symbols: SymbolFolder::default() };
            assert_eq!(session.key("alice").await.is_ok(), dev);
            assert_eq!(session.address("alice").await.is_ok(), dev);
            node.stop().await.unwrap();
        }
    }
}
