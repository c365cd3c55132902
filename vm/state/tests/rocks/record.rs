//! Records beside the state: kept apart by family, in order, and never a way to change the state.

use std::ops::ControlFlow;

use lockstep_abi::Height;
use lockstep_state::{Changes, CommitBatch, Family, Order};
use tempfile::TempDir;

use crate::chain::{open, records};

#[test]
fn records_of_one_family_are_read_in_order_and_never_meet_anothers() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let changes = Changes::default();
    let mut batch = CommitBatch::new(Height(0), &changes);
    for height in [3_u64, 256, 1] {
        batch.set_record(Family::Blocks, height.to_be_bytes().to_vec(), b"block".to_vec());
    }
    batch.set_record(Family::Receipts, 2_u64.to_be_bytes().to_vec(), b"receipts".to_vec());
    store.commit(batch).unwrap();
    let height = |number: u64| (number.to_be_bytes().to_vec(), b"block".to_vec());
    assert_eq!(records(&store.snapshot(), Family::Blocks), [1, 3, 256].map(height));
    let mut last = Vec::new();
    let visit = &mut |key: &[u8], _: &[u8]| {
        last.push(key.to_vec());
        ControlFlow::Break(())
    };
    store.snapshot().range_records(Family::Blocks, &[], &[255], Order::Descending, visit).unwrap();
    assert_eq!(last, [height(256).0]);
}

#[test]
fn of_a_key_that_is_set_and_removed_in_one_batch_the_last_counts() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let changes = Changes::default();
    let mut batch = CommitBatch::new(Height(0), &changes);
    batch.set_record(Family::Meta, b"a".to_vec(), b"1".to_vec());
    batch.remove_record(Family::Meta, b"a".to_vec());
    batch.remove_record(Family::Meta, b"b".to_vec());
    batch.set_record(Family::Meta, b"b".to_vec(), b"2".to_vec());
    store.commit(batch).unwrap();
    assert_eq!(store.get_record(Family::Meta, b"a").unwrap(), None);
    assert_eq!(store.get_record(Family::Meta, b"b").unwrap(), Some(b"2".to_vec()));
    let mut batch = CommitBatch::new(Height(1), &changes);
    batch.remove_record(Family::Meta, b"b".to_vec());
    store.commit(batch).unwrap();
    assert_eq!(store.get_record(Family::Meta, b"b").unwrap(), None);
}

#[test]
fn a_record_cannot_change_the_state_nor_what_belongs_to_it() {
    for family in [Family::State, Family::History, Family::Changed, Family::Pages, Family::Undo] {
        assert_refused(family, b"a");
    }
    assert_refused(Family::Meta, b"progress");
}

fn assert_refused(family: Family, key: &[u8]) {
    let changes = Changes::default();
    for remove in [false, true] {
        let refused = std::panic::catch_unwind(|| {
            let mut batch = CommitBatch::new(Height(0), &changes);
            match remove {
                true => batch.remove_record(family, key.to_vec()),
                false => batch.set_record(family, key.to_vec(), vec![1]),
            }
        });
        let message = refused.unwrap_err();
        assert_eq!(*message.downcast::<&str>().unwrap(), "the state and its tries are not records");
    }
}

#[test]
#[should_panic(expected = "a block that does not follow the store's newest")]
fn a_block_that_does_not_follow_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let changes = Changes::default();
    store.commit(CommitBatch::new(Height(5), &changes)).unwrap();
    store.commit(CommitBatch::new(Height(7), &changes)).unwrap();
}
