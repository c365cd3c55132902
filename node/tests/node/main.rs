//! A real node: the `lockstep` process, its RPC on a free port of the loopback, RocksDB in a temporary folder.

mod cli;
mod contract;
mod crash;
mod harness;
mod heads;
mod proof;
mod refused;
mod snapshot;
mod transfer;
