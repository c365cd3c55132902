//! The escrow in the real VM: each way for a deal to end, and what a party might try beyond it.

use escrow::{Deal, Error};
use lockstep_abi::{Address, Amount, Time};
use lockstep_testing::{Execution, Failure, RandomCalls, User, World, build};

const DEADLINE: Time = Time(100_000);

struct Market {
    world: World,
    escrow: Address,
    buyer: User,
    seller: User,
    arbiter: User,
    mallory: User,
}

impl Market {
    fn new() -> Self {
        let (mut world, [buyer, seller, arbiter, mallory]) =
            World::with_users(["buyer", "seller", "arbiter", "mallory"]);
        world.set_execution::<escrow::Escrow>(&build!(), Execution::Compared);
        let escrow = world.deploy(&arbiter, &build!(), &()).unwrap();
        Self { world, escrow, buyer, seller, arbiter, mallory }
    }

    fn open(&mut self, amount: u128) -> Result<u64, Failure> {
        let args = (self.seller.address(), self.arbiter.address(), DEADLINE);
        let done = self.world.call_with_value(&self.buyer, self.escrow, "open", &args, Amount(amount))?;
        Ok(done.value())
    }

    /// What the call came to for the one to whom the money should go.
    fn decide(&mut self, by: &User, method: &str, id: u64) -> Result<(), Failure> {
        self.world.call(by, self.escrow, method, &id).map(|_| ())
    }

    fn refused(&mut self, by: &User, method: &str, id: u64) -> Error {
        self.decide(by, method, id).unwrap_err().error()
    }

    fn held(&self) -> Amount {
        self.world.balance(&self.escrow)
    }
}

#[test]
fn the_buyer_releases_the_money_to_the_seller() {
    let mut market = Market::new();
    let before = market.world.balance(&market.seller.address());
    let id = market.open(500).unwrap();
    assert_eq!(market.held(), Amount(500));
    let buyer = market.buyer.clone();
    market.decide(&buyer, "release", id).unwrap();
    assert_eq!(market.world.balance(&market.seller.address()).0, before.0 + 500);
    assert_eq!(market.world.query::<Option<Deal>>(market.escrow, "deal", &id), Ok(None));
}

#[test]
fn the_arbiter_decides_either_way() {
    let mut market = Market::new();
    let (first, second) = (market.open(500).unwrap(), market.open(300).unwrap());
    let (seller, buyer) = (market.seller.address(), market.buyer.address());
    let before = (market.world.balance(&seller), market.world.balance(&buyer));
    let arbiter = market.arbiter.clone();
    market.decide(&arbiter, "release", first).unwrap();
    market.decide(&arbiter, "refund", second).unwrap();
    assert_eq!(market.world.balance(&seller).0, before.0.0 + 500);
    assert_eq!(market.world.balance(&buyer).0, before.1.0 + 300);
    assert_eq!(market.held(), Amount::ZERO);
}

#[test]
fn the_buyer_takes_the_money_back_after_the_deadline_and_not_before() {
    let mut market = Market::new();
    let id = market.open(500).unwrap();
    let buyer = market.buyer.clone();
    market.world.set_time(Time(DEADLINE.0 - 1));
    assert_eq!(market.refused(&buyer, "refund", id), Error::NotYours);
    market.world.set_time(DEADLINE);
    market.decide(&buyer, "refund", id).unwrap();
    assert_eq!(market.held(), Amount::ZERO);
}

#[test]
fn the_seller_may_give_the_money_back_but_not_take_it() {
    let mut market = Market::new();
    let id = market.open(500).unwrap();
    let seller = market.seller.clone();
    assert_eq!(market.refused(&seller, "release", id), Error::NotYours);
    market.world.advance_ms(DEADLINE.0);
    assert_eq!(market.refused(&seller, "release", id), Error::NotYours);
    market.decide(&seller, "refund", id).unwrap();
}

/// The money of the second deal would pay for it.
#[test]
fn a_deal_is_not_decided_twice() {
    let mut market = Market::new();
    let (first, second) = (market.open(500).unwrap(), market.open(500).unwrap());
    let arbiter = market.arbiter.clone();
    market.decide(&arbiter, "release", first).unwrap();
    assert_eq!(market.refused(&arbiter, "release", first), Error::NoDeal { id: first });
    assert_eq!(market.refused(&arbiter, "refund", first), Error::NoDeal { id: first });
    assert_eq!(market.held(), Amount(500));
    market.decide(&arbiter, "refund", second).unwrap();
}

#[test]
fn a_stranger_decides_nothing() {
    let mut market = Market::new();
    let id = market.open(500).unwrap();
    let mallory = market.mallory.clone();
    market.world.advance_ms(2 * DEADLINE.0);
    for method in ["release", "refund"] {
        assert_eq!(market.refused(&mallory, method, id), Error::NotYours);
    }
    assert_eq!(market.refused(&mallory, "refund", id + 1), Error::NoDeal { id: id + 1 });
}

#[test]
fn a_deal_needs_money_three_parties_and_time() {
    let mut market = Market::new();
    assert_eq!(market.open(0).unwrap_err().error::<Error>(), Error::NoMoney);
    let (buyer, seller) = (market.buyer.address(), market.seller.address());
    for (seller, arbiter) in [(buyer, seller), (seller, buyer), (seller, seller)] {
        let args = (seller, arbiter, DEADLINE);
        let refused =
            market.world.call_with_value(&market.buyer, market.escrow, "open", &args, Amount(1)).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::SameParty);
    }
    market.world.set_time(DEADLINE);
    assert_eq!(market.open(1).unwrap_err().error::<Error>(), Error::DeadlinePassed);
    assert_eq!(market.held(), Amount::ZERO);
}

/// Found by the random calls below: the money of such a deal, once released, is in the escrow and of no deal.
#[test]
fn the_escrow_sells_nothing_itself() {
    let mut market = Market::new();
    let args = (market.escrow, market.arbiter.address(), DEADLINE);
    let refused =
        market.world.call_with_value(&market.buyer, market.escrow, "open", &args, Amount(1)).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::SellsItself);
}

/// Each deal's money leaves once, and never that of another deal, whoever decides what, and when.
#[test]
fn what_is_held_is_the_money_of_the_open_deals() {
    let mut market = Market::new();
    for amount in [5, 300, 7] {
        market.open(amount).unwrap();
    }
    let calls = RandomCalls::of(&market.world, [market.escrow]).numbers([0, 1, 2, u128::from(DEADLINE.0)]);
    let tally = calls.hold(|world| {
        // A sequence is shorter than the numbers are looked through.
        let deals =
            (0..50_u64).filter_map(|id| world.query::<Option<Deal>>(market.escrow, "deal", &id).unwrap());
        assert_eq!(world.balance(&market.escrow), Amount(deals.map(|deal| deal.amount.0).sum()));
    });
    assert!(tally.successes("release") + tally.successes("refund") > 0, "{tally}");
}
