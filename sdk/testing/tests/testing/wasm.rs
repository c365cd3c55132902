//! Modules that are made in the test: WAT with an interface.

use lockstep_abi::schema::{self, ErrorDef, Field, Method, MethodKind, Schema, Type, VERSION};

/// A method without documentation that takes no value.
pub(crate) fn method(name: &str, kind: MethodKind, args: Vec<Field>, result: Type) -> Method {
    let (payable, reentrant, private) = (false, false, false);
    Method { name: name.into(), docs: String::new(), kind, payable, reentrant, private, args, result }
}

pub(crate) fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty }
}

/// The module with the interface as its last section.
pub(crate) fn module(wat: &str, name: &str, methods: Vec<Method>, errors: Vec<ErrorDef>) -> Vec<u8> {
    let (name, docs) = (name.into(), String::new());
    let schema = Schema { version: VERSION, name, docs, methods, events: Vec::new(), errors }.encode();
    let mut content = vec![u8::try_from(schema::SECTION.len()).unwrap()];
    content.extend(schema::SECTION.bytes());
    content.extend(schema);
    let mut wasm = wat::parse_str(wat).unwrap();
    wasm.push(0);
    let mut length = content.len();
    while length > 0x7f {
        wasm.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    wasm.push(length as u8);
    wasm.extend(content);
    wasm
}
