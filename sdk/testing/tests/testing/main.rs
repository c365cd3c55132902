//! What the harness promises its users, in the real VM.

mod execution;
mod ledger;
mod random_calls;
mod saved_calls;
mod wasm;
mod world;
