//! A contract's interface as constants, and the bytes that they travel as.
//!
//! The types mirror `lockstep_abi::schema` with `&'static` in the place of `String`, `Vec` and `Box`, so
//! that the compiler itself can build the tree and encode it (`encode.rs`). The bytes end up in a custom
//! section of the Wasm and cost no code. Types say what they are made of through [`Describe`].
//! What the storage looks like travels in the same way (`shape.rs`), and so do the interfaces (`interfaces.rs`).

mod describe;
mod encode;
mod interfaces;
mod shape;
#[cfg(test)]
mod tests;

pub use describe::Describe;
pub(crate) use encode::same;
pub use encode::{encode, size};
pub use interfaces::{Listed, encode_interfaces, interfaces_size};
#[doc(hidden)]
pub use interfaces::{count, join, signatures, signatures_size};
pub use lockstep_abi::schema::MethodKind;
#[doc(hidden)]
pub use shape::check_places;
pub use shape::{Part, Shape, encode_layout, layout_size};

/// See [`lockstep_abi::schema::Schema`].
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The contract's name.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// What can be called.
    pub methods: &'static [Method],
    /// What it announces.
    pub events: &'static [EventDef],
    /// What it stores. The parts of it announce events too.
    pub stored: Shape,
    /// How it refuses: the errors of each method. The encoder takes each code once.
    pub errors: &'static [&'static [ErrorDef]],
}

/// See [`lockstep_abi::schema::Method`].
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The name of the export.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// How it may be used.
    pub kind: MethodKind,
    /// Whether it accepts value.
    pub payable: bool,
    /// Whether it may be called while the contract is on the stack.
    pub reentrant: bool,
    /// Whether the contract itself alone may call it.
    pub private: bool,
    /// Its arguments, in order.
    pub args: &'static [Field],
    /// What it returns.
    pub result: Type,
}

impl Method {
    /// A method that no contract has.
    #[doc(hidden)]
    pub const NONE: Self = Self {
        name: "",
        docs: "",
        kind: MethodKind::View,
        payable: false,
        reentrant: false,
        private: false,
        args: &[],
        result: Type::Unit,
    };
}

/// See [`lockstep_abi::schema::Field`].
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub ty: Type,
}

/// See [`lockstep_abi::schema::EventDef`].
#[derive(Debug, Clone, Copy)]
pub struct EventDef {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// Its fields, in order.
    pub fields: &'static [EventField],
}

/// See [`lockstep_abi::schema::EventField`].
#[derive(Debug, Clone, Copy)]
pub struct EventField {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub ty: Type,
    /// Whether it is searchable.
    pub topic: bool,
}

/// See [`lockstep_abi::schema::ErrorDef`].
#[derive(Debug, Clone, Copy)]
pub struct ErrorDef {
    /// Its code; never 0.
    pub code: u32,
    /// Its name.
    pub name: &'static str,
    /// What it means, for people.
    pub docs: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// See [`lockstep_abi::schema::Type`].
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "they are the variants of the type that this one mirrors")]
pub enum Type {
    Unit,
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    String,
    Bytes,
    FixedBytes(u32),
    Address,
    Hash,
    Amount,
    Option(&'static Type),
    List(&'static Type),
    Tuple(&'static [Type]),
    Struct { name: &'static str, fields: &'static [Field] },
    Enum { name: &'static str, variants: &'static [Variant] },
    Time,
}

/// See [`lockstep_abi::schema::Variant`].
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// The name.
    pub name: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}
