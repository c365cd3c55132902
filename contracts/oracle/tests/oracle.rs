//! The oracle in the real VM: who posts, what is signed, and what is of no use the second time.

use ed25519_dalek::{Signer, SigningKey};
use lockstep_abi::{Address, Time};
use lockstep_sdk::{
    codec,
    component::access_control,
    interface::{Price, PriceError},
};
use lockstep_testing::{Execution, Failure, User, World, build};
use oracle::{CONTEXT, Error, POSTER};

const ASSET: &str = "BTC/USD";

struct Setting {
    world: World,
    oracle: Address,
    key: SigningKey,
    /// Admin.
    alice: User,
    /// Nobody.
    bob: User,
}

impl Setting {
    fn new() -> Self {
        let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
        world.set_execution::<oracle::Oracle>(&build!(), Execution::Compared);
        let key = SigningKey::from_bytes(&[7; 32]);
        let oracle = world.deploy(&alice, &build!(), &Some(key.verifying_key().to_bytes())).unwrap();
        // The first blocks are at the very beginning of time.
        world.advance_ms(1_000_000);
        Self { world, oracle, key, alice, bob }
    }

    fn sign(&self, oracle: Address, chain: &str, asset: &str, price: Price) -> [u8; 64] {
        let signed = codec::encode(&(CONTEXT, chain, oracle, asset, price));
        self.key.sign(&signed).to_bytes()
    }

    /// Bob, who is nobody, brings a price.
    fn bring(&mut self, asset: &str, price: Price, signature: [u8; 64]) -> Result<(), Failure> {
        let args = (asset.to_string(), price, signature);
        self.world.call(&self.bob, self.oracle, "post_signed", &args).map(|_| ())
    }

    fn bring_signed(&mut self, value: u128, time_ms: u64) -> Result<(), Failure> {
        let price = Price { value, time: Time(time_ms) };
        let signature = self.sign(self.oracle, "testing", ASSET, price);
        self.bring(ASSET, price, signature)
    }

    fn price(&self) -> Result<Price, Failure> {
        self.world.query(self.oracle, "price", &ASSET)
    }
}

fn refused(result: Result<(), Failure>) -> Error {
    result.unwrap_err().error()
}

#[test]
fn a_poster_posts_what_is_true_now_and_others_do_not() {
    let mut setting = Setting::new();
    assert_eq!(setting.price().unwrap_err().error::<PriceError>(), PriceError::Unknown);
    let Setting { world, oracle, alice, bob, .. } = &mut setting;
    let args = (ASSET.to_string(), 5 * Price::ONE);
    let missing = Error::Roles(access_control::Error::MissingRole { role: POSTER });
    // The admin is no poster either.
    for who in [&*alice, &*bob] {
        assert_eq!(world.call(who, *oracle, "post", &args).unwrap_err().error::<Error>(), missing);
    }
    world.call(alice, *oracle, "grant", &(POSTER, bob.address())).unwrap();
    world.call(bob, *oracle, "post", &args).unwrap();
    let price = setting.price().unwrap();
    assert_eq!(price.value, 5 * Price::ONE);
    assert!(price.time > Time(1_000_000));
    let Setting { world, oracle, alice, bob, .. } = &mut setting;
    world.call(alice, *oracle, "revoke", &(POSTER, bob.address())).unwrap();
    assert_eq!(world.call(bob, *oracle, "post", &args).unwrap_err().error::<Error>(), missing);
}

#[test]
fn anybody_brings_what_was_signed() {
    let mut setting = Setting::new();
    setting.bring_signed(7, 900_000).unwrap();
    assert_eq!(setting.price(), Ok(Price { value: 7, time: Time(900_000) }));
}

/// Whoever keeps an old price that suits him would bring it again when it does.
#[test]
fn an_old_price_cannot_come_back() {
    let mut setting = Setting::new();
    setting.bring_signed(7, 900_000).unwrap();
    setting.bring_signed(9, 900_001).unwrap();
    for time_ms in [900_000, 900_001] {
        assert_eq!(refused(setting.bring_signed(7, time_ms)), Error::NotNewer { time: Time(900_001) });
    }
    assert_eq!(setting.price(), Ok(Price { value: 9, time: Time(900_001) }));
}

#[test]
fn a_price_of_the_future_or_of_nothing_is_refused() {
    let mut setting = Setting::new();
    assert_eq!(refused(setting.bring_signed(7, 2_000_000)), Error::Future);
    assert_eq!(refused(setting.bring_signed(7, u64::MAX)), Error::Future);
    assert_eq!(refused(setting.bring_signed(0, 900_000)), Error::Zero);
}

#[test]
fn a_signature_is_for_one_oracle_one_chain_one_asset_and_one_price() {
    let mut setting = Setting::new();
    let price = Price { value: 7, time: Time(900_000) };
    let other = setting.world.deploy(&setting.alice, &build!(), &None::<[u8; 32]>).unwrap();
    for signature in [
        setting.sign(other, "testing", ASSET, price),
        setting.sign(setting.oracle, "mainnet", ASSET, price),
        setting.sign(setting.oracle, "testing", "ETH/USD", price),
        setting.sign(setting.oracle, "testing", ASSET, Price { value: 8, ..price }),
        setting.sign(setting.oracle, "testing", ASSET, Price { time: Time(900_001), ..price }),
        [0; 64],
    ] {
        assert_eq!(refused(setting.bring(ASSET, price, signature)), Error::BadSignature);
    }
    // One without a signer takes none.
    let signature = setting.sign(other, "testing", ASSET, price);
    setting.oracle = other;
    assert_eq!(refused(setting.bring(ASSET, price, signature)), Error::BadSignature);
}

#[test]
fn a_signer_that_was_replaced_signs_nothing_more() {
    let mut setting = Setting::new();
    let Setting { world, oracle, alice, bob, .. } = &mut setting;
    let refusal = world.call(bob, *oracle, "set_signer", &None::<[u8; 32]>).unwrap_err();
    assert_eq!(
        refusal.error::<Error>(),
        Error::Roles(access_control::Error::MissingRole { role: access_control::ADMIN })
    );
    world.call(alice, *oracle, "set_signer", &None::<[u8; 32]>).unwrap();
    assert_eq!(refused(setting.bring_signed(7, 900_000)), Error::BadSignature);
}
