//! Checks one function's body: operators, types, sizes; and measures its frame.

use lockstep_abi::limits::{
    module::{MAX_BLOCK_DEPTH, MAX_BLOCK_VALUES, MAX_BODY_BYTES, MAX_BR_TABLE, MAX_LOCALS, MAX_OPERANDS},
    run::FRAME_STACK_UNITS,
};
use wasmer::sys::wasmparser::{
    BinaryReaderError, BlockType, FuncValidator, FunctionBody, Operator, ValType, WasmModuleResources,
};

use super::{Counted, Rejection, rejection::FunctionName, sections::is_integer};
use crate::operator::{self, Rule};

/// A refusal whose function has no name yet: names are looked up only when needed.
pub(super) enum Refused {
    /// Of the module.
    Module(Rejection),
    /// Of the function, once its name is known.
    Function(Box<dyn FnOnce(FunctionName) -> Rejection>),
}

impl From<BinaryReaderError> for Refused {
    fn from(error: BinaryReaderError) -> Self {
        Self::Module(error.into())
    }
}

/// Checks a body; returns its frame in stack units.
///
/// Units follow from the Wasm alone: parameters, locals, the deepest operand stack, and a fixed part.
pub(super) fn check<R: WasmModuleResources>(
    body: &FunctionBody<'_>,
    validator: &mut FuncValidator<R>,
) -> Result<u32, Refused> {
    limit(Counted::BodyBytes, body.range().end.saturating_sub(body.range().start), MAX_BODY_BYTES)?;

    let mut locals = body.get_locals_reader()?;
    for _ in 0..locals.get_count() {
        let offset = locals.original_position();
        let (count, ty) = locals.read()?;
        integer(ty)?;
        validator.define_locals(offset, count, ty)?;
        limit(Counted::Locals, u64::from(validator.len_locals()), MAX_LOCALS)?;
    }
    limit(Counted::Locals, u64::from(validator.len_locals()), MAX_LOCALS)?;

    let mut deepest = 0;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        allowed(&operator, validator.resources())?;
        validator.op(offset, &operator)?;
        deepest = deepest.max(validator.operand_stack_height());
        limit(Counted::Operands, u64::from(deepest), MAX_OPERANDS)?;
        limit(Counted::BlockDepth, u64::from(validator.control_stack_height()), MAX_BLOCK_DEPTH)?;
    }
    operators.finish()?;
    Ok(validator.len_locals().saturating_add(deepest).saturating_add(FRAME_STACK_UNITS))
}

fn allowed(operator: &Operator<'_>, module: &impl WasmModuleResources) -> Result<(), Refused> {
    match operator::rule(operator) {
        Rule::Price(_) => {}
        Rule::Denied(denied) => {
            let operator = operator::name(operator);
            return Err(Refused::Function(Box::new(move |function| Rejection::Operator {
                function,
                operator,
                denied,
            })));
        }
    }
    match operator {
        Operator::Block { blockty: BlockType::Type(ty) }
        | Operator::Loop { blockty: BlockType::Type(ty) }
        | Operator::If { blockty: BlockType::Type(ty) } => integer(*ty),
        Operator::Block { blockty: BlockType::FuncType(ty) }
        | Operator::Loop { blockty: BlockType::FuncType(ty) }
        | Operator::If { blockty: BlockType::FuncType(ty) } => {
            // An unknown type is the validator's to refuse.
            let ty = module.sub_type_at(*ty).map(|ty| ty.unwrap_func());
            let values = ty.map_or(0, |ty| ty.params().len().max(ty.results().len()));
            limit(Counted::BlockValues, values as u64, MAX_BLOCK_VALUES)
        }
        Operator::BrTable { targets } => {
            limit(Counted::BranchTargets, u64::from(targets.len()), MAX_BR_TABLE)
        }
        // The others carry no type, or one from the type section, which is checked there.
        _ => Ok(()),
    }
}

fn integer(ty: ValType) -> Result<(), Refused> {
    if is_integer(ty) {
        return Ok(());
    }
    Err(Refused::Function(Box::new(move |function| Rejection::FunctionType {
        function,
        found: ty.to_string(),
    })))
}

fn limit(counted: Counted, found: u64, limit: u32) -> Result<(), Refused> {
    let limit = u64::from(limit);
    if found <= limit {
        return Ok(());
    }
    Err(Refused::Function(Box::new(move |function| Rejection::FunctionLimit {
        function,
        counted,
        found,
        limit,
    })))
}
