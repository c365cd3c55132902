//! What is kept where, and how: RocksDB's column families, one kind of data each.
//!
//! One batch is atomic over all of them. The sizes are modest, for a node that shares its machine; the
//! names and what they hold are part of the store's format.

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DataBlockIndexType, Options,
};

macro_rules! families {
    ($($(#[$doc:meta])* $family:ident = $name:literal;)*) => {
        /// A kind of data in the store. Keys of one never meet those of another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Family {
            $($(#[$doc])* $family,)*
        }

        impl Family {
            pub(super) const ALL: &[Self] = &[$(Self::$family,)*];

            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$family => $name,)*
                }
            }
        }
    };
}

families! {
    /// The newest state; written by [`CommitBatch`](crate::CommitBatch)'s changes only.
    State = "state";
    /// Blocks by height. Heights are big-endian, so that they lie in order.
    Blocks = "blocks";
    /// Receipts by height.
    Receipts = "receipts";
    /// Where a transaction is, by its id.
    TxIndex = "tx_index";
    /// A block's height, by its id.
    BlockIndex = "block_index";
    /// The commitment to the state, and what there is one of.
    Meta = "meta";
}

/// How a family is read.
enum Access {
    /// By keys that look random and may be absent.
    Point,
    /// In order, or by keys that are known to be there.
    Ordered,
}

impl Family {
    pub(super) fn descriptor(self, cache: &Cache) -> ColumnFamilyDescriptor {
        let (access, write_buffer_bytes, block_bytes) = match self {
            Self::State => (Access::Point, 64 << 20, 4 << 10),
            Self::Blocks | Self::Receipts => (Access::Ordered, 16 << 20, 16 << 10),
            Self::TxIndex => (Access::Point, 16 << 20, 4 << 10),
            Self::BlockIndex => (Access::Point, 4 << 20, 4 << 10),
            Self::Meta => (Access::Ordered, 1 << 20, 4 << 10),
        };
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(cache);
        // In the cache with the data, so that one figure bounds the memory.
        table.set_cache_index_and_filter_blocks(true);
        table.set_pin_l0_filter_and_index_blocks_in_cache(true);
        table.set_block_size(block_bytes);
        match access {
            Access::Point => {
                // 10 bits a key: 1 in 100 reads of an absent key goes to disk in vain.
                table.set_bloom_filter(10.0, false);
                table.set_whole_key_filtering(true);
                table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
            }
            Access::Ordered => {}
        }
        let mut options = Options::default();
        options.set_block_based_table_factory(&table);
        options.set_write_buffer_size(write_buffer_bytes);
        // RocksDB's default of 2 stops all writers as soon as one flush is late.
        options.set_max_write_buffer_number(4);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_bottommost_compression_type(DBCompressionType::Zstd);
        ColumnFamilyDescriptor::new(self.name(), options)
    }
}
