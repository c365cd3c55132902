//! What compiling a module takes for a compiler that is not linear. Of the Wasm alone.

use wasmer::sys::wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use crate::{Fault, Prepared};

/// Bytes of a function's body times how wide it is: its locals and deepest operands (as its frame counts them), its
/// deepest blocks, and an eighth of its number of blocks. A compiler that follows each value through each block, and
/// each loop through those around it, has as much to do.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Effort {
    /// The largest of a function.
    pub(super) largest: u64,
    /// Of all functions.
    pub(super) sum: u64,
}

/// Measures a module.
///
/// # Errors
/// [`Fault`] only if the bytes are not what was prepared.
pub(super) fn effort(prepared: &Prepared) -> Result<Effort, Fault> {
    measure(prepared).map_err(|error| Fault::Compiler { reason: error.message().into() })
}

fn measure(prepared: &Prepared) -> Result<Effort, BinaryReaderError> {
    let mut effort = Effort::default();
    let mut frames = prepared.shape().frames.iter();
    for payload in Parser::new(0).parse_all(prepared.wasm()) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let bytes = body.range().end.saturating_sub(body.range().start);
            let frame = frames.next().copied().unwrap_or(0);
            let width = u64::from(frame).saturating_add(blocks(&body)?);
            let function = bytes.saturating_mul(width);
            effort.largest = effort.largest.max(function);
            effort.sum = effort.sum.saturating_add(function);
        }
    }
    Ok(effort)
}

/// The most blocks within each other, and an eighth of all.
fn blocks(body: &FunctionBody<'_>) -> Result<u64, BinaryReaderError> {
    let (mut depth, mut deepest, mut all) = (0_u64, 0_u64, 0_u64);
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
                all = all.saturating_add(1);
            }
            Operator::BrIf { .. } => all = all.saturating_add(1),
            Operator::End => depth = depth.saturating_sub(1),
            // No others that `prepare` lets through begin or end a block.
            _ => {}
        }
    }
    Ok(deepest.saturating_add(all / 8))
}
