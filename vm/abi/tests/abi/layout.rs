//! A layout reads back as it was written, and says where entries are.

use lockstep_abi::schema::{
    SchemaError, Type,
    layout::{FIRST_VERSION, Layout, Slot, SlotKind, VERSION},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::interface::ty;

fn kind() -> impl Strategy<Value = SlotKind> {
    prop_oneof![
        ty().prop_map(|value| SlotKind::Cell { value }),
        (ty(), ty()).prop_map(|(key, value)| SlotKind::Map { key, value }),
        (ty(), ty()).prop_map(|(key, value)| SlotKind::OrdMap { key, value }),
        ty().prop_map(|key| SlotKind::Set { key }),
        ty().prop_map(|value| SlotKind::Vector { value }),
        ty().prop_map(|value| SlotKind::Queue { value }),
    ]
}

pub(crate) fn layout() -> impl Strategy<Value = Layout> {
    let slots = vec(("[a-z]{1,8}(\\.[a-z]{1,8})?", kind()), 0..6);
    (prop_oneof![Just(1), 2..=u32::MAX], slots).prop_map(|(storage_version, slots)| {
        let slot =
            |(index, (path, kind)): (usize, (String, _))| Slot { path: format!("{path}{index}"), kind };
        Layout::new(storage_version, slots.into_iter().enumerate().map(slot).collect())
    })
}

proptest! {
    #[test]
    fn a_layout_reads_back(layout in layout()) {
        prop_assert_eq!(Layout::decode(&layout.encode()), Ok(layout));
    }

    #[test]
    fn a_truncated_layout_is_refused(layout in layout(), cut in any::<Index>()) {
        let bytes = layout.encode();
        let cut = cut.index(bytes.len());
        let refused = Layout::decode(&bytes[..cut]).unwrap_err();
        let truncated = matches!(refused, SchemaError::Truncated { at } if at <= cut);
        prop_assert!(truncated, "{}", refused);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let with_version = |version: u16| [&version.to_le_bytes()[..], &bytes].concat();
        for bytes in [with_version(FIRST_VERSION), with_version(VERSION), bytes] {
            if let Ok(layout) = Layout::decode(&bytes) {
                prop_assert_eq!(layout.encode(), bytes);
            }
        }
    }
}

#[test]
fn unknown_kinds_and_versions_and_equal_paths_are_refused() {
    let slot = || Slot { path: "a".into(), kind: SlotKind::Cell { value: Type::U8 } };
    let mut bytes = Layout::new(1, vec![slot()]).encode();
    let at = bytes.len() - 2;
    bytes[at] = 6;
    assert_eq!(Layout::decode(&bytes), Err(SchemaError::UnknownSlot { found: 6, at }));

    let later = Layout { version: VERSION + 1, ..Layout::new(2, vec![]) };
    let refused = SchemaError::Version { found: VERSION + 1, known: VERSION };
    assert_eq!(Layout::decode(&later.encode()), Err(refused));

    let twice = Layout::new(1, vec![slot(), slot()]);
    assert!(matches!(Layout::decode(&twice.encode()), Err(SchemaError::DuplicateName { .. })));
}

/// Two forms of one layout would be two codes of one contract.
#[test]
fn the_first_version_of_a_storage_is_written_in_one_way() {
    assert_eq!(Layout::new(1, vec![]).encode(), [1, 0, 0, 0]);
    assert_eq!(Layout::new(3, vec![]).encode(), [2, 0, 3, 0, 0, 0, 0, 0]);
    for found in [0, 1] {
        let bytes = Layout { version: VERSION, storage_version: found, slots: vec![] }.encode();
        assert_eq!(Layout::decode(&bytes), Err(SchemaError::StorageVersion { found, at: 2 }));
    }
}

#[test]
fn a_prefix_is_the_fnv1a_of_the_path() {
    let prefix = |path: &str| Slot { path: path.into(), kind: SlotKind::Cell { value: Type::U8 } }.prefix();
    // From the reference implementation's test vectors.
    assert_eq!(prefix(""), [0x81, 0x1c, 0x9d, 0xc5]);
    assert_eq!(prefix("a"), [0xe4, 0x0c, 0x29, 0x2c]);
    assert_eq!(prefix("foobar"), [0xbf, 0x9c, 0xf9, 0x68]);
    assert_eq!(prefix("ledger.balances"), [0xfa, 0x46, 0x77, 0x9b]);
}
