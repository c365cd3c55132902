//! The module as the compiler is given it, and what the middlewares put into its functions.
//!
//! Custom sections are left out: Wasmer keeps the name section and copies a function's name for every frame of
//! every trap, and a long name in a deep recursion took gigabytes. The meter's own functions are added behind
//! the module's, which leaves every index as it was, and to some functions a local: a middleware can add neither.
//! The names that are put there instead are short, and for `trap.rs`.

use lockstep_abi::schema::section::leb128;
use wasmer::sys::wasmparser::{
    BinaryReader, BinaryReaderError, CodeSectionReader, FunctionBody, FunctionSectionReader,
    TypeSectionReader,
};

use crate::{
    Fault, Prepared,
    meter::{FunctionPlan, Planner, Support},
    registers::Uses,
    trap::{Label, shift_name},
};

/// What the compiler is given.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) wasm: Vec<u8>,
    /// Of each function of the module, in order.
    pub(crate) plans: Vec<FunctionPlan>,
}

/// The sections with a meaning for code, by their number, in the order in which they come.
const ORDER: [u8; 11] = [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11];
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;
const CUSTOM: u8 = 0;
const HEADER_BYTES: usize = 8;

/// Up to so many bytes, a body's native code is within 1 MiB: 512 bytes for each of Wasm, metering included. The most that
/// was seen is 164, of `memory.grow` in a row with all registers in use.
const LONG_BODY_BYTES: usize = 2 << 10;

impl Input {
    /// The input for a module. Cost: linear in its bytes.
    ///
    /// # Errors
    /// [`Fault`] only if the bytes are not what was prepared.
    pub(crate) fn new(prepared: &Prepared) -> Result<Self, Fault> {
        build(prepared).map_err(|error| Fault::Compiler { reason: error.message().into() })
    }
}

fn build(prepared: &Prepared) -> Result<Input, BinaryReaderError> {
    let (header, rest) = prepared.wasm().split_at_checked(HEADER_BYTES).unwrap_or_default();
    let sections = Sections::read(rest)?;
    let code = sections.items(CODE)?;
    let functions = functions(&sections, prepared.shape().imported_functions)?;
    let types = sections.items(TYPES)?;
    let mut wasm = header.to_vec();
    for id in ORDER {
        let (old, added): (_, Vec<Vec<u8>>) = match id {
            TYPES => (types, Support::ALL.map(|function| function.ty().to_vec()).into()),
            FUNCTIONS => {
                let types = (types.count..).zip(Support::ALL).map(|(ty, _)| leb128(ty.into()));
                (sections.items(FUNCTIONS)?, types.collect())
            }
            CODE => {
                let old = Items { count: code.count, bytes: &functions.bodies };
                (old, Support::ALL.map(|function| function.body().to_vec()).into())
            }
            _ => {
                if let Some(content) = sections.content(id) {
                    put(&mut wasm, id, content);
                }
                continue;
            }
        };
        let count = old.count.saturating_add(u32::try_from(added.len()).unwrap_or(u32::MAX));
        put(&mut wasm, id, &[&leb128(count.into()), old.bytes, &added.concat()].concat());
    }
    let label = Label::of(&prepared.code());
    put(&mut wasm, CUSTOM, &names(&label, &functions.shifts, prepared.shape().imported_functions));
    Ok(Input { wasm, plans: functions.plans })
}

/// A name section: the module's label, and by how much the operators are further on in a function where they are.
fn names(label: &Label, shifts: &[usize], imported: u32) -> Vec<u8> {
    const MODULE: u8 = 0;
    const FUNCTIONS: u8 = 1;
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend(leb128(text.len() as u64));
        out.extend(text.as_bytes());
    };
    let (mut section, mut module) = (Vec::new(), Vec::new());
    text(&mut section, "name");
    text(&mut module, label.as_str());
    put(&mut section, MODULE, &module);
    let shifted: Vec<_> = (imported..).zip(shifts).filter(|(_, shift)| **shift > 0).collect();
    let mut functions = leb128(shifted.len() as u64);
    for (index, shift) in shifted {
        functions.extend(leb128(index.into()));
        text(&mut functions, &shift_name(*shift));
    }
    put(&mut section, FUNCTIONS, &functions);
    section
}

/// The module's functions as they go into its code section, and what is put into them.
#[derive(Debug, Default)]
struct Functions {
    bodies: Vec<u8>,
    plans: Vec<FunctionPlan>,
    /// By how many bytes the operators of each are further from their body's start than they were.
    shifts: Vec<usize>,
}

fn functions(sections: &Sections<'_>, imported: u32) -> Result<Functions, BinaryReaderError> {
    let mut functions = Functions::default();
    let (Some(types), Some(of), Some(code)) =
        (sections.content(TYPES), sections.content(FUNCTIONS), sections.content(CODE))
    else {
        return Ok(functions);
    };
    let mut parameters = Vec::new();
    for ty in TypeSectionReader::new(BinaryReader::new(types, 0))?.into_iter_err_on_gc_types() {
        parameters.push(u32::try_from(ty?.params().len()).unwrap_or(u32::MAX));
    }
    let of = FunctionSectionReader::new(BinaryReader::new(of, 0))?;
    let code = CodeSectionReader::new(BinaryReader::new(code, 0))?;
    for (ty, body) in of.into_iter().zip(code) {
        let parameters = parameters.get(ty? as usize).copied().unwrap_or(0);
        functions.add(&body?, parameters, imported)?;
    }
    Ok(functions)
}

impl Functions {
    fn add(
        &mut self,
        body: &FunctionBody<'_>,
        parameters: u32,
        imported: u32,
    ) -> Result<(), BinaryReaderError> {
        let mut declared = 0_u32;
        for locals in body.get_locals_reader()? {
            declared = declared.saturating_add(locals?.0);
        }
        let mut planner = Planner::new(imported, declared);
        let mut uses = Uses::default();
        let mut operators = body.get_operators_reader()?;
        let code = rest(body.as_bytes(), &operators.get_binary_reader());
        while !operators.eof() {
            let operator = operators.read()?;
            uses.operator(&operator, planner.block());
            planner.operator(&operator);
        }
        let plan = planner.finish();
        let local = parameters.saturating_add(declared);
        for (block, cost) in &plan.local_uses {
            uses.push(*block, local, *cost);
        }
        let swaps = uses.swaps(&plan.rounds);
        self.put(body.as_bytes(), code, plan.needs_local())?;
        let long = body.as_bytes().len() > LONG_BODY_BYTES;
        self.plans.push(FunctionPlan { plan, local, long, swaps });
        Ok(())
    }

    /// Adds a body, with a local of 32 bits behind those that it declares if one is needed.
    fn put(&mut self, body: &[u8], code: &[u8], local: bool) -> Result<(), BinaryReaderError> {
        const ONE_I32: [u8; 2] = [1, 0x7F];
        let length = body.len();
        let body = if local {
            let Items { count, bytes } = Items::of(body)?;
            let groups = bytes.strip_suffix(code).unwrap_or_default();
            [&leb128(count.saturating_add(1).into()), groups, &ONE_I32, code].concat()
        } else {
            body.to_vec()
        };
        self.shifts.push(body.len().saturating_sub(length));
        self.bodies.extend(leb128(body.len() as u64));
        self.bodies.extend(body);
        Ok(())
    }
}

/// A module's sections, by number.
struct Sections<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Sections<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut reader = BinaryReader::new(bytes, 0);
        let mut sections = Vec::new();
        while !reader.eof() {
            let id = reader.read_u8()?;
            let length = reader.read_var_u32()?;
            sections.push((id, reader.read_bytes(length as usize)?));
        }
        Ok(Self(sections))
    }

    fn content(&self, id: u8) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == id).map(|(_, content)| *content)
    }

    /// What a section lists; nothing, if it is not there.
    fn items(&self, id: u8) -> Result<Items<'a>, BinaryReaderError> {
        self.content(id).map_or(Ok(Items { count: 0, bytes: &[] }), Items::of)
    }
}

/// A list as Wasm writes it: how many there are, and their bytes.
#[derive(Clone, Copy)]
struct Items<'a> {
    count: u32,
    bytes: &'a [u8],
}

impl<'a> Items<'a> {
    fn of(list: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut reader = BinaryReader::new(list, 0);
        let count = reader.read_var_u32()?;
        Ok(Self { count, bytes: rest(list, &reader) })
    }
}

/// What a reader of `bytes` has not read.
fn rest<'a>(bytes: &'a [u8], reader: &BinaryReader<'_>) -> &'a [u8] {
    bytes.get(bytes.len().saturating_sub(reader.bytes_remaining())..).unwrap_or_default()
}

fn put(wasm: &mut Vec<u8>, id: u8, content: &[u8]) {
    wasm.push(id);
    wasm.extend(leb128(content.len() as u64));
    wasm.extend(content);
}
