//! Why bytes are not a schema.

use super::MethodKind;
use crate::TextError;

/// Why a schema was refused. Stable: it is part of a module's rejection at deployment, so every machine
/// says the same, and no text of another crate is in here.
///
/// `at` is an offset in bytes from the start of the section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// More bytes than a schema may have.
    #[error("the schema has {found} bytes, the limit is {limit}")]
    TooLong {
        /// How many came.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// The bytes end in the middle of something.
    #[error("the schema is cut off: more is expected at byte {at}")]
    Truncated {
        /// Where the missing part starts.
        at: usize,
    },
    /// Bytes are left over after the schema.
    #[error("{left} bytes are left over after the schema, at byte {at}")]
    Trailing {
        /// Where they start.
        at: usize,
        /// How many.
        left: usize,
    },
    /// Another version of the format.
    #[error("the schema has version {found}, this chain reads version {known}")]
    Version {
        /// The schema's version.
        found: u16,
        /// The version that is known.
        known: u16,
    },
    /// No method kind has this number.
    #[error("no kind of method has number {found} (byte {at})")]
    UnknownKind {
        /// The number.
        found: u8,
        /// Where it is.
        at: usize,
    },
    /// No type has this number.
    #[error("no type has number {found} (byte {at})")]
    UnknownType {
        /// The number.
        found: u8,
        /// Where it is.
        at: usize,
    },
    /// No kind of storage slot has this number.
    #[error("no kind of storage slot has number {found} (byte {at})")]
    UnknownSlot {
        /// The number.
        found: u8,
        /// Where it is.
        at: usize,
    },
    /// A flag is neither 0 nor 1.
    #[error("a flag is 0 or 1, not {found} (byte {at})")]
    NotAFlag {
        /// Its value.
        found: u8,
        /// Where it is.
        at: usize,
    },
    /// A byte of two flags has other bits.
    #[error("two flags are 0 to 3, not {found} (byte {at})")]
    NotTwoFlags {
        /// Its value.
        found: u8,
        /// Where it is.
        at: usize,
    },
    /// A version of the storage that is none, or the first, which is not written.
    #[error("a storage's version is written from 2 on, not {found} (byte {at})")]
    StorageVersion {
        /// The version.
        found: u32,
        /// Where it is.
        at: usize,
    },
    /// A text is not UTF-8.
    #[error("the text at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Where the text starts.
        at: usize,
    },
    /// A text has a character that would disturb a terminal: a control or a change of direction.
    /// Documentation may have line feeds and tabs.
    #[error("the text at byte {at} has the character {found:?}, which cannot be shown")]
    Unshowable {
        /// The first such character.
        found: char,
        /// Where the text starts.
        at: usize,
    },
    /// A name is empty or too long.
    #[error("the name at byte {at} has {found} bytes, it must have 1 to {limit}")]
    NameLength {
        /// How many bytes it has.
        found: usize,
        /// The most that is allowed.
        limit: usize,
        /// Where it starts.
        at: usize,
    },
    /// A method's name cannot be called.
    #[error("the name of method {method} is not valid: {why}")]
    MethodName {
        /// Which method, counted from 0.
        method: usize,
        /// What is wrong with its name.
        why: TextError,
    },
    /// A name occurs twice among the methods, the arguments of one method, the fields or variants of one
    /// type, the events (which are told apart by the first bytes of their name, as many as a topic has), or
    /// the errors.
    #[error("the name at byte {at} has occurred in the same list before")]
    DuplicateName {
        /// Where the second one starts.
        at: usize,
    },
    /// A contract has at most one `init` and at most one `upgrade` method.
    #[error("methods {first} and {second} are both of the kind {kind}, there can be one")]
    DuplicateKind {
        /// The kind.
        kind: MethodKind,
        /// The first of them, counted from 0.
        first: usize,
        /// The second of them.
        second: usize,
    },
    /// A read-only method cannot do anything with value.
    #[error("method {method} is read-only and payable, it can be one of both")]
    PayableView {
        /// Which method, counted from 0.
        method: usize,
    },
    /// Only its contract may call a private method, while it is on the stack, and nobody creates or upgrades itself so.
    #[error(
        "method {method} is private, so it is called by its contract alone: it must be reentrant, and neither init nor upgrade"
    )]
    PrivateToNobody {
        /// Which method, counted from 0.
        method: usize,
    },
    /// Code 0 is kept for messages, those from [`FIRST_STANDARD_CODE`](crate::FIRST_STANDARD_CODE) on for what every
    /// contract has.
    #[error("error {error} has code {code}, which is kept for errors that every contract has")]
    KeptErrorCode {
        /// Which error, counted from 0.
        error: usize,
        /// The code.
        code: u32,
    },
    /// Two errors have one code.
    #[error("errors {first} and {second} both have code {code}")]
    DuplicateErrorCode {
        /// The code.
        code: u32,
        /// The first of them, counted from 0.
        first: usize,
        /// The second of them.
        second: usize,
    },
    /// An event has more searchable fields than topics beside its name.
    #[error("event {event} has {found} topic fields, the limit is {limit}")]
    TooManyTopics {
        /// Which event, counted from 0.
        event: usize,
        /// How many fields are topics.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// An enum has more variants than a byte can number.
    #[error("the enum at byte {at} has {found} variants, the limit is {limit}")]
    TooManyVariants {
        /// How many it has.
        found: usize,
        /// The most that is allowed.
        limit: usize,
        /// Where the enum's type starts.
        at: usize,
    },
    /// A list of values without bytes: four bytes could claim four billion of them.
    #[error("the list at byte {at} is of a type that takes no bytes")]
    ListOfNothing {
        /// Where the list's type starts.
        at: usize,
    },
    /// Types inside types inside types.
    #[error("the type at byte {at} is nested deeper than {limit}")]
    TooDeep {
        /// The most that is allowed; a type without parts counts 1.
        limit: u32,
        /// Where the type that is too deep starts.
        at: usize,
    },
}
