//! The custom sections of a module: read, left out, and added, without a parser of Wasm.
//!
//! Only the frame of the sections is looked at. Whether the module is valid is the engine's to say.

use alloc::vec::Vec;

use super::cursor::Cursor;

/// What every module begins with.
const HEADER: &[u8; 8] = b"\0asm\x01\0\0\0";
/// The number of a custom section.
const CUSTOM: u8 = 0;
/// What the names of the sections begin with that this project writes.
const OWN: &str = "lockstep.";

/// Bytes that are not a module's sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// Not Wasm at all.
    #[error("this is not a WebAssembly module: it must start with `\\0asm` and version 1")]
    NotWasm,
    /// A section that is longer than what is left, or a length or a name that is none.
    #[error("the section at byte {at} is malformed")]
    Malformed {
        /// Where it starts.
        at: usize,
    },
}

/// A section of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Section<'a> {
    /// The name; absent for a section with a number.
    name: Option<&'a str>,
    /// What is in it; of a custom section, behind the name.
    content: &'a [u8],
    /// All of it, number and length included.
    whole: &'a [u8],
}

/// The custom sections, by name, in the order of the bytes.
///
/// # Errors
/// [`SectionError`] at the first section that is malformed.
pub fn custom_sections(wasm: &[u8]) -> Result<Vec<(&str, &[u8])>, SectionError> {
    let sections = sections(wasm)?.into_iter();
    Ok(sections.filter_map(|section| Some((section.name?, section.content))).collect())
}

/// The module without what only people and debuggers read: of the custom sections, those stay whose names begin
/// with `lockstep.`. The code, and so every offset in it, is the same.
///
/// # Errors
/// [`SectionError`] at the first section that is malformed.
pub fn strip(wasm: &[u8]) -> Result<Vec<u8>, SectionError> {
    let mut stripped = HEADER.to_vec();
    for Section { name, whole, .. } in sections(wasm)? {
        if name.is_none_or(|name| name.starts_with(OWN)) {
            stripped.extend_from_slice(whole);
        }
    }
    Ok(stripped)
}

/// The module with a custom section at its end; one of that name that was there is replaced.
///
/// # Errors
/// [`SectionError`] at the first section that is malformed.
pub fn with_section(wasm: &[u8], name: &str, content: &[u8]) -> Result<Vec<u8>, SectionError> {
    let mut new = HEADER.to_vec();
    for section in sections(wasm)? {
        if section.name != Some(name) {
            new.extend_from_slice(section.whole);
        }
    }
    let mut body = Vec::new();
    put(&mut body, name.as_bytes());
    body.extend_from_slice(content);
    new.push(CUSTOM);
    put(&mut new, &body);
    Ok(new)
}

/// An unsigned number as Wasm writes it: in LEB128, as short as it can be.
#[must_use]
pub fn leb128(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Bytes with their length before them.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&leb128(bytes.len() as u64));
    out.extend_from_slice(bytes);
}

fn sections(wasm: &[u8]) -> Result<Vec<Section<'_>>, SectionError> {
    let mut cursor = Cursor::new(wasm);
    if cursor.array() != Some(*HEADER) {
        return Err(SectionError::NotWasm);
    }
    let mut sections = Vec::new();
    while cursor.left() > 0 {
        let at = cursor.at();
        sections.push(section(&mut cursor, wasm).ok_or(SectionError::Malformed { at })?);
    }
    Ok(sections)
}

fn section<'a>(cursor: &mut Cursor<'a>, wasm: &'a [u8]) -> Option<Section<'a>> {
    let at = cursor.at();
    let id = cursor.byte()?;
    let length = length(cursor)?;
    let content = cursor.take(length)?;
    let whole = wasm.get(at..cursor.at())?;
    if id != CUSTOM {
        return Some(Section { name: None, content, whole });
    }
    let mut inside = Cursor::new(content);
    let length = self::length(&mut inside)?;
    let name = core::str::from_utf8(inside.take(length)?).ok()?;
    Some(Section { name: Some(name), content: inside.take(inside.left())?, whole })
}

/// An unsigned number of at most 32 bits in LEB128.
fn length(cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = cursor.byte()?;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok().and_then(|number| usize::try_from(number).ok());
        }
    }
    None
}
