//! The wallet in the real VM: what enough owners want is done, and nothing else.

use lockstep_abi::{Address, Amount, Halt};
use lockstep_sdk::codec::{self, Encode};
use lockstep_testing::{Execution, Failure, User, World, build, build_contract, crate_folder};
use multisig::{Error, Invocation, Proposal};

const FILLED: u128 = 1_000;

struct Setting {
    world: World,
    wallet: Address,
    owners: [User; 3],
    mallory: User,
}

impl Setting {
    /// A wallet with three owners, of which two decide.
    fn new() -> Self {
        let (mut world, [a, b, c, mallory]) = World::with_users(["a", "b", "c", "mallory"]);
        world.set_execution::<multisig::Wallet>(&build!(), Execution::Compared);
        let owners = [a, b, c];
        let addresses: Vec<Address> = owners.iter().map(User::address).collect();
        let wallet = world.deploy(&owners[0], &build!(), &(addresses, 2_u32)).unwrap();
        world.call_with_value(&mallory, wallet, "deposit", &(), Amount(FILLED)).unwrap();
        Self { world, wallet, owners, mallory }
    }

    fn act(&mut self, by: usize, method: &str, id: u64) -> Result<Vec<u8>, Failure> {
        let by = self.owners.get(by).unwrap_or(&self.mallory);
        let done = self.world.call(by, self.wallet, method, &id)?;
        Ok(if method == "execute" { done.value() } else { Vec::new() })
    }

    fn refused(&mut self, by: usize, method: &str, id: u64) -> Error {
        self.act(by, method, id).unwrap_err().error()
    }

    /// The first owner proposes.
    fn propose(&mut self, proposal: Proposal) -> u64 {
        self.world.call(&self.owners[0], self.wallet, "propose", &proposal).unwrap().value()
    }

    fn propose_payment(&mut self, value: u128) -> u64 {
        let to = self.mallory.address();
        self.propose(Proposal { to, value: Amount(value), invocation: None })
    }

    fn propose_call(&mut self, to: Address, method: &str, args: &impl Encode) -> u64 {
        let invocation = Some(Invocation { method: method.into(), args: codec::encode(args) });
        self.propose(Proposal { to, value: Amount::ZERO, invocation })
    }

    fn approvals(&self, id: u64) -> u32 {
        self.world.query(self.wallet, "approvals", &id).unwrap()
    }

    fn owners_now(&self) -> usize {
        self.world.query::<Vec<Address>>(self.wallet, "owners", &()).unwrap().len()
    }
}

#[test]
fn two_of_three_owners_send_value() {
    let mut setting = Setting::new();
    let id = setting.propose_payment(300);
    assert_eq!(setting.refused(0, "execute", id), Error::TooFew { approvals: 1, threshold: 2 });
    setting.act(2, "approve", id).unwrap();
    let before = setting.world.balance(&setting.mallory.address());
    setting.act(1, "execute", id).unwrap();
    assert_eq!(setting.world.balance(&setting.mallory.address()).0, before.0 + 300);
    assert_eq!(setting.world.balance(&setting.wallet).0, FILLED - 300);
}

#[test]
fn two_of_three_owners_call_a_contract_and_get_its_answer() {
    let mut setting = Setting::new();
    let counter = build_contract(&format!("{}/../counter", crate_folder()));
    let counter = setting.world.deploy(&setting.mallory, &counter, &40_u64).unwrap();
    let id = setting.propose_call(counter, "add", &2_u64);
    setting.act(1, "approve", id).unwrap();
    let returned = setting.act(0, "execute", id).unwrap();
    assert_eq!(codec::decode(&returned), Ok(42_u64));
}

#[test]
fn one_owner_is_not_two() {
    let mut setting = Setting::new();
    let id = setting.propose_payment(300);
    setting.act(0, "approve", id).unwrap();
    setting.act(0, "approve", id).unwrap();
    assert_eq!(setting.refused(0, "execute", id), Error::TooFew { approvals: 1, threshold: 2 });
    // And an approval that was taken back is none.
    setting.act(1, "approve", id).unwrap();
    setting.act(1, "withdraw", id).unwrap();
    assert_eq!(setting.refused(0, "execute", id), Error::TooFew { approvals: 1, threshold: 2 });
}

#[test]
fn strangers_do_nothing() {
    let mut setting = Setting::new();
    let id = setting.propose_payment(300);
    for method in ["approve", "withdraw", "execute"] {
        assert_eq!(setting.refused(3, method, id), Error::NotOwner, "{method}");
    }
    let proposal = Proposal { to: setting.mallory.address(), value: Amount(1), invocation: None };
    let refused = setting.world.call(&setting.mallory, setting.wallet, "propose", &proposal).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::NotOwner);
}

#[test]
fn a_proposal_is_executed_once() {
    let mut setting = Setting::new();
    let id = setting.propose_payment(300);
    setting.act(1, "approve", id).unwrap();
    setting.act(1, "execute", id).unwrap();
    assert_eq!(setting.refused(1, "execute", id), Error::NoProposal { id });
    assert_eq!(setting.refused(1, "approve", id), Error::NoProposal { id });
    assert_eq!(setting.world.balance(&setting.wallet).0, FILLED - 300);
}

/// Storage is for what is still to be decided: a wallet in use would grow for ever.
#[test]
fn nothing_is_left_of_a_proposal_that_was_executed_or_that_nobody_approves_any_more() {
    let mut setting = Setting::new();
    let executed = setting.propose_payment(300);
    for by in [1, 2] {
        setting.act(by, "approve", executed).unwrap();
    }
    setting.act(1, "execute", executed).unwrap();
    assert_eq!(setting.approvals(executed), 0);

    let unwanted = setting.propose_payment(300);
    setting.act(1, "approve", unwanted).unwrap();
    setting.act(0, "withdraw", unwanted).unwrap();
    assert_eq!(setting.approvals(unwanted), 1);
    setting.act(1, "withdraw", unwanted).unwrap();
    assert_eq!(setting.refused(2, "approve", unwanted), Error::NoProposal { id: unwanted });
}

#[test]
fn owners_change_by_a_proposal_and_not_by_an_owner() {
    let mut setting = Setting::new();
    let args = (setting.mallory.address(), 2_u32);
    for by in [&setting.owners[0], &setting.mallory] {
        let refused = setting.world.call(by, setting.wallet, "add_owner", &args).unwrap_err();
        assert_eq!(refused, Failure::Halted(Halt::Private));
    }
    let id = setting.propose_call(setting.wallet, "add_owner", &args);
    setting.act(1, "approve", id).unwrap();
    setting.act(1, "execute", id).unwrap();
    assert_eq!(setting.owners_now(), 4);
}

/// Approvals that outlive their owner would let one who was thrown out decide.
#[test]
fn the_approval_of_a_former_owner_does_not_count() {
    let mut setting = Setting::new();
    let payment = setting.propose_payment(300);
    let removal = setting.propose_call(setting.wallet, "remove_owner", &(setting.owners[0].address(), 2_u32));
    setting.act(1, "approve", removal).unwrap();
    setting.act(1, "execute", removal).unwrap();
    setting.act(1, "approve", payment).unwrap();
    assert_eq!(setting.refused(1, "execute", payment), Error::TooFew { approvals: 1, threshold: 2 });
    assert_eq!(setting.refused(0, "execute", payment), Error::NotOwner);
    setting.act(2, "approve", payment).unwrap();
    setting.act(2, "execute", payment).unwrap();
}

#[test]
fn a_wallet_that_could_decide_nothing_does_not_come_about() {
    let mut setting = Setting::new();
    let (a, b) = (setting.owners[0].address(), setting.owners[1].address());
    for (owners, threshold) in [(vec![], 0), (vec![a], 0), (vec![a], 2), (vec![a, b, a], 2)] {
        let failure = setting.world.deploy(&setting.mallory, &build!(), &(owners, threshold)).unwrap_err();
        assert_eq!(failure.error::<Error>(), Error::BadOwners);
    }
    let id = setting.propose_call(setting.wallet, "remove_owner", &(a, 3_u32));
    setting.act(1, "approve", id).unwrap();
    let refused = setting.refused(1, "execute", id);
    assert_eq!(refused, Error::Failed { code: Some(5) });
    assert_eq!(setting.owners_now(), 3);
}

#[test]
fn what_fails_changes_nothing_and_can_be_tried_again() {
    let mut setting = Setting::new();
    let id = setting.propose_payment(FILLED + 1);
    setting.act(1, "approve", id).unwrap();
    assert_eq!(setting.refused(1, "execute", id), Error::NotEnough);
    setting.world.call_with_value(&setting.mallory, setting.wallet, "deposit", &(), Amount(1)).unwrap();
    setting.act(1, "execute", id).unwrap();
    assert_eq!(setting.world.balance(&setting.wallet), Amount::ZERO);
}

/// A proposal that executes another from inside would do it under the wallet's own name.
#[test]
fn no_proposal_executes_from_inside() {
    let mut setting = Setting::new();
    let payment = setting.propose_payment(300);
    let nested = setting.propose_call(setting.wallet, "execute", &payment);
    for id in [payment, nested] {
        setting.act(1, "approve", id).unwrap();
    }
    assert_eq!(setting.refused(1, "execute", nested), Error::Failed { code: None });
    assert_eq!(setting.world.balance(&setting.wallet).0, FILLED);
    let failure =
        setting.world.call_with_value(&setting.owners[0], setting.wallet, "approve", &payment, Amount(1));
    assert_eq!(failure.unwrap_err(), Failure::Halted(Halt::NotPayable));
}
