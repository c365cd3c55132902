//! Prices of what is not a host function or an operator, in gas (picoseconds of the reference machine).
//!
//! Host functions carry their price in the host table, operators in the engine's meter. The figures beside the
//! prices are of `cargo bench --workspace --bench calibrate` (`-- tx`, `code`, `enter`, `disk`, `operator`); a
//! price is a tenth to a quarter above them, or says why it is not.
//!
//! A changed entry of the state is most of several prices: it is read twice, written, put into the trie and the
//! history, compacted, and its part of the history is deleted again. That is 56 us of all threads, half of it in the
//! background: the quietest of three runs, on a machine that others used too. Those prices are a quarter to a third
//! above it.

/// Raised with every change of any price: gas is compiled into code.
pub const SCHEDULE_VERSION: u32 = 3;

macro_rules! prices {
    ($($(#[$doc:meta])+ $name:ident = $gas:literal;)+) => {
        $($(#[$doc])+ pub const $name: u64 = $gas;)+

        /// Every price here, by name.
        pub const ALL: &[(&str, u64)] = &[$((stringify!($name), $name)),+];
    };
}

prices! {
    /// A transaction: signature check (37 us singly), decoding, an account that is read and two that are written,
    /// its receipt and index. 41 us and, on disk, an entry (56 us), its index and its share of the proposer's account.
    TX_FIXED = 130_000_000;
    /// A byte of an encoded transaction: decoded twice, hashed (0.6 ns), and kept with its block for ever, which is
    /// most of the price.
    TX_PER_BYTE = 20_000;
    /// An action, without what it does.
    ACTION_FIXED = 1_000_000;
    /// A transfer, also of the value of a call or of a creation: an account that is read and written. 1.0 us, and an
    /// entry (56 us). The sender's is written too, but once, however often it sends.
    TRANSFER = 75_000_000;
    /// Storing code: two entries, the code and its size (56 us each).
    STORE_CODE_FIXED = 150_000_000;
    /// Per byte of code that is stored: validation, compilation, and a place on disk for ever. 0.2 us for code as
    /// rustc writes it, 0.74 us for loops and nothing else.
    STORE_CODE_PER_BYTE = 800_000;
    /// Creating a contract, or replacing its code: its record is written, and its code is loaded. 1.5 us, an entry (56
    /// us), 45 us to load the smallest.
    CREATE = 130_000_000;
    /// Entering a contract: reading its record (4.7 us), loading its code, a store and an instance (40 to 45 us if
    /// nothing of it is in memory), a trap at its end (5 us). Nobody can tell what is in a machine's memory, so all
    /// pay for what is not.
    ENTER_FIXED = 55_000_000;
    /// Per byte of the code of a contract that is entered, charged before the code is looked for: reading its
    /// native form from disk, authenticating it, making it executable. 8.5 ns for code as rustc writes it,
    /// functions included.
    ENTER_PER_CODE_BYTE = 10_000;
    /// Per import: a host function is bound. 0.3 us.
    ENTER_PER_IMPORT = 410_000;
    /// Per export. 0.13 us.
    ENTER_PER_EXPORT = 170_000;
    /// Per function: 0.4 us to load it, its bytes included.
    ENTER_PER_FUNCTION = 400_000;
    /// Per data or element segment, without its content. 0.28 us.
    ENTER_PER_SEGMENT = 350_000;
    /// Per page of 64 KiB that a module starts with or grows by: 16 faults of the processor at the first touch. 28
    /// us.
    PER_PAGE = 36_000_000;
    /// Per byte of data segments that instantiation copies, and each reset again. Loading it is in the code's bytes.
    ENTER_PER_DATA_BYTE = 100;
    /// Per entry of a table that instantiation fills. 3.1 ns, its element included.
    ENTER_PER_TABLE_ENTRY = 4_000;
    /// Per byte of a receipt (results, topics, data of events): hashed, and kept for ever, as a transaction's are.
    RECEIPT_PER_BYTE = 20_000;
    /// Per stack unit that was in use when a call trapped: the backtrace that the machine takes. 0.19 us a frame.
    UNWIND_PER_STACK_UNIT = 3_700;
    /// Per byte of the value that a write to storage replaces or removes, charged before: it is read twice, held until
    /// the block is committed, and written to the history. 3.3 ns by itself; with a byte that takes its place 7.2
    /// ns, for which `storage_set` pays 4,800 more. These are of the quietest of three runs, the loudest had 10 ns.
    STORAGE_REPLACED_PER_BYTE = 6_000;
    /// Per entry that a range read visits, beside its bytes. 0.26 us on disk, and 0.04 us.
    RANGE_PER_ENTRY = 400_000;
}
