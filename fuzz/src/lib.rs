//! Looks for inputs on which two machines would disagree, or one would fall over.
//!
//! A [`Program`] makes something to execute from random bytes, [`Blocks`] a state that changes, [`Typed`] a value and
//! its type; an [`oracle`] says what must hold of it. The targets beside this library join the two under libFuzzer; `tests/` runs the same
//! oracles on fixed seeds. An input that once broke something is kept in `tests/`, as a test with its story.

pub mod blocks;
pub mod oracle;
mod program;
mod typed;

pub use blocks::Blocks;
pub use program::Program;
pub use typed::Typed;
