//! A connection to a node over HTTP.

use std::time::Duration;

use jsonrpsee::core::client::Error as RpcClientError;
use jsonrpsee_http_client::{HttpClient, HttpClientBuilder};
use lockstep_abi::{Address, Hash, Height, MethodName, TxBody, codec};
use serde_json::Value;

use crate::rpc::{
    AccountAnswer, ApiClient, At, BlockAnswer, CodeAnswer, ContractAnswer, MAX_REQUEST_BYTES,
    MAX_RESPONSE_BYTES, ProofAnswer, QueryAnswer, ReceiptAnswer, SimulateAnswer, Status, TxAnswer,
};

/// Longer than the node's longest wait.
const REQUEST: Duration = Duration::from_secs(70);

/// A node, as seen from here. Each method is the RPC method of its name.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient,
    url: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not one.
    #[error("`{url}` is not an address of a node: {reason}; it looks like http://127.0.0.1:7070")]
    Url {
        /// What was given.
        url: String,
        /// Why.
        reason: String,
    },
    /// Nobody answers there.
    #[error("no node answers at {url}: {reason}; `lockstep node --dev` starts one")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        reason: String,
    },
    /// The node says no.
    #[error("{message}")]
    Refused {
        /// The stable number; see [`crate::rpc::ErrorKind`].
        code: i32,
        /// The stable name; absent for JSON-RPC's own errors.
        name: Option<String>,
        /// A sentence.
        message: String,
    },
    /// The answer is not what this version understands.
    #[error("the node's answer is not understood: {what}; it may be of another version")]
    Answer {
        /// What is wrong with it.
        what: String,
    },
}

impl ClientError {
    /// A stable name for programs.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Url { .. } => "bad_url",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { name, .. } => name.as_deref().unwrap_or("rpc"),
            Self::Answer { .. } => "bad_answer",
        }
    }
}

impl Client {
    /// A client of the node at `url`, such as `http://127.0.0.1:7070`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Url`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let http = HttpClientBuilder::default()
            .max_request_size(MAX_REQUEST_BYTES)
            .max_response_size(MAX_RESPONSE_BYTES)
            .request_timeout(REQUEST)
            .build(url)
            .map_err(|error| ClientError::Url { url: url.into(), reason: error.to_string() })?;
        Ok(Self { http, url: url.into() })
    }

    fn answer<T>(&self, answer: Result<T, RpcClientError>) -> Result<T, ClientError> {
        answer.map_err(|error| match error {
            RpcClientError::Call(object) => {
                let data: Value =
                    object.data().and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
                let name = data.get("name").and_then(Value::as_str).map(String::from);
                // JSON-RPC's own errors have what matters in their data.
                let message = match data.as_str() {
                    Some(detail) => format!("{}: {detail}", object.message()),
                    None => object.message().into(),
                };
                ClientError::Refused { code: object.code(), name, message }
            }
            RpcClientError::ParseError(error) => ClientError::Answer { what: error.to_string() },
            RpcClientError::RequestTimeout => self.unreachable("it takes too long"),
            RpcClientError::Transport(error) => self.unreachable(&innermost(error.as_ref())),
            error => self.unreachable(&error.to_string()),
        })
    }

    fn unreachable(&self, reason: &str) -> ClientError {
        ClientError::Unreachable { url: self.url.clone(), reason: reason.into() }
    }
}

/// The last cause: "connection refused", where the outer ones say "error trying to connect".
fn innermost(mut error: &(dyn std::error::Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// # Errors
/// Each gives [`ClientError`].
#[expect(clippy::missing_errors_doc, reason = "said once, above, for all methods")]
#[expect(missing_docs, reason = "each is the RPC method of its name, documented in `crate::rpc`")]
impl Client {
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.answer(self.http.status().await)
    }

    pub async fn account(
        &self,
        address: Address,
        height: Option<Height>,
    ) -> Result<AccountAnswer, ClientError> {
        self.answer(self.http.account(address, height).await)
    }

    pub async fn submit(&self, tx: &[u8]) -> Result<Hash, ClientError> {
        self.answer(self.http.submit(hex::encode(tx)).await)
    }

    pub async fn wait(&self, id: Hash, timeout: Duration) -> Result<ReceiptAnswer, ClientError> {
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.answer(self.http.wait(id, Some(timeout_ms)).await)
    }

    pub async fn receipt(&self, id: Hash) -> Result<ReceiptAnswer, ClientError> {
        self.answer(self.http.receipt(id).await)
    }

    pub async fn tx(&self, id: Hash) -> Result<TxAnswer, ClientError> {
        self.answer(self.http.tx(id).await)
    }

    pub async fn block(&self, at: At) -> Result<BlockAnswer, ClientError> {
        self.answer(self.http.block(at).await)
    }

    pub async fn query(
        &self,
        to: Address,
        method: MethodName,
        args: &[u8],
        from: Option<Address>,
        height: Option<Height>,
    ) -> Result<QueryAnswer, ClientError> {
        self.answer(self.http.query(to, method, Some(hex::encode(args)), from, height).await)
    }

    pub async fn proof(&self, key: &[u8], height: Option<Height>) -> Result<ProofAnswer, ClientError> {
        self.answer(self.http.proof(hex::encode(key), height).await)
    }

    pub async fn simulate(&self, body: &TxBody) -> Result<SimulateAnswer, ClientError> {
        self.answer(self.http.simulate(hex::encode(codec::encode(body))).await)
    }

    pub async fn contract(
        &self,
        address: Address,
        height: Option<Height>,
    ) -> Result<ContractAnswer, ClientError> {
        self.answer(self.http.contract(address, height).await)
    }

    pub async fn code(&self, hash: Hash) -> Result<CodeAnswer, ClientError> {
        self.answer(self.http.code(hash).await)
    }
}
