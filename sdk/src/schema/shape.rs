//! What a contract's storage looks like, and the bytes that say so.
//!
//! The bytes are those of `lockstep_abi::schema::layout::Layout` (a test compares them). They travel in
//! a section of their own, since the chain does not read them.

use lockstep_abi::{
    limits::module::{MAX_NAME_BYTES, MAX_SCHEMA_BYTES},
    schema::layout::{FIRST_VERSION, PATH_START, VERSION},
};

use super::{EventDef, Type, encode::Sink};
use crate::storage::child;

/// Fields of a contract's storage, with those of its parts.
const MAX_SLOTS: usize = 256;

/// What a field of a storage struct keeps.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One value.
    Cell(Type),
    /// A value for each key: the types of both.
    Map(Type, Type),
    /// A value for each key, in the order of the keys: the types of both.
    OrdMap(Type, Type),
    /// Keys.
    Set(Type),
    /// Values by their index.
    Vector(Type),
    /// Values, first in, first out.
    Queue(Type),
    /// Fields of its own.
    Parts {
        /// The fields.
        parts: &'static [Part],
        /// What it emits.
        events: &'static [EventDef],
    },
}

/// A field of a storage struct.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its name, or the key that was pinned.
    pub name: &'static str,
    /// What it keeps.
    pub shape: Shape,
}

/// How many bytes the description of `shape` has, in this version of the storage.
///
/// # Panics
/// If it is larger than tools accept.
#[must_use]
pub const fn layout_size(shape: &Shape, storage_version: u32) -> usize {
    let sink = layout::<0>(shape, storage_version);
    assert!(sink.length() <= MAX_SCHEMA_BYTES, "the description of the storage is too large");
    sink.length()
}

/// The bytes that describe `shape` in this version of the storage; `N` is its [`layout_size`].
///
/// # Panics
/// If `N` is another number.
#[must_use]
pub const fn encode_layout<const N: usize>(shape: &Shape, storage_version: u32) -> [u8; N] {
    layout(shape, storage_version).finish()
}

const fn layout<const N: usize>(shape: &Shape, storage_version: u32) -> Sink<N> {
    let mut sink = Sink::new();
    if storage_version == 1 {
        sink.raw(&FIRST_VERSION.to_le_bytes());
    } else {
        sink.raw(&VERSION.to_le_bytes());
        sink.raw(&storage_version.to_le_bytes());
    }
    let mut slots = Slots::new();
    slots.add(shape, PATH_START, true);
    sink.number(slots.count);
    slot(&mut sink, shape, &Path::ROOT);
    sink
}

/// Refuses storage in which two fields, of parts as well, would share their entries.
///
/// # Panics
/// If there are such fields.
pub const fn check_places(shape: &Shape) {
    let mut slots = Slots::new();
    slots.add(shape, PATH_START, true);
    let mut at = 0;
    while at < slots.count {
        let mut other = 0;
        while other < at {
            assert!(
                slots.hashes[other] != slots.hashes[at],
                "two fields would share their entries: give one of them another key, `#[key = \"..\"]`"
            );
            other += 1;
        }
        at += 1;
    }
}

/// The hashes of all fields' places.
struct Slots {
    hashes: [u32; MAX_SLOTS],
    count: usize,
}

impl Slots {
    const fn new() -> Self {
        Self { hashes: [0; MAX_SLOTS], count: 0 }
    }

    const fn add(&mut self, shape: &Shape, hash: u32, is_root: bool) {
        let Shape::Parts { parts, .. } = shape else {
            assert!(self.count < MAX_SLOTS, "the storage has too many fields");
            self.hashes[self.count] = hash;
            self.count += 1;
            return;
        };
        let mut at = 0;
        while at < parts.len() {
            self.add(&parts[at].shape, child(hash, is_root, parts[at].name), false);
            at += 1;
        }
    }
}

/// The names that lead to a field, with points between them.
#[derive(Clone, Copy)]
struct Path {
    bytes: [u8; MAX_NAME_BYTES as usize],
    length: usize,
}

impl Path {
    const ROOT: Self = Self { bytes: [0; MAX_NAME_BYTES as usize], length: 0 };

    const fn child(mut self, name: &str) -> Self {
        if self.length > 0 {
            self.push(b'.');
        }
        let mut at = 0;
        while at < name.len() {
            self.push(name.as_bytes()[at]);
            at += 1;
        }
        self
    }

    const fn push(&mut self, byte: u8) {
        assert!(self.length < self.bytes.len(), "the names that lead to a field are too long");
        self.bytes[self.length] = byte;
        self.length += 1;
    }
}

/// The numbers are the discriminants of `lockstep_abi::schema::layout::SlotKind`.
const fn slot<const N: usize>(sink: &mut Sink<N>, shape: &Shape, path: &Path) {
    if let Shape::Parts { parts, .. } = shape {
        let mut at = 0;
        while at < parts.len() {
            slot(sink, &parts[at].shape, &path.child(parts[at].name));
            at += 1;
        }
        return;
    }
    sink.number(path.length);
    sink.raw(path.bytes.split_at(path.length).0);
    match shape {
        Shape::Cell(value) => entry(sink, 0, &[*value]),
        Shape::Map(key, value) => entry(sink, 1, &[*key, *value]),
        Shape::OrdMap(key, value) => entry(sink, 2, &[*key, *value]),
        Shape::Set(key) => entry(sink, 3, &[*key]),
        Shape::Vector(value) => entry(sink, 4, &[*value]),
        Shape::Queue(value) => entry(sink, 5, &[*value]),
        Shape::Parts { .. } => {}
    }
}

const fn entry<const N: usize>(sink: &mut Sink<N>, kind: u8, types: &[Type]) {
    sink.byte(kind);
    let mut at = 0;
    while at < types.len() {
        sink.ty(&types[at]);
        at += 1;
    }
}
