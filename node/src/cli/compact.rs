//! Writes the numbers in a module's code as short as they can be.
//!
//! The linker leaves five bytes for each number that it fills in, and closes them up only in a module without debug
//! information. That is a tenth of a contract. Operators and their order stay, so a place in the code is found again by
//! counting.

use lockstep_abi::schema::section::leb128;
use wasmparser::{BinaryReaderError, FunctionBody, Parser, Payload};

const HEADER_BYTES: usize = 8;
const CODE: u8 = 10;

/// The same module with a shorter code section. Custom sections that count bytes of the code do not fit any more.
pub(crate) fn compact(wasm: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut compact = wasm.get(..HEADER_BYTES).unwrap_or_default().to_vec();
    let (mut code, mut left) = (Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::CodeSectionStart { count, .. } => {
                (code, left) = (leb128(u64::from(*count)), *count);
                if left == 0 {
                    put(&mut compact, CODE, &code);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let bytes = body_of(body)?;
                code.extend(leb128(bytes.len() as u64));
                code.extend(bytes);
                left -= 1;
                if left == 0 {
                    put(&mut compact, CODE, &code);
                }
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    let range = range.start as usize..range.end as usize;
                    put(&mut compact, id, wasm.get(range).unwrap_or_default());
                }
            }
        }
    }
    Ok(compact)
}

/// An operator of a body: where it is in the module, and where it is in the shorter body, from that one's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) at: u64,
    pub(crate) short_at: usize,
}

/// Where the operators of a body are, in order; the last is followed by the body's end.
pub(crate) fn operators(body: &FunctionBody<'_>) -> Result<Vec<Moved>, BinaryReaderError> {
    let mut moved = Vec::new();
    walk(body, |at, short_at, _| moved.push(Moved { at, short_at }))?;
    Ok(moved)
}

fn body_of(body: &FunctionBody<'_>) -> Result<Vec<u8>, BinaryReaderError> {
    let start = body.range().start;
    let mut bytes = Vec::new();
    walk(body, |at, _, operator| {
        if bytes.is_empty() {
            // The declarations of locals.
            bytes.extend_from_slice(body.as_bytes().get(..(at - start) as usize).unwrap_or_default());
        }
        bytes.extend_from_slice(operator);
    })?;
    Ok(bytes)
}

/// Shows each operator: where it is, where it is in the shorter body, its shortest form.
fn walk(body: &FunctionBody<'_>, mut show: impl FnMut(u64, usize, &[u8])) -> Result<(), BinaryReaderError> {
    let (bytes, start) = (body.as_bytes(), body.range().start);
    let mut operators = body.get_operators_reader()?;
    let mut short_at = (operators.original_position() - start) as usize;
    while !operators.eof() {
        let at = operators.original_position();
        operators.read()?;
        let range = (at - start) as usize..(operators.original_position() - start) as usize;
        let operator = shortest(bytes.get(range).unwrap_or_default());
        show(at, short_at, &operator);
        short_at += operator.len();
    }
    Ok(())
}

/// The same operator with its numbers as short as they can be, if it is one whose numbers the linker fills in.
fn shortest(operator: &[u8]) -> Vec<u8> {
    let Some((opcode, mut rest)) = operator.split_first() else { return Vec::new() };
    let mut short = vec![*opcode];
    let numbers = match opcode {
        // A call; a global, read or written.
        0x10 | 0x23 | 0x24 => 1,
        // An indirect call: type and table. Loads and stores: alignment and offset.
        0x11 | 0x28..=0x3E => 2,
        // A constant of 32 bits.
        0x41 => {
            short.extend(signed(number(&mut rest, true)));
            return short;
        }
        _ => return operator.to_vec(),
    };
    for _ in 0..numbers {
        short.extend(leb128(number(&mut rest, false) as u64));
    }
    short.extend_from_slice(rest);
    short
}

/// Reads a number in LEB128, of an operator that was read before.
fn number(bytes: &mut &[u8], is_signed: bool) -> i64 {
    let (mut number, mut shift) = (0_i64, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= i64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            if is_signed && byte & 0x40 != 0 && shift < 64 {
                number |= -1 << shift;
            }
            break;
        }
    }
    number
}

fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        let is_last = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        bytes.push(if is_last { low } else { low | 0x80 });
        if is_last {
            return bytes;
        }
    }
}

fn put(wasm: &mut Vec<u8>, id: u8, content: &[u8]) {
    wasm.push(id);
    wasm.extend(leb128(content.len() as u64));
    wasm.extend(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_as_short_as_they_can_be_and_mean_the_same() {
        let cases: [(&[u8], &[u8]); 8] = [
            (&[0x10, 0x85, 0x80, 0x80, 0x80, 0x00], &[0x10, 0x05]),
            (&[0x41, 0x80, 0x81, 0x80, 0x80, 0x00], &[0x41, 0x80, 0x01]),
            (&[0x41, 0xC0, 0x80, 0x80, 0x80, 0x00], &[0x41, 0xC0, 0x00]),
            (&[0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], &[0x41, 0x7F]),
            (&[0x41, 0x80, 0x80, 0x80, 0x80, 0x78], &[0x41, 0x80, 0x80, 0x80, 0x80, 0x78]),
            (&[0x28, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], &[0x28, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
            (&[0x36, 0x02, 0x88, 0x80, 0x80, 0x80, 0x00], &[0x36, 0x02, 0x08]),
            (&[0x42, 0x80, 0x00], &[0x42, 0x80, 0x00]),
        ];
        for (long, short) in cases {
            assert_eq!(shortest(long), short, "{long:x?}");
            assert_eq!(shortest(short), short, "{short:x?}");
        }
    }

    #[test]
    fn a_module_without_room_to_close_up_stays_as_it_is() {
        for text in [
            "(module)",
            r#"(module (memory (export "memory") 1) (data (i32.const 8) "x") (global (mut i32) (i32.const 9))
                (func $a (param i64) (local i32) (local.set 1 (i32.load offset=70000 (i32.const -5))))
                (func (export "f") (call $a (i64.const 7)) (global.set 0 (i32.const 100))))"#,
        ] {
            let wasm = wat::parse_str(text).unwrap();
            assert_eq!(compact(&wasm).unwrap(), wasm);
        }
    }
}
