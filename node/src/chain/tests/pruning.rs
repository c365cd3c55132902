//! What is forgotten with a block, what is kept, and that the folder remembers which.

use super::*;

/// Every height from the oldest on answers as it did, and nothing below does.
fn assert_keeps(chain: &Chain, states_from: u64, blocks_from: u64, newest: u64) {
    let view = chain.view().unwrap();
    assert_eq!(
        (view.oldest_state().unwrap(), view.oldest_block().unwrap()),
        (Height(states_from), Height(blocks_from))
    );
    for height in 0..=newest {
        let state = view.state_at(Height(height));
        match height < states_from {
            true => assert!(matches!(state, Err(AtError::Pruned { .. }))),
            // One transfer of 5 a block.
            false => assert_eq!(
                account(&state.unwrap(), &Address([7; 32])).unwrap().balance,
                Amount(5 * u128::from(height))
            ),
        }
        assert_eq!(view.block(Height(height)).unwrap().is_some(), height >= blocks_from);
        if height > 0 {
            let id = transfer(height - 1).body.id();
            assert_eq!(view.position(&id).unwrap().is_some(), height >= blocks_from);
            assert_eq!(view.receipts(Height(height)).unwrap().len(), usize::from(height >= blocks_from));
        }
    }
}

#[test]
fn what_is_pruned_is_gone_and_what_is_kept_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let with = |pruning| ChainOptions { pruning: Some(pruning), ..OPTIONS };
    let open = |pruning| Chain::open(folder.path(), &genesis(), &with(pruning)).unwrap();
    let two = Pruning::Blocks(2.try_into().unwrap());
    let chain = open(Pruning::Archive);
    (0..9).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    assert_keeps(&chain, 0, 0, 9);
    drop(chain);
    // States at once, blocks a few with each block, until no more than the setting says is there.
    let chain = open(two);
    extend(&chain, vec![transfer(9)]);
    assert_keeps(&chain, 8, 4, 10);
    extend(&chain, vec![transfer(10)]);
    assert_keeps(&chain, 9, 8, 11);
    extend(&chain, vec![transfer(11)]);
    assert_keeps(&chain, 10, 10, 12);
    let error = replay(&chain, &Engine::default(), |_| {}).unwrap_err();
    assert!(matches!(error, ReplayError::Pruned { oldest: Height(10) }), "{error}");
    assert_eq!(error.name(), "pruned");
    audit(&chain).unwrap();
    drop(chain);
    // What is gone does not come back; what comes is kept.
    let chain = open(Pruning::Archive);
    extend(&chain, vec![transfer(12)]);
    extend(&chain, vec![transfer(13)]);
    assert_keeps(&chain, 10, 10, 14);
}

#[test]
fn a_full_node_keeps_all_blocks_and_the_last_states() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let newest = FULL_STATES + 3;
    (0..newest).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    assert_keeps(&chain, 3, 0, newest);
    replay(&chain, &Engine::default(), |_| {}).unwrap();
}

#[test]
fn what_was_chosen_to_be_kept_holds_until_something_else_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        |pruning| Chain::open(folder.path(), &genesis(), &ChainOptions { pruning, ..OPTIONS }).unwrap();
    let two = Pruning::Blocks(2.try_into().unwrap());
    assert_eq!(open(Some(Pruning::Archive)).pruning(), Pruning::Archive);
    assert_eq!(open(None).pruning(), Pruning::Archive);
    // Without a block in between.
    drop(open(Some(two)));
    let chain = open(None);
    (0..5).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    drop(chain);
    let chain = open(None);
    assert_eq!(chain.pruning(), two);
    extend(&chain, vec![transfer(5)]);
    assert_keeps(&chain, 4, 4, 6);
}
