//! The governor in the real VM, with a real token: what a majority wants is done, and no token votes twice.

use governor::{Error, Invocation, Locked, Proposal, Rules};
use lockstep_abi::{Action, Address, Amount, Halt, Time, tx};
use lockstep_sdk::{codec, codec::Encode, component::fungible};
use lockstep_testing::{Done, Execution, Failure, User, World, build, build_contract, crate_folder};

const VOTING_MS: u64 = 100_000;
const GRACE_MS: u64 = 50_000;
const RULES: Rules = Rules { threshold: 10, quorum: 400, voting_ms: VOTING_MS, grace_ms: GRACE_MS };
const FILLED: u128 = 5_000;

/// Alice has 600 tokens, Bob 300, Carol 100; nothing is locked.
struct Setting {
    world: World,
    token: Address,
    governor: Address,
    users: [User; 3],
}

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

impl Setting {
    fn new() -> Self {
        let (mut world, users) = World::with_users(["alice", "bob", "carol"]);
        world.set_execution::<governor::Governor>(&build!(), Execution::Compared);
        let token = build_contract(&format!("{}/../token", crate_folder()));
        let args = (String::from("Vote"), String::from("VOTE"), 0_u8, 1_000_u128);
        let token = world.deploy(&users[ALICE], &token, &args).unwrap();
        let governor = world.deploy(&users[ALICE], &build!(), &(token, RULES)).unwrap();
        for (who, amount) in [(BOB, 300_u128), (CAROL, 100)] {
            world.call(&users[ALICE], token, "transfer", &(users[who].address(), amount)).unwrap();
        }
        for user in &users {
            world.call(user, token, "approve", &(governor, u128::MAX)).unwrap();
        }
        world.call_with_value(&users[CAROL], governor, "deposit", &(), Amount(FILLED)).unwrap();
        Self { world, token, governor, users }
    }

    fn act(&mut self, by: usize, method: &str, args: &impl Encode) -> Result<Done, Failure> {
        self.world.call(&self.users[by], self.governor, method, args)
    }

    fn refused(&mut self, by: usize, method: &str, args: &impl Encode) -> Error {
        self.act(by, method, args).unwrap_err().error()
    }

    /// All three have locked all that they have.
    fn locked() -> Self {
        let mut setting = Self::new();
        for (who, votes) in [(ALICE, 600_u128), (BOB, 300), (CAROL, 100)] {
            setting.act(who, "lock", &votes).unwrap();
        }
        setting
    }

    fn propose_payment(&mut self, value: u128) -> u64 {
        let to = Address([9; 32]);
        let proposal = Proposal { to, value: Amount(value), invocation: None };
        self.act(CAROL, "propose", &proposal).unwrap().value()
    }

    fn propose_call(&mut self, to: Address, method: &str, args: &impl Encode) -> Result<u64, Failure> {
        let invocation = Some(Invocation { method: method.into(), args: codec::encode(args) });
        let proposal = Proposal { to, value: Amount::ZERO, invocation };
        self.act(CAROL, "propose", &proposal).map(|done| done.value())
    }

    fn paid(&self) -> u128 {
        self.world.balance(&Address([9; 32])).0
    }
}

#[test]
fn a_majority_pays_after_the_vote_and_once() {
    let mut setting = Setting::locked();
    let id = setting.propose_payment(700);
    setting.act(ALICE, "vote", &(id, true)).unwrap();
    setting.act(BOB, "vote", &(id, false)).unwrap();
    assert_eq!(setting.refused(CAROL, "execute", &id), Error::NotOver);
    setting.world.advance_ms(VOTING_MS);
    setting.act(BOB, "execute", &id).unwrap();
    assert_eq!(setting.paid(), 700);
    assert_eq!(setting.refused(BOB, "execute", &id), Error::NoProposal { id });
}

#[test]
fn what_is_lost_or_has_no_quorum_is_not_done() {
    let mut setting = Setting::locked();
    // 600 against 400.
    let lost = setting.propose_payment(1);
    for (who, for_it) in [(ALICE, false), (BOB, true), (CAROL, true)] {
        setting.act(who, "vote", &(lost, for_it)).unwrap();
    }
    // 300 for it, of 400 that it needs.
    let few = setting.propose_payment(1);
    setting.act(BOB, "vote", &(few, true)).unwrap();
    setting.world.advance_ms(VOTING_MS);
    assert_eq!(setting.refused(ALICE, "execute", &lost), Error::Lost);
    assert_eq!(setting.refused(ALICE, "execute", &few), Error::Lost);
}

/// The attack on votes: the same tokens go from hand to hand, and vote in each.
#[test]
fn tokens_that_have_voted_stay_until_the_vote_is_over() {
    let mut setting = Setting::locked();
    let id = setting.propose_payment(700);
    setting.act(BOB, "vote", &(id, true)).unwrap();
    assert_eq!(setting.refused(BOB, "vote", &(id, true)), Error::VotedBefore);
    assert!(matches!(setting.refused(BOB, "unlock", &300_u128), Error::Locked { .. }));
    // A vote on another proposal does not let them go sooner.
    setting.world.advance_ms(VOTING_MS / 2);
    let later = setting.propose_payment(1);
    setting.act(BOB, "vote", &(later, false)).unwrap();
    setting.world.advance_ms(VOTING_MS / 2);
    assert!(matches!(setting.refused(BOB, "unlock", &300_u128), Error::Locked { .. }));
    assert_eq!(setting.refused(BOB, "vote", &(id, false)), Error::Over);
    setting.world.advance_ms(VOTING_MS / 2);
    setting.act(BOB, "unlock", &300_u128).unwrap();
    assert_eq!(
        setting.world.query::<u128>(setting.token, "balance_of", &setting.users[BOB].address()),
        Ok(300)
    );
    // Who has voted, and locks others' tokens since, does not vote with those either.
    assert_eq!(setting.refused(BOB, "vote", &(later, true)), Error::Over);
}

/// Tokens that were lent for one transaction: lock, vote, unlock, give back.
#[test]
fn what_is_borrowed_for_one_transaction_decides_nothing() {
    let mut setting = Setting::new();
    setting.act(CAROL, "lock", &100_u128).unwrap();
    let id = setting.propose_payment(FILLED);
    let call = |method: &str, args: Vec<u8>| Action::Call {
        to: setting.governor,
        invocation: tx::Invocation { method: method.parse().unwrap(), args: args.try_into().unwrap() },
        value: Amount::ZERO,
    };
    let actions = vec![
        call("lock", codec::encode(&600_u128)),
        call("vote", codec::encode(&(id, true))),
        call("unlock", codec::encode(&600_u128)),
    ];
    let failure = setting.world.act(&setting.users[ALICE], actions).unwrap_err();
    assert!(matches!(failure.error(), Error::Locked { .. }));
    setting.world.advance_ms(VOTING_MS);
    assert_eq!(setting.refused(ALICE, "execute", &id), Error::Lost);
}

/// The voters' tokens lie at the governor, which could send them: a majority would take the others' and its own back.
#[test]
fn a_majority_cannot_take_the_minoritys_tokens() {
    let mut setting = Setting::locked();
    let args = (setting.users[ALICE].address(), 1_000_u128);
    for method in ["transfer", "approve"] {
        let refusal = setting.propose_call(setting.token, method, &args).unwrap_err();
        assert_eq!(refusal.error::<Error>(), Error::IsTheToken);
    }
    // Nor by way of the governor's own methods: the VM refuses a call back into it.
    let id = setting.propose_call(setting.governor, "unlock", &400_u128).unwrap();
    setting.act(ALICE, "vote", &(id, true)).unwrap();
    setting.world.advance_ms(VOTING_MS);
    assert_eq!(setting.refused(ALICE, "execute", &id), Error::Failed { code: None });
}

#[test]
fn the_rules_change_by_a_vote_and_not_those_of_votes_that_have_begun() {
    let mut setting = Setting::locked();
    let rules = Rules { quorum: 1, ..RULES };
    for who in [ALICE, BOB] {
        let failure = setting.act(who, "set_rules", &rules).unwrap_err();
        assert_eq!(failure, Failure::Halted(Halt::Private));
    }
    let change = setting.propose_call(setting.governor, "set_rules", &rules).unwrap();
    let begun = setting.propose_payment(1);
    setting.act(ALICE, "vote", &(change, true)).unwrap();
    setting.act(CAROL, "vote", &(begun, true)).unwrap();
    setting.world.advance_ms(VOTING_MS);
    setting.act(CAROL, "execute", &change).unwrap();
    assert_eq!(setting.world.query(setting.governor, "rules", &()), Ok(rules));
    assert_eq!(setting.refused(CAROL, "execute", &begun), Error::Lost);
    // And rules by which nothing could be decided are refused, also if all vote for them.
    let stuck =
        setting.propose_call(setting.governor, "set_rules", &Rules { voting_ms: 0, ..RULES }).unwrap();
    setting.act(ALICE, "vote", &(stuck, true)).unwrap();
    setting.world.advance_ms(VOTING_MS);
    assert_eq!(setting.refused(CAROL, "execute", &stuck), Error::Failed { code: Some(1) });
}

#[test]
fn a_decision_calls_a_contract_and_expires() {
    let mut setting = Setting::locked();
    let counter = build_contract(&format!("{}/../counter", crate_folder()));
    let counter = setting.world.deploy(&setting.users[BOB], &counter, &40_u64).unwrap();
    let ids = [(); 2].map(|()| {
        let id = setting.propose_call(counter, "add", &2_u64).unwrap();
        setting.act(ALICE, "vote", &(id, true)).unwrap();
        id
    });
    setting.world.advance_ms(VOTING_MS);
    let returned: Vec<u8> = setting.act(BOB, "execute", &ids[0]).unwrap().value();
    assert_eq!(codec::decode(&returned), Ok(42_u64));
    setting.world.advance_ms(GRACE_MS);
    assert_eq!(setting.refused(BOB, "execute", &ids[1]), Error::Expired);
}

#[test]
fn what_fails_can_be_tried_again() {
    let mut setting = Setting::locked();
    let id = setting.propose_payment(FILLED + 1);
    setting.act(ALICE, "vote", &(id, true)).unwrap();
    setting.world.advance_ms(VOTING_MS);
    assert_eq!(setting.refused(BOB, "execute", &id), Error::NotEnough);
    let Setting { world, users, governor, .. } = &mut setting;
    world.call_with_value(&users[BOB], *governor, "deposit", &(), Amount(1)).unwrap();
    setting.act(BOB, "execute", &id).unwrap();
    assert_eq!(setting.paid(), FILLED + 1);
}

#[test]
fn who_has_nothing_locked_proposes_and_votes_nothing() {
    let mut setting = Setting::new();
    let payment = Proposal { to: Address([9; 32]), value: Amount(1), invocation: None };
    assert_eq!(setting.refused(ALICE, "propose", &payment), Error::TooFewVotes { have: 0, need: 10 });
    setting.act(CAROL, "lock", &10_u128).unwrap();
    let id = setting.propose_payment(1);
    assert_eq!(setting.refused(ALICE, "vote", &(id, true)), Error::TooFewVotes { have: 0, need: 1 });
    assert_eq!(setting.refused(ALICE, "vote", &(7_u64, true)), Error::NoProposal { id: 7 });
    assert_eq!(setting.refused(ALICE, "unlock", &1_u128), Error::TooFewVotes { have: 0, need: 1 });
    let short = fungible::Error::InsufficientBalance { have: 90, need: 91 };
    assert_eq!(setting.refused(CAROL, "lock", &91_u128), Error::Token(short));
    let locked = setting.world.query(setting.governor, "locked", &setting.users[CAROL].address());
    assert_eq!(locked, Ok(Locked { votes: 10, until: Time(0) }));
}

#[test]
fn a_governor_that_could_decide_nothing_or_without_votes_does_not_come_about() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<governor::Governor>(&build!(), Execution::Compared);
    for rules in
        [Rules { quorum: 0, ..RULES }, Rules { voting_ms: 0, ..RULES }, Rules { grace_ms: 0, ..RULES }]
    {
        let failure = world.deploy(&alice, &build!(), &(Address([1; 32]), rules)).unwrap_err();
        assert_eq!(failure.error::<Error>(), Error::BadRules);
    }
}
