//! Reads a schema from untrusted bytes, within a depth.
//!
//! Written by hand, not derived: a derived decoder recurses as deep as the bytes say, and its errors are
//! borsh's. Each part has one form, so that what was decoded encodes to the same bytes again. What a schema
//! must fulfil beyond its form is checked here as well: a [`Schema`] that was decoded obeys every rule in
//! [`SchemaError`].

use alloc::{boxed::Box, collections::BTreeSet, string::String, vec::Vec};

use super::{
    ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, SchemaError, Type, VERSION, Variant,
    build::{self, BuildInfo, Revision},
    cursor::Cursor,
    interfaces::{self, Interface, Interfaces},
    layout::{self, Layout, Slot, SlotKind},
    rules,
};
use crate::{
    Hash,
    limits::{
        module::{MAX_NAME_BYTES, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH},
        run::MAX_TOPIC_BYTES,
    },
    text::is_unshowable,
};

/// Variants of one enum: borsh numbers them with one byte.
const MAX_VARIANTS: usize = 256;

impl Schema {
    /// Reads the interface from the custom section's bytes.
    ///
    /// Memory is at most about 150 bytes for each of `bytes`: 10 MiB for the largest schema.
    ///
    /// # Errors
    /// [`SchemaError`] with the first thing that is wrong, in the order of the bytes; rules on the whole
    /// schema (kinds, codes, topics) come last.
    pub fn decode(bytes: &[u8]) -> Result<Self, SchemaError> {
        if bytes.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong { found: bytes.len(), limit: MAX_SCHEMA_BYTES });
        }
        let mut reader = Reader::new(bytes);
        let schema = reader.schema()?;
        reader.finish()?;
        rules::check(&schema)?;
        Ok(schema)
    }
}

/// The names of one list, to find one that occurs twice.
type Names<'a> = BTreeSet<&'a [u8]>;

/// Reads the parts of an interface from front to back.
pub(super) struct Reader<'a>(Cursor<'a>);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(Cursor::new(bytes))
    }

    /// # Errors
    /// [`SchemaError::Trailing`] if bytes are left over.
    pub(super) const fn finish(self) -> Result<(), SchemaError> {
        let Self(rest) = self;
        if rest.left() > 0 {
            return Err(SchemaError::Trailing { at: rest.at(), left: rest.left() });
        }
        Ok(())
    }

    pub(super) fn layout(&mut self) -> Result<Layout, SchemaError> {
        let version = u16::from_le_bytes(self.array()?);
        let storage_version = match version {
            layout::FIRST_VERSION => 1,
            layout::VERSION => self.storage_version()?,
            found => return Err(SchemaError::Version { found, known: layout::VERSION }),
        };
        Ok(Layout { version, storage_version, slots: self.list(Self::slot)? })
    }

    fn storage_version(&mut self) -> Result<u32, SchemaError> {
        let at = self.0.at();
        match u32::from_le_bytes(self.array()?) {
            // The first version has one form, without a number.
            found @ (0 | 1) => Err(SchemaError::StorageVersion { found, at }),
            version => Ok(version),
        }
    }

    pub(super) fn interfaces(&mut self) -> Result<Interfaces, SchemaError> {
        let version = self.version(interfaces::VERSION)?;
        Ok(Interfaces { version, list: self.list(Self::interface)? })
    }

    fn interface(&mut self, names: &mut Names<'a>) -> Result<Interface, SchemaError> {
        Ok(Interface {
            name: self.unique_name(names)?,
            first: u16::from_le_bytes(self.array()?),
            count: u16::from_le_bytes(self.array()?),
        })
    }

    pub(super) fn build(&mut self) -> Result<BuildInfo, SchemaError> {
        Ok(BuildInfo {
            version: self.version(build::VERSION)?,
            package: self.text(is_unshowable)?.into(),
            toolchain: self.text(is_unshowable)?.into(),
            flags: self.text(is_unshowable)?.into(),
            lock: Hash(self.array()?),
            revision: Revision(self.bytes()?.into()),
            changed: self.flag()?,
        })
    }

    fn slot(&mut self, names: &mut Names<'a>) -> Result<Slot, SchemaError> {
        Ok(Slot { path: self.unique_name(names)?, kind: self.slot_kind()? })
    }

    fn slot_kind(&mut self) -> Result<SlotKind, SchemaError> {
        let at = self.0.at();
        Ok(match self.byte()? {
            0 => SlotKind::Cell { value: self.ty(MAX_SCHEMA_DEPTH)? },
            1 => SlotKind::Map { key: self.ty(MAX_SCHEMA_DEPTH)?, value: self.ty(MAX_SCHEMA_DEPTH)? },
            2 => SlotKind::OrdMap { key: self.ty(MAX_SCHEMA_DEPTH)?, value: self.ty(MAX_SCHEMA_DEPTH)? },
            3 => SlotKind::Set { key: self.ty(MAX_SCHEMA_DEPTH)? },
            4 => SlotKind::Vector { value: self.ty(MAX_SCHEMA_DEPTH)? },
            5 => SlotKind::Queue { value: self.ty(MAX_SCHEMA_DEPTH)? },
            found => return Err(SchemaError::UnknownSlot { found, at }),
        })
    }

    /// # Errors
    /// [`SchemaError::Version`] if it is not `known`.
    fn version(&mut self, known: u16) -> Result<u16, SchemaError> {
        let found = u16::from_le_bytes(self.array()?);
        if found == known { Ok(found) } else { Err(SchemaError::Version { found, known }) }
    }

    fn schema(&mut self) -> Result<Schema, SchemaError> {
        Ok(Schema {
            version: self.version(VERSION)?,
            name: self.name()?.into(),
            docs: self.docs()?,
            methods: self.list(Self::method)?,
            events: self.list(Self::event)?,
            errors: self.list(Self::error)?,
        })
    }

    fn method(&mut self, names: &mut Names<'a>) -> Result<Method, SchemaError> {
        let (name, docs, kind, payable) =
            (self.unique_name(names)?, self.docs()?, self.kind()?, self.flag()?);
        let (reentrant, private) = self.two_flags()?;
        Ok(Method {
            name,
            docs,
            kind,
            payable,
            reentrant,
            private,
            args: self.list(|reader, names| reader.field(names, MAX_SCHEMA_DEPTH))?,
            result: self.ty(MAX_SCHEMA_DEPTH)?,
        })
    }

    fn kind(&mut self) -> Result<MethodKind, SchemaError> {
        let at = self.0.at();
        match self.byte()? {
            0 => Ok(MethodKind::Init),
            1 => Ok(MethodKind::Call),
            2 => Ok(MethodKind::View),
            3 => Ok(MethodKind::Upgrade),
            found => Err(SchemaError::UnknownKind { found, at }),
        }
    }

    fn event(&mut self, names: &mut Names<'a>) -> Result<EventDef, SchemaError> {
        let at = self.0.at();
        let name = self.name()?;
        // By the cut name: it is all that an event carries.
        let topic = name.as_bytes().get(..MAX_TOPIC_BYTES as usize).unwrap_or(name.as_bytes());
        if !names.insert(topic) {
            return Err(SchemaError::DuplicateName { at });
        }
        Ok(EventDef { name: name.into(), docs: self.docs()?, fields: self.list(Self::event_field)? })
    }

    fn event_field(&mut self, names: &mut Names<'a>) -> Result<EventField, SchemaError> {
        Ok(EventField { name: self.unique_name(names)?, ty: self.ty(MAX_SCHEMA_DEPTH)?, topic: self.flag()? })
    }

    fn error(&mut self, names: &mut Names<'a>) -> Result<ErrorDef, SchemaError> {
        Ok(ErrorDef {
            code: u32::from_le_bytes(self.array()?),
            name: self.unique_name(names)?,
            docs: self.docs()?,
            fields: self.list(|reader, names| reader.field(names, MAX_SCHEMA_DEPTH))?,
        })
    }

    fn field(&mut self, names: &mut Names<'a>, depth: u32) -> Result<Field, SchemaError> {
        Ok(Field { name: self.unique_name(names)?, ty: self.ty(depth)? })
    }

    fn variant(&mut self, names: &mut Names<'a>, depth: u32) -> Result<Variant, SchemaError> {
        Ok(Variant {
            name: self.unique_name(names)?,
            fields: self.list(|reader, names| reader.field(names, depth))?,
        })
    }

    /// A type with at most `depth` types inside each other, itself included.
    fn ty(&mut self, depth: u32) -> Result<Type, SchemaError> {
        let at = self.0.at();
        let Some(inner) = depth.checked_sub(1) else {
            return Err(SchemaError::TooDeep { limit: MAX_SCHEMA_DEPTH, at });
        };
        Ok(match self.byte()? {
            0 => Type::Unit,
            1 => Type::Bool,
            2 => Type::U8,
            3 => Type::U16,
            4 => Type::U32,
            5 => Type::U64,
            6 => Type::U128,
            7 => Type::I8,
            8 => Type::I16,
            9 => Type::I32,
            10 => Type::I64,
            11 => Type::I128,
            12 => Type::String,
            13 => Type::Bytes,
            14 => Type::FixedBytes(u32::from_le_bytes(self.array()?)),
            15 => Type::Address,
            16 => Type::Hash,
            17 => Type::Amount,
            18 => Type::Option(Box::new(self.ty(inner)?)),
            19 => Type::List(Box::new(self.element(at, inner)?)),
            20 => Type::Tuple(self.list(|reader, _| reader.ty(inner))?),
            21 => Type::Struct {
                name: self.name()?.into(),
                fields: self.list(|reader, names| reader.field(names, inner))?,
            },
            22 => self.enumeration(at, inner)?,
            23 => Type::Time,
            found => return Err(SchemaError::UnknownType { found, at }),
        })
    }

    fn element(&mut self, list_at: usize, depth: u32) -> Result<Type, SchemaError> {
        let element = self.ty(depth)?;
        if element.takes_no_bytes() {
            return Err(SchemaError::ListOfNothing { at: list_at });
        }
        Ok(element)
    }

    fn enumeration(&mut self, at: usize, depth: u32) -> Result<Type, SchemaError> {
        let name = self.name()?.into();
        let variants = self.list(|reader, names| reader.variant(names, depth))?;
        if variants.len() > MAX_VARIANTS {
            return Err(SchemaError::TooManyVariants { found: variants.len(), limit: MAX_VARIANTS, at });
        }
        Ok(Type::Enum { name, variants })
    }

    /// As many parts as the count says; `part` is given the names that came before in this list.
    fn list<T>(
        &mut self,
        mut part: impl FnMut(&mut Self, &mut Names<'a>) -> Result<T, SchemaError>,
    ) -> Result<Vec<T>, SchemaError> {
        let count = self.length()?;
        let mut names = Names::new();
        // Not `with_capacity(count)`: the count is the sender's claim. Every part takes at least a byte.
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(part(self, &mut names)?);
        }
        Ok(parts)
    }

    fn unique_name(&mut self, names: &mut Names<'a>) -> Result<String, SchemaError> {
        let at = self.0.at();
        let name = self.name()?;
        if names.insert(name.as_bytes()) { Ok(name.into()) } else { Err(SchemaError::DuplicateName { at }) }
    }

    fn name(&mut self) -> Result<&'a str, SchemaError> {
        let at = self.0.at();
        let name = self.text(is_unshowable)?;
        let limit = MAX_NAME_BYTES as usize;
        if name.is_empty() || name.len() > limit {
            return Err(SchemaError::NameLength { found: name.len(), limit, at });
        }
        Ok(name)
    }

    fn docs(&mut self) -> Result<String, SchemaError> {
        self.text(|c| is_unshowable(c) && c != '\n' && c != '\t').map(String::from)
    }

    fn text(&mut self, refused: impl Fn(char) -> bool) -> Result<&'a str, SchemaError> {
        let at = self.0.at();
        let bytes = self.bytes()?;
        let text = str::from_utf8(bytes).map_err(|_| SchemaError::NotUtf8 { at })?;
        match text.chars().find(|c| refused(*c)) {
            Some(found) => Err(SchemaError::Unshowable { found, at }),
            None => Ok(text),
        }
    }

    fn bytes(&mut self) -> Result<&'a [u8], SchemaError> {
        let length = self.length()?;
        self.0.take(length).ok_or(self.truncated())
    }

    fn flag(&mut self) -> Result<bool, SchemaError> {
        let at = self.0.at();
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            found => Err(SchemaError::NotAFlag { found, at }),
        }
    }

    /// The low bit, and the one above it.
    fn two_flags(&mut self) -> Result<(bool, bool), SchemaError> {
        let at = self.0.at();
        match self.byte()? {
            0 => Ok((false, false)),
            1 => Ok((true, false)),
            2 => Ok((false, true)),
            3 => Ok((true, true)),
            found => Err(SchemaError::NotTwoFlags { found, at }),
        }
    }

    fn byte(&mut self) -> Result<u8, SchemaError> {
        self.0.byte().ok_or(self.truncated())
    }

    fn length(&mut self) -> Result<usize, SchemaError> {
        self.0.short_length().ok_or(self.truncated())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SchemaError> {
        self.0.array().ok_or(self.truncated())
    }

    const fn truncated(&self) -> SchemaError {
        SchemaError::Truncated { at: self.0.at() }
    }
}
