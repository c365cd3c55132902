//! Blocks of changes to the state's Merkle trie, and proofs of what is in it. `make fuzz` runs it.

#![no_main]

use lockstep_fuzz::{Blocks, oracle};

libfuzzer_sys::fuzz_target!(|blocks: Blocks| oracle::trie(&blocks));
