//! Where in its code a contract trapped: for people who look for the reason.
//!
//! No part of an answer, and so of no receipt: how far a back end knows the place is its own affair. The places come
//! from Wasmer's backtrace, which every trap takes anyway. Its frames are of the compiler's input, and whether they
//! end with the module is the unwinder's affair; [`Label`] is how each tells what it is of.

use std::{fmt, num::ParseIntError, str::FromStr};

use lockstep_abi::{Halt, Hash};
use wasmer::RuntimeError;
use wasmer_types::{FrameInfo, TrapCode};

use crate::outcome::Stop;

/// Frames that are told; a recursion has a thousand.
const MAX_FRAMES: usize = 16;

/// A contract that ran into something that it cannot do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// The code.
    pub code: Hash,
    /// What that became.
    pub halt: Halt,
    /// Where, the innermost function first; at most 16. Empty if the back end does not know.
    pub places: Vec<CodePlace>,
}

/// A place in the code of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePlace {
    /// The function, counted with imports first, as Wasm tools do.
    pub function: u32,
    /// Bytes from the start of its body, the declarations of locals, to the operator. Metering blurs it by one: it is
    /// the operator that begins here, or the one that ends here.
    pub offset: u32,
}

impl fmt::Display for CodePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:#x}", self.function, self.offset)
    }
}

/// A text that is no place in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in code looks like 12+0x3a: the function's index, and bytes from its start")]
pub struct CodePlaceError;

impl FromStr for CodePlace {
    type Err = CodePlaceError;

    fn from_str(text: &str) -> Result<Self, CodePlaceError> {
        let malformed = |_: ParseIntError| CodePlaceError;
        let (function, offset) = text.split_once("+0x").ok_or(CodePlaceError)?;
        if [function, offset].iter().any(|number| number.starts_with('+')) {
            return Err(CodePlaceError);
        }
        Ok(Self {
            function: function.parse().map_err(malformed)?,
            offset: u32::from_str_radix(offset, 16).map_err(malformed)?,
        })
    }
}

/// What the compiler's input calls a module, so that its frames are told from those of its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label(String);

impl Label {
    /// The label of a module: short, since it is copied for every frame of every trap.
    pub(crate) fn of(code: &Hash) -> Self {
        Self(code.to_string().chars().take(16).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the compiler's input calls a function in whose body the operators are so many bytes further on.
pub(crate) fn shift_name(bytes: usize) -> String {
    bytes.to_string()
}

/// Where the module with this label trapped; `functions` is how many it has, imports included. Nothing for what is no
/// trap: a host function unwinds before Wasmer looks at the stack.
pub(crate) fn places(error: &RuntimeError, label: &Label, functions: u32) -> Vec<CodePlace> {
    if error.is::<Stop>() || error.clone().to_trap() == Some(TrapCode::StackOverflow) {
        return Vec::new();
    }
    let own = error.trace().iter().filter(|frame| frame.module_name() == label.as_str());
    // Behind the module's functions are the meter's.
    own.filter(|frame| frame.func_index() < functions).take(MAX_FRAMES).map(place).collect()
}

fn place(frame: &FrameInfo) -> CodePlace {
    let shift = frame.function_name().and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let offset = u32::try_from(frame.func_offset()).unwrap_or(0).saturating_sub(shift);
    CodePlace { function: frame.func_index(), offset }
}
