//! Every bound that all machines share, with its unit and its reason.
//!
//! A bound here is part of consensus: changing one changes what is valid. Bounds on a module's shape are
//! in [`module`], on a running contract in [`run`], on what travels in [`wire`].

/// Bounds on the shape of a module, checked before compilation.
pub mod module {
    /// Bytes of a module. Validation and compilation are linear in it.
    pub const MAX_MODULE_BYTES: usize = 1 << 20;
    /// Function types. Each is hashed and compared at instantiation.
    pub const MAX_TYPES: u32 = 1_000;
    /// Functions of the module itself, imports not counted.
    pub const MAX_FUNCTIONS: u32 = 10_000;
    /// Parameters of one function. Parameters times functions is a compile bomb.
    pub const MAX_PARAMS: u32 = 32;
    /// Results of one function. Every `return` and every target of a `br_table` moves them.
    pub const MAX_RESULTS: u32 = 4;
    /// Parameters of one block, and likewise its results. Every branch to it moves them, every target of a
    /// `br_table` in code of its own; rustc's output has one at the most.
    pub const MAX_BLOCK_VALUES: u32 = 2;
    /// Locals of one function, parameters included. Singlepass clears each at every call.
    pub const MAX_LOCALS: u32 = 1_024;
    /// Bytes of one function's body.
    pub const MAX_BODY_BYTES: u32 = 256 << 10;
    /// Nested blocks in one function. rustc's output stays under 100.
    pub const MAX_BLOCK_DEPTH: u32 = 512;
    /// Operands on the stack of one function at its deepest point.
    pub const MAX_OPERANDS: u32 = 4_096;
    /// Targets of one `br_table`, the default not counted.
    pub const MAX_BR_TABLE: u32 = 4_096;
    /// Globals.
    pub const MAX_GLOBALS: u32 = 256;
    /// Data segments; each is copied at every instantiation.
    pub const MAX_DATA_SEGMENTS: u32 = 1_000;
    /// Element segments; each is replayed at every instantiation.
    pub const MAX_ELEMENT_SEGMENTS: u32 = 256;
    /// Tables.
    pub const MAX_TABLES: u32 = 1;
    /// Entries of a table: 8 bytes each, filled at every instantiation.
    pub const MAX_TABLE_ENTRIES: u32 = 10_000;
    /// Memories.
    pub const MAX_MEMORIES: u32 = 1;
    /// Pages of 64 KiB of linear memory: 16 MiB.
    pub const MAX_MEMORY_PAGES: u32 = 256;
    /// Exports.
    pub const MAX_EXPORTS: u32 = 512;
    /// Imports; the host table is far smaller, but a name may be imported twice.
    pub const MAX_IMPORTS: u32 = 128;
    /// Bytes of an import's or export's name.
    pub const MAX_NAME_BYTES: u32 = 128;
    /// Bytes of the interface schema's section.
    pub const MAX_SCHEMA_BYTES: usize = 64 << 10;
    /// Nested types in the schema. Decoding recurses that deep.
    pub const MAX_SCHEMA_DEPTH: u32 = 16;
}

/// Bounds on a running contract.
pub mod run {
    /// Bytes of a key in a contract's storage.
    pub const MAX_KEY_BYTES: u32 = 256;
    /// Bytes of a value in a contract's storage.
    pub const MAX_VALUE_BYTES: u32 = 64 << 10;
    /// Bytes of a method's arguments; as long as a transaction may carry.
    pub const MAX_INPUT_BYTES: u32 = 128 << 10;
    /// Bytes of a method's result.
    pub const MAX_RESULT_BYTES: u32 = 128 << 10;
    /// Bytes of the payload of a contract's error.
    pub const MAX_ERROR_BYTES: u32 = 1 << 10;
    /// Events of one transaction. They are kept in memory and in the receipt.
    pub const MAX_EVENTS: u32 = 1_024;
    /// Topics of one event; each is an index entry.
    pub const MAX_TOPICS: u32 = 4;
    /// Bytes of one topic.
    pub const MAX_TOPIC_BYTES: u32 = 32;
    /// Bytes of one event's data.
    pub const MAX_EVENT_BYTES: u32 = 16 << 10;
    /// Bytes of topics and data over all events of one transaction, so that a receipt stays small.
    pub const MAX_EVENTS_TOTAL_BYTES: u32 = 256 << 10;
    /// Entries that one range read returns.
    pub const MAX_RANGE_ENTRIES: u32 = 256;
    /// Bytes that one range read returns; an entry that passes it is the last.
    pub const MAX_RANGE_BYTES: u32 = 128 << 10;
    /// Bytes that one hash or signature check reads from memory.
    pub const MAX_CRYPTO_BYTES: u32 = 1 << 20;
    /// Bytes of one debug message.
    pub const MAX_LOG_BYTES: u32 = 1 << 10;
    /// Contracts on the stack at once. Each holds a native stack and an instance.
    pub const MAX_CALL_DEPTH: u32 = 16;
    /// Stack units over all contracts on the stack; one unit is a local, parameter or operand.
    pub const MAX_STACK_UNITS: u32 = 64 << 10;
    /// Stack units that a frame costs beside its locals and operands: return address, saved registers, and
    /// its line in the backtrace that a trap takes. A thousand frames are the most.
    pub const FRAME_STACK_UNITS: u32 = 64;
}

/// Bounds on what travels.
pub mod wire {
    use super::{module::MAX_MODULE_BYTES, run::MAX_KEY_BYTES};

    /// Bytes of an encoded transaction: one module of the largest size and its surroundings.
    pub const MAX_TX_BYTES: usize = MAX_MODULE_BYTES + (256 << 10);
    /// Actions of one transaction.
    pub const MAX_ACTIONS: usize = 32;
    /// Bytes of a method's name.
    pub const MAX_METHOD_BYTES: usize = 64;
    /// Bytes of a chain's name.
    pub const MAX_CHAIN_ID_BYTES: usize = 32;
    /// Transactions of one block.
    pub const MAX_BLOCK_TXS: usize = 10_000;
    /// Bytes of the transactions of one block.
    pub const MAX_BLOCK_BYTES: usize = 8 << 20;
    /// Gas of one block: a second of the reference machine.
    pub const MAX_BLOCK_GAS: u64 = 1_000_000_000_000;
    /// Gas of one transaction: a block of its own at the most.
    pub const MAX_TX_GAS: u64 = MAX_BLOCK_GAS;
    /// Blocks that a transaction may wait for, so that a mempool forgets.
    pub const MAX_EXPIRY_BLOCKS: u64 = 100_000;
    /// Bytes of a key of the state: its space, its owner, and a contract's own key.
    pub const MAX_STATE_KEY_BYTES: usize = 1 + 32 + MAX_KEY_BYTES as usize;
    /// Bytes of an encoded proof of an entry of the state: one module of the largest size; a header, a key and
    /// the 256 hashes beside the longest path have ample room in the rest.
    pub const MAX_STATE_PROOF_BYTES: usize = MAX_MODULE_BYTES + (16 << 10);
}
