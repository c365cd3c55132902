//! The auction in the real VM, and what bidders and sellers might try.

use auction::{EXTENSION_MS, Error, Lot, MAX_BID, MAX_LENGTH_MS, MAX_WHAT_BYTES};
use lockstep_abi::{Address, Amount, Time};
use lockstep_testing::{Done, Execution, Failure, RandomCalls, User, World, build};

const END: Time = Time(10_000_000);
const JUST_BEFORE: Time = Time(END.0 - 1);

struct House {
    world: World,
    auction: Address,
    seller: User,
    bob: User,
    carol: User,
}

impl House {
    fn new() -> Self {
        let (mut world, [seller, bob, carol]) = World::with_users(["seller", "bob", "carol"]);
        world.set_execution::<auction::Auction>(&build!(), Execution::Compared);
        let auction = world.deploy(&seller, &build!(), &()).unwrap();
        Self { world, auction, seller, bob, carol }
    }

    /// Opens a lot for at least 100.
    fn open(&mut self) -> u64 {
        let args = (String::from("a painting"), Amount(100), END);
        self.world.call(&self.seller, self.auction, "open", &args).unwrap().value()
    }

    fn bid(&mut self, by: &User, lot: u64, amount: u128) -> Result<Done, Failure> {
        self.world.call_with_value(by, self.auction, "bid", &lot, Amount(amount))
    }

    fn refused(&mut self, by: &User, lot: u64, amount: u128) -> Error {
        self.bid(by, lot, amount).unwrap_err().error()
    }

    fn settle(&mut self, lot: u64) -> Result<Done, Failure> {
        self.world.call(&self.carol, self.auction, "settle", &lot)
    }

    fn lot(&self, lot: u64) -> Option<Lot> {
        self.world.query(self.auction, "lot", &lot).unwrap()
    }

    fn held(&self) -> u128 {
        self.world.balance(&self.auction).0
    }
}

#[test]
fn the_highest_bid_wins_and_the_others_go_back() {
    let mut house = House::new();
    let (bob, carol, seller) = (house.bob.clone(), house.carol.clone(), house.seller.address());
    let lot = house.open();
    let before = house.world.balance(&bob.address());
    let fee = house.bid(&bob, lot, 100).unwrap().fee();
    house.bid(&carol, lot, 200).unwrap();
    assert_eq!(house.world.balance(&bob.address()).0, before.0 - fee.0);
    assert_eq!(house.held(), 200);

    house.world.advance_ms(END.0);
    let before = house.world.balance(&seller);
    let winner: Option<(Address, Amount)> = house.settle(lot).unwrap().value();
    assert_eq!(winner, Some((carol.address(), Amount(200))));
    assert_eq!(house.world.balance(&seller).0, before.0 + 200);
    assert_eq!(house.held(), 0);
}

#[test]
fn a_bid_is_a_twentieth_more_than_the_one_before() {
    let mut house = House::new();
    let (bob, carol) = (house.bob.clone(), house.carol.clone());
    let lot = house.open();
    assert_eq!(house.refused(&bob, lot, 99), Error::TooLow { least: Amount(100) });
    house.bid(&bob, lot, 100).unwrap();
    assert_eq!(house.refused(&carol, lot, 104), Error::TooLow { least: Amount(105) });
    // Raising one's own bid is a bid: the first one comes back.
    house.bid(&bob, lot, 105).unwrap();
    assert_eq!(house.held(), 105);
    assert_eq!(house.world.query::<Amount>(house.auction, "next_bid", &lot), Ok(Amount(110)));
}

#[test]
fn nobody_bids_after_the_end_and_nobody_settles_before() {
    let mut house = House::new();
    let bob = house.bob.clone();
    let lot = house.open();
    house.bid(&bob, lot, 100).unwrap();
    house.world.set_time(JUST_BEFORE);
    assert_eq!(house.settle(lot).unwrap_err().error::<Error>(), Error::NotOver { end: END });
    house.world.set_time(END);
    assert_eq!(house.refused(&bob, lot, 1_000), Error::Over);
}

#[test]
fn a_bid_at_the_last_moment_moves_the_end() {
    let mut house = House::new();
    let (bob, carol) = (house.bob.clone(), house.carol.clone());
    let lot = house.open();
    house.world.set_time(JUST_BEFORE);
    house.bid(&bob, lot, 100).unwrap();
    let end = JUST_BEFORE.plus_ms(EXTENSION_MS);
    assert_eq!(house.lot(lot).unwrap().end, end);
    house.world.set_time(Time(end.0 - 1));
    house.bid(&carol, lot, 200).unwrap();
}

/// The second settlement would be paid with the bid on another lot.
#[test]
fn a_lot_is_settled_once() {
    let mut house = House::new();
    let (bob, carol) = (house.bob.clone(), house.carol.clone());
    let (first, second) = (house.open(), house.open());
    house.bid(&bob, first, 500).unwrap();
    house.bid(&carol, second, 500).unwrap();
    house.world.advance_ms(END.0);
    house.settle(first).unwrap();
    assert_eq!(house.settle(first).unwrap_err().error::<Error>(), Error::NoLot { lot: first });
    assert_eq!(house.refused(&bob, first, 1_000), Error::NoLot { lot: first });
    assert_eq!(house.held(), 500);
}

#[test]
fn the_seller_does_not_bid_and_no_bid_is_beyond_raising() {
    let mut house = House::new();
    let seller = house.seller.clone();
    let lot = house.open();
    assert_eq!(house.refused(&seller, lot, 100), Error::SellerBids);
    let args = (String::new(), Amount(MAX_BID + 1), END);
    let refused = house.world.call(&seller, house.auction, "open", &args).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::TooHigh);
}

/// The highest bid would never come back.
#[test]
fn an_auction_that_never_ends_is_not_opened() {
    let mut house = House::new();
    let args = (String::new(), Amount(1), u64::MAX);
    let refused = house.world.call(&house.seller, house.auction, "open", &args).unwrap_err();
    assert!(matches!(refused.error(), Error::TooLong { latest } if latest > Time(MAX_LENGTH_MS)));
}

/// Each bid writes the lot anew. A text that leaves no room for the bidder would make a lot that nobody can bid on, and
/// a long one lets each bidder pay for it.
#[test]
fn every_lot_that_is_opened_can_be_bid_on() {
    let mut house = House::new();
    let bob = house.bob.clone();
    for (length, is_short) in
        [(0, true), (MAX_WHAT_BYTES, true), (MAX_WHAT_BYTES + 1, false), (65_450, false)]
    {
        let args = ("x".repeat(length), Amount(100), END);
        let opened = house.world.call(&house.seller, house.auction, "open", &args);
        if is_short {
            house.bid(&bob, opened.unwrap().value(), 100).unwrap();
        } else {
            assert_eq!(
                opened.unwrap_err().error::<Error>(),
                Error::LongText { limit: MAX_WHAT_BYTES as u32 }
            );
        }
    }
}

#[test]
fn a_lot_without_bids_is_sold_to_nobody() {
    let mut house = House::new();
    let lot = house.open();
    house.world.advance_ms(END.0);
    assert_eq!(house.settle(lot).unwrap().value::<Option<(Address, Amount)>>(), None);
}

/// Each bid goes back once or to its seller once, whoever bids and settles what, and when.
#[test]
fn what_is_held_is_the_highest_bid_on_each_open_lot() {
    let mut house = House::new();
    for _ in 0..10 {
        house.open();
    }
    let calls = RandomCalls::of(&house.world, [house.auction]).numbers([100, 105, u128::from(END.0)]);
    let tally = calls.hold(|world| {
        // A sequence is shorter than the numbers are looked through.
        let lots =
            (0..50_u64).filter_map(|lot| world.query::<Option<Lot>>(house.auction, "lot", &lot).unwrap());
        let bids: u128 = lots.filter_map(|lot| lot.highest).map(|(_, amount)| amount.0).sum();
        assert_eq!(world.balance(&house.auction), Amount(bids));
    });
    assert!(tally.successes("bid") > 0, "{tally}");
}
