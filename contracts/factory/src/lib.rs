//! Makes contracts of one code, and knows which ones it has made.
//!
//! So whoever is handed an address can ask whether it is what it is said to be: a contract that the factory has made runs
//! that code and no other, for ever, since it has no admin.
//!
//! Where a contract will be follows from who makes it and from the salt, so that nobody takes another's address. Its
//! creator is the factory: code that gives something to the caller of its `init` gives it to the factory, where it is lost.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    call::{CallError, Creation, Encoded},
    codec,
    prelude::*,
};

/// Contracts that one question returns.
pub const MAX_PAGE: u32 = 100;

/// The code, and the contracts that were made of it.
#[storage]
#[derive(Debug)]
pub struct Factory {
    code: Cell<Hash>,
    init: Cell<Option<String>>,
    made: Vector<Address>,
    makers: Map<Address, Address>,
}

/// A contract was made.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where it is.
    #[topic]
    pub contract: Address,
    /// Who wanted it.
    #[topic]
    pub by: Address,
}

/// Why the factory refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Its `init` has refused.
    Refused {
        /// The error's code in its interface.
        code: u32,
        /// The error's fields in borsh.
        payload: Vec<u8>,
    } = 1,
    /// The VM has stopped it: there is no such code, or a contract is there already.
    Halted {
        /// The code of the halt.
        code: u8,
    } = 2,
}

#[contract(events(Made))]
impl Factory {
    /// Creates a factory for stored code, with the name of the `init` method that it has.
    #[init]
    pub fn new(&mut self, code: Hash, init: Option<String>) {
        self.code.set(code);
        self.init.set(init);
    }

    /// Makes a contract and returns its address. `args` is the tuple of the arguments of its `init`, in borsh; what comes
    /// with the call goes to the contract.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Halted`].
    #[payable]
    pub fn make(&mut self, salt: [u8; 32], args: Vec<u8>) -> Result<Address, Error> {
        let by = env::caller();
        let creation = Creation {
            code: self.code.get(),
            salt: own_salt(by, salt),
            value: env::value(),
            admin: None,
            gas_limit: Gas(u64::MAX),
        };
        let (init, args) = (self.init.get(), Encoded(&args));
        let init = init.as_deref().map(|init| (init, &args));
        let contract = call::create(&creation, init).map_err(|error| match error {
            CallError::Failed { code, payload } => Error::Refused { code, payload },
            CallError::Halted { code } => Error::Halted { code },
        })?;
        self.made.push(contract);
        self.makers.set(&contract, by);
        Made { contract, by }.emit();
        Ok(contract)
    }

    /// Who wanted a contract, if it was made here.
    #[must_use]
    pub fn maker(&self, contract: Address) -> Option<Address> {
        self.makers.find(&contract)
    }

    /// How many were made.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.made.len()
    }

    /// Contracts in the order in which they were made, `limit` of them from the number `from`, at most [`MAX_PAGE`].
    #[must_use]
    pub fn page(&self, from: u32, limit: u32) -> Vec<Address> {
        let end = from.saturating_add(limit.min(MAX_PAGE)).min(self.made.len());
        (from..end).filter_map(|index| self.made.get(index)).collect()
    }

    /// The code that all of them have.
    #[must_use]
    pub fn code(&self) -> Hash {
        self.code.get()
    }
}

/// The salt of a contract that `by` wants: of nobody else's, whatever salt they choose.
fn own_salt(by: Address, salt: [u8; 32]) -> [u8; 32] {
    crypto::blake3(&codec::encode(&(by, salt))).0
}
