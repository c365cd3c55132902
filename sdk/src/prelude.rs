//! What every contract uses: `use lockstep_sdk::prelude::*;`.

pub use alloc::{boxed::Box, string::String, vec, vec::Vec};

pub use lockstep_abi::{Address, Amount, Gas, Hash, Height, Time};
pub use lockstep_sdk_macros::{Data, contract, error, event, interface, storage};

pub use crate::{
    call, crypto, env,
    event::Event,
    log,
    storage::{Cell, Map, OrdMap, Queue, Set, Vector},
};
