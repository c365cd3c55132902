//! Checks what is outside the functions' bodies: types, imports, tables, memories, globals, exports, segments.

use std::collections::BTreeMap;

use lockstep_abi::{
    host::{HostFunction, IMPORT_MODULE, ValueType},
    limits::module::{
        MAX_DATA_SEGMENTS, MAX_ELEMENT_SEGMENTS, MAX_EXPORTS, MAX_FUNCTIONS, MAX_GLOBALS, MAX_IMPORTS,
        MAX_MEMORIES, MAX_MEMORY_PAGES, MAX_NAME_BYTES, MAX_PARAMS, MAX_RESULTS, MAX_SCHEMA_BYTES,
        MAX_TABLE_ENTRIES, MAX_TABLES, MAX_TYPES,
    },
    schema,
};
use wasmer::sys::wasmparser::{
    DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader, ExportSectionReader,
    ExternalKind, FuncType, GlobalSectionReader, ImportSectionReader, MemorySectionReader, Payload, RefType,
    TableInit, TableSectionReader, TypeRef, TypeSectionReader, ValType,
};

use super::{Counted, MEMORY_EXPORT, Rejection, Shape, limit};

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Sections {
    shape: Shape,
    /// The function types, by index.
    types: Vec<FuncType>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    /// Exported functions by name.
    exports: BTreeMap<String, u32>,
    memory_exported: bool,
}

/// Whether contracts may have values of this type.
pub(super) fn is_integer(ty: ValType) -> bool {
    match ty {
        ValType::I32 | ValType::I64 => true,
        ValType::F32 | ValType::F64 | ValType::V128 | ValType::Ref(_) => false,
    }
}

impl Sections {
    /// Checks one payload before the validator does.
    pub(super) fn check(&mut self, payload: &Payload<'_>) -> Result<(), Rejection> {
        match payload {
            Payload::TypeSection(section) => self.types(section.clone()),
            Payload::ImportSection(section) => self.imports(section.clone()),
            Payload::FunctionSection(section) => {
                limit(Counted::Functions, u64::from(section.count()), MAX_FUNCTIONS)?;
                for ty in section.clone() {
                    self.functions.push(ty?);
                }
                Ok(())
            }
            Payload::TableSection(section) => self.tables(section.clone()),
            Payload::MemorySection(section) => self.memories(section.clone()),
            Payload::GlobalSection(section) => self.globals(section.clone()),
            Payload::ExportSection(section) => self.exports(section.clone()),
            Payload::StartSection { .. } => Err(Rejection::Start),
            Payload::ElementSection(section) => self.elements(section.clone()),
            Payload::DataSection(section) => self.data(section.clone()),
            Payload::CustomSection(section) if section.name() == schema::SECTION => {
                self.schema(section.data())
            }
            Payload::TagSection(_) => Err(Rejection::Unsupported { what: "exception tags" }),
            // Checked by the validator alone; other custom sections are not read.
            Payload::Version { .. }
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CodeSectionEntry(_)
            | Payload::CustomSection(_)
            | Payload::End(_) => Ok(()),
            // Components' parts, and what a later parser may know.
            _ => Err(Rejection::Unsupported { what: "a section of an unknown kind" }),
        }
    }

    pub(super) fn push_frame(&mut self, units: u32) {
        self.shape.frames.push(units);
    }

    /// What can only be said once all was seen; gives the shape.
    pub(super) fn finish(mut self) -> Result<Shape, Rejection> {
        if self.shape.pages.is_some() && !self.memory_exported {
            return Err(Rejection::MemoryExport);
        }
        let exports = std::mem::take(&mut self.exports).into_iter();
        self.shape.callable =
            exports.filter(|(_, function)| self.is_method(*function)).map(|(name, _)| name).collect();
        Ok(self.shape)
    }

    fn is_method(&self, function: u32) -> bool {
        self.type_of(function).is_some_and(|ty| ty.params().is_empty() && ty.results().is_empty())
    }

    fn type_of(&self, function: u32) -> Option<&FuncType> {
        let ty = self.functions.get(function as usize)?;
        self.types.get(*ty as usize)
    }

    fn types(&mut self, section: TypeSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Types, u64::from(section.count()), MAX_TYPES)?;
        for (index, ty) in (0..).zip(section.into_iter_err_on_gc_types()) {
            let ty = ty?;
            limit(Counted::Params, ty.params().len() as u64, MAX_PARAMS)?;
            limit(Counted::Results, ty.results().len() as u64, MAX_RESULTS)?;
            for found in ty.params().iter().chain(ty.results()) {
                integer("type", index, *found)?;
            }
            self.types.push(ty);
        }
        Ok(())
    }

    fn imports(&mut self, section: ImportSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Imports, u64::from(section.count()), MAX_IMPORTS)?;
        for import in section.into_imports() {
            let import = import?;
            name_bytes(import.module)?;
            name_bytes(import.name)?;
            let unknown =
                || Rejection::UnknownImport { module: import.module.into(), name: import.name.into() };
            if import.module != IMPORT_MODULE {
                return Err(unknown());
            }
            let function = HostFunction::by_name(import.name).ok_or_else(unknown)?;
            match import.ty {
                TypeRef::Func(ty) if self.types.get(ty as usize).is_some_and(|ty| has_type(function, ty)) => {
                    self.functions.push(ty);
                }
                _ => {
                    return Err(Rejection::ImportType {
                        name: function.name(),
                        expected: type_text(function),
                    });
                }
            }
            self.shape.imported_functions = self.shape.imported_functions.saturating_add(1);
            limit(Counted::Imports, u64::from(self.shape.imported_functions), MAX_IMPORTS)?;
        }
        Ok(())
    }

    fn tables(&mut self, section: TableSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Tables, u64::from(section.count()), MAX_TABLES)?;
        for table in section {
            let table = table?;
            if table.ty.element_type != RefType::FUNCREF || table.ty.table64 || table.ty.shared {
                return Err(Rejection::Unsupported { what: "a table of something else than functions" });
            }
            if !matches!(table.init, TableInit::RefNull) {
                return Err(Rejection::Unsupported { what: "a table with an initial value" });
            }
            limit(Counted::TableEntries, table.ty.initial, MAX_TABLE_ENTRIES)?;
            // Wasmer refuses large ones when it makes an instance, which would look like a fault of the machine.
            limit(Counted::TableEntries, table.ty.maximum.unwrap_or(0), MAX_TABLE_ENTRIES)?;
            self.shape.table_entries = self.shape.table_entries.saturating_add(table.ty.initial);
        }
        Ok(())
    }

    fn memories(&mut self, section: MemorySectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Memories, u64::from(section.count()), MAX_MEMORIES)?;
        for memory in section {
            let memory = memory?;
            if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
                return Err(Rejection::Unsupported {
                    what: "a memory that is shared, 64-bit or of odd pages",
                });
            }
            limit(Counted::MemoryPages, memory.initial, MAX_MEMORY_PAGES)?;
            limit(Counted::MemoryPages, memory.maximum.unwrap_or(0), MAX_MEMORY_PAGES)?;
            self.shape.pages = u32::try_from(memory.initial).ok();
        }
        Ok(())
    }

    fn globals(&mut self, section: GlobalSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Globals, u64::from(section.count()), MAX_GLOBALS)?;
        for (index, global) in (0..).zip(section) {
            let ty = global?.ty;
            integer("global", index, ty.content_type)?;
            if ty.mutable {
                self.shape.mutable_globals.push(index);
            }
        }
        Ok(())
    }

    fn exports(&mut self, section: ExportSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::Exports, u64::from(section.count()), MAX_EXPORTS)?;
        self.shape.exports = section.count();
        for export in section {
            let export = export?;
            name_bytes(export.name)?;
            // The engine exports its meters under such names.
            if export.name.contains(':') {
                return Err(Rejection::ReservedExport { name: export.name.into() });
            }
            match export.kind {
                ExternalKind::Func => {
                    self.exports.insert(export.name.into(), export.index);
                }
                ExternalKind::Memory => self.memory_exported |= export.name == MEMORY_EXPORT,
                ExternalKind::Table | ExternalKind::Global => {}
                ExternalKind::Tag | ExternalKind::FuncExact => {
                    return Err(Rejection::Unsupported { what: "an export of an unknown kind" });
                }
            }
        }
        Ok(())
    }

    fn elements(&mut self, section: ElementSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::ElementSegments, u64::from(section.count()), MAX_ELEMENT_SEGMENTS)?;
        self.shape.segments = self.shape.segments.saturating_add(section.count());
        for element in section {
            let element = element?;
            match (element.kind, element.items) {
                (ElementKind::Active { .. }, ElementItems::Functions(functions)) => {
                    let count = u64::from(functions.count());
                    limit(Counted::TableEntries, count, MAX_TABLE_ENTRIES)?;
                    self.shape.table_entries = self.shape.table_entries.saturating_add(count);
                }
                (ElementKind::Passive | ElementKind::Declared | ElementKind::Active { .. }, _) => {
                    return Err(Rejection::Unsupported {
                        what: "an element segment that is not a list of functions",
                    });
                }
            }
        }
        Ok(())
    }

    fn data(&mut self, section: DataSectionReader<'_>) -> Result<(), Rejection> {
        limit(Counted::DataSegments, u64::from(section.count()), MAX_DATA_SEGMENTS)?;
        self.shape.segments = self.shape.segments.saturating_add(section.count());
        for data in section {
            let data = data?;
            match data.kind {
                DataKind::Active { .. } => {
                    self.shape.data_bytes = self.shape.data_bytes.saturating_add(data.data.len() as u64);
                }
                DataKind::Passive => {
                    return Err(Rejection::Unsupported { what: "a passive data segment" });
                }
            }
        }
        Ok(())
    }

    fn schema(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        limit(Counted::SchemaBytes, bytes.len() as u64, u32::try_from(MAX_SCHEMA_BYTES).unwrap_or(u32::MAX))?;
        match self.shape.schema.replace(bytes.to_vec()) {
            None => Ok(()),
            Some(_) => Err(Rejection::TwoSchemas),
        }
    }
}

fn integer(place: &'static str, index: u32, found: ValType) -> Result<(), Rejection> {
    if is_integer(found) { Ok(()) } else { Err(Rejection::Type { place, index, found: found.to_string() }) }
}

fn name_bytes(name: &str) -> Result<(), Rejection> {
    limit(Counted::NameBytes, name.len() as u64, MAX_NAME_BYTES)
}

fn has_type(function: HostFunction, ty: &FuncType) -> bool {
    let same = |wasm: &[ValType], ours: &mut dyn Iterator<Item = ValueType>| {
        wasm.iter().copied().eq(ours.map(|ty| match ty {
            ValueType::I32 => ValType::I32,
            ValueType::I64 => ValType::I64,
        }))
    };
    same(ty.params(), &mut function.params().iter().copied())
        && same(ty.results(), &mut function.result().into_iter())
}

fn type_text(function: HostFunction) -> String {
    let name = |ty: &ValueType| match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    let params: Vec<_> = function.params().iter().map(name).collect();
    let result: Vec<_> = function.result().iter().map(name).collect();
    format!("({}) -> ({})", params.join(", "), result.join(", "))
}
