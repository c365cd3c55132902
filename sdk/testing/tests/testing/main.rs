//! What the harness promises its users, in the real VM.

mod wasm;
mod world;
