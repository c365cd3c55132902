//! How large a module's functions are, as far as that says what compiling them takes. Of the Wasm alone.

use wasmer::sys::wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use crate::Fault;

/// Figures over all functions.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes of each body times the sum of its locals and of its blocks within each other, summed: a compiler that
    /// follows each local through each block, and each loop through those around it, has as much to do.
    pub(super) bytes_by_width: u64,
}

/// Measures a module that was prepared.
///
/// # Errors
/// [`Fault`] if it was not.
pub(super) fn sizes(wasm: &[u8]) -> Result<Sizes, Fault> {
    measure(wasm).map_err(|error| Fault::Compiler { reason: error.message().into() })
}

fn measure(wasm: &[u8]) -> Result<Sizes, BinaryReaderError> {
    let mut sizes = Sizes::default();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let bytes = body.range().end.saturating_sub(body.range().start);
            let mut locals = 0_u64;
            for declared in body.get_locals_reader()? {
                locals = locals.saturating_add(declared?.0.into());
            }
            let width = locals.saturating_add(depth(&body)?);
            sizes.bytes_by_width = sizes.bytes_by_width.saturating_add(bytes.saturating_mul(width));
        }
    }
    Ok(sizes)
}

/// The most blocks within each other, the body being one.
fn depth(body: &FunctionBody<'_>) -> Result<u64, BinaryReaderError> {
    let (mut depth, mut deepest) = (1_u64, 1_u64);
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            Operator::End => depth = depth.saturating_sub(1),
            // No others that `prepare` lets through begin or end a block.
            _ => {}
        }
    }
    Ok(deepest)
}
