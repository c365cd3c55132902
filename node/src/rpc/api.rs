//! The one list of RPC methods: server and typed client are made from it.
//!
//! Parameters go by name (`{"address": "ls1..."}`) or in order. Bytes are hexadecimal digits.

use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};
use lockstep_abi::{Address, Hash, Height, MethodName};

use super::{
    AccountAnswer, At, BlockAnswer, CodeAnswer, ContractAnswer, HeadAnswer, ProofAnswer, QueryAnswer,
    ReceiptAnswer, RpcError, SimulateAnswer, Status, TxAnswer,
};

/// What a node answers.
#[rpc(server, client)]
pub trait Api {
    /// Where the node is: chain, height, the newest root that is known, price, mempool. Waits for nothing.
    #[method(name = "status", param_kind = map)]
    async fn status(&self) -> Result<Status, RpcError>;

    /// Balance and nonces of an address; zeros if it is unknown. After the block of `height`; of the newest, if absent.
    #[method(name = "account", param_kind = map)]
    async fn account(&self, address: Address, height: Option<Height>) -> Result<AccountAnswer, RpcError>;

    /// Checks a transaction and takes it into the mempool; gives its id. It may be sent again.
    #[method(name = "submit", param_kind = map)]
    async fn submit(&self, tx: String) -> Result<Hash, RpcError>;

    /// Waits until a transaction is in a block, for at most a minute; gives its receipt. A node that keeps few blocks
    /// may have forgotten it by then.
    #[method(name = "wait", param_kind = map)]
    async fn wait(&self, id: Hash, timeout_ms: Option<u64>) -> Result<ReceiptAnswer, RpcError>;

    /// The receipt of a transaction in a block.
    #[method(name = "receipt", param_kind = map)]
    async fn receipt(&self, id: Hash) -> Result<ReceiptAnswer, RpcError>;

    /// A transaction, with its receipt if it is in a block.
    #[method(name = "tx", param_kind = map)]
    async fn tx(&self, id: Hash) -> Result<TxAnswer, RpcError>;

    /// A block by height, by id, or the `"latest"`, of which the root of the state after it may have to be waited for.
    #[method(name = "block", param_kind = map)]
    async fn block(&self, at: At) -> Result<BlockAnswer, RpcError>;

    /// Runs a method read-only, as called by `from` (nobody, if absent), on the state after the block of `height`; on
    /// the newest, if absent.
    #[method(name = "query", param_kind = map)]
    async fn query(
        &self,
        to: Address,
        method: MethodName,
        args: Option<String>,
        from: Option<Address>,
        height: Option<Height>,
    ) -> Result<QueryAnswer, RpcError>;

    /// An entry of the state after the block of `height`, or its absence, with what proves it against the header of
    /// the block after that. Without a height, of the newest state whose root is in a header: the one before the
    /// newest block. `key` is a key of the state: a space's byte, an owner's 32, and for storage the contract's own.
    #[method(name = "proof", param_kind = map)]
    async fn proof(&self, key: String, height: Option<Height>) -> Result<ProofAnswer, RpcError>;

    /// The receipt that a transaction would have in the next block. `body` is its encoding without the
    /// signature; nonce, gas limit and price are not looked at.
    #[method(name = "simulate", param_kind = map)]
    async fn simulate(&self, body: String) -> Result<SimulateAnswer, RpcError>;

    /// A contract: its code, its admin, its interface. After the block of `height`; of the newest, if absent.
    #[method(name = "contract", param_kind = map)]
    async fn contract(&self, address: Address, height: Option<Height>) -> Result<ContractAnswer, RpcError>;

    /// Stored code.
    #[method(name = "code", param_kind = map)]
    async fn code(&self, hash: Hash) -> Result<CodeAnswer, RpcError>;

    /// Each block's head, beginning with the newest, as soon as the root of the state after it is there. None is left
    /// out, unless the node forgot it before a slow subscriber was there: it goes on with the oldest that is kept.
    /// WebSocket only.
    #[subscription(name = "subscribe_heads" => "head", unsubscribe = "unsubscribe_heads", item = HeadAnswer)]
    async fn subscribe_heads(&self) -> SubscriptionResult;
}
