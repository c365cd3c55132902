//! The one list of host functions.
//!
//! A row is: access, fixed gas, gas per byte, and the signature. [`for_each_host_function!`] hands the rows
//! to any macro, so that the import allow-list, the signature check, the price, the view gate, the
//! Wasmer binding and the SDK's externs are all expansions of this file.
//!
//! Prices are what `cargo bench --workspace --bench calibrate -- host` and `-- disk` measure, and a quarter
//! more. An entry that is read comes from RocksDB's files, in the page cache (4.7 us, 0.3 ns a byte, also if
//! only its length is asked for). One that is changed is read for what it replaces, twice; committed; put into the
//! trie and the history, which is deleted when it is 128 blocks old; and compacted, all in a state that is larger
//! than the caches: 56 us to replace it, 54 us to remove it, 28 us to add it, and 3.2 ns a byte, a key's bytes
//! being written two or three times. These are of all threads, half of it RocksDB's in the background, and of the
//! quietest of three runs on a machine that others used too, hence a third more; the loudest had 67, 84 and 43 us.
//! What is replaced is paid by the byte as well, with `STORAGE_REPLACED_PER_BYTE` of `price.rs`. `emit` is
//! the mean of as many events as there may be in a transaction. Not from a measurement: `debug_log`, whose sink is
//! the node's own; the bytes of events and results, which are kept for ever and checked against the interface. The
//! end of a call by `fail` is in the price of entering.
//!
//! # Conventions
//!
//! - A pointer is an offset into the caller's memory; a range outside it halts with `HostMemory`.
//! - `out`, `cap`: where a result of unknown length goes. The host writes at most `cap` bytes and returns
//!   the whole length; all of it also stays in the host's buffer for `buffer_read` until the next
//!   function with an `out`. A result of -1 means "absent".
//! - Addresses and hashes are 32 bytes, amounts 16 bytes little-endian.
//! - The charge comes first: fixed gas, then the length against its limit, then gas per byte, and only
//!   then is memory touched. What a write replaces is paid for before it is replaced.
//!
//! Prices are picoseconds of the reference machine.

/// Calls `$callback!` with every row of the host table.
#[macro_export]
macro_rules! for_each_host_function {
    ($callback:path) => {
        $callback! {
            /// The length of the arguments.
            [read, 27_000, 0] fn input_size() -> u32;
            /// Copies the arguments; `cap` is at least their length.
            [read, 36_000, 25] fn input_read(out: u32, cap: u32) -> u32;
            /// The length of the buffer.
            [read, 27_000, 0] fn buffer_size() -> u32;
            /// Copies `len` bytes of the buffer from `offset`; halts if there are fewer.
            [read, 33_000, 25] fn buffer_read(offset: u32, out: u32, len: u32);
            /// Sets what the method returns; the last one counts. It is held to the contract's interface: one that
            /// does not fit ends the call with `BadResult`.
            [read, 40_000, 2_000] fn return_data(ptr: u32, len: u32);
            /// Stops with the contract's own error; `code` 0 means that the payload is a message in UTF-8, and from
            /// 0xFFFF_FF00 on a code is that of an error that every contract has.
            [read, 100_000, 25] fn fail(code: u32, ptr: u32, len: u32);
            /// Writes a message to the node's log, if it keeps one. No effect on the chain.
            [read, 3_000_000, 5_000] fn debug_log(ptr: u32, len: u32);

            /// Reads an entry of the contract's storage; -1 if absent.
            [read, 6_000_000, 430]
            fn storage_get(key: u32, key_len: u32, out: u32, cap: u32) -> i64;
            /// Whether an entry is there: 1 or 0. The bytes of its value are paid for as if they were read.
            [read, 6_000_000, 430] fn storage_has(key: u32, key_len: u32) -> u32;
            /// Writes an entry. Each byte of the value that it replaces costs `STORAGE_REPLACED_PER_BYTE`.
            [write, 75_000_000, 4_800]
            fn storage_set(key: u32, key_len: u32, value: u32, value_len: u32);
            /// Removes an entry, if it is there. Each byte of its value costs `STORAGE_REPLACED_PER_BYTE`.
            [write, 75_000_000, 4_800] fn storage_remove(key: u32, key_len: u32);
            /// Reads entries from `start` (included) to `end` (excluded; none if `end_len` is 0), at most
            /// `limit`, backwards if `descending` is 1. The result is a row of entries, each the lengths of
            /// key and value (4 bytes little-endian each), the key, the value.
            [read, 15_000_000, 430]
            fn storage_range(
                start: u32, start_len: u32, end: u32, end_len: u32, descending: u32, limit: u32,
                out: u32, cap: u32
            ) -> u32;

            /// Who called: an account or a contract.
            [read, 27_000, 25] fn caller(out: u32);
            /// The contract itself.
            [read, 27_000, 25] fn own_address(out: u32);
            /// Who signed the transaction.
            [read, 27_000, 25] fn origin(out: u32);
            /// What came with the call.
            [read, 27_000, 25] fn value(out: u32);
            /// The balance of any address.
            [read, 6_000_000, 25] fn balance(address: u32, out: u32);
            /// The height of the block.
            [read, 27_000, 0] fn block_height() -> u64;
            /// The block's time in milliseconds since 1970.
            [read, 27_000, 0] fn block_time() -> u64;
            /// The chain's name.
            [read, 55_000, 25] fn chain_id(out: u32, cap: u32) -> u32;

            /// Announces an event. `topics` is a row of topics, each one byte of length and the bytes.
            [write, 1_800_000, 20_000]
            fn emit(topics: u32, topics_len: u32, data: u32, data_len: u32);
            /// Sends `amount` from the contract to an address: 0 if done, 1 if the balance is too small.
            [write, 75_000_000, 25] fn transfer(to: u32, amount: u32) -> u32;
            /// Calls another contract; the request is a borsh `CallRequest`. Not negative: the length of what it
            /// returned. -1: the callee stopped with its own error, and the buffer holds the code
            /// (4 bytes little-endian) and the payload. -2: it halted otherwise, and the buffer holds the halt's code.
            [read, 6_400_000, 160]
            fn call(request: u32, request_len: u32, out: u32, cap: u32) -> i64;
            /// Creates a contract from stored code; the request is a borsh `CreateRequest`. The result is as for `call`,
            /// except that success gives the new address.
            [write, 130_000_000, 160]
            fn create(request: u32, request_len: u32, out: u32, cap: u32) -> i64;

            /// BLAKE3, 32 bytes.
            [read, 130_000, 220] fn blake3(ptr: u32, len: u32, out: u32);
            /// SHA-256, 32 bytes.
            [read, 110_000, 730] fn sha256(ptr: u32, len: u32, out: u32);
            /// Keccak-256 as Ethereum uses it, 32 bytes.
            [read, 510_000, 3_300] fn keccak256(ptr: u32, len: u32, out: u32);
            /// Whether an ed25519 signature holds, by the rules of ZIP-215: 1 or 0. `public_key` is 32 bytes,
            /// `signature` 64.
            [read, 47_000_000, 2_100]
            fn ed25519_verify(public_key: u32, signature: u32, ptr: u32, len: u32) -> u32;
            /// The public key (64 bytes, without the leading 4) that signed a 32-byte hash on secp256k1: 1, or 0 if
            /// there is none. `signature` is r and s, 32 bytes each, s low or high; `recovery_id` is 0 to 3.
            [read, 110_000_000, 0]
            fn secp256k1_recover(hash: u32, signature: u32, recovery_id: u32, out: u32) -> u32;
        }
    };
}
