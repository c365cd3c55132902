//! Where contracts trapped while a question was answered.
//!
//! It helps an author and decides nothing: another node may know less of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use lockstep_abi::{Address, Hash};
use lockstep_runtime::{CodePlace, Log, Said};
use serde::{Deserialize, Serialize};

/// Traps that are told; of more, the last. A contract may call one that traps again and again.
const MAX_TRAPS: usize = 8;

/// A contract that trapped on the way to an answer. Its caller may have gone on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapAnswer {
    /// The contract.
    pub contract: Address,
    /// Its code.
    pub code: Hash,
    /// Why, in a sentence.
    pub message: String,
    /// Where in the code, the innermost function first: its index and bytes from its start, such as `12+0x3a`.
    pub at: Vec<String>,
}

/// The traps of one question.
#[derive(Debug, Default)]
pub(super) struct Traps(Arc<Mutex<VecDeque<TrapAnswer>>>);

impl Traps {
    /// What tells of them. What contracts say is left out: whoever asks could fill the log with it.
    pub(super) fn log(&self) -> Log {
        let traps = Arc::clone(&self.0);
        Log::new(move |contract, said| match said {
            Said::Message(_) => {}
            Said::Trapped(trap) => {
                let mut traps = traps.lock().unwrap_or_else(PoisonError::into_inner);
                if traps.len() == MAX_TRAPS {
                    traps.pop_front();
                }
                traps.push_back(TrapAnswer {
                    contract: *contract,
                    code: trap.code,
                    message: trap.halt.to_string(),
                    at: trap.places.iter().map(CodePlace::to_string).collect(),
                });
            }
        })
    }

    /// All that were told of, in order.
    pub(super) fn answers(&self) -> Vec<TrapAnswer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
