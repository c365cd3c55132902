//! The one list of RPC methods: server and typed client are made from it.
//!
//! Parameters go by name (`{"address": "ls1..."}`) or in order. Bytes are hexadecimal digits.

use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};
use lockstep_abi::{Address, Hash, MethodName};

use super::{
    AccountAnswer, At, BlockAnswer, CodeAnswer, ContractAnswer, HeadAnswer, QueryAnswer, ReceiptAnswer,
    RpcError, SimulateAnswer, Status, TxAnswer,
};

/// What a node answers.
#[rpc(server, client)]
pub trait Api {
    /// Where the node is: chain, height, root of the state after it, price, mempool.
    #[method(name = "status", param_kind = map)]
    async fn status(&self) -> Result<Status, RpcError>;

    /// Balance and nonces of an address; zeros if it is unknown.
    #[method(name = "account", param_kind = map)]
    async fn account(&self, address: Address) -> Result<AccountAnswer, RpcError>;

    /// Checks a transaction and takes it into the mempool; gives its id. It may be sent again.
    #[method(name = "submit", param_kind = map)]
    async fn submit(&self, tx: String) -> Result<Hash, RpcError>;

    /// Waits until a transaction is in a block, for at most a minute; gives its receipt.
    #[method(name = "wait", param_kind = map)]
    async fn wait(&self, id: Hash, timeout_ms: Option<u64>) -> Result<ReceiptAnswer, RpcError>;

    /// The receipt of a transaction in a block.
    #[method(name = "receipt", param_kind = map)]
    async fn receipt(&self, id: Hash) -> Result<ReceiptAnswer, RpcError>;

    /// A transaction, with its receipt if it is in a block.
    #[method(name = "tx", param_kind = map)]
    async fn tx(&self, id: Hash) -> Result<TxAnswer, RpcError>;

    /// A block by height, by id, or the `"latest"`.
    #[method(name = "block", param_kind = map)]
    async fn block(&self, at: At) -> Result<BlockAnswer, RpcError>;

    /// Runs a method read-only on the newest state, as called by `from` (nobody, if absent).
    #[method(name = "query", param_kind = map)]
    async fn query(
        &self,
        to: Address,
        method: MethodName,
        args: Option<String>,
        from: Option<Address>,
    ) -> Result<QueryAnswer, RpcError>;

    /// The receipt that a transaction would have in the next block. `body` is its encoding without the
    /// signature; nonce, gas limit and price are not looked at.
    #[method(name = "simulate", param_kind = map)]
    async fn simulate(&self, body: String) -> Result<SimulateAnswer, RpcError>;

    /// A contract: its code, its admin, its interface.
    #[method(name = "contract", param_kind = map)]
    async fn contract(&self, address: Address) -> Result<ContractAnswer, RpcError>;

    /// Stored code.
    #[method(name = "code", param_kind = map)]
    async fn code(&self, hash: Hash) -> Result<CodeAnswer, RpcError>;

    /// Each block's head, beginning with the newest; none is left out. WebSocket only.
    #[subscription(name = "subscribe_heads" => "head", unsubscribe = "unsubscribe_heads", item = HeadAnswer)]
    async fn subscribe_heads(&self) -> SubscriptionResult;
}
