//! A counter that becomes an odometer, in the real VM.

use lockstep_abi::{
    Action, Address, Halt,
    schema::{
        Description,
        upgrade::{StorageChange, Upgrade},
    },
    tx::CodeSource,
};
use lockstep_sdk::error::StandardError;
use lockstep_testing::{Execution, Failure, User, World, build, build_contract, crate_folder};
use odometer::Error;

fn counter_wasm() -> Vec<u8> {
    build_contract(&format!("{}/../counter", crate_folder()))
}

/// A counter of Alice's that is at 41.
fn counter() -> (World, Address, User, User) {
    let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    world.set_execution::<odometer::Odometer>(&build!(), Execution::Compared);
    let counter = world.deploy(&alice, &counter_wasm(), &41_u64).unwrap();
    (world, counter, alice, bob)
}

#[test]
fn an_upgrade_keeps_the_count_and_gives_it_its_new_form() {
    let (mut world, contract, alice, bob) = counter();
    world.call(&bob, contract, "increment", &()).unwrap();
    world.upgrade(&alice, contract, &build!(), &3_u64).unwrap();
    assert_eq!(world.query::<u128>(contract, "get", &()), Ok(42));
    assert_eq!(world.call(&bob, contract, "increment", &()).unwrap().value::<u128>(), 45);
}

#[test]
fn a_migration_that_refuses_leaves_the_old_code_and_the_old_entries() {
    let (mut world, contract, alice, bob) = counter();
    // It writes both entries before it refuses.
    let failure = world.upgrade(&alice, contract, &build!(), &0_u64).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::NoStep);
    assert_eq!(world.query::<u64>(contract, "get", &()), Ok(41));
    assert_eq!(world.call(&bob, contract, "add", &2_u64).unwrap().value::<u64>(), 43);
    // And it can be tried again.
    world.upgrade(&alice, contract, &build!(), &1_u64).unwrap();
    assert_eq!(world.query::<u128>(contract, "get", &()), Ok(43));
}

#[test]
fn nobody_but_the_admin_upgrades_and_nobody_calls_the_migration() {
    let (mut world, contract, alice, bob) = counter();
    let failure = world.upgrade(&bob, contract, &build!(), &3_u64).unwrap_err();
    assert_eq!(failure, Failure::Halted(Halt::NotAdmin));
    world.upgrade(&alice, contract, &build!(), &3_u64).unwrap();
    for who in [&alice, &bob] {
        let failure = world.call(who, contract, "up", &9_u64).unwrap_err();
        assert_eq!(failure, Failure::Halted(Halt::WrongMethodKind));
    }
    assert_eq!(world.call(&bob, contract, "increment", &()).unwrap().value::<u128>(), 44);
}

/// The second time, the count would be read as 64 bits, and the step would be another.
#[test]
fn a_migration_runs_once_and_the_same_code_may_come_again() {
    let (mut world, contract, alice, bob) = counter();
    world.upgrade(&alice, contract, &build!(), &3_u64).unwrap();
    world.upgrade(&alice, contract, &build!(), &9_u64).unwrap();
    assert_eq!(world.call(&bob, contract, "increment", &()).unwrap().value::<u128>(), 44);
}

#[test]
fn a_new_odometer_has_nothing_to_migrate() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<odometer::Odometer>(&build!(), Execution::Compared);
    let odometer = world.deploy(&alice, &build!(), &(7_u128, 5_u64)).unwrap();
    world.upgrade(&alice, odometer, &build!(), &9_u64).unwrap();
    assert_eq!(world.call(&alice, odometer, "increment", &()).unwrap().value::<u128>(), 12);
}

/// Else the new code would run on the old entries, from then on.
#[test]
fn a_migration_cannot_be_left_out() {
    let (mut world, contract, alice, _) = counter();
    let code = CodeSource::Inline(build!().try_into().unwrap());
    let failure = world.act(&alice, vec![Action::Upgrade { contract, code, migrate: None }]).unwrap_err();
    assert_eq!(failure, Failure::Halted(Halt::WrongMethodKind));
    assert_eq!(world.query::<u64>(contract, "get", &()), Ok(41));
}

#[test]
fn a_comparison_knows_the_versions_of_both() {
    let described = |wasm: &[u8]| Description::of(wasm).unwrap();
    let (counter, odometer) = (described(&counter_wasm()), described(&build!()));
    let version = |code: &Description| code.layout.as_ref().unwrap().storage_version;
    assert_eq!((version(&counter), version(&odometer)), (1, 2));
    // The count gets another form: the migration makes that good.
    let losses: Vec<_> = Upgrade::between(&counter, &odometer).losses().cloned().collect();
    assert!(matches!(&losses[..], [StorageChange::Value { field, .. }] if field == "count"), "{losses:?}");
    let back = StorageChange::VersionBack { old: 2, new: 1 };
    assert!(Upgrade::between(&odometer, &counter).losses().any(|change| *change == back));
}

/// Of a version that this code does not know: the one after the next.
#[test]
fn a_migration_from_another_version_is_refused() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<odometer::Odometer>(&build!(), Execution::Compared);
    let later = wat::parse_str(
        r#"(module
            (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "v\03\00\00\00")
            (func (export "become") (call $set (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 4))))"#,
    );
    let contract = world.deploy(&alice, &later.unwrap(), &()).unwrap();
    world.call(&alice, contract, "become", &()).unwrap();
    let failure = world.upgrade(&alice, contract, &build!(), &3_u64).unwrap_err();
    assert_eq!(failure.error::<StandardError>(), StandardError::WrongVersion);
}

#[test]
fn the_step_that_fails_takes_the_whole_transaction_with_it() {
    let (mut world, contract, alice, _) = counter();
    let invocation = |method: &str, args: Vec<u8>| lockstep_abi::tx::Invocation {
        method: method.parse().unwrap(),
        args: args.try_into().unwrap(),
    };
    let value = lockstep_abi::Amount::ZERO;
    let add =
        Action::Call { to: contract, invocation: invocation("add", 5_u64.to_le_bytes().to_vec()), value };
    let code = CodeSource::Inline(build!().try_into().unwrap());
    let migrate = Some(invocation("up", 0_u64.to_le_bytes().to_vec()));
    world.act(&alice, vec![add, Action::Upgrade { contract, code, migrate }]).unwrap_err();
    assert_eq!(world.query::<u64>(contract, "get", &()), Ok(41));
}
