//! What headers commit to: the state's keys, the trie over them, and proofs of single entries.
//!
//! All that a light client needs to check what a node says of an account or a contract, given a block that
//! it trusts: start at [`StateProof`]. How the trie is kept and brought up to date is the node's own business
//! (`lockstep-state`).

mod error;
pub mod key;
mod path;
mod proof;
mod record;
pub mod trie;

pub use error::ProofError;
pub use path::{PathProof, Terminal};
pub use proof::{StateKey, StateProof, StateValue};
pub use record::{Account, ContractRecord};
