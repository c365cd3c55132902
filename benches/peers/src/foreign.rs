//! A contract of CosmWasm as one that ours takes: the same code, to be compiled and not run.
//!
//! Each import becomes a function of that type which traps, at the same index, so that no other byte of the code
//! changes. Exports other than the memory and functions of type `() -> ()` go, and so do custom sections.

use anyhow::{Context, Result};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, Module, RawSection,
};
use wasmparser::{ExternalKind, FuncType, FunctionBody, Import, Parser, Payload, TypeRef};

/// What is known of the module so far.
#[derive(Debug, Default)]
struct Seen {
    types: Vec<FuncType>,
    /// Types of the functions, by index.
    functions: Vec<u32>,
    imported: usize,
}

/// The module for ours.
pub(crate) fn adapt(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut seen = Seen::default();
    let mut module = Module::new();
    let mut code = CodeSection::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::TypeSection(section) => {
                seen.types = section.clone().into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                copy(&mut module, &payload, wasm);
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    seen.functions.push(function_type(&import?)?);
                }
                seen.imported = seen.functions.len();
            }
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    seen.functions.push(ty?);
                }
                let mut functions = FunctionSection::new();
                for ty in &seen.functions {
                    functions.function(*ty);
                }
                module.section(&functions);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section.clone() {
                    let export = export?;
                    match export.kind {
                        ExternalKind::Memory => exports.export(export.name, ExportKind::Memory, export.index),
                        ExternalKind::Func if seen.is_method(export.index) => {
                            exports.export(export.name, ExportKind::Func, export.index)
                        }
                        _ => &mut exports,
                    };
                }
                module.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {
                let mut traps = Function::new([]);
                traps.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                for _ in 0..seen.imported {
                    code.function(&traps);
                }
            }
            Payload::CodeSectionEntry(body) => {
                code.raw(body_bytes(body, wasm)?);
                if code.len() as usize == seen.functions.len() {
                    module.section(&code);
                }
            }
            Payload::CustomSection(_) => {}
            _ => copy(&mut module, &payload, wasm),
        }
    }
    Ok(module.finish())
}

impl Seen {
    fn is_method(&self, function: u32) -> bool {
        let ty = self.functions.get(function as usize).and_then(|ty| self.types.get(*ty as usize));
        ty.is_some_and(|ty| ty.params().is_empty() && ty.results().is_empty())
    }
}

fn function_type(import: &Import<'_>) -> Result<u32> {
    match import.ty {
        TypeRef::Func(ty) => Some(ty),
        _ => None,
    }
    .with_context(|| format!("{} is no function", import.name))
}

fn body_bytes<'a>(body: &FunctionBody<'_>, wasm: &'a [u8]) -> Result<&'a [u8]> {
    let range = body.range();
    wasm.get(range.start as usize..range.end as usize).context("a body within the module")
}

/// A section as it is.
fn copy(module: &mut Module, payload: &Payload<'_>, wasm: &[u8]) {
    if let Some((id, range)) = payload.as_section() {
        module.section(&RawSection { id, data: &wasm[range.start as usize..range.end as usize] });
    }
}
