//! Types, values, and JSON and bytes that are none. `make fuzz` runs it.

#![no_main]

use lockstep_fuzz::{Typed, oracle};

libfuzzer_sys::fuzz_target!(|typed: Typed| oracle::json(&typed));
