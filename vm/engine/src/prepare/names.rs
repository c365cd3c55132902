//! Finds a function's name in the name section, for messages. Runs only when a module is refused.

use wasmer::sys::wasmparser::{BinaryReader, KnownCustom, Name, NameSectionReader, Parser, Payload};

use super::FunctionName;

/// The most characters of a name in a message; a module's author chooses how long it is.
const MAX_SHOWN_CHARS: usize = 200;

/// What `wasm` calls its function `index`.
pub(super) fn function_name(wasm: &[u8], index: u32) -> FunctionName {
    let name = Parser::new(0).parse_all(wasm).find_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) => match section.as_known() {
            KnownCustom::Name(_) => {
                let reader = BinaryReader::new(section.data(), section.data_offset());
                find(NameSectionReader::new(reader), index)
            }
            _ => None,
        },
        _ => None,
    });
    FunctionName { index, name }
}

fn find(section: NameSectionReader<'_>, index: u32) -> Option<String> {
    section.into_iter().flatten().find_map(|subsection| match subsection {
        Name::Function(names) => {
            names.into_iter().flatten().find(|naming| naming.index == index).map(|naming| {
                format!("{:#}", rustc_demangle::demangle(naming.name)).chars().take(MAX_SHOWN_CHARS).collect()
            })
        }
        _ => None,
    })
}
