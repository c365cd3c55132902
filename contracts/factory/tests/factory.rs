//! The factory in the real VM: what it makes, what it knows, and what it is not deceived by.

use factory::Error;
use lockstep_abi::{Action, Address, Amount, Halt, Hash, hash::Context};
use lockstep_sdk::{codec, codec::Encode, error::StandardError};
use lockstep_testing::{Execution, Failure, User, World, build, build_contract, crate_folder};

/// A factory of pools, and Alice and Bob who want some.
struct Setting {
    world: World,
    factory: Address,
    users: [User; 2],
}

const ALICE: usize = 0;
const BOB: usize = 1;
const A: Address = Address([1; 32]);
const B: Address = Address([2; 32]);

impl Setting {
    fn new() -> Self {
        let (mut world, users) = World::with_users(["alice", "bob"]);
        world.set_execution::<factory::Factory>(&build!(), Execution::Compared);
        let wasm = build_contract(&format!("{}/../amm", crate_folder()));
        let code = Hash::of(Context::Code, &wasm);
        let store = Action::StoreCode { code: wasm.try_into().unwrap() };
        world.act(&users[BOB], vec![store]).unwrap();
        let factory = world.deploy(&users[BOB], &build!(), &(code, Some(String::from("new")))).unwrap();
        Self { world, factory, users }
    }

    fn make(&mut self, by: usize, salt: u8, args: &impl Encode) -> Result<Address, Failure> {
        let args = ([salt; 32], codec::encode(args));
        self.world.call(&self.users[by], self.factory, "make", &args).map(|done| done.value())
    }

    fn maker(&self, of: Address) -> Option<Address> {
        self.world.query(self.factory, "maker", &of).unwrap()
    }

    fn page(&self, from: u32, limit: u32) -> Vec<Address> {
        self.world.query(self.factory, "page", &(from, limit)).unwrap()
    }
}

#[test]
fn what_it_makes_runs_and_is_known() {
    let mut setting = Setting::new();
    let pool = setting.make(ALICE, 0, &(A, B, 30_u16)).unwrap();
    assert_eq!(setting.world.query(pool, "fee", &()), Ok(30_u16));
    assert_eq!(setting.maker(pool), Some(setting.users[ALICE].address()));
    let others = [1, 2].map(|salt| setting.make(BOB, salt, &(A, B, 5_u16)).unwrap());
    assert_eq!(setting.page(0, u32::MAX), [pool, others[0], others[1]]);
    assert_eq!(setting.page(1, 1), [others[0]]);
    assert_eq!(setting.page(3, 1), []);
    assert_eq!(setting.page(u32::MAX, u32::MAX), []);
    assert_eq!(setting.world.query(setting.factory, "number", &()), Ok(3_u32));
}

/// The same code, made by another: it could be changed by its admin.
#[test]
fn a_contract_that_it_has_not_made_is_unknown_to_it() {
    let mut setting = Setting::new();
    let wasm = build_contract(&format!("{}/../amm", crate_folder()));
    let fake = setting.world.deploy(&setting.users[BOB], &wasm, &(A, B, 30_u16)).unwrap();
    assert_eq!(setting.maker(fake), None);
    // And nobody, its maker included, changes one that it has made.
    let pool = setting.make(ALICE, 0, &(A, B, 30_u16)).unwrap();
    for who in [ALICE, BOB] {
        let failure = setting.world.upgrade(&setting.users[who], pool, &wasm, &()).unwrap_err();
        assert_eq!(failure, Failure::Halted(Halt::NotAdmin));
    }
}

/// Somebody sees a salt in the mempool and is faster.
#[test]
fn nobody_takes_the_address_of_anothers_contract() {
    let mut setting = Setting::new();
    let bobs = setting.make(BOB, 7, &(B, A, 1_000_u16)).unwrap();
    let alices = setting.make(ALICE, 7, &(A, B, 30_u16)).unwrap();
    assert_ne!(alices, bobs);
    let again = setting.make(ALICE, 7, &(A, B, 30_u16)).unwrap_err();
    assert_eq!(again.error::<Error>(), Error::Halted { code: Halt::AlreadyExists.code() });
    assert_eq!(setting.page(0, 9), [bobs, alices]);
}

#[test]
fn one_whose_init_refuses_is_neither_made_nor_known() {
    let mut setting = Setting::new();
    // Both tokens are one: the pool's error 1.
    let refused = setting.make(ALICE, 0, &(A, A, 30_u16)).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::Refused { code: 1, payload: vec![] });
    let refused = setting.make(ALICE, 0, &A).unwrap_err();
    let code = StandardError::BadArguments.code();
    assert_eq!(refused.error::<Error>(), Error::Refused { code, payload: vec![] });
    assert_eq!(setting.page(0, 9), []);
    setting.make(ALICE, 0, &(A, B, 30_u16)).unwrap();
}

#[test]
fn value_that_the_contract_does_not_accept_comes_back() {
    let mut setting = Setting::new();
    let args = ([0_u8; 32], codec::encode(&(A, B, 30_u16)));
    let Setting { world, factory, users } = &mut setting;
    // The `init` of a pool accepts none.
    let failure = world.call_with_value(&users[ALICE], *factory, "make", &args, Amount(5)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Halted { code: Halt::NotPayable.code() });
    assert_eq!(world.balance(factory), Amount::ZERO);
}

#[test]
fn without_the_code_nothing_is_made() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<factory::Factory>(&build!(), Execution::Compared);
    let factory = world.deploy(&alice, &build!(), &(Hash([9; 32]), None::<String>)).unwrap();
    let failure = world.call(&alice, factory, "make", &([0_u8; 32], Vec::<u8>::new())).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Halted { code: Halt::NoCode.code() });
}
