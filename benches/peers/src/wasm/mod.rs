//! The workload in VMs that know no chain: the same Wasm as ours runs, with the few host functions that it imports.
//!
//! Each call has an instance of its own, as a contract's has. Fuel is metered.

pub(crate) mod wasmi;
pub(crate) mod wasmtime;

/// Where the workload's host functions are, by its imports.
const MODULE: &str = "lockstep";
/// More than any work takes.
const FUEL: u64 = 1 << 40;

/// The argument and the result of a call, both in borsh.
#[derive(Debug, Default)]
struct Number {
    given: [u8; 8],
    returned: [u8; 8],
}

impl Number {
    fn given(n: u64) -> Self {
        Self { given: n.to_le_bytes(), ..Self::default() }
    }

    fn returned(&self) -> u64 {
        u64::from_le_bytes(self.returned)
    }
}
