//! Tests contracts in the real VM: the node's engine and runtime, over a state in memory.
//!
//! Nothing is imitated. A call here is a signed transaction in a block of its own, with the limits and
//! the gas of the network; it takes milliseconds because there is no disk and no network under it.
//!
//! ```no_run
//! use lockstep_testing::{World, build};
//!
//! let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
//! let token = world.deploy(&alice, &build!(), &("Gold", "GLD", 2_u8, 1_000_u128)).unwrap();
//! world.call(&alice, token, "transfer", &(bob.address(), 5_u128)).unwrap();
//! let balance: u128 = world.query(token, "balance_of", &bob.address()).unwrap();
//! assert_eq!(balance, 5);
//! ```

mod answer;
mod build;
mod user;
mod world;

pub use answer::{Done, Failure};
pub use build::{build_contract, build_contract_with, crate_folder};
pub use user::User;
pub use world::World;
