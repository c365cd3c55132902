//! The pool in the real VM, with two real tokens, attacks included.

use amm::{Error, LOCKED_SHARES, Pair, math::MAX_RESERVE};
use lockstep_abi::{Address, Amount, Gas, Halt, host::CallRequest};
use lockstep_sdk::{
    codec::{self, Encode},
    component::fungible,
};
use lockstep_testing::{Done, Execution, Failure, User, World, build, build_contract, crate_folder};

const FEE: u16 = 30;
const LOTS: u128 = 1 << 120;

/// A pool of two tokens. Alice has half of both and Bob the other half; the pool may spend all of it.
struct Setting {
    world: World,
    pool: Address,
    tokens: Pair<Address>,
    alice: User,
    bob: User,
}

impl Setting {
    /// An empty pool.
    fn empty() -> Self {
        let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
        world.set_execution::<amm::Pool>(&build!(), Execution::Compared);
        let [a, b] = ["A", "B"].map(|name| token(&mut world, &alice, name));
        let pool = world.deploy(&alice, &build!(), &(a, b, FEE)).unwrap();
        for token in [a, b] {
            world.call(&alice, token, "transfer", &(bob.address(), LOTS / 2)).unwrap();
            for user in [&alice, &bob] {
                world.call(user, token, "approve", &(pool, u128::MAX)).unwrap();
            }
        }
        Self { world, pool, tokens: Pair { a, b }, alice, bob }
    }

    /// A pool that Alice has filled.
    fn filled(a: u128, b: u128) -> Self {
        let mut setting = Self::empty();
        setting.add(Pair { a, b }).unwrap();
        setting
    }

    fn call(&mut self, by: &User, method: &str, args: &impl Encode) -> Result<Done, Failure> {
        self.world.call(by, self.pool, method, args)
    }

    fn add(&mut self, most: Pair<u128>) -> Result<u128, Failure> {
        self.call(&self.alice.clone(), "add", &(most, 0_u128)).map(|done| done.value())
    }

    /// Bob swaps.
    fn swap(&mut self, token: Address, amount: u128, least: u128) -> Result<u128, Failure> {
        self.call(&self.bob.clone(), "swap", &(token, amount, least)).map(|done| done.value())
    }

    fn balance(&self, token: Address, of: Address) -> u128 {
        self.world.query(token, "balance_of", &of).unwrap()
    }

    /// What Bob has of both tokens.
    fn bobs(&self) -> Pair<u128> {
        let of = self.bob.address();
        Pair { a: self.balance(self.tokens.a, of), b: self.balance(self.tokens.b, of) }
    }

    fn reserves(&self) -> Pair<u128> {
        self.world.query(self.pool, "reserves", &()).unwrap()
    }

    fn shares(&self, of: Address) -> u128 {
        self.balance(self.pool, of)
    }

    /// The pool has what it has counted.
    fn check_covered(&self) {
        let Pair { a, b } = self.reserves();
        assert!(self.balance(self.tokens.a, self.pool) >= a, "{a}");
        assert!(self.balance(self.tokens.b, self.pool) >= b, "{b}");
    }
}

fn token(world: &mut World, by: &User, name: &str) -> Address {
    let wasm = build_contract(&format!("{}/../token", crate_folder()));
    world.deploy(by, &wasm, &(name.to_string(), name.to_string(), 18_u8, LOTS)).unwrap()
}

fn refused(failure: Result<u128, Failure>) -> Error {
    failure.unwrap_err().error()
}

#[test]
fn a_swap_pays_what_was_quoted_and_the_fee_stays() {
    let mut setting = Setting::filled(1_000_000, 500_000);
    let before = setting.bobs();
    let quoted: u128 = setting.world.query(setting.pool, "quote", &(setting.tokens.a, 10_000_u128)).unwrap();
    let got = setting.swap(setting.tokens.a, 10_000, quoted).unwrap();
    assert_eq!((got, quoted), (4_935, 4_935));
    assert_eq!(setting.bobs(), Pair { a: before.a - 10_000, b: before.b + got });
    assert_eq!(setting.reserves(), Pair { a: 1_010_000, b: 500_000 - got });
    setting.check_covered();
}

#[test]
fn shares_are_worth_what_was_put_in_and_the_fees() {
    let mut setting = Setting::filled(1_000_000, 500_000);
    let alices = setting.shares(setting.alice.address());
    assert_eq!(alices, 1_000_000 - LOCKED_SHARES);
    let (bob, most) = (setting.bob.clone(), Pair { a: 2_000_000_u128, b: 500_000 });
    // In the proportion of the reserves, whatever was offered.
    let bobs: u128 = setting.call(&bob, "add", &(most, 0_u128)).unwrap().value();
    assert_eq!((bobs, setting.reserves()), (1_000_000, Pair { a: 2_000_000, b: 1_000_000 }));
    setting.swap(setting.tokens.a, 100_000, 0).unwrap();
    setting.swap(setting.tokens.b, 45_000, 0).unwrap();
    let taken: Pair<u128> = setting.call(&bob, "remove", &(bobs, Pair::<u128>::default())).unwrap().value();
    // Half of the pool, of which a part was paid by who swapped.
    assert!(taken.a * taken.b > 1_000_000 * 500_000, "{taken:?}");
    assert_eq!(setting.shares(setting.bob.address()), 0);
    setting.check_covered();
}

#[test]
fn all_shares_taken_out_leave_the_locked_ones() {
    let mut setting = Setting::filled(1_000_000, 500_000);
    let alice = setting.alice.clone();
    setting.call(&alice, "remove", &(1_000_000 - LOCKED_SHARES, Pair::<u128>::default())).unwrap();
    assert_eq!(setting.reserves(), Pair { a: 1_000, b: 500 });
    let failure = setting.call(&alice, "remove", &(1_u128, Pair::<u128>::default())).unwrap_err();
    let refused = fungible::Error::InsufficientBalance { have: 0, need: 1 };
    assert_eq!(failure.error::<Error>(), Error::Token(refused));
    // And another may begin again.
    setting.add(Pair { a: 10_000, b: 10_000 }).unwrap();
    setting.check_covered();
}

#[test]
fn a_price_that_has_moved_is_refused() {
    let mut setting = Setting::filled(1_000_000, 1_000_000);
    // Bob asks, somebody else is faster.
    let quoted: u128 = setting.world.query(setting.pool, "quote", &(setting.tokens.a, 10_000_u128)).unwrap();
    let alice = setting.alice.clone();
    setting.call(&alice, "swap", &(setting.tokens.a, 50_000_u128, 0_u128)).unwrap();
    let before = setting.bobs();
    let refusal = refused(setting.swap(setting.tokens.a, 10_000, quoted));
    assert!(
        matches!(refusal, Error::Slippage { got, least } if got < least && least == quoted),
        "{refusal:?}"
    );
    assert_eq!(setting.bobs(), before);
    let shares = (Pair { a: 1_000_u128, b: 1_000_u128 }, 1_000_u128);
    let failure = setting.call(&setting.bob.clone(), "add", &shares).unwrap_err();
    assert!(matches!(failure.error(), Error::Slippage { least: 1_000, .. }));
    let least = (1_000_u128, Pair { a: 1_051_u128, b: 0_u128 });
    let failure = setting.call(&alice, "remove", &least).unwrap_err();
    assert!(matches!(failure.error(), Error::Slippage { least: 1_051, .. }), "{failure}");
}

/// The sandwich: buy before a victim, sell after it. With a limit, the victim's swap fails and the attacker has paid
/// two fees for nothing.
#[test]
fn a_sandwich_around_a_limit_costs_who_makes_it() {
    let mut setting = Setting::filled(1_000_000, 1_000_000);
    let quoted: u128 = setting.world.query(setting.pool, "quote", &(setting.tokens.a, 10_000_u128)).unwrap();
    let before = setting.bobs();
    let bought = setting.swap(setting.tokens.a, 100_000, 0).unwrap();
    let victim = (setting.tokens.a, 10_000_u128, quoted * 995 / 1_000);
    let alice = setting.alice.clone();
    assert!(setting.call(&alice, "swap", &victim).is_err());
    setting.swap(setting.tokens.b, bought, 0).unwrap();
    assert!(setting.bobs().a < before.a && setting.bobs().b == before.b);
}

/// Tokens that are sent to the pool move the price of pools that trust `balance_of`, and inflate their shares.
#[test]
fn a_donation_changes_no_price_and_no_share() {
    let mut setting = Setting::filled(1_000_000, 1_000_000);
    let quote = |setting: &Setting| -> u128 {
        setting.world.query(setting.pool, "quote", &(setting.tokens.a, 10_000_u128)).unwrap()
    };
    let before = quote(&setting);
    let (bob, Pair { a, b }) = (setting.bob.clone(), setting.tokens);
    setting.world.call(&bob, b, "transfer", &(setting.pool, 9_000_000_u128)).unwrap();
    assert_eq!(quote(&setting), before);
    assert_eq!(setting.add(Pair { a: 1_000, b: 1_000 }).unwrap(), 1_000);
    // Nor does it count as the payment of a swap: that is taken from who swaps.
    let had = setting.bobs();
    setting.swap(b, 1_000, 0).unwrap();
    assert_eq!(setting.bobs().b, had.b - 1_000);
    assert!(setting.balance(a, setting.pool) == setting.reserves().a);
}

/// The first share-holder of a pool without locked shares makes a share so dear that the next deposit rounds to nothing,
/// and takes it.
#[test]
fn the_first_one_in_cannot_make_the_next_ones_deposit_worth_nothing() {
    let mut setting = Setting::empty();
    assert_eq!(refused(setting.add(Pair { a: LOCKED_SHARES, b: 1 })), Error::TooLittle);
    assert_eq!(refused(setting.add(Pair { a: 5_000, b: 0 })), Error::TooLittle);
    // The least that makes a share: one, beside a thousand that are nobody's.
    setting.add(Pair { a: LOCKED_SHARES + 1, b: LOCKED_SHARES + 1 }).unwrap();
    let (alice, Pair { a, b }) = (setting.alice.clone(), setting.tokens);
    for token in [a, b] {
        setting.world.call(&alice, token, "transfer", &(setting.pool, 1_000_000_000_u128)).unwrap();
    }
    let bob = setting.bob.clone();
    let deposit = (Pair { a: 1_000_000_u128, b: 1_000_000_u128 }, 0_u128);
    let shares: u128 = setting.call(&bob, "add", &deposit).unwrap().value();
    let taken: Pair<u128> = setting.call(&bob, "remove", &(shares, Pair::<u128>::default())).unwrap().value();
    assert_eq!(taken, Pair { a: 1_000_000, b: 1_000_000 });
}

/// What a share is worth of either token: whoever comes or goes takes nothing of it from those who stay.
#[test]
fn no_share_is_worth_less_for_somebodys_coming_or_going() {
    let mut setting = Setting::filled(10_007, 7_919);
    setting.swap(setting.tokens.a, 1_000, 0).unwrap();
    let bob = setting.bob.clone();
    let state = |setting: &Setting| {
        let supply: u128 = setting.world.query(setting.pool, "total_supply", &()).unwrap();
        (setting.reserves(), supply)
    };
    let check = |before: (Pair<u128>, u128), after: (Pair<u128>, u128)| {
        assert!(after.0.a * before.1 >= before.0.a * after.1, "{before:?} {after:?}");
        assert!(after.0.b * before.1 >= before.0.b * after.1, "{before:?} {after:?}");
    };
    for n in 1..20_u128 {
        let before = state(&setting);
        let most = Pair { a: n * 37, b: n * 41 };
        let shares: u128 = setting.call(&bob, "add", &(most, 0_u128)).unwrap().value();
        let between = state(&setting);
        check(before, between);
        setting.call(&bob, "remove", &(shares / 2, Pair::<u128>::default())).unwrap();
        check(between, state(&setting));
    }
}

/// Whatever somebody does with small and odd numbers, one after the other: there is nothing to be had by rounding.
#[test]
fn many_small_calls_take_nothing_out_of_the_pool() {
    let mut setting = Setting::filled(1_009, 7_919);
    let (bob, Pair { a, b }) = (setting.bob.clone(), setting.tokens);
    let before = setting.bobs();
    for n in 1..40_u128 {
        let most = Pair { a: n * 3 % 17 + 1, b: n * 7 % 101 + 8 };
        if let Ok(done) = setting.call(&bob, "add", &(most, 0_u128)) {
            let shares: u128 = done.value();
            setting.call(&bob, "remove", &(shares, Pair::<u128>::default())).unwrap();
        }
        if let Ok(got) = setting.swap(a, n % 13 + 1, 0) {
            let _ = setting.swap(b, got, 0);
        }
        setting.check_covered();
    }
    // What Bob has gained of one he has lost of the other, at the price of the beginning or worse.
    let (after, had) = (setting.bobs(), before);
    let gained = |after: u128, had: u128| i128::try_from(after).unwrap() - i128::try_from(had).unwrap();
    assert!(gained(after.a, had.a) * 7_919 + gained(after.b, had.b) * 1_009 <= 0, "{had:?} {after:?}");
    let Pair { a, b } = setting.reserves();
    assert!(a * b >= 1_009 * 7_919);
}

#[test]
fn what_buys_nothing_is_refused_and_not_kept() {
    let mut setting = Setting::filled(1_000_000, 5_000);
    assert_eq!(refused(setting.swap(setting.tokens.a, 100, 0)), Error::TooLittle);
    assert_eq!(refused(setting.swap(setting.tokens.a, 0, 0)), Error::TooLittle);
    assert_eq!(refused(setting.add(Pair { a: 100, b: 0 })), Error::TooLittle);
    let bob = setting.bob.address();
    assert_eq!(refused(setting.swap(bob, 100, 0)), Error::NotOfPool);
    let mut empty = Setting::empty();
    assert_eq!(refused(empty.swap(empty.tokens.a, 100, 0)), Error::Empty);
}

#[test]
fn numbers_that_would_not_fit_are_refused_and_the_largest_that_do_are_right() {
    let mut setting = Setting::filled(MAX_RESERVE - 10, MAX_RESERVE);
    assert_eq!(refused(setting.swap(setting.tokens.a, 11, 0)), Error::TooMuch);
    assert_eq!(refused(setting.swap(setting.tokens.a, u128::MAX, 0)), Error::TooMuch);
    assert_eq!(refused(setting.add(Pair { a: u128::MAX, b: u128::MAX })), Error::TooMuch);
    assert_eq!(setting.swap(setting.tokens.a, 10, 0), Ok(9));
    let before = setting.reserves();
    // All of one token cannot be bought, for however much.
    let mut setting = Setting::filled(1_001, MAX_RESERVE - 1);
    let got = setting.swap(setting.tokens.a, MAX_RESERVE - 1_001, 0).unwrap();
    assert!(setting.reserves().b > 0, "{got} {before:?}");
    setting.check_covered();
}

#[test]
fn who_has_not_enough_or_has_not_allowed_it_gets_the_tokens_own_error() {
    let mut setting = Setting::filled(1_000_000, 1_000_000);
    let Setting { world, bob, pool, tokens, .. } = &mut setting;
    world.call(bob, tokens.a, "approve", &(*pool, 99_u128)).unwrap();
    let refusal = refused(setting.swap(setting.tokens.a, 100, 0));
    assert_eq!(refusal, Error::Token(fungible::Error::InsufficientAllowance { have: 99, need: 100 }));
    assert_eq!(setting.reserves(), Pair { a: 1_000_000, b: 1_000_000 });
}

#[test]
fn a_pool_needs_two_tokens_and_a_fee_that_leaves_something() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<amm::Pool>(&build!(), Execution::Compared);
    let (a, b) = (Address([1; 32]), Address([2; 32]));
    for (args, error) in [((a, a, FEE), Error::OneToken), ((a, b, 1_001), Error::Fee)] {
        assert_eq!(world.deploy(&alice, &build!(), &args).unwrap_err().error::<Error>(), error);
    }
}

/// A token that says yes to everything and moves nothing, or calls `request` instead of moving.
fn liar(request: Option<&[u8]>) -> Vec<u8> {
    let request: String = request.unwrap_or_default().iter().map(|byte| format!("\\{byte:02x}")).collect();
    let call = match request.len() / 3 {
        0 => String::new(),
        // It goes on only if the call is refused for being one back into who is running.
        length => format!(
            "(drop (call $call (i32.const 64) (i32.const {length}) (i32.const 32) (i32.const 4)))
            (if (i32.ne (i32.load8_u (i32.const 32)) (i32.const {})) (then unreachable))",
            Halt::Reentrancy.code()
        ),
    };
    wat::parse_str(format!(
        r#"(module
            (import "lockstep" "return_data" (func $return (param i32 i32)))
            (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
            (memory (export "memory") 1)
            (data (i32.const 64) "{request}")
            (func (export "transfer") {call})
            (func (export "transfer_from") {call})
            (func (export "balance_of") (call $return (i32.const 0) (i32.const 16))))"#
    ))
    .unwrap()
}

#[test]
fn a_token_that_moves_nothing_buys_nothing() {
    let mut setting = Setting::empty();
    let (alice, a) = (setting.alice.clone(), setting.tokens.a);
    let b = setting.world.deploy(&alice, &liar(None), &()).unwrap();
    setting.pool = setting.world.deploy(&alice, &build!(), &(a, b, FEE)).unwrap();
    setting.world.call(&alice, a, "approve", &(setting.pool, u128::MAX)).unwrap();
    assert_eq!(refused(setting.add(Pair { a: 5_000, b: 5_000 })), Error::Short { token: b });
    assert_eq!(setting.balance(a, setting.pool), 0);
}

/// The first big theft of such pools: a token that swaps again while it is being paid. The VM refuses the call, whatever the
/// pool does.
#[test]
fn a_token_that_calls_back_into_the_pool_gets_nowhere() {
    let mut setting = Setting::empty();
    let (alice, a) = (setting.alice.clone(), setting.tokens.a);
    // Where the pool will be: the second contract of Alice's from here.
    let mut salt = [0; 32];
    salt[0] = 4;
    let pool = Address::of_contract(&alice.address(), &salt);
    let request = CallRequest {
        to: pool,
        method: "swap".parse().unwrap(),
        args: codec::encode(&(a, 1_u128, 0_u128)).try_into().unwrap(),
        value: Amount::ZERO,
        gas_limit: Gas::mega(1_000_000),
    };
    let b = setting.world.deploy(&alice, &liar(Some(&lockstep_abi::codec::encode(&request))), &()).unwrap();
    setting.pool = setting.world.deploy(&alice, &build!(), &(a, b, FEE)).unwrap();
    assert_eq!(setting.pool, pool);
    setting.world.call(&alice, a, "approve", &(pool, u128::MAX)).unwrap();
    // The call inside is refused, and so all is as if the token had moved nothing.
    assert_eq!(refused(setting.add(Pair { a: 5_000, b: 5_000 })), Error::Short { token: b });
}

#[test]
fn nobody_pays_the_pool_in_the_chains_own_currency() {
    let mut setting = Setting::filled(1_000_000, 1_000_000);
    let args = (setting.tokens.a, 10_000_u128, 0_u128);
    let Setting { world, bob, pool, .. } = &mut setting;
    let paid = world.call_with_value(bob, *pool, "swap", &args, Amount(1)).unwrap_err();
    assert_eq!(paid, Failure::Halted(Halt::NotPayable));
}

#[test]
fn it_stays_small() {
    let size = build!().len();
    assert!(size <= 20_000, "{size} bytes");
}
