//! The other end of the RPC: a typed client, keys, and what a contract's interface makes of bytes.
//!
//! This is what the `lockstep` command is made of; a program that talks to a node in Rust starts here too.

mod connection;
pub mod interface;
pub mod key;
pub mod send;

pub use connection::{Client, ClientError};
