//! Prices of what is not a host function or an operator, in gas (picoseconds of the reference machine).
//!
//! Host functions carry their price in the host table, operators in the engine's meter.

/// Raised with every change of any price: gas is compiled into code.
pub const SCHEDULE_VERSION: u32 = 1;

macro_rules! prices {
    ($($(#[$doc:meta])+ $name:ident = $gas:literal;)+) => {
        $($(#[$doc])+ pub const $name: u64 = $gas;)+

        /// Every price here, by name.
        pub const ALL: &[(&str, u64)] = &[$((stringify!($name), $name)),+];
    };
}

prices! {
    /// A transaction: signature check (38 us singly), decoding, two account writes, its receipt.
    TX_FIXED = 60_000_000;
    /// A byte of an encoded transaction: decoded twice, hashed, stored with its block.
    TX_PER_BYTE = 20_000;
    /// An action, without what it does.
    ACTION_FIXED = 1_000_000;
    /// A transfer: two account reads and writes.
    TRANSFER = 10_000_000;
    /// Storing code: per byte, validation, compilation, and a place on disk for ever.
    STORE_CODE_PER_BYTE = 400_000;
    /// Creating a contract: three entries.
    CREATE = 20_000_000;
    /// Entering a contract: reading its record, finding its code, a store and an instance.
    ENTER_FIXED = 20_000_000;
    /// Per byte of the code of a contract that is entered, charged before the code is looked for: reading it and
    /// its native form from disk.
    ENTER_PER_CODE_BYTE = 300;
    /// Per import: a host function is bound.
    ENTER_PER_IMPORT = 500_000;
    /// Per export.
    ENTER_PER_EXPORT = 250_000;
    /// Per function.
    ENTER_PER_FUNCTION = 8_000;
    /// Per data or element segment, without its content.
    ENTER_PER_SEGMENT = 100_000;
    /// Per page of 64 KiB that a module starts with or grows by: 16 faults of the processor at the first touch.
    PER_PAGE = 20_000_000;
    /// Per byte of data segments that instantiation copies.
    ENTER_PER_DATA_BYTE = 100;
    /// Per entry of a table that instantiation fills.
    ENTER_PER_TABLE_ENTRY = 10_000;
    /// Per byte of a receipt (results, topics, data of events): hashed and stored, as a transaction's are.
    RECEIPT_PER_BYTE = 20_000;
    /// Per stack unit that was in use when a call trapped: the backtrace that the machine takes.
    UNWIND_PER_STACK_UNIT = 5_000;
    /// Per entry that a range read visits, beside its bytes.
    RANGE_PER_ENTRY = 500_000;
}
