//! What would lose data is a loss, what callers would notice is said, and equal code changes nothing.

use lockstep_abi::schema::{
    Description, ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, VERSION, Variant,
    layout::{Layout, Slot, SlotKind},
    upgrade::{InterfaceChange, StorageChange, Upgrade},
};
use proptest::prelude::*;

use crate::interface;

fn stored(slots: &[(&str, SlotKind)]) -> Description {
    let slot = |(path, kind): &(&str, SlotKind)| Slot { path: (*path).into(), kind: kind.clone() };
    let layout = Layout::new(1, slots.iter().map(slot).collect());
    Description { layout: Some(layout), ..Description::default() }
}

fn cell(value: Type) -> SlotKind {
    SlotKind::Cell { value }
}

fn map(key: Type, value: Type) -> SlotKind {
    SlotKind::Map { key, value }
}

fn storage(old: &[(&str, SlotKind)], new: &[(&str, SlotKind)]) -> Vec<StorageChange> {
    Upgrade::between(&stored(old), &stored(new)).storage
}

/// Lines, and whether each is of a loss.
fn said(changes: &[StorageChange]) -> Vec<(String, bool)> {
    changes.iter().map(|change| (change.to_string(), change.loses_data())).collect()
}

/// What is said of one field whose value is of another type.
fn value(old: Type, new: Type) -> Option<(String, bool)> {
    let changes = storage(&[("a", cell(old))], &[("a", cell(new))]);
    assert!(changes.len() <= 1);
    said(&changes).pop()
}

fn is_loss(old: Type, new: Type) -> bool {
    value(old, new).unwrap().1
}

fn fields(fields: &[(&str, Type)]) -> Vec<Field> {
    fields.iter().map(|(name, ty)| Field { name: (*name).into(), ty: ty.clone() }).collect()
}

fn structure(parts: &[(&str, Type)]) -> Type {
    Type::Struct { name: "S".into(), fields: fields(parts) }
}

fn choice(variants: &[&str]) -> Type {
    let variants = variants.iter().map(|name| Variant { name: (*name).into(), fields: vec![] }).collect();
    Type::Enum { name: "E".into(), variants }
}

#[test]
fn a_field_that_is_gone_is_a_loss_and_a_new_one_is_none() {
    let old = [("supply", cell(Type::U128)), ("owner", cell(Type::Address))];
    let new = [("owner", cell(Type::Address)), ("paused", cell(Type::Bool))];
    assert_eq!(
        said(&storage(&old, &new)),
        [
            ("`supply` (Cell<u128>) is gone, its entries are lost".into(), true),
            ("`paused` (Cell<bool>) is new".into(), false)
        ]
    );
}

#[test]
fn a_renamed_field_is_told_how_to_keep_its_entries() {
    let hint = |old: &str, new: &str| {
        let kind = || map(Type::Address, Type::U128);
        said(&storage(&[(old, kind())], &[(new, kind())])).remove(0).0
    };
    assert_eq!(
        hint("balances", "holdings"),
        "`balances` (Map<Address, u128>) is gone, its entries are lost; \
         if it was renamed, `#[key = \"balances\"]` on `holdings` keeps them"
    );
    assert!(hint("ledger.balances", "coins.balances").contains("`#[key = \"ledger\"]` on `coins`"));
    assert!(!hint("ledger.balances", "coins.holdings").contains("renamed"));
    assert!(!hint("balances", "ledger.balances").contains("renamed"));
}

#[test]
fn another_kind_or_another_key_is_a_loss_but_a_map_may_get_an_order() {
    let old = [("a", map(Type::Address, Type::U128))];
    let change = |kind: SlotKind| said(&storage(&old, &[("a", kind)]));
    assert_eq!(
        change(cell(Type::U128)),
        [("`a` was Map<Address, u128> and is Cell<u128>, its entries are misread".into(), true)]
    );
    assert_eq!(
        change(map(Type::U64, Type::U128)),
        [("the keys of `a` changed, its entries are not found: Address became u64".into(), true)]
    );
    assert_eq!(
        change(SlotKind::OrdMap { key: Type::Address, value: Type::U128 }),
        [("`a` was Map<Address, u128> and is OrdMap<Address, u128>, its entries are the same".into(), false)]
    );
    // In that case too the types are looked at.
    let sorted = change(SlotKind::OrdMap { key: Type::Address, value: Type::U64 });
    assert_eq!(sorted[0], ("the values of `a` are misread: u128 became u64".into(), true));
    assert!(change(SlotKind::Set { key: Type::Address })[0].1);
}

#[test]
fn a_value_whose_bytes_would_be_misread_is_a_loss_wherever_it_is_inside() {
    let inside = |ty: Type| structure(&[("items", Type::List(Box::new(structure(&[("amount", ty)]))))]);
    assert_eq!(
        value(inside(Type::U64), inside(Type::U128)),
        Some(("the values of `a` are misread: at `items[].amount`, u64 became u128".into(), true))
    );
    assert!(is_loss(Type::U8, Type::Option(Box::new(Type::U8))));
    assert!(is_loss(Type::Bytes, Type::String));
    assert!(is_loss(Type::U64, Type::I64));
    assert!(is_loss(Type::Amount, Type::Time));
    assert!(is_loss(Type::FixedBytes(31), Type::Hash));
    assert!(is_loss(Type::Tuple(vec![Type::U8]), Type::Tuple(vec![Type::U8, Type::U8])));
    // Old entries end where the new field is expected.
    let (one, two) = (structure(&[("a", Type::U8)]), structure(&[("a", Type::U8), ("b", Type::U8)]));
    let text = "the values of `a` are misread: { a } became { a, b }";
    assert_eq!(value(one, two), Some((text.into(), true)));
}

#[test]
fn the_same_bytes_under_another_name_are_no_loss_but_swapped_names_are() {
    let two = |first: &str, second: &str| structure(&[(first, Type::U64), (second, Type::U64)]);
    let text = "`a` keeps its bytes under other names: `low` became `least`";
    assert_eq!(value(two("low", "high"), two("least", "high")), Some((text.into(), false)));
    assert!(is_loss(two("low", "high"), two("high", "low")));
    assert!(is_loss(two("low", "high"), two("middle", "low")));
    assert!(!is_loss(Type::U128, Type::Amount));
    assert!(!is_loss(Type::U64, Type::Time));
    assert!(!is_loss(Type::Hash, Type::Address));
    assert!(!is_loss(Type::String, Type::Bytes));
}

#[test]
fn variants_may_be_added_at_the_end_and_nowhere_else() {
    let old = choice(&["Open", "Closed"]);
    let text = "`a` has values that it had not: nothing became Void";
    assert_eq!(value(old.clone(), choice(&["Open", "Closed", "Void"])), Some((text.into(), false)));
    assert!(is_loss(old.clone(), choice(&["Open"])));
    assert!(is_loss(old.clone(), choice(&["Open", "Void", "Closed"])));
    assert!(is_loss(old.clone(), choice(&["Closed", "Open"])));
    assert!(!is_loss(old.clone(), choice(&["Open", "Shut"])));
    let Type::Enum { name, mut variants } = old.clone() else { unreachable!() };
    variants[1].fields = fields(&[("at", Type::U64)]);
    assert!(is_loss(old, Type::Enum { name, variants }));
}

/// Known words with one FNV-1a hash.
#[test]
fn a_new_field_that_would_find_the_entries_of_another_is_a_loss() {
    let changes = storage(&[("liquid", cell(Type::U8))], &[("costarring", cell(Type::U8))]);
    let collides = |change: &StorageChange| matches!(change, StorageChange::Collides { .. });
    assert!(changes.iter().any(|change| collides(change) && change.loses_data()), "{changes:?}");
    assert_eq!(changes.iter().filter_map(StorageChange::field).collect::<Vec<_>>(), ["liquid", "costarring"]);
}

#[test]
fn where_one_of_the_two_says_nothing_of_its_storage_all_of_it_may_be_lost() {
    let (none, some) = (Description::default(), stored(&[("a", cell(Type::U8))]));
    assert_eq!(Upgrade::between(&some, &none).storage, [StorageChange::Undescribed]);
    assert_eq!(Upgrade::between(&some, &none).losses().count(), 1);
    for new in [&some, &none] {
        let upgrade = Upgrade::between(&none, new);
        assert_eq!(upgrade.storage, [StorageChange::Unknown]);
        assert_eq!(upgrade.losses().count(), 1);
    }
}

/// Code of a version of the storage, with a migration to it if `kind` says so.
fn of_version(storage_version: u32, kind: MethodKind) -> Description {
    let method = Method { kind, ..method("m", &[], Type::Unit) };
    Description {
        layout: Some(Layout::new(storage_version, vec![])),
        ..interface_of(vec![method], vec![], vec![])
    }
}

#[test]
fn a_migration_leads_from_one_version_to_the_next_and_the_same_version_may_come_again() {
    for (old, new, kind) in [
        (1, 1, MethodKind::Call),
        (3, 3, MethodKind::Call),
        (3, 3, MethodKind::Upgrade),
        (1, 2, MethodKind::Upgrade),
        (3, 4, MethodKind::Upgrade),
    ] {
        let upgrade = Upgrade::between(&of_version(old, MethodKind::Call), &of_version(new, kind));
        assert_eq!(upgrade.storage, [], "{old} {new} {kind}");
    }
}

/// Code that no longer has the migration of long ago counted what it created as version 1, and the migration after that
/// refused these contracts.
#[test]
fn a_version_that_nothing_leads_to_is_a_loss_and_says_what_to_write() {
    let told = |old, new, kind| {
        let upgrade = Upgrade::between(&of_version(old, MethodKind::Call), &of_version(new, kind));
        let [(text, true)] = &said(&upgrade.storage)[..] else { panic!("{:?}", upgrade.storage) };
        text.clone()
    };
    assert_eq!(
        told(3, 1, MethodKind::Call),
        "the storage has version 3 and this code is of version 1, and there is no way back: write \
         `#[contract(version = 3)]` and no migration if the entries keep their form"
    );
    assert_eq!(told(3, 2, MethodKind::Upgrade), told(3, 2, MethodKind::Call));
    assert_eq!(
        told(3, 4, MethodKind::Call),
        "this code is of version 4 and nothing brings the entries of version 3 there: write `#[migrate(from = 3)]`, or \
         `#[contract(version = 3)]` if they keep their form"
    );
    assert_eq!(
        told(3, 6, MethodKind::Call),
        "the storage has version 3 and this code is of version 6: no version is left out; write `#[migrate(from = 3)]` \
         if the entries get another form, or `#[contract(version = 3)]` if they keep it"
    );
    assert_eq!(
        told(3, 6, MethodKind::Upgrade),
        "the storage has version 3 and the migration begins with version 5, so it refuses: upgrade to the code of \
         version 4 first, or write `#[migrate(from = 3)]`"
    );
}

/// Before modules said it, one that was migrated to version 2 said nothing, and counted as of version 1: the right step was
/// refused, with the advice to take the wrong one.
#[test]
fn of_old_code_with_a_migration_that_says_no_version_none_is_known() {
    let silent = of_version(1, MethodKind::Upgrade);
    for new in [1, 2, 3] {
        let upgrade = Upgrade::between(&silent, &of_version(new, MethodKind::Call));
        assert_eq!(upgrade.storage, [StorageChange::VersionUnknown { new }]);
        assert_eq!(upgrade.losses().count(), 1);
        let text = upgrade.storage[0].to_string();
        assert!(text.contains(&format!("this code's, {new}: compare the sources")), "{text}");
        assert!(!text.contains("#[contract(version"), "{text}");
    }
    // A migration looks at the storage itself.
    for new in [1, 2, 3] {
        assert_eq!(Upgrade::between(&silent, &of_version(new, MethodKind::Upgrade)).storage, []);
    }
    // Who says it is taken at his word.
    let says = of_version(2, MethodKind::Upgrade);
    assert_eq!(Upgrade::between(&says, &of_version(2, MethodKind::Call)).storage, []);
}

fn method(name: &str, args: &[(&str, Type)], result: Type) -> Method {
    Method {
        name: name.into(),
        docs: String::new(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args: fields(args),
        result,
    }
}

fn interface_of(methods: Vec<Method>, events: Vec<EventDef>, errors: Vec<ErrorDef>) -> Description {
    let (version, name, docs) = (VERSION, "A".into(), String::new());
    let schema = Some(Schema { version, name, docs, methods, events, errors });
    Description { schema, ..Description::default() }
}

/// Lines, and whether callers notice each.
fn noticed(old: &Description, new: &Description) -> Vec<(String, bool)> {
    let changes = Upgrade::between(old, new).interface;
    changes.iter().map(|change: &InterfaceChange| (change.to_string(), change.is_noticed())).collect()
}

#[test]
fn callers_notice_a_method_that_is_gone_or_takes_or_gives_something_else() {
    let old = interface_of(
        vec![
            method("mint", &[("to", Type::Address), ("amount", Type::U128)], Type::Unit),
            method("burn", &[("amount", Type::U128)], Type::Bool),
            method("state", &[], choice(&["On"])),
            method("set", &[("state", choice(&["On"]))], Type::Unit),
            Method { payable: true, reentrant: true, ..method("buy", &[], Type::Unit) },
            Method { private: true, ..method("opened", &[], Type::Unit) },
            method("closed", &[], Type::Unit),
            Method { kind: MethodKind::Init, ..method("new", &[], Type::Unit) },
        ],
        vec![],
        vec![],
    );
    let new = interface_of(
        vec![
            method("burn", &[("amount", Type::U64)], Type::U8),
            method("state", &[], choice(&["On", "Off"])),
            method("set", &[("state", choice(&["On", "Off"]))], Type::Unit),
            Method { kind: MethodKind::View, ..method("buy", &[], Type::Unit) },
            method("opened", &[], Type::Unit),
            Method { private: true, ..method("closed", &[], Type::Unit) },
            method("sell", &[("amount", Type::U64)], Type::Unit),
        ],
        vec![],
        vec![],
    );
    let line = |text: &str, noticed| (String::from(text), noticed);
    assert_eq!(
        noticed(&old, &new),
        [
            line("method `mint(to: Address, amount: u128)` is gone", true),
            line("the arguments of `burn` changed: at `amount`, u128 became u64", true),
            line("the result of `burn` changed: bool became u8", true),
            line("the result of `state` changed: nothing became Off", true),
            line("method `buy` was of the kind call and is of the kind view", true),
            line("method `buy` no longer accepts value", true),
            line("method `buy` is no longer reentrant", true),
            line("method `closed` is private now", true),
            line("the arguments of `set` changed: at `state`, nothing became Off", false),
            line("method `opened` is no longer private", false),
            line("method `sell(amount: u64)` is new", false),
        ]
    );
}

#[test]
fn callers_notice_a_code_or_an_event_that_means_something_else() {
    let error = |code, name: &str, parts: &[(&str, Type)]| ErrorDef {
        code,
        name: name.into(),
        docs: String::new(),
        fields: fields(parts),
    };
    let event = |name: &str, topic| EventDef {
        name: name.into(),
        docs: String::new(),
        fields: vec![EventField { name: "who".into(), ty: Type::Address, topic }],
    };
    let old = interface_of(
        vec![],
        vec![event("Sent", true), event("Paid", true)],
        vec![error(1, "TooLow", &[("have", Type::U64)]), error(2, "Paused", &[]), error(3, "Gone", &[])],
    );
    let new = interface_of(
        vec![],
        vec![event("Sent", false), event("Burnt", true)],
        vec![error(1, "TooLow", &[("need", Type::U64)]), error(2, "NotOwner", &[]), error(4, "Full", &[])],
    );
    let line = |text: &str, noticed| (String::from(text), noticed);
    assert_eq!(
        noticed(&old, &new),
        [
            line("event `Sent` changed: at `who`, who: Address (topic) became who: Address", true),
            line("event `Paid { who: Address (topic) }` is gone", true),
            line("error 1 `TooLow` changed: `have` became `need`", true),
            line("error 2 was `Paused` and is `NotOwner`", true),
            line("error 3 `Gone` is gone", true),
            line("event `Burnt { who: Address (topic) }` is new", false),
            line("error 4 `Full` is new", false),
        ]
    );
    let none = Description::default();
    assert_eq!(noticed(&old, &none).len(), 1);
    assert!(noticed(&old, &none)[0].1);
}

proptest! {
    #[test]
    fn code_that_is_replaced_by_itself_changes_nothing(
        schema in interface::schema(), layout in crate::layout::layout()
    ) {
        let description = Description { schema: Some(schema), layout: Some(layout), build: None };
        let upgrade = Upgrade::between(&description, &description);
        prop_assert_eq!((upgrade.storage, upgrade.interface), (vec![], vec![]));
    }

    #[test]
    fn any_two_can_be_compared_and_no_field_is_passed_over(
        old in crate::layout::layout(), new in crate::layout::layout()
    ) {
        let of = |layout: &Layout| Description { layout: Some(layout.clone()), ..Description::default() };
        let changes = Upgrade::between(&of(&old), &of(&new)).storage;
        for slot in &old.slots {
            let same = new.slots.contains(slot);
            let said = changes.iter().any(|change| change.field() == Some(&*slot.path));
            prop_assert_eq!(said, !same, "{}: {:?}", slot.path, changes);
        }
    }

    /// What is no loss can be read: the values that fit the old type fit the new one.
    #[test]
    fn bytes_of_the_old_type_fit_the_new_one_if_nothing_is_lost(
        old in interface::ty(), new in interface::ty(), bytes in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let changes = storage(&[("a", cell(old.clone()))], &[("a", cell(new.clone()))]);
        if changes.iter().all(|change| !change.loses_data()) && old.fits(&bytes) {
            prop_assert!(new.fits(&bytes), "{} {}", old, new);
        }
    }
}
