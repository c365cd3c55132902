//! What a snapshot sees, and that it does not change.

use lockstep_abi::Height;
use lockstep_state::{AtError, Family, Order, Read};
use tempfile::TempDir;

use crate::chain::{END, assert_is_at, block, commit, commit_blocks, entries, open, root_of};

#[test]
fn a_snapshot_does_not_see_later_commits() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit_blocks(&store, 1..=2);
    let snapshot = store.snapshot();
    let before = entries(&snapshot, b"", END, Order::Ascending);
    let tree = snapshot.tree().unwrap();
    commit_blocks(&store, 3..=3);
    assert_is_at(&store, 3);
    assert_eq!(entries(&snapshot, b"", END, Order::Ascending), before);
    assert_eq!(snapshot.get(b"same").unwrap(), Some(vec![2; 100]));
    assert!(!snapshot.contains(&[3]).unwrap());
    let record = snapshot.get_record(Family::Blocks, b"height").unwrap();
    assert_eq!(record, Some(2_u64.to_be_bytes().to_vec()));
    assert_eq!(snapshot.height().unwrap(), Some(Height(2)));
    assert_eq!(snapshot.tree().unwrap(), tree);
    let refused = snapshot.at(Height(3)).unwrap_err();
    assert!(matches!(refused, AtError::Future { height: Height(3), newest: Height(2) }), "{refused}");
}

/// A query that began before a height was pruned can be finished.
#[test]
fn a_snapshot_keeps_what_is_pruned_afterwards() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit_blocks(&store, 1..=3);
    let snapshot = store.snapshot();
    for height in 4..=6 {
        commit(&store, &block(height), Some(Height(height.into())));
    }
    assert_eq!(store.snapshot().oldest().unwrap(), Height(6));
    assert_eq!(snapshot.oldest().unwrap(), Height(1));
    let state = snapshot.at(Height(1)).unwrap();
    let proven = snapshot.prove(Height(1), b"same").unwrap();
    assert_eq!(proven.value, Some(vec![1; 100]));
    proven.path.verify(&root_of(&state), b"same", Some(&[1; 100])).unwrap();
}

#[test]
fn what_cannot_be_read_says_why() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let refused = store.snapshot().at(Height(0)).unwrap_err();
    assert!(matches!(refused, AtError::Empty { height: Height(0) }), "{refused}");
    commit_blocks(&store, 1..=1);
    let refused = store.snapshot().prove(Height(1), b"same").unwrap_err();
    assert!(matches!(refused, AtError::NoTree { height: Height(1), newest: None }), "{refused}");
    commit_blocks(&store, 2..=2);
    commit(&store, &block(3), Some(Height(2)));
    let snapshot = store.snapshot();
    for refused in [snapshot.at(Height(1)).unwrap_err(), snapshot.prove(Height(1), b"same").unwrap_err()] {
        assert!(matches!(refused, AtError::Pruned { height: Height(1), oldest: Height(2) }), "{refused}");
    }
    for refused in [snapshot.at(Height(4)).unwrap_err(), snapshot.prove(Height(4), b"same").unwrap_err()] {
        assert!(matches!(refused, AtError::Future { height: Height(4), newest: Height(3) }), "{refused}");
    }
    let refused = snapshot.prove(Height(3), b"same").unwrap_err();
    let newest = Some(Height(2));
    assert!(matches!(refused, AtError::NoTree { height: Height(3), newest: n } if n == newest), "{refused}");
    snapshot.prove(Height(2), b"same").unwrap();
}
