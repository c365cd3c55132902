//! Prices of what is not a host function or an operator, in gas (picoseconds of the reference machine).
//!
//! Host functions carry their price in the host table, operators in the engine's meter.

/// Raised with every change of any price: gas is compiled into code.
pub const SCHEDULE_VERSION: u32 = 1;

/// A transaction: signature check (38 us singly), decoding, two account writes, its receipt.
pub const TX_FIXED: u64 = 60_000_000;
/// A byte of an encoded transaction: decoded twice, hashed, stored with its block.
pub const TX_PER_BYTE: u64 = 20_000;
/// An action, without what it does.
pub const ACTION_FIXED: u64 = 1_000_000;
/// A transfer: two account reads and writes.
pub const TRANSFER: u64 = 10_000_000;
/// Storing code: per byte, validation and compilation (150 ns measured) and a place on disk for ever.
pub const STORE_CODE_PER_BYTE: u64 = 400_000;
/// Creating a contract: three entries.
pub const CREATE: u64 = 20_000_000;
/// Entering a contract: reading its record, finding its code, a store and an instance.
pub const ENTER_FIXED: u64 = 20_000_000;
/// Per byte of the code of a contract that is entered, charged before the code is looked for: reading it and
/// its native form from disk.
pub const ENTER_PER_CODE_BYTE: u64 = 300;
/// Per import: a host function is bound.
pub const ENTER_PER_IMPORT: u64 = 500_000;
/// Per export.
pub const ENTER_PER_EXPORT: u64 = 250_000;
/// Per function.
pub const ENTER_PER_FUNCTION: u64 = 8_000;
/// Per data or element segment, without its content.
pub const ENTER_PER_SEGMENT: u64 = 100_000;
/// Per page of 64 KiB that a module starts with or grows by: 16 faults of the processor at the first touch.
pub const PER_PAGE: u64 = 20_000_000;
/// Per byte of data segments that instantiation copies.
pub const ENTER_PER_DATA_BYTE: u64 = 100;
/// Per entry of a table that instantiation fills.
pub const ENTER_PER_TABLE_ENTRY: u64 = 10_000;
/// Per byte of a receipt (results, topics, data of events): hashed and stored, as a transaction's are.
pub const RECEIPT_PER_BYTE: u64 = 20_000;
/// Per stack unit that was in use when a call trapped: the backtrace that the machine takes.
pub const UNWIND_PER_STACK_UNIT: u64 = 5_000;
/// Per entry that a range read visits, beside its bytes.
pub const RANGE_PER_ENTRY: u64 = 500_000;
