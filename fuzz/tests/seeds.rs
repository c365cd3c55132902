//! The oracles on fixed random inputs: a sample of what fuzzing does for hours.
//!
//! With `--features cranelift` the back ends are compared too.

use arbitrary::{Arbitrary, Unstructured};
use lockstep_fuzz::{Blocks, Program, Typed, oracle};

/// Bytes that follow from `seed` alone.
fn random(seed: u64, length: usize) -> Vec<u8> {
    // Xorshift64*, by Vigna; any fixed sequence would do.
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
        })
        .collect()
}

#[test]
fn random_bytes_decode_to_nothing_or_to_what_encodes_back() {
    for seed in 0..2_000 {
        oracle::decode(&random(seed, (seed % 300) as usize));
    }
}

#[test]
fn random_values_are_the_same_as_json_and_as_bytes() {
    let mut values = 0;
    for seed in 0..2_000 {
        if let Ok(typed) = Typed::arbitrary(&mut Unstructured::new(&random(seed, 512))) {
            oracle::json(&typed);
            values += 1;
        }
    }
    assert!(values > 1_900, "the generator gives up too often: {values}");
}

#[test]
fn random_contracts_give_the_same_on_every_engine() {
    let mut executed = 0;
    for seed in 0..60 {
        if let Ok(program) = Program::arbitrary(&mut Unstructured::new(&random(seed, 4_096))) {
            oracle::determinism(&program);
            executed += 1;
        }
    }
    assert!(executed > 30, "the generator gives up too often: {executed}");
}

#[test]
fn random_blocks_give_the_trie_that_its_definition_gives_and_nothing_false_is_proved() {
    let mut blocks = 0;
    for seed in 0..1_000 {
        if let Ok(input) = Blocks::arbitrary(&mut Unstructured::new(&random(seed, 1_024))) {
            blocks += input.blocks.len();
            oracle::trie(&input);
        }
    }
    assert!(blocks > 2_000, "the generator makes too few: {blocks}");
}
