//! Interfaces: sets of methods that several contracts have, so that who knows one can call all of them.
//!
//! Which ones a contract has travels in the module's custom section [`SECTION`], beside the schema. The chain does not
//! read it. A name is the author's word; the methods behind it are those of the schema, which the chain holds the
//! contract to, and an interface is told by the [`id`] of its methods. So what a contract can say falsely is a name only.

use alloc::{string::String, vec::Vec};

use super::{Method, Schema, SchemaError, decode::Reader, encode::Writer};
use crate::{Hash, hash::Context, limits::module::MAX_SCHEMA_BYTES};

/// The name of the custom section.
pub const SECTION: &str = "lockstep.interfaces";
/// The version that this crate writes and reads.
pub const VERSION: u16 = 1;
/// Interfaces that a tool looks at: it sorts and hashes the methods of each, which may be the whole schema. Not a limit of
/// the chain, which does not read them.
pub const MAX_INTERFACES: usize = 32;

/// The interfaces of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Interfaces {
    /// The format's version.
    pub version: u16,
    /// The interfaces, in the order of the author.
    pub list: Vec<Interface>,
}

/// An interface of a contract: a row of the schema's methods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// The place of its first method in the schema.
    pub first: u16,
    /// How many methods it has.
    pub count: u16,
}

/// Why bytes are not the interfaces of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterfacesError {
    /// They do not have the form, which is made of parts of a schema.
    #[error(transparent)]
    Form(#[from] SchemaError),
    /// More than a tool looks at.
    #[error("{found} interfaces, the limit is {limit}")]
    TooMany {
        /// How many are listed.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
}

impl Interfaces {
    /// Reads the interfaces from the custom section's bytes.
    ///
    /// # Errors
    /// [`InterfacesError`] with the first thing that is wrong, in the order of the bytes; how many there are comes last.
    pub fn decode(bytes: &[u8]) -> Result<Self, InterfacesError> {
        if bytes.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong { found: bytes.len(), limit: MAX_SCHEMA_BYTES }.into());
        }
        let mut reader = Reader::new(bytes);
        let interfaces = reader.interfaces()?;
        reader.finish()?;
        match interfaces.list.len() {
            0..=MAX_INTERFACES => Ok(interfaces),
            found => Err(InterfacesError::TooMany { found, limit: MAX_INTERFACES }),
        }
    }

    /// The custom section's bytes. [`Interfaces::decode`] refuses them if there are too many.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::default().interfaces(self)
    }
}

impl Interface {
    /// Its methods in the contract's schema; none if it claims more than there are, or a private one: an interface is for
    /// others to call.
    #[must_use]
    pub fn methods<'a>(&self, schema: &'a Schema) -> Option<&'a [Method]> {
        let first = usize::from(self.first);
        let methods = schema.methods.get(first..first.checked_add(usize::from(self.count))?)?;
        methods.iter().all(|method| !method.private).then_some(methods)
    }

    /// Its [`id`], from the contract's schema.
    #[must_use]
    pub fn id(&self, schema: &Schema) -> Option<Hash> {
        self.methods(schema).map(id)
    }
}

/// The id of the interface with these methods, in whatever order.
///
/// It is the hash of their signatures, by name: name, kind, payable, arguments and result with all their types, as the
/// schema writes them. What a contract is free in is left out: documentation, reentrant. So are errors, which a schema
/// does not keep by method. Private is left out as well, since none of them is: [`Interface::methods`] sees to that.
#[must_use]
pub fn id(methods: &[Method]) -> Hash {
    let mut methods: Vec<&Method> = methods.iter().collect();
    methods.sort_by_key(|method| &method.name);
    Hash::of(Context::Interface, &Writer::default().signatures(&methods))
}
