//! The commands and their options.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand};
use lockstep_abi::{Amount, ChainId, Hash, Height};
use lockstep_node::{
    chain::{FULL_STATES, Pruning},
    rpc::At,
};
use lockstep_runtime::CodePlace;
use lockstep_state::Sync;

/// Lockstep: deterministic WebAssembly smart contracts.
#[derive(Debug, Parser)]
#[command(name = "lockstep", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Print one JSON object instead of text; errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The node to talk to.
    #[arg(long, global = true, env = "LOCKSTEP_URL", default_value = "http://127.0.0.1:7070")]
    pub(crate) url: String,
    /// The folder of keys [default: ~/.lockstep/keys].
    #[arg(long, global = true, env = "LOCKSTEP_KEYS", value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// The folder of what `lockstep build` made, by which a trap is told as file and line [default: target/lockstep].
    #[arg(long, global = true, env = "LOCKSTEP_SYMBOLS", value_name = "DIR")]
    pub(crate) symbols: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node.
    Node(NodeArgs),
    /// Make and list keys.
    Keys(KeysArgs),
    /// Begin a contract: a crate with an example, its test, and what cargo wants to know.
    New(NewArgs),
    /// Build contracts: the Wasm of each, and beside it the same with names and lines.
    Build(BuildArgs),
    /// Say whether a Wasm file can be deployed, and what a contract would lose if it became its code.
    Check(CheckArgs),
    /// Create a contract from a Wasm file.
    Deploy(DeployArgs),
    /// Call a method of a contract in a transaction.
    Call(CallArgs),
    /// Ask a method of a contract, without a transaction.
    Query(QueryArgs),
    /// Send an amount.
    Transfer(TransferArgs),
    /// Show balance and nonce of an address or key.
    Account(AccountArgs),
    /// Show a transaction and what it did.
    Tx(TxArgs),
    /// Show a block.
    Block(BlockArgs),
    /// Show where the node is.
    Status,
    /// Show a contract and its methods.
    Contract(ContractArgs),
    /// Replace a contract's code.
    Upgrade(UpgradeArgs),
    /// Say where in the source a place in the code is, such as the node's log has it of a trap.
    Where(WhereArgs),
    /// Have an entry of the state proved by the node.
    Proof(ProofArgs),
    /// Verify a proof. Needs no node.
    Verify(VerifyArgs),
    /// Read a stored state whole and compare it with the root in the newest header. The node must be stopped.
    Audit(ChainArgs),
    /// Execute a stored chain again, from its genesis, and compare. The node must be stopped.
    Replay(ChainArgs),
    /// Write a chain's state to files for another node, or begin a chain from such files.
    Snapshot(SnapshotArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    /// A chain of one's own: funded keys that everybody knows, a block as soon as there is a transaction.
    #[arg(long)]
    pub(crate) dev: bool,
    /// The folder of the chain [default: ~/.lockstep/chain/CHAIN_ID].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    pub(crate) listen: SocketAddr,
    /// Make a block every so many milliseconds, empty ones too.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) block_time: Option<u64>,
    /// The chain's name.
    #[arg(long, value_name = "NAME", default_value = lockstep_node::dev::CHAIN_ID)]
    pub(crate) chain_id: ChainId,
    /// The least that is paid for a million gas.
    #[arg(long, value_name = "PRICE", default_value_t = 1)]
    pub(crate) min_gas_price: u64,
    #[arg(long, value_name = "HOW", help = prune_help())]
    pub(crate) prune: Option<Pruning>,
    /// When blocks are made safe from a power cut: `always` (each before it is told of), or `interval` (every 200 ms;
    /// `interval:MS` for another time), which loses the blocks of that time at the most.
    #[arg(long, value_name = "WHEN", default_value = "always")]
    pub(crate) sync: Durability,
    /// Megabytes of memory for what is read of the state; two thirds are for its Merkle trie.
    #[arg(long, value_name = "MB", default_value_t = 1536, value_parser = clap::value_parser!(u32).range(8..))]
    pub(crate) cache: u32,
}

#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key.
    New {
        /// Its name.
        name: String,
    },
    /// List the keys.
    List,
}

/// What every transaction takes.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The key that signs and pays: a name from the folder, or of a dev key.
    #[arg(long, value_name = "KEY")]
    pub(crate) from: String,
    /// The gas limit; without it, a dry run finds out.
    #[arg(long, value_name = "GAS")]
    pub(crate) gas: Option<u64>,
    /// The price of a million gas [default: the node's least].
    #[arg(long, value_name = "PRICE")]
    pub(crate) gas_price: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder to make; its name is the crate's.
    pub(crate) path: PathBuf,
    /// The folder of the SDK [default: `lockstep/sdk` beside the new folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) sdk: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// The contract's package; may be given several times [default: the one of this folder, or all of the workspace].
    #[arg(long, short, value_name = "NAME")]
    pub(crate) package: Vec<String>,
    /// The `Cargo.toml` of the contract or its workspace [default: that of this folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Where to put what is made [default: `lockstep` in cargo's build folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WhereArgs {
    /// The module with names and lines: `NAME.debug.wasm`.
    pub(crate) file: PathBuf,
    /// The places, the innermost first: a function's index and bytes from its start, such as 12+0x3a.
    #[arg(required = true, value_name = "PLACE")]
    pub(crate) places: Vec<CodePlace>,
}

/// Which losses an upgrade may bring.
#[derive(Debug, Args)]
pub(crate) struct AllowArgs {
    /// Take the loss of what this field stores; may be given several times. `*` takes all losses, also those
    /// that are of no one field.
    #[arg(long, value_name = "FIELD")]
    pub(crate) allow: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The Wasm file.
    pub(crate) file: PathBuf,
    /// The code that it would replace: a Wasm file, or the address of a contract.
    #[arg(long, value_name = "FILE|ADDRESS")]
    pub(crate) old: Option<String>,
    #[command(flatten)]
    pub(crate) allow: AllowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// The Wasm file.
    pub(crate) file: PathBuf,
    /// The arguments of the contract's `init` method, as JSON.
    #[arg(long, value_name = "JSON")]
    pub(crate) init: Option<String>,
    /// What the contract gets.
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub(crate) value: Amount,
    /// Decides the address, with the sender; 64 hexadecimal digits [default: the sender's nonce].
    #[arg(long, value_name = "HASH")]
    pub(crate) salt: Option<Hash>,
    /// Who may change the code: an address, a key, or `none` for ever [default: the sender].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<String>,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// The contract.
    pub(crate) contract: String,
    /// The Wasm file of its new code.
    pub(crate) file: PathBuf,
    /// The arguments of the new code's `#[migrate]` method, as JSON.
    #[arg(long, value_name = "JSON")]
    pub(crate) migrate: Option<String>,
    #[command(flatten)]
    pub(crate) allow: AllowArgs,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The contract.
    pub(crate) contract: String,
    /// The method.
    pub(crate) method: String,
    /// Its arguments as JSON: an object by name, or a list.
    #[arg(value_name = "JSON")]
    pub(crate) args: Option<String>,
    /// What the contract gets.
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub(crate) value: Amount,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// The contract.
    pub(crate) contract: String,
    /// The method.
    pub(crate) method: String,
    /// Its arguments as JSON: an object by name, or a list.
    #[arg(value_name = "JSON")]
    pub(crate) args: Option<String>,
    /// Who asks, as the contract sees it: an address or a key.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Option<String>,
    /// Ask the state after the block of this height [default: the newest].
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) height: Option<Height>,
}

#[derive(Debug, Args)]
pub(crate) struct TransferArgs {
    /// Who gets it: an address or a key.
    pub(crate) to: String,
    /// How much.
    pub(crate) amount: Amount,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// An address or a key.
    pub(crate) address: String,
    /// After the block of this height [default: the newest].
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) height: Option<Height>,
}

#[derive(Debug, Args)]
pub(crate) struct ProofArgs {
    #[command(subcommand)]
    pub(crate) entry: Entry,
    /// In the state after the block of this height [default: the newest whose root is in a header].
    #[arg(long, global = true, value_name = "HEIGHT")]
    pub(crate) height: Option<Height>,
    /// Write the proof to a file, for `lockstep verify`.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Which entry of the state.
#[derive(Debug, Subcommand)]
pub(crate) enum Entry {
    /// Balance and nonce.
    Account {
        /// An address; of a node it may be asked by the name of a key.
        address: String,
    },
    /// A contract's code and admin.
    Contract {
        /// Its address.
        address: String,
    },
    /// What a contract stores under a key of its own.
    Storage {
        /// The contract.
        address: String,
        /// The key, in hexadecimal digits, with or without `0x`; may be empty.
        key: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The file that `lockstep proof --out` wrote; must be given.
    // Not required here: an option that may stand after the entry cannot be. `proof.rs` looks at both.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// The id of the block that you trust, the one after the state that the proof is of; must be given.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) block: Option<Hash>,
    #[command(subcommand)]
    pub(crate) entry: Entry,
}

#[derive(Debug, Args)]
pub(crate) struct TxArgs {
    /// The transaction's id.
    pub(crate) id: Hash,
}

#[derive(Debug, Args)]
pub(crate) struct BlockArgs {
    /// A height, an id, or `latest`.
    #[arg(default_value = "latest")]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct ContractArgs {
    /// The contract.
    pub(crate) contract: String,
}

#[derive(Debug, Args)]
pub(crate) struct ChainArgs {
    /// The folder of the chain.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    #[command(subcommand)]
    pub(crate) command: SnapshotCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotCommand {
    /// Write the state after a block. The node must be stopped.
    Export {
        /// The folder of the chain.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The folder that is made; it must be missing or empty.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// The state after the block of this height [default: the newest whose root is in a header].
        #[arg(long, value_name = "HEIGHT")]
        height: Option<Height>,
    },
    /// Begin a chain from a snapshot, if all of it is what a block commits to that you trust.
    Import {
        /// The folder of the snapshot.
        #[arg(long, value_name = "FOLDER")]
        from: PathBuf,
        /// The folder of the chain; it must be missing or empty.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The id of the block that you trust: the one after the state that the snapshot is of.
        #[arg(long, value_name = "ID")]
        block: Hash,
    },
}

fn prune_help() -> String {
    format!(
        "What is kept of the past: `archive` (everything), `full` (all blocks; the newest state and {FULL_STATES} \
         before it), or a number N (the newest block and state and N before it) [default: as before; `full` for a new \
         folder]"
    )
}

/// [`Sync`] as it is typed and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Durability(pub(crate) Sync);

/// Why a text is not a [`Durability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither `always` nor `interval`, nor `interval:MS` with a millisecond or more")]
pub(crate) struct DurabilityError;

/// Milliseconds between syncs unless told.
const SYNC_INTERVAL_MS: u64 = 200;

impl FromStr for Durability {
    type Err = DurabilityError;

    fn from_str(text: &str) -> Result<Self, DurabilityError> {
        let millis = match text {
            "always" => return Ok(Self(Sync::Always)),
            "interval" => Some(SYNC_INTERVAL_MS),
            _ => text.strip_prefix("interval:").and_then(|millis| millis.parse().ok()),
        };
        match millis {
            Some(millis @ 1..) => Ok(Self(Sync::Interval(Duration::from_millis(millis)))),
            Some(0) | None => Err(DurabilityError),
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Sync::Always => f.write_str("always"),
            Sync::Interval(interval) => write!(f, "interval:{}", interval.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_kept_and_synced_is_read_as_it_is_shown() {
        for text in ["archive", "full", "1", "100000"] {
            assert_eq!(text.parse::<Pruning>().unwrap().to_string(), text);
        }
        for text in ["always", "interval:1", "interval:60000"] {
            assert_eq!(text.parse::<Durability>().unwrap().to_string(), text);
        }
        assert_eq!("interval".parse::<Durability>().unwrap().to_string(), "interval:200");
        for text in ["", "never", "interval:", "interval:0", "interval:-1", "interval:1s"] {
            assert_eq!(text.parse::<Durability>(), Err(DurabilityError), "{text}");
        }
    }
}
