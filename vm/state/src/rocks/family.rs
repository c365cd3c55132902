//! What is kept where, and how: RocksDB's column families, one kind of data each.
//!
//! One batch is atomic over all of them. The sizes are modest, for a node that shares its machine; the
//! names and what they hold are part of the store's format.
//!
//! # What was removed
//! RocksDB keeps a mark for each removed entry until a compaction drops both, and a range steps over these marks: some
//! ten nanoseconds each, which nobody pays for, since how many there are differs from node to node. So the families that
//! are read by ranges and whose entries go (the state, its history) have their tables compacted as soon as a good part
//! of one is marks, and a store that removed many entries of the state has them written to a table (`store.rs`). What
//! remains: until that compaction is done, some seconds, or for as long as a snapshot from before is held, a range over
//! a million removed entries takes some ten milliseconds more; and marks that lie too thin for a compaction of their
//! own, at most as many as the entries among them, stay until one comes by.

use rocksdb::{
    BlockBasedOptions, BlockBasedTablePinningTier, Cache, ColumnFamilyDescriptor, DBCompressionType,
    DataBlockIndexType, Options,
};

macro_rules! families {
    ($($(#[$doc:meta])* $family:ident = $name:literal;)*) => {
        /// A kind of data in the store. Keys of one never meet those of another.
        ///
        /// Heights in keys are big-endian, so that they lie in order.
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
    /// The newest state. Like the next four written by the store of its own accord, and never as a record.
    State = "state";
    /// What each block replaced in the state: the escaped key and the block's height, and the value before.
    History = "history";
    /// Which keys a block changed, by height.
    Changed = "changed";
    /// The pages of one trie: [`PageId`](crate::merkle::PageId), and the bytes of the [`Page`](crate::merkle::Page); and
    /// the trie's height.
    Pages = "pages";
    /// What each height replaced in these pages, a few pages to a record: the height and the first one's id.
    Undo = "undo";
    /// Blocks by height.
    Blocks = "blocks";
    /// Receipts by height.
    Receipts = "receipts";
    /// Where a transaction is, by its id.
    TxIndex = "tx_index";
    /// A block's height, by its id.
    BlockIndex = "block_index";
    /// How far the store is, and what there is one of.
    Meta = "meta";
}

/// What is different from family to family.
struct Tuning {
    reads: Reads,
    content: Content,
    removal: Removal,
    /// A buffer is a table file of the first level: large where much is written.
    write_buffer_bytes: usize,
    /// What one read takes from disk.
    block_bytes: usize,
}

/// How a family is read.
enum Reads {
    /// By keys that look random and may be absent.
    Point,
    /// By keys that look random and are there.
    Present,
    /// In order, or so seldom that a filter costs more than it saves.
    Ordered,
}

/// Whether ranges meet what was removed.
enum Removal {
    Met,
    /// What goes is read by its key alone, or lies where no range begins.
    Unmet,
}

/// Whether compressing pays.
enum Content {
    Plain,
    /// Hashes, mostly: they do not become shorter.
    Hashes,
}

impl Family {
    const fn tuning(self) -> Tuning {
        let (reads, content, write_buffer_bytes, block_bytes) = match self {
            Self::State => (Reads::Point, Content::Plain, 64 << 20, 4 << 10),
            // Each block writes here, and only queries read, by a seek: a filter over prefixes would be paid for by
            // the blocks.
            Self::History => (Reads::Ordered, Content::Plain, 32 << 20, 8 << 10),
            Self::Changed => (Reads::Ordered, Content::Plain, 16 << 20, 16 << 10),
            // Only a load goes through a buffer.
            Self::Pages => (Reads::Present, Content::Hashes, 64 << 20, 4 << 10),
            Self::Undo => (Reads::Ordered, Content::Hashes, 32 << 20, 16 << 10),
            Self::Blocks | Self::Receipts => (Reads::Ordered, Content::Plain, 16 << 20, 16 << 10),
            Self::TxIndex => (Reads::Point, Content::Plain, 16 << 20, 4 << 10),
            Self::BlockIndex => (Reads::Point, Content::Plain, 4 << 20, 4 << 10),
            Self::Meta => (Reads::Ordered, Content::Plain, 1 << 20, 4 << 10),
        };
        let removal = match self {
            Self::State | Self::History => Removal::Met,
            Self::Changed
            | Self::Pages
            | Self::Undo
            | Self::Blocks
            | Self::Receipts
            | Self::TxIndex
            | Self::BlockIndex
            | Self::Meta => Removal::Unmet,
        };
        Tuning { reads, content, removal, write_buffer_bytes, block_bytes }
    }

    pub(super) fn descriptor(self, cache: &Cache) -> ColumnFamilyDescriptor {
        ColumnFamilyDescriptor::new(self.name(), self.options(Some(cache)))
    }

    /// Of the family, or of a table that it is to take in, which needs no cache.
    pub(super) fn options(self, cache: Option<&Cache>) -> Options {
        let Tuning { reads, content, removal, write_buffer_bytes, block_bytes } = self.tuning();
        let mut table = BlockBasedOptions::default();
        cache.into_iter().for_each(|cache| table.set_block_cache(cache));
        // In the cache with the data, so that one figure bounds the memory; and held there, since each read needs them:
        // looking them up is as much work as asking them, and one that was dropped is read again whole.
        table.set_cache_index_and_filter_blocks(true);
        table.set_unpartitioned_pinning_tier(BlockBasedTablePinningTier::All);
        table.set_block_size(block_bytes);
        let mut options = Options::default();
        match reads {
            Reads::Point => {
                filter(&mut table);
                table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
            }
            Reads::Present => {
                filter(&mut table);
                table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
                // The last level has what the others do not: its filter, nine tenths of all, would say nothing.
                options.set_optimize_filters_for_hits(true);
            }
            Reads::Ordered => {}
        }
        match removal {
            Removal::Met => {
                // Half of any 4,096 neighbours: below that a range steps over one mark an entry at most, and beyond it
                // over 2,048 more. Fewer would have tables rewritten for marks that hardly anybody notices.
                options.add_compact_on_deletion_collector_factory(4_096, 2_048, NO_RATIO);
            }
            Removal::Unmet => {}
        }
        options.set_block_based_table_factory(&table);
        options.set_write_buffer_size(write_buffer_bytes);
        // RocksDB's default of 2 stops all writers as soon as one flush is late.
        options.set_max_write_buffer_number(4);
        match content {
            Content::Plain => {
                options.set_compression_type(DBCompressionType::Lz4);
                options.set_bottommost_compression_type(DBCompressionType::Zstd);
            }
            Content::Hashes => {
                options.set_compression_type(DBCompressionType::None);
                options.set_bottommost_compression_type(DBCompressionType::None);
                // Much is written, and replaced or deleted soon: levels that begin large are fewer, so that less is
                // copied from one to the next. Files of 128 MiB keep their number within `max_open_files` up to tens of
                // gigabytes.
                options.set_max_bytes_for_level_base(1 << 30);
                options.set_target_file_size_base(128 << 20);
            }
        }
        options
    }
}

/// The share of marks in a whole table does not matter.
const NO_RATIO: f64 = 0.0;

/// 10 bits a key: 1 in 100 files that do not have it is read in vain.
fn filter(table: &mut BlockBasedOptions) {
    table.set_bloom_filter(10.0, false);
    table.set_whole_key_filtering(true);
}
