//! Encodes an interface while the contract is compiled.
//!
//! The bytes are those of `lockstep_abi::schema::Schema` (a test compares them). An interface that
//! the engine would refuse fails to compile here.

use lockstep_abi::{limits::module::MAX_SCHEMA_BYTES, schema::VERSION};

use super::{ErrorDef, EventDef, EventField, Field, Method, Schema, Shape, Type, Variant};

/// How many bytes `schema` has.
///
/// # Panics
/// If it is larger than the engine accepts, if two methods share a name, or if two errors share a code.
#[must_use]
pub const fn size(schema: &Schema) -> usize {
    let mut sink = Sink::<0>::new();
    sink.schema(schema);
    assert!(sink.length <= MAX_SCHEMA_BYTES, "the interface is too large: shorten the doc comments");
    sink.length
}

/// The bytes of `schema`; `N` is its [`size`].
///
/// # Panics
/// If `N` is another number.
#[must_use]
pub const fn encode<const N: usize>(schema: &Schema) -> [u8; N] {
    let mut sink = Sink::new();
    sink.schema(schema);
    sink.finish()
}

/// Counts what is written, and keeps it as far as there is room.
pub(super) struct Sink<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

/// A length, and each element through a method of [`Sink`].
macro_rules! list {
    ($sink:ident, $items:expr, $write:ident) => {{
        let items = $items;
        $sink.number(items.len());
        let mut at = 0;
        while at < items.len() {
            $sink.$write(&items[at]);
            at += 1;
        }
    }};
}

impl<const N: usize> Sink<N> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// How many bytes were written.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// What was written, all of it.
    pub(super) const fn finish(self) -> [u8; N] {
        assert!(self.length == N, "the size is another");
        self.bytes
    }

    pub(super) const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    pub(super) const fn raw(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            self.byte(bytes[at]);
            at += 1;
        }
    }

    /// A length or a count.
    pub(super) const fn number(&mut self, number: usize) {
        assert!(number <= u16::MAX as usize, "the interface is too large: shorten the doc comments");
        self.raw(&(number as u16).to_le_bytes());
    }

    pub(super) const fn text(&mut self, text: &str) {
        self.number(text.len());
        self.raw(text.as_bytes());
    }

    const fn schema(&mut self, schema: &Schema) {
        self.raw(&VERSION.to_le_bytes());
        self.text(schema.name);
        self.text(schema.docs);
        check_names(schema.methods);
        list!(self, schema.methods, method);
        let events = Events::of(schema);
        self.number(events.count);
        let mut at = 0;
        while at < events.count {
            self.event(&events.list[at]);
            at += 1;
        }
        self.errors(schema.errors);
    }

    const fn method(&mut self, method: &Method) {
        self.text(method.name);
        self.text(method.docs);
        self.byte(method.kind as u8);
        self.byte(method.payable as u8);
        self.byte(method.reentrant as u8 | (method.private as u8) << 1);
        list!(self, method.args, field);
        self.ty(&method.result);
    }

    /// What an interface's id takes of a method.
    pub(super) const fn signature(&mut self, method: &Method) {
        self.text(method.name);
        self.byte(method.kind as u8);
        self.byte(method.payable as u8);
        list!(self, method.args, field);
        self.ty(&method.result);
    }

    const fn field(&mut self, field: &Field) {
        self.text(field.name);
        self.ty(&field.ty);
    }

    const fn event(&mut self, event: &EventDef) {
        self.text(event.name);
        self.text(event.docs);
        list!(self, event.fields, event_field);
    }

    const fn event_field(&mut self, field: &EventField) {
        self.text(field.name);
        self.ty(&field.ty);
        self.byte(field.topic as u8);
    }

    /// The errors of all methods, each once. Methods share error types, so most come several times.
    const fn errors(&mut self, lists: &[&[ErrorDef]]) {
        self.number(count_errors(lists));
        let mut list = 0;
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                if !is_repeated(lists, list, at) {
                    self.error(&lists[list][at]);
                }
                at += 1;
            }
            list += 1;
        }
    }

    const fn error(&mut self, error: &ErrorDef) {
        self.raw(&error.code.to_le_bytes());
        self.text(error.name);
        self.text(error.docs);
        list!(self, error.fields, field);
    }

    const fn variant(&mut self, variant: &Variant) {
        self.text(variant.name);
        list!(self, variant.fields, field);
    }

    /// The numbers are the discriminants of `lockstep_abi::schema::Type`.
    pub(super) const fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Unit => self.byte(0),
            Type::Bool => self.byte(1),
            Type::U8 => self.byte(2),
            Type::U16 => self.byte(3),
            Type::U32 => self.byte(4),
            Type::U64 => self.byte(5),
            Type::U128 => self.byte(6),
            Type::I8 => self.byte(7),
            Type::I16 => self.byte(8),
            Type::I32 => self.byte(9),
            Type::I64 => self.byte(10),
            Type::I128 => self.byte(11),
            Type::String => self.byte(12),
            Type::Bytes => self.byte(13),
            Type::FixedBytes(length) => {
                self.byte(14);
                self.raw(&length.to_le_bytes());
            }
            Type::Address => self.byte(15),
            Type::Hash => self.byte(16),
            Type::Amount => self.byte(17),
            Type::Option(ty) => {
                self.byte(18);
                self.ty(ty);
            }
            Type::List(ty) => {
                self.byte(19);
                self.ty(ty);
            }
            Type::Tuple(types) => {
                self.byte(20);
                list!(self, types, ty);
            }
            Type::Struct { name, fields } => {
                self.byte(21);
                self.text(name);
                list!(self, fields, field);
            }
            Type::Enum { name, variants } => {
                self.byte(22);
                self.text(name);
                list!(self, variants, variant);
            }
            Type::Time => self.byte(23),
        }
    }
}

/// Refuses two methods of one name: of a contract and its interface, or of two interfaces.
const fn check_names(methods: &[Method]) {
    let mut at = 0;
    while at < methods.len() {
        let mut earlier = 0;
        while earlier < at {
            assert!(
                !same(methods[earlier].name, methods[at].name),
                "two methods of this contract share a name"
            );
            earlier += 1;
        }
        at += 1;
    }
}

/// Events of one contract.
const MAX_EVENTS: usize = 64;

/// The events of the contract and of the parts of its storage, each once.
struct Events {
    list: [EventDef; MAX_EVENTS],
    count: usize,
}

impl Events {
    const fn of(schema: &Schema) -> Self {
        const NONE: EventDef = EventDef { name: "", docs: "", fields: &[] };
        let mut events = Self { list: [NONE; MAX_EVENTS], count: 0 };
        events.add(schema.events);
        events.add_parts(&schema.stored);
        events
    }

    const fn add_parts(&mut self, shape: &Shape) {
        let Shape::Parts { parts, events } = shape else { return };
        self.add(events);
        let mut at = 0;
        while at < parts.len() {
            self.add_parts(&parts[at].shape);
            at += 1;
        }
    }

    const fn add(&mut self, events: &[EventDef]) {
        let mut at = 0;
        while at < events.len() {
            // A part that a contract has twice.
            if !self.has(&events[at]) {
                assert!(self.count < MAX_EVENTS, "a contract has at most 64 events");
                self.list[self.count] = events[at];
                self.count += 1;
            }
            at += 1;
        }
    }

    const fn has(&self, event: &EventDef) -> bool {
        let mut at = 0;
        while at < self.count {
            if same(self.list[at].name, event.name) {
                assert!(
                    same(self.list[at].docs, event.docs) && self.list[at].fields.len() == event.fields.len(),
                    "two events of this contract share a name"
                );
                return true;
            }
            at += 1;
        }
        false
    }
}

const fn count_errors(lists: &[&[ErrorDef]]) -> usize {
    let mut count = 0;
    let mut list = 0;
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            if !is_repeated(lists, list, at) {
                count += 1;
            }
            at += 1;
        }
        list += 1;
    }
    count
}

/// Whether the error at (`list`, `at`) came in an earlier list. Within a list the macro has checked.
const fn is_repeated(lists: &[&[ErrorDef]], list: usize, at: usize) -> bool {
    let error = &lists[list][at];
    let mut earlier = 0;
    while earlier < list {
        let mut other = 0;
        while other < lists[earlier].len() {
            if lists[earlier][other].code == error.code {
                assert!(
                    same(lists[earlier][other].name, error.name),
                    "two errors of this contract share a code"
                );
                return true;
            }
            other += 1;
        }
        earlier += 1;
    }
    false
}

pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
