//! Tests contracts in the real VM: the node's engine and runtime, over a state in memory.
//!
//! Nothing is imitated, unless a test asks for [native](Execution::Native) execution. A call here is a signed
//! transaction in a block of its own, with the limits and the gas of the network; it takes milliseconds because there is
//! no disk and no network under it.
//!
//! ```no_run
//! use lockstep_sdk::component::fungible::{Error, Transfer};
//! use lockstep_testing::{World, build};
//!
//! let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
//! let token = world.deploy(&alice, &build!(), &("Gold", "GLD", 2_u8, 1_000_u128)).unwrap();
//!
//! let (from, to) = (alice.address(), bob.address());
//! let done = world.call(&alice, token, "transfer", &(to, 5_u128)).unwrap();
//! assert_eq!(done.events::<Transfer>(), [Transfer { from, to, amount: 5 }]);
//! assert_eq!(world.query::<u128>(token, "balance_of", &to), Ok(5));
//!
//! let failure = world.call(&bob, token, "transfer", &(from, 6_u128)).unwrap_err();
//! assert_eq!(failure.error::<Error>(), Error::InsufficientBalance { have: 5, need: 6 });
//! ```

mod answer;
mod build;
mod calls;
mod gas;
mod interface;
mod refusal;
mod show;
mod user;
mod world;

pub use answer::{Done, Failure};
pub use build::{build_contract, build_contract_with, crate_folder};
pub use calls::{Call, Counterexample, RandomCalls, Step, Tally};
pub use gas::assert_gas;
pub use refusal::Refusal;
pub use user::User;
pub use world::{Execution, World, invoke};
