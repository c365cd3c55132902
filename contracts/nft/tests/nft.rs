//! The collection in the real VM, and what strangers, former holders and operators might try.

use lockstep_abi::{Address, Amount, Halt, Hash};
use lockstep_sdk::component::{
    fungible::NOBODY,
    non_fungible::{self, OperatorAdded, TokenApproval, TokenTransfer},
    ownable,
};
use lockstep_testing::{Done, Execution, Failure, RandomCalls, User, World, build};
use nft::{Collection, Error, Metadata};

const MAX_TOKENS: u64 = 4;

struct Gallery {
    world: World,
    nft: Address,
    owner: User,
    alice: User,
    bob: User,
    mallory: User,
}

impl Gallery {
    /// The owner has minted token 0 for alice.
    fn new() -> Self {
        let (mut world, [owner, alice, bob, mallory]) =
            World::with_users(["owner", "alice", "bob", "mallory"]);
        world.set_execution::<nft::Nft>(&build!(), Execution::Compared);
        let nft = world.deploy(&owner, &build!(), &("Old maps", "MAPS", Some(MAX_TOKENS))).unwrap();
        let mut gallery = Self { world, nft, owner, alice, bob, mallory };
        let alice = gallery.alice.address();
        assert_eq!(gallery.mint(alice).unwrap().value::<u64>(), 0);
        gallery
    }

    /// Alice, bob and mallory hold a token each.
    fn shared() -> Self {
        let mut gallery = Self::new();
        for holder in [gallery.bob.address(), gallery.mallory.address()] {
            gallery.mint(holder).unwrap();
        }
        gallery
    }

    /// Random calls, mostly of tokens that there are.
    fn calls(&self) -> RandomCalls {
        let calls = RandomCalls::of(&self.world, [self.nft]).numbers((0..MAX_TOKENS).map(u128::from));
        calls.without(&["offer_ownership", "accept_ownership", "renounce_ownership"]).max_calls(40).cases(100)
    }

    fn mint(&mut self, to: Address) -> Result<Done, Failure> {
        self.world.call(&self.owner, self.nft, "mint", &(to, metadata()))
    }

    fn send(&mut self, by: &User, from: &User, to: &User, token: u64) -> Result<Done, Failure> {
        let args = (from.address(), to.address(), token);
        self.world.call(by, self.nft, "transfer_from", &args)
    }

    fn refused(&mut self, by: &User, from: &User, to: &User, token: u64) -> non_fungible::Error {
        self.send(by, from, to, token).unwrap_err().error()
    }

    fn approve(&mut self, by: &User, spender: Option<&User>, token: u64) -> Result<Done, Failure> {
        self.world.call(by, self.nft, "approve", &(spender.map(User::address), token))
    }

    fn holder(&self, token: u64) -> Option<Address> {
        self.world.query(self.nft, "holder_of", &token).unwrap()
    }

    fn tokens(&self, of: &User, after: Option<u64>) -> Vec<u64> {
        self.world.query(self.nft, "tokens_of", &(of.address(), after)).unwrap()
    }

    /// Copies, so that the gallery can be changed while they are used.
    fn people(&self) -> [User; 3] {
        [self.alice.clone(), self.bob.clone(), self.mallory.clone()]
    }
}

fn metadata() -> Metadata {
    Metadata { uri: "ipfs://map".into(), content: Hash([7; 32]) }
}

#[test]
fn a_token_is_minted_with_what_it_stands_for_and_numbered() {
    let mut gallery = Gallery::new();
    let bob = gallery.bob.address();
    let done = gallery.mint(bob).unwrap();
    done.assert_gas("mint");
    assert_eq!(done.value::<u64>(), 1);
    assert_eq!(done.events::<TokenTransfer>(), [TokenTransfer { from: NOBODY, to: bob, token: 1 }]);
    assert_eq!(gallery.holder(1), Some(bob));
    let Gallery { world, nft, .. } = gallery;
    assert_eq!(world.query::<Option<Metadata>>(nft, "metadata", &1_u64), Ok(Some(metadata())));
    assert_eq!(world.query::<Option<Metadata>>(nft, "metadata", &2_u64), Ok(None));
    let collection = Collection { name: "Old maps".into(), symbol: "MAPS".into() };
    assert_eq!(world.query::<Collection>(nft, "collection", &()), Ok(collection));
    assert_eq!(world.query::<Option<u64>>(nft, "max_tokens", &()), Ok(Some(MAX_TOKENS)));
    assert_eq!(world.query::<u64>(nft, "minted", &()), Ok(2));
}

#[test]
fn only_the_owner_mints_and_no_more_than_was_promised() {
    let mut gallery = Gallery::new();
    let [alice, _, mallory] = gallery.people();
    for by in [&alice, &mallory] {
        let args = (mallory.address(), metadata());
        let refused = gallery.world.call(by, gallery.nft, "mint", &args).unwrap_err();
        assert_eq!(refused.error::<ownable::Error>(), ownable::Error::NotOwner);
    }
    for _ in 1..MAX_TOKENS {
        gallery.mint(alice.address()).unwrap();
    }
    // A token that is burnt makes no room: the number of tokens ever made is what was promised.
    gallery.world.call(&alice, gallery.nft, "burn", &1_u64).unwrap();
    let refused = gallery.mint(alice.address()).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::SoldOut { max_tokens: MAX_TOKENS });
    assert_eq!(gallery.tokens(&alice, None), [0, 2, 3]);
}

#[test]
fn without_a_promise_the_owner_mints_as_many_as_it_likes() {
    let (mut world, [owner]) = World::with_users(["owner"]);
    world.set_execution::<nft::Nft>(&build!(), Execution::Compared);
    let nft = world.deploy(&owner, &build!(), &("Old maps", "MAPS", None::<u64>)).unwrap();
    for token in 0..=MAX_TOKENS {
        let done = world.call(&owner, nft, "mint", &(owner.address(), metadata())).unwrap();
        assert_eq!(done.value::<u64>(), token);
    }
    assert_eq!(world.query::<Option<u64>>(nft, "max_tokens", &()), Ok(None));
}

#[test]
fn without_an_owner_nothing_is_minted() {
    let mut gallery = Gallery::new();
    let bob = gallery.bob.address();
    gallery.world.call(&gallery.owner, gallery.nft, "renounce_ownership", &()).unwrap();
    assert_eq!(gallery.mint(bob).unwrap_err().error::<ownable::Error>(), ownable::Error::NotOwner);
    assert_eq!(gallery.world.query::<Option<Address>>(gallery.nft, "owner", &()), Ok(None));
}

#[test]
fn the_next_owner_mints_and_the_former_does_not() {
    let mut gallery = Gallery::new();
    let bob = gallery.bob.clone();
    gallery.world.call(&gallery.owner, gallery.nft, "offer_ownership", &bob.address()).unwrap();
    gallery.world.call(&bob, gallery.nft, "accept_ownership", &()).unwrap();
    let refused = gallery.mint(bob.address()).unwrap_err();
    assert_eq!(refused.error::<ownable::Error>(), ownable::Error::NotOwner);
    gallery.world.call(&bob, gallery.nft, "mint", &(bob.address(), metadata())).unwrap();
}

#[test]
fn a_holder_sends_a_token_and_no_longer_has_it() {
    let mut gallery = Gallery::new();
    let [alice, bob, _] = gallery.people();
    let args = (bob.address(), 0_u64);
    let done = gallery.world.call(&alice, gallery.nft, "transfer", &args).unwrap();
    done.assert_gas("transfer");
    let (from, to) = (alice.address(), bob.address());
    assert_eq!(done.events::<TokenTransfer>(), [TokenTransfer { from, to, token: 0 }]);
    assert_eq!(gallery.holder(0), Some(to));
    assert_eq!((gallery.tokens(&alice, None), gallery.tokens(&bob, None)), (vec![], vec![0]));
    let again = gallery.world.call(&alice, gallery.nft, "transfer", &args).unwrap_err();
    assert_eq!(again.error::<Error>(), Error::Ledger(non_fungible::Error::NotHolder));
}

#[test]
fn a_token_sent_to_oneself_stays() {
    let mut gallery = Gallery::new();
    let alice = gallery.alice.clone();
    gallery.send(&alice, &alice, &alice, 0).unwrap();
    assert_eq!((gallery.holder(0), gallery.tokens(&alice, None)), (Some(alice.address()), vec![0]));
}

#[test]
fn a_stranger_moves_approves_and_burns_nothing() {
    let mut gallery = Gallery::new();
    let [alice, _, mallory] = gallery.people();
    assert_eq!(gallery.refused(&mallory, &alice, &mallory, 0), non_fungible::Error::NotAllowed);
    // In the place of the holder, whoever it says it is.
    assert_eq!(gallery.refused(&mallory, &mallory, &mallory, 0), non_fungible::Error::NotHolder);
    let refused = gallery.approve(&mallory, Some(&mallory), 0).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), non_fungible::Error::NotAllowed);
    let refused = gallery.world.call(&mallory, gallery.nft, "burn", &0_u64).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), non_fungible::Error::NotHolder);
    // Nor the collection's owner.
    let owner = gallery.owner.clone();
    assert_eq!(gallery.refused(&owner, &alice, &owner, 0), non_fungible::Error::NotAllowed);
    assert_eq!(gallery.holder(0), Some(alice.address()));
}

#[test]
fn a_token_that_is_not_there_does_not_move() {
    let mut gallery = Gallery::new();
    let alice = gallery.alice.clone();
    let no_token = non_fungible::Error::NoToken { token: 9 };
    assert_eq!(gallery.refused(&alice, &alice, &alice, 9), no_token);
    assert_eq!(gallery.approve(&alice, None, 9).unwrap_err().error::<non_fungible::Error>(), no_token);
    let refused = gallery.world.call(&alice, gallery.nft, "burn", &9_u64).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), no_token);
}

#[test]
fn an_approval_moves_one_token_once() {
    let mut gallery = Gallery::new();
    let [alice, bob, mallory] = gallery.people();
    gallery.mint(alice.address()).unwrap();
    let done = gallery.approve(&alice, Some(&mallory), 0).unwrap();
    done.assert_gas("approve");
    let (holder, spender) = (alice.address(), mallory.address());
    assert_eq!(done.events::<TokenApproval>(), [TokenApproval { holder, spender, token: 0 }]);
    assert_eq!(gallery.refused(&mallory, &alice, &mallory, 1), non_fungible::Error::NotAllowed);
    assert_eq!(gallery.refused(&bob, &alice, &bob, 0), non_fungible::Error::NotAllowed);
    // It is for moving, not for handing on.
    let refused = gallery.approve(&mallory, Some(&bob), 0).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), non_fungible::Error::NotAllowed);
    gallery.send(&mallory, &alice, &bob, 0).unwrap();
    assert_eq!(gallery.refused(&mallory, &bob, &mallory, 0), non_fungible::Error::NotAllowed);
}

/// The classic theft: sell a token that is approved for oneself, and take it back.
#[test]
fn an_approval_ends_when_the_token_moves_also_when_it_comes_back() {
    let mut gallery = Gallery::new();
    let [alice, bob, mallory] = gallery.people();
    gallery.approve(&alice, Some(&mallory), 0).unwrap();
    gallery.send(&alice, &alice, &bob, 0).unwrap();
    assert_eq!(gallery.world.query::<Option<Address>>(gallery.nft, "approved", &0_u64), Ok(None));
    assert_eq!(gallery.refused(&mallory, &bob, &mallory, 0), non_fungible::Error::NotAllowed);
    gallery.send(&bob, &bob, &alice, 0).unwrap();
    assert_eq!(gallery.refused(&mallory, &alice, &mallory, 0), non_fungible::Error::NotAllowed);
}

#[test]
fn an_approval_that_was_taken_back_is_none() {
    let mut gallery = Gallery::new();
    let [alice, _, mallory] = gallery.people();
    gallery.approve(&alice, Some(&mallory), 0).unwrap();
    let done = gallery.approve(&alice, None, 0).unwrap();
    let holder = alice.address();
    assert_eq!(done.events::<TokenApproval>(), [TokenApproval { holder, spender: NOBODY, token: 0 }]);
    assert_eq!(gallery.refused(&mallory, &alice, &mallory, 0), non_fungible::Error::NotAllowed);
}

#[test]
fn an_operator_moves_what_its_holder_has_and_nothing_else() {
    let mut gallery = Gallery::new();
    let [alice, bob, mallory] = gallery.people();
    gallery.mint(bob.address()).unwrap();
    let done = gallery.world.call(&alice, gallery.nft, "add_operator", &mallory.address()).unwrap();
    let (holder, operator) = (alice.address(), mallory.address());
    assert_eq!(done.events::<OperatorAdded>(), [OperatorAdded { holder, operator }]);
    assert_eq!(gallery.refused(&mallory, &bob, &mallory, 1), non_fungible::Error::NotAllowed);
    gallery.send(&mallory, &alice, &bob, 0).unwrap();
    // What was alice's is bob's now, who has allowed nothing.
    assert_eq!(gallery.refused(&mallory, &bob, &mallory, 0), non_fungible::Error::NotAllowed);
    // And not the other way round.
    assert_eq!(gallery.world.query::<bool>(gallery.nft, "is_operator", &(operator, holder)), Ok(false));
}

/// A market that both have made their operator sells alice's token to bob a second time: bob, who holds it now, would
/// lose it, and alice be paid.
#[test]
fn an_operator_of_two_holders_does_not_take_a_token_from_the_wrong_one() {
    let mut gallery = Gallery::new();
    let [alice, bob, market] = gallery.people();
    for holder in [&alice, &bob] {
        gallery.world.call(holder, gallery.nft, "add_operator", &market.address()).unwrap();
    }
    gallery.send(&market, &alice, &bob, 0).unwrap();
    let owner = gallery.owner.clone();
    assert_eq!(gallery.refused(&market, &alice, &owner, 0), non_fungible::Error::NotHolder);
    assert_eq!(gallery.holder(0), Some(bob.address()));
}

#[test]
fn a_former_operator_moves_only_what_it_had_approved() {
    let mut gallery = Gallery::new();
    let [alice, bob, mallory] = gallery.people();
    gallery.mint(alice.address()).unwrap();
    gallery.world.call(&alice, gallery.nft, "add_operator", &mallory.address()).unwrap();
    gallery.approve(&mallory, Some(&bob), 0).unwrap();
    gallery.world.call(&alice, gallery.nft, "remove_operator", &mallory.address()).unwrap();
    assert_eq!(gallery.refused(&mallory, &alice, &mallory, 1), non_fungible::Error::NotAllowed);
    let refused = gallery.approve(&mallory, Some(&mallory), 1).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), non_fungible::Error::NotAllowed);
    gallery.send(&bob, &alice, &bob, 0).unwrap();
    // Adding or removing twice says nothing a second time.
    let again = gallery.world.call(&alice, gallery.nft, "remove_operator", &mallory.address()).unwrap();
    assert!(again.receipt().events.is_empty());
}

#[test]
fn a_burnt_token_is_gone_for_ever() {
    let mut gallery = Gallery::new();
    let [alice, bob, _] = gallery.people();
    gallery.approve(&alice, Some(&bob), 0).unwrap();
    let done = gallery.world.call(&alice, gallery.nft, "burn", &0_u64).unwrap();
    let from = alice.address();
    assert_eq!(done.events::<TokenTransfer>(), [TokenTransfer { from, to: NOBODY, token: 0 }]);
    assert_eq!((gallery.holder(0), gallery.tokens(&alice, None)), (None, vec![]));
    assert_eq!(gallery.world.query::<Option<Metadata>>(gallery.nft, "metadata", &0_u64), Ok(None));
    assert_eq!(gallery.refused(&bob, &alice, &bob, 0), non_fungible::Error::NoToken { token: 0 });
    assert_eq!(gallery.mint(bob.address()).unwrap().value::<u64>(), 1);
}

#[test]
fn nobody_holds_nothing() {
    let mut gallery = Gallery::new();
    let alice = gallery.alice.clone();
    let refused = gallery.world.call(&alice, gallery.nft, "transfer", &(NOBODY, 0_u64)).unwrap_err();
    assert_eq!(refused.error::<non_fungible::Error>(), non_fungible::Error::NoTokenReceiver);
    assert_eq!(
        gallery.mint(NOBODY).unwrap_err().error::<non_fungible::Error>(),
        non_fungible::Error::NoTokenReceiver
    );
}

#[test]
fn tokens_are_listed_by_number_from_anywhere() {
    let mut gallery = Gallery::new();
    let [alice, bob, _] = gallery.people();
    gallery.mint(bob.address()).unwrap();
    gallery.mint(alice.address()).unwrap();
    assert_eq!(gallery.tokens(&alice, None), [0, 2]);
    assert_eq!(gallery.tokens(&alice, Some(0)), [2]);
    assert!(gallery.tokens(&alice, Some(u64::MAX)).is_empty());
}

#[test]
fn value_sent_along_is_refused() {
    let mut gallery = Gallery::new();
    let alice = gallery.alice.clone();
    let args = (alice.address(), 0_u64);
    let paid = gallery.world.call_with_value(&alice, gallery.nft, "transfer", &args, Amount(1));
    assert_eq!(paid.unwrap_err(), Failure::Halted(Halt::NotPayable));
}

/// The list of a holder's tokens is kept apart from who holds which.
#[test]
fn the_lists_name_each_token_once_whatever_is_called() {
    let gallery = Gallery::shared();
    let calls = gallery.calls();
    let everybody = calls.addresses();
    let tally = calls.hold(|world| {
        let minted = world.query::<u64>(gallery.nft, "minted", &()).unwrap();
        let mut held: Vec<(u64, Address)> = Vec::new();
        for of in &everybody {
            let tokens: Vec<u64> = world.query(gallery.nft, "tokens_of", &(*of, None::<u64>)).unwrap();
            held.extend(tokens.into_iter().map(|token| (token, *of)));
        }
        held.sort();
        let holder = |token| world.query::<Option<Address>>(gallery.nft, "holder_of", &token).unwrap();
        let holders: Vec<(u64, Address)> =
            (0..minted).filter_map(|token| Some((token, holder(token)?))).collect();
        assert_eq!(held, holders);
    });
    assert!(tally.successes("transfer") > 0, "{tally}");
}

/// "A token moves only by its holder's will", for any sequence of calls.
#[test]
fn a_token_leaves_its_holder_only_by_the_holder_or_who_was_allowed() {
    let gallery = Gallery::shared();
    gallery.calls().hold_each_step(|step| {
        let by = step.call.by.address();
        for token in 0..MAX_TOKENS {
            let holder =
                |world: &World| world.query::<Option<Address>>(gallery.nft, "holder_of", &token).unwrap();
            let Some(before) = holder(step.before) else { continue };
            if holder(step.after) != Some(before) {
                let approved: Option<Address> = step.before.query(gallery.nft, "approved", &token).unwrap();
                let is_operator: bool = step.before.query(gallery.nft, "is_operator", &(before, by)).unwrap();
                assert!(by == before || approved == Some(by) || is_operator, "token {token}");
            }
        }
    });
}

#[test]
fn it_stays_small() {
    let size = build!().len();
    assert!(size <= 21_000, "{size} bytes");
}
