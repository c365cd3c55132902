//! A module within the profile, executed on two engines. `make fuzz` runs it.

#![no_main]

use lockstep_fuzz::{Program, oracle};

libfuzzer_sys::fuzz_target!(|program: Program| oracle::determinism(&program));
