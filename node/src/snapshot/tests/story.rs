//! What is exported comes back, in a folder that goes on as any other.

use std::num::NonZero;

use lockstep_runtime::account;

use super::*;
use crate::{
    chain::{ChainError, Pruning, ReplayError, audit, replay},
    snapshot::{DraftError, ExportError},
};

#[test]
fn an_imported_chain_is_where_the_exported_one_was_and_both_go_on_alike() {
    let place = Place::new();
    let Exported { height, root, block, entries, chunks, .. } = exported_chain(&place);
    assert_eq!((height, chunks), (Height(2), 2));
    let imported = imported(&place, &block);
    assert_eq!(imported, Imported { height, root, entries, head: Height(3) });

    let (first, second) = (open(&place.path("chain")), open(&place.path("target")));
    assert_eq!(first.view().unwrap().head(), second.view().unwrap().head());
    for nonce in 6..9 {
        assert_eq!(extend(&first, vec![transfer(nonce)]), extend(&second, vec![transfer(nonce)]));
    }
    assert_eq!(audit(&first).unwrap(), audit(&second).unwrap());
    let of = |chain: &Chain, at| account(&chain.view().unwrap().state_at(at).unwrap(), &Address([7; 32]));
    for height in 2..=6 {
        assert_eq!(of(&first, Height(height)).unwrap(), of(&second, Height(height)).unwrap());
    }
}

#[test]
fn an_imported_folder_is_whole_and_begins_with_the_exported_block() {
    let place = Place::new();
    let block = exported_chain(&place).block;
    imported(&place, &block);
    let (first, second) = (open(&place.path("chain")), open(&place.path("target")));
    assert_eq!(audit(&first).unwrap(), audit(&second).unwrap());
    let (first, second) = (first.view().unwrap(), second.view().unwrap());
    for height in [Height(2), Height(3)] {
        assert_eq!(first.block(height).unwrap(), second.block(height).unwrap());
        assert_eq!(first.receipts(height).unwrap(), second.receipts(height).unwrap());
        let head = second.head_at(height).unwrap().unwrap();
        assert_eq!(first.head_at(height).unwrap().as_ref(), Some(&head));
        assert_eq!(second.height_of(&head.id).unwrap(), Some(height));
        for tx in second.block(height).unwrap().unwrap().txs.iter() {
            let id = tx.body.id();
            assert_eq!(first.position(&id).unwrap(), second.position(&id).unwrap());
        }
    }
    assert_eq!((second.oldest_state().unwrap(), second.oldest_block().unwrap()), (Height(2), Height(2)));
    assert_eq!(second.header(Height(1)).unwrap(), None);
}

#[test]
fn what_was_imported_is_exported_again_byte_for_byte() {
    let place = Place::new();
    let block = exported(&place).block;
    imported(&place, &block);
    let chain = open(&place.path("target"));
    assert_eq!(export(&chain, None, &place.path("again")).unwrap().block, block);
    // Also when it is not the newest any more, by another way of reading it.
    grow_more(&chain);
    export(&chain, Some(Height(2)), &place.path("later")).unwrap();
    let expected = files(&place.path("snapshot"));
    assert_eq!(files(&place.path("again")), expected);
    assert_eq!(files(&place.path("later")), expected);
    assert_eq!(expected.len(), 4);
}

fn grow_more(chain: &Chain) {
    for nonce in 6..12 {
        extend(chain, vec![transfer(nonce)]);
    }
}

#[test]
fn an_imported_chain_cannot_be_replayed_but_one_from_the_genesis_can() {
    let place = Place::new();
    let chain = open(&place.path("chain"));
    grow(&chain, &[2, 3, 1]);
    for height in [0, 1] {
        let (folder, target) = (place.path(&format!("at {height}")), place.path(&format!("from {height}")));
        let block = export(&chain, Some(Height(height)), &folder).unwrap().block;
        import(&folder, &target, &block).unwrap();
        let replayed = replay(&open(&target), &Engine::default(), |_| {});
        match height {
            0 => assert_eq!(replayed.unwrap().height(), Height(1)),
            _ => assert!(matches!(replayed, Err(ReplayError::Pruned { oldest: Height(1) }))),
        }
    }
}

/// What it forgets begins where it began, not at a genesis that it never had.
#[test]
fn an_imported_chain_forgets_its_blocks_and_states_one_by_one() {
    let place = Place::new();
    let block = exported(&place).block;
    for (name, pruning, oldest) in [
        ("one", Pruning::Blocks(NonZero::new(1).unwrap()), (Height(8), Height(8))),
        ("three", Pruning::Blocks(NonZero::new(3).unwrap()), (Height(6), Height(6))),
        ("full", Pruning::Full, (Height(2), Height(2))),
        ("archive", Pruning::Archive, (Height(2), Height(2))),
    ] {
        let target = place.path(name);
        import(&place.path("snapshot"), &target, &block).unwrap();
        let options = ChainOptions { pruning: Some(pruning), ..ChainOptions::default() };
        let chain = Chain::open(&target, &genesis(), &options).unwrap();
        grow_more(&chain);
        audit(&chain).unwrap();
        let view = chain.view().unwrap();
        assert_eq!((view.oldest_state().unwrap(), view.oldest_block().unwrap()), oldest, "{name}");
        assert_eq!(view.block(Height(2)).unwrap().is_some(), oldest.1 == Height(2));
    }
}

#[test]
fn a_snapshot_of_another_genesis_is_noticed_when_the_node_starts() {
    let place = Place::new();
    let block = exported(&place).block;
    imported(&place, &block);
    let other = dev::genesis(dev::CHAIN_ID.parse().unwrap());
    let error = Chain::open(place.path("target"), &other, &ChainOptions::default()).unwrap_err();
    assert!(matches!(error, ChainError::OtherGenesis { .. }), "{error}");
}

#[test]
fn what_cannot_be_exported_says_why_and_leaves_nothing() {
    let place = Place::new();
    let options =
        ChainOptions { pruning: Some(Pruning::Blocks(NonZero::new(1).unwrap())), ..Default::default() };
    let chain = Chain::open(place.path("chain"), &genesis(), &options).unwrap();
    let out = place.path("snapshot");
    let error = export(&chain, None, &out).unwrap_err();
    assert!(matches!(error, ExportError::OnlyGenesis), "{error}");
    grow(&chain, &[1, 1, 1]);
    let error = export(&chain, Some(Height(3)), &out).unwrap_err();
    assert!(matches!(error, ExportError::NoHeader { height: Height(3), newest: Height(2) }), "{error}");
    let error = export(&chain, Some(Height(1)), &out).unwrap_err();
    assert_eq!(error.name(), "pruned", "{error}");
    assert_eq!(place.names().into_keys().collect::<Vec<_>>(), ["chain"]);
    fs::create_dir(&out).unwrap();
    fs::write(out.join("file"), b"mine").unwrap();
    let error = export(&chain, None, &out).unwrap_err();
    assert!(matches!(error, ExportError::Draft(DraftError::Used { .. })), "{error}");
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), ["file"]);
}
