//! JSON-RPC 2.0 over HTTP and WebSocket, on one port.
//!
//! The methods are listed in `api.rs`, their answers in `answer.rs`, their errors in `error.rs`; `handler.rs`
//! and `state.rs` answer them, in the lines of `line.rs`. The other bounds of the server are below: the library's
//! defaults are open.
//!
//! Two things the library has no bound for: idle connections over HTTP, and answers to a WebSocket client
//! that goes on sending without reading, each of which keeps its request. A node that strangers reach
//! belongs behind a proxy that bounds both.

mod answer;
mod api;
mod at;
mod error;
mod handler;
mod line;
mod state;
mod trap;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use jsonrpsee::server::{BatchRequestConfig, PingConfig, ServerBuilder, ServerConfig, ServerHandle};
use lockstep_abi::limits::wire::MAX_TX_BYTES;

pub use answer::{
    AccountAnswer, BlockAnswer, CodeAnswer, ContractAnswer, HaltAnswer, HeadAnswer, ProofAnswer, QueryAnswer,
    ReceiptAnswer, SimulateAnswer, Status, TxAnswer,
};
pub use api::{ApiClient, ApiServer};
pub use at::{At, AtError};
pub use error::{ErrorKind, RpcError};
pub use trap::TrapAnswer;

use crate::Hub;
use handler::Handler;

/// Bytes of a request: the largest transaction in hexadecimal digits is 2.6 MB.
pub const MAX_REQUEST_BYTES: u32 = 4 << 20;
/// Bytes of a response: a receipt of 32 results of 128 KiB, as JSON and as bytes.
pub const MAX_RESPONSE_BYTES: u32 = 32 << 20;
/// Requests over HTTP and WebSockets at once. The former hold one request and one response each; how many
/// requests of a WebSocket are worked on is bounded by the lines.
const MAX_CONNECTIONS: u32 = 256;
/// Subscriptions of one connection; one is of use.
const MAX_SUBSCRIPTIONS: u32 = 8;
/// Requests in one batch.
const MAX_BATCH: u32 = 32;
/// Messages that wait for a slow WebSocket client, up to [`MAX_RESPONSE_BYTES`] each.
const MAX_BUFFERED_MESSAGES: u32 = 4;
/// A new connection that sends no request for so long is closed. One that has sent a request may be silent;
/// if it is a WebSocket, it must answer pings.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long stopping waits for requests under way.
const STOP: Duration = Duration::from_secs(5);

const _: () = assert!(2 * MAX_TX_BYTES + 1_024 < MAX_REQUEST_BYTES as usize);

/// A listening server.
#[derive(Debug)]
pub struct Server {
    handle: ServerHandle,
    address: SocketAddr,
}

/// Listens and answers.
pub(crate) async fn serve(hub: Arc<Hub>, listen: SocketAddr) -> io::Result<Server> {
    let config = ServerConfig::builder()
        .max_request_body_size(MAX_REQUEST_BYTES)
        .max_response_body_size(MAX_RESPONSE_BYTES)
        .max_connections(MAX_CONNECTIONS)
        .max_subscriptions_per_connection(MAX_SUBSCRIPTIONS)
        .set_batch_request_config(BatchRequestConfig::Limit(MAX_BATCH))
        .set_message_buffer_capacity(MAX_BUFFERED_MESSAGES)
        .set_first_request_timeout(Some(FIRST_REQUEST))
        .enable_ws_ping(PingConfig::new())
        .build();
    let server = ServerBuilder::new().set_config(config).build(listen).await?;
    let address = server.local_addr()?;
    let handle = server.start(Handler::new(hub).into_rpc());
    Ok(Server { handle, address })
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, and waits for requests under way, but not for ever.
    pub(crate) async fn stop(self) {
        // An error means that it has stopped already.
        let _ = self.handle.stop();
        let _ = tokio::time::timeout(STOP, self.handle.stopped()).await;
    }
}
