//! What every Wasm module without a standard library needs: an allocator and an answer to panics.

mod allocator;
mod panic;
