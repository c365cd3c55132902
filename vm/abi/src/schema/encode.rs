//! Writes a schema as `decode.rs` reads it.
//!
//! Borsh, except that lengths and counts have two bytes: the whole section has at most 64 KiB, and in a small
//! contract they would be a quarter of it.

use alloc::vec::Vec;

use super::{
    ErrorDef, EventDef, EventField, Field, Method, Schema, Type, Variant,
    build::BuildInfo,
    interfaces::{Interface, Interfaces},
    layout::{self, Layout, Slot, SlotKind},
};

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn schema(mut self, schema: &Schema) -> Vec<u8> {
        self.raw(&schema.version.to_le_bytes());
        self.text(&schema.name);
        self.text(&schema.docs);
        self.list(&schema.methods, Self::method);
        self.list(&schema.events, Self::event);
        self.list(&schema.errors, Self::error);
        self.0
    }

    pub(super) fn layout(mut self, layout: &Layout) -> Vec<u8> {
        self.raw(&layout.version.to_le_bytes());
        if layout.version != layout::FIRST_VERSION {
            self.raw(&layout.storage_version.to_le_bytes());
        }
        self.list(&layout.slots, Self::slot);
        self.0
    }

    pub(super) fn interfaces(mut self, interfaces: &Interfaces) -> Vec<u8> {
        self.raw(&interfaces.version.to_le_bytes());
        self.list(&interfaces.list, Self::interface);
        self.0
    }

    /// What an interface's id is the hash of.
    pub(super) fn signatures(mut self, methods: &[&Method]) -> Vec<u8> {
        self.list(methods, |writer, method| {
            writer.text(&method.name);
            writer.raw(&[method.kind as u8, u8::from(method.payable)]);
            writer.list(&method.args, Self::field);
            writer.ty(&method.result);
        });
        self.0
    }

    pub(super) fn build(mut self, build: &BuildInfo) -> Vec<u8> {
        let BuildInfo { version, package, toolchain, flags, lock, revision, changed } = build;
        self.raw(&version.to_le_bytes());
        [package, toolchain, flags].into_iter().for_each(|text| self.text(text));
        self.raw(&lock.0);
        self.bytes(&revision.0);
        self.raw(&[u8::from(*changed)]);
        self.0
    }

    fn method(&mut self, method: &Method) {
        let Method { name, docs, kind, payable, reentrant, private, args, result } = method;
        self.text(name);
        self.text(docs);
        // Two flags in the last byte, so that a module from before the second one reads as it did.
        self.raw(&[*kind as u8, u8::from(*payable), u8::from(*reentrant) | u8::from(*private) << 1]);
        self.list(args, Self::field);
        self.ty(result);
    }

    fn field(&mut self, field: &Field) {
        self.text(&field.name);
        self.ty(&field.ty);
    }

    fn event(&mut self, event: &EventDef) {
        self.text(&event.name);
        self.text(&event.docs);
        self.list(&event.fields, Self::event_field);
    }

    fn event_field(&mut self, field: &EventField) {
        self.text(&field.name);
        self.ty(&field.ty);
        self.raw(&[u8::from(field.topic)]);
    }

    fn error(&mut self, error: &ErrorDef) {
        self.raw(&error.code.to_le_bytes());
        self.text(&error.name);
        self.text(&error.docs);
        self.list(&error.fields, Self::field);
    }

    fn variant(&mut self, variant: &Variant) {
        self.text(&variant.name);
        self.list(&variant.fields, Self::field);
    }

    fn slot(&mut self, slot: &Slot) {
        self.text(&slot.path);
        let (number, types) = match &slot.kind {
            SlotKind::Cell { value } => (0, [Some(value), None]),
            SlotKind::Map { key, value } => (1, [Some(key), Some(value)]),
            SlotKind::OrdMap { key, value } => (2, [Some(key), Some(value)]),
            SlotKind::Set { key } => (3, [Some(key), None]),
            SlotKind::Vector { value } => (4, [Some(value), None]),
            SlotKind::Queue { value } => (5, [Some(value), None]),
        };
        self.raw(&[number]);
        types.into_iter().flatten().for_each(|ty| self.ty(ty));
    }

    fn interface(&mut self, interface: &Interface) {
        self.text(&interface.name);
        self.raw(&interface.first.to_le_bytes());
        self.raw(&interface.count.to_le_bytes());
    }

    fn ty(&mut self, ty: &Type) {
        let number = match ty {
            Type::Unit => 0,
            Type::Bool => 1,
            Type::U8 => 2,
            Type::U16 => 3,
            Type::U32 => 4,
            Type::U64 => 5,
            Type::U128 => 6,
            Type::I8 => 7,
            Type::I16 => 8,
            Type::I32 => 9,
            Type::I64 => 10,
            Type::I128 => 11,
            Type::String => 12,
            Type::Bytes => 13,
            Type::FixedBytes(_) => 14,
            Type::Address => 15,
            Type::Hash => 16,
            Type::Amount => 17,
            Type::Option(_) => 18,
            Type::List(_) => 19,
            Type::Tuple(_) => 20,
            Type::Struct { .. } => 21,
            Type::Enum { .. } => 22,
            Type::Time => 23,
        };
        self.raw(&[number]);
        match ty {
            Type::FixedBytes(length) => self.raw(&length.to_le_bytes()),
            Type::Option(inner) | Type::List(inner) => self.ty(inner),
            Type::Tuple(types) => self.list(types, Self::ty),
            Type::Struct { name, fields } => {
                self.text(name);
                self.list(fields, Self::field);
            }
            Type::Enum { name, variants } => {
                self.text(name);
                self.list(variants, Self::variant);
            }
            Type::Unit
            | Type::Bool
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::U128
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::I128
            | Type::String
            | Type::Bytes
            | Type::Address
            | Type::Hash
            | Type::Amount
            | Type::Time => {}
        }
    }

    fn list<T>(&mut self, parts: &[T], mut part: impl FnMut(&mut Self, &T)) {
        self.length(parts.len());
        parts.iter().for_each(|one| part(self, one));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }

    /// A longer text or list takes more bytes than a section may have, and is refused for that.
    fn length(&mut self, length: usize) {
        self.raw(&u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}
