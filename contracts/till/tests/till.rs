//! The till in the real VM, with a real oracle and with ones that lie.

use lockstep_abi::{Address, Amount};
use lockstep_sdk::{
    component::{access_control::Role, ownable},
    interface::{Price, PriceError},
};
use lockstep_testing::{Execution, Failure, User, World, build, build_contract, crate_folder};
use till::{COIN, Error, Rate};

const MAX_AGE_MS: u64 = 60_000;
const TEA: u64 = 1;

struct Setting {
    world: World,
    oracle: Address,
    till: Address,
    /// Owns the till and posts prices.
    alice: User,
    bob: User,
}

impl Setting {
    /// A till that sells tea for three dollars.
    fn new() -> Self {
        let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
        world.set_execution::<till::Till>(&build!(), Execution::Compared);
        let oracle = build_contract(&format!("{}/../oracle", crate_folder()));
        let oracle = world.deploy(&alice, &oracle, &None::<[u8; 32]>).unwrap();
        world.call(&alice, oracle, "grant", &(Role(1), alice.address())).unwrap();
        let till = till(&mut world, &alice, oracle, MAX_AGE_MS);
        Self { world, oracle, till, alice, bob }
    }

    /// One coin costs so many hundred-millionths of a dollar.
    fn post(&mut self, value: u128) {
        self.world.call(&self.alice, self.oracle, "post", &("LS/USD".to_string(), value)).unwrap();
    }

    fn buy(&mut self, paid: u128) -> Result<Amount, Failure> {
        let paid = Amount(paid);
        self.world.call_with_value(&self.bob, self.till, "buy", &TEA, paid).map(|done| done.value())
    }
}

fn till(world: &mut World, owner: &User, feed: Address, max_age_ms: u64) -> Address {
    let rate = Rate { feed, asset: "LS/USD".into(), max_age_ms };
    let till = world.deploy(owner, &build!(), &rate).unwrap();
    world.call(owner, till, "offer", &(TEA, Some(3 * Price::ONE))).unwrap();
    till
}

fn refused(result: Result<Amount, Failure>) -> Error {
    result.unwrap_err().error()
}

#[test]
fn a_good_costs_what_the_oracle_says_and_the_rest_goes_back() {
    let mut setting = Setting::new();
    setting.post(2 * Price::ONE);
    let cost = COIN * 3 / 2;
    assert_eq!(setting.world.query(setting.till, "cost", &TEA), Ok(Amount(cost)));
    assert_eq!(setting.buy(cost + 500), Ok(Amount(cost)));
    assert_eq!(setting.world.balance(&setting.till), Amount(cost));
    assert_eq!(setting.world.query::<u64>(setting.till, "sold", &(setting.bob.address(), TEA)), Ok(1));
    assert_eq!(refused(setting.buy(cost - 1)), Error::TooLittle { cost: Amount(cost) });
}

/// The attack on whoever trusts an oracle: to buy at yesterday's price while no new one comes.
#[test]
fn a_stale_price_sells_nothing() {
    let mut setting = Setting::new();
    setting.post(2 * Price::ONE);
    setting.world.advance_ms(MAX_AGE_MS);
    let refusal = refused(setting.buy(COIN * 9));
    assert!(matches!(refusal, Error::Feed(PriceError::Stale { .. })), "{refusal:?}");
    assert_eq!(setting.world.balance(&setting.till), Amount::ZERO);
    setting.post(Price::ONE);
    assert_eq!(setting.buy(COIN * 9), Ok(Amount(COIN * 3)));
}

#[test]
fn without_a_price_nothing_is_sold() {
    let mut setting = Setting::new();
    assert_eq!(refused(setting.buy(COIN * 9)), Error::Feed(PriceError::Unknown));
    setting.post(2 * Price::ONE);
    let Setting { world, alice, till, .. } = &mut setting;
    world.call(alice, *till, "offer", &(TEA, None::<u128>)).unwrap();
    assert_eq!(refused(setting.buy(COIN * 9)), Error::NotForSale);
}

#[test]
fn what_costs_less_than_the_smallest_unit_is_not_free() {
    let mut setting = Setting::new();
    setting.post(u128::MAX);
    assert_eq!(setting.buy(COIN), Ok(Amount(1)));
}

#[test]
fn a_cost_that_cannot_be_counted_is_refused() {
    let mut setting = Setting::new();
    setting.post(1);
    let Setting { world, alice, till, .. } = &mut setting;
    world.call(alice, *till, "offer", &(TEA, Some(u128::MAX))).unwrap();
    assert_eq!(refused(setting.buy(COIN)), Error::BadPrice);
}

#[test]
fn only_the_owner_takes_and_offers() {
    let mut setting = Setting::new();
    setting.post(2 * Price::ONE);
    setting.buy(COIN * 2).unwrap();
    let Setting { world, alice, bob, till, .. } = &mut setting;
    let not_owner = Error::Owner(ownable::Error::NotOwner);
    assert_eq!(world.call(bob, *till, "take", &Amount(1)).unwrap_err().error::<Error>(), not_owner);
    let offer = (TEA, Some(1_u128));
    assert_eq!(world.call(bob, *till, "offer", &offer).unwrap_err().error::<Error>(), not_owner);
    let all = world.balance(till);
    world.call(alice, *till, "take", &all).unwrap();
    assert_eq!(world.call(alice, *till, "take", &Amount(1)).unwrap_err().error::<Error>(), Error::NotEnough);
}

/// A feed that says what is written at 0: the value in 16 bytes, the time in 8.
fn feed(bytes: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
            (memory (export "memory") 1) (data (i32.const 0) "{bytes}")
            (func (export "price") (call $return (i32.const 0) (i32.const 24))))"#
    ))
    .unwrap()
}

#[test]
fn a_feed_that_says_nothing_or_tomorrow_sells_nothing() {
    let mut setting = Setting::new();
    let Setting { world, alice, .. } = &mut setting;
    let nothing = world.deploy(alice, &feed(""), &()).unwrap();
    let tomorrow =
        feed("\\01\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\01");
    let tomorrow = world.deploy(alice, &tomorrow, &()).unwrap();
    let tills = [nothing, tomorrow].map(|feed| till(world, alice, feed, u64::MAX));
    setting.till = tills[0];
    assert_eq!(refused(setting.buy(COIN)), Error::BadPrice);
    setting.till = tills[1];
    let refusal = refused(setting.buy(COIN));
    assert!(matches!(refusal, Error::Feed(PriceError::Stale { .. })), "{refusal:?}");
}
