//! Builds contracts with cargo: the one way that `lockstep build` and the tests of contracts share, so that a test runs
//! what is deployed. The order of functions may differ: the compiler is told of the debug information that only one has.
//!
//! [`settings`] is what a contract is built with where its author says nothing; `workspace.rs` reads what the author
//! says; `environment.rs` keeps variables away that would change the code; [`compile`] runs cargo and refuses a module
//! whose arithmetic wraps around.
//!
//! Not here: what becomes of the module. The command shortens it and writes down what it was built from.

mod compile;
mod environment;
pub mod settings;
mod workspace;

pub use compile::{BuildError, Compiled, Form, compile};
pub use environment::Cargo;
