//! The commands and their options.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use lockstep_abi::{Amount, ChainId, Hash};
use lockstep_node::rpc::At;

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
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node.
    Node(NodeArgs),
    /// Make and list keys.
    Keys(KeysArgs),
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
    /// Execute a stored chain again, from its genesis, and compare. The node must be stopped.
    Replay(ReplayArgs),
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
    /// The arguments of the new code's `upgrade` method, as JSON.
    #[arg(long, value_name = "JSON")]
    pub(crate) migrate: Option<String>,
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
pub(crate) struct ReplayArgs {
    /// The folder of the chain.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
