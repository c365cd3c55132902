//! Arbitrary bytes as every type that travels. `make fuzz` runs it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lockstep_fuzz::oracle::decode(bytes));
