//! Where in the source a trap was, by the unstripped module that `lockstep build` keeps beside each contract.
//!
//! That module is the deployed one with more sections and longer numbers in its code: without them it has the same hash,
//! and so it is found and known to be the right one. Its debug information has addresses that count from the start of
//! its own code section.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
};

use addr2line::Context;
use anyhow::Context as _;
use gimli::{Dwarf, EndianSlice, LittleEndian};
use lockstep_abi::{Hash, Shown, hash, schema::section::strip};
use lockstep_runtime::CodePlace;
use serde::Serialize;
use wasmparser::{FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

use super::compact::{Moved, compact, operators};

/// How the files end that `lockstep build` makes with all sections in them.
pub(crate) const DEBUG_SUFFIX: &str = ".debug.wasm";
/// Bytes of such a file that are read.
const MAX_DEBUG_BYTES: u64 = 64 << 20;
/// Lines that are told of one trap.
const MAX_LINES: usize = 12;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// The function.
    pub(crate) function: String,
    /// The file, if it is known.
    pub(crate) file: Option<String>,
    /// The line, if it is known: one operator may stand for several lines.
    pub(crate) line: Option<u32>,
}

impl Line {
    /// Whether this is Rust's own library or the panic handler.
    fn is_of_a_panic(&self) -> bool {
        self.file.as_deref().is_some_and(|file| file.starts_with("/rustc/"))
            || self.function.ends_with("rust_begin_unwind")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line} in {}", Shown(file), Shown(&self.function)),
            (Some(file), None) => write!(f, "{} in {}", Shown(file), Shown(&self.function)),
            (None, _) => write!(f, "{}", Shown(&self.function)),
        }
    }
}

/// A module with its names and lines.
pub(crate) struct Symbols(Vec<u8>);

impl Symbols {
    /// The one in a file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let length = fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
        anyhow::ensure!(length <= MAX_DEBUG_BYTES, "{} is too large to be a contract", file.display());
        let wasm = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self(wasm))
    }

    /// The one in a folder whose code is that of a deployed module.
    pub(crate) fn find(folder: &Path, code: Hash) -> Option<Self> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(DEBUG_SUFFIX));
        files.sort();
        files.iter().find_map(|file| Self::read(file).ok().filter(|symbols| symbols.code() == Some(code)))
    }

    /// The hash of the module that is deployed.
    pub(crate) fn code(&self) -> Option<Hash> {
        let module = compact(&strip(&self.0).ok()?).ok()?;
        Some(Hash::of(hash::Context::Code, &module))
    }

    /// The lines of a trap, the innermost first, those of Rust's own library left out.
    ///
    /// # Errors
    /// If this is no module, or one without debug information.
    pub(crate) fn locate(&self, places: &[CodePlace]) -> anyhow::Result<Vec<Line>> {
        let module = Module::of(&self.0)?;
        let context = Context::from_dwarf(module.dwarf()?).context("its debug information cannot be read")?;
        let mut lines = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let depth = if at == 0 { Depth::Innermost } else { Depth::Caller };
            lines.extend(module.lines(&context, *place, depth));
        }
        // A panic begins in Rust's own library and ends in the SDK: what is looked for is what called it.
        let own = |line: &Line| !line.is_of_a_panic();
        if lines.iter().any(own) {
            lines.retain(own);
        }
        lines.truncate(MAX_LINES);
        Ok(lines)
    }
}

/// Where `lockstep build` puts what it makes, unless told: beside what cargo makes in the current workspace.
pub(crate) fn default_folder() -> Option<PathBuf> {
    const FOLDER: &str = "lockstep";
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        return Some(Path::new(&target).join(FOLDER));
    }
    let here = env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("target").join(FOLDER)).find(|folder| folder.is_dir())
}

/// Whether a frame is where the trap was, or one that called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Innermost,
    Caller,
}

impl Depth {
    /// Whether such a frame can be at this operator.
    fn allows(self, operator: &Operator<'_>) -> bool {
        let is_call = matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. });
        match self {
            Self::Caller => is_call,
            // Everything that traps, roughly: the other candidate is its neighbour.
            Self::Innermost => !matches!(
                operator,
                Operator::Call { .. }
                    | Operator::LocalGet { .. }
                    | Operator::LocalSet { .. }
                    | Operator::LocalTee { .. }
                    | Operator::I32Const { .. }
                    | Operator::I64Const { .. }
                    | Operator::Block { .. }
                    | Operator::Loop { .. }
                    | Operator::If { .. }
                    | Operator::Else
                    | Operator::End
                    | Operator::Br { .. }
                    | Operator::BrIf { .. }
                    | Operator::Drop
                    | Operator::Return
            ),
        }
    }
}

/// The parts of a module that matter here.
struct Module<'a> {
    imported: u32,
    /// Where the content of the code section starts.
    code_at: u64,
    bodies: Vec<FunctionBody<'a>>,
    names: BTreeMap<u32, &'a str>,
    /// Custom sections by name: the debug information.
    custom: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Module<'a> {
    fn of(wasm: &'a [u8]) -> anyhow::Result<Self> {
        let mut module = Self {
            imported: 0,
            code_at: 0,
            bodies: Vec::new(),
            names: BTreeMap::new(),
            custom: BTreeMap::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        module.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { unchecked_range, .. } => module.code_at = unchecked_range.start,
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => module.read_names(names),
                    _ => {
                        module.custom.insert(section.name(), section.data());
                    }
                },
                _ => {}
            }
        }
        Ok(module)
    }

    fn read_names(&mut self, section: wasmparser::NameSectionReader<'a>) {
        for name in section.into_iter().flatten() {
            if let Name::Function(names) = name {
                self.names.extend(names.into_iter().flatten().map(|naming| (naming.index, naming.name)));
            }
        }
    }

    fn dwarf(&self) -> anyhow::Result<Dwarf<Slice<'a>>> {
        anyhow::ensure!(
            self.custom.contains_key(".debug_line"),
            "it has no debug information; `lockstep build` makes a module that has"
        );
        let section = |id: gimli::SectionId| {
            let bytes = self.custom.get(id.name()).copied().unwrap_or_default();
            Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
        };
        Ok(Dwarf::load(section)?)
    }

    /// The lines of one place: several, if functions were inlined there.
    fn lines(&self, context: &Context<Slice<'a>>, place: CodePlace, depth: Depth) -> Vec<Line> {
        let name = self.name(place.function);
        let unknown = || vec![Line { function: name.clone(), file: None, line: None }];
        let Some(address) = self.address(place, depth) else { return unknown() };
        let Ok(mut frames) = context.find_frames(address).skip_all_loads() else { return unknown() };
        let mut lines = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let function = frame.function.as_ref().and_then(|name| name.demangle().ok()).map(Cow::into_owned);
            let location = frame.location.as_ref();
            lines.push(Line {
                function: function.unwrap_or_else(|| name.clone()),
                file: location.and_then(|location| location.file).map(shorter),
                line: location.and_then(|location| location.line).filter(|line| *line > 0),
            });
        }
        if lines.is_empty() { unknown() } else { lines }
    }

    /// The function's name, or its number.
    fn name(&self, function: u32) -> String {
        match self.names.get(&function) {
            Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
            None => format!("function {function}"),
        }
    }

    /// Where a place's operator is, from the start of the code section.
    fn address(&self, place: CodePlace, depth: Depth) -> Option<u64> {
        let body = self.bodies.get(usize::try_from(place.function.checked_sub(self.imported)?).ok()?)?;
        let wanted = usize::try_from(place.offset).ok()?;
        let mut before = None;
        let mut found = None;
        let mut reader = body.get_operators_reader().ok()?;
        for Moved { at, short_at } in operators(body).ok()? {
            let candidate = (at, depth.allows(&reader.read().ok()?));
            if short_at >= wanted {
                found = (short_at == wanted).then_some(candidate);
                break;
            }
            before = Some(candidate);
        }
        let at = match (before, found) {
            (Some((at, true)), Some((_, false)) | None) | (_, Some((at, _))) | (Some((at, false)), None) => {
                at
            }
            (None, None) => return None,
        };
        at.checked_sub(self.code_at)
    }
}

/// A path from here, where that is shorter.
fn shorter(file: &str) -> String {
    let here = env::current_dir().ok();
    let relative = here.and_then(|here| Path::new(file).strip_prefix(here).ok().map(Path::to_path_buf));
    relative.map_or_else(|| file.into(), |path| path.display().to_string())
}
