//! Calls other contracts by their interfaces, in every way that there is.
//!
//! It has the interface [`Peer`] itself, so that two of these relays can call each other. It is what the tests of
//! references run in the VM, and a place to see every kind of call used.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    interface::{FungibleRef, RefError, Tried},
    prelude::*,
};

/// What a relay asks of another contract.
#[interface]
pub trait Peer {
    /// Half of `n`.
    ///
    /// # Errors
    /// [`PeerError::Odd`].
    fn half(&self, n: u64) -> Result<u64, PeerError>;

    /// Counts to `rounds`, one write of the storage at a time.
    fn count(&mut self, rounds: u64) -> u64;

    /// Keeps what comes with the call, and says how much that is.
    #[payable]
    fn pay(&mut self) -> Amount;

    /// Asks the contract `back` for half of `n`.
    ///
    /// # Errors
    /// [`PeerError::Odd`].
    fn bounce(&mut self, back: Address, n: u64) -> Result<u64, PeerError>;
}

/// The peer that a token is not: its balances have another type there.
#[interface]
pub trait Narrow {
    /// What `of` has.
    fn balance_of(&self, of: Address) -> u64;
}

/// Why a peer refuses.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerError {
    /// There is no half of an odd number.
    Odd {
        /// The number.
        n: u64,
    } = 1,
}

/// Why a relay refuses for a reason that no peer has.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// It is closed.
    Closed = 2,
}

/// What a relay heard from a peer.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An answer.
    Answer(u64),
    /// [`PeerError::Odd`].
    Odd(u64),
    /// Another error, of this code.
    Other(u32, Vec<u8>),
    /// A halt, of this code.
    Halted(u8),
    /// Something that is no answer.
    BadAnswer,
}

/// How far it has counted, and whether it answers.
#[storage]
#[derive(Debug)]
pub struct Relay {
    counted: Cell<u64>,
    closed: Cell<bool>,
}

#[contract(implements(Peer))]
impl Relay {
    /// Asks a peer for half of `n`. An error of the peer is this relay's error too.
    ///
    /// # Errors
    /// [`PeerError::Odd`].
    pub fn ask(&self, peer: Address, n: u64) -> Result<u64, PeerError> {
        PeerRef::at(peer).half(n)
    }

    /// Asks a peer for half of `n`, and returns whatever was heard.
    pub fn try_ask(&self, peer: Address, n: u64) -> Heard {
        heard(PeerRef::at(peer).try_half(n))
    }

    /// Lets a peer count to `rounds`, with at most `gas`.
    pub fn try_count(&mut self, peer: Address, rounds: u64, gas: u64) -> Heard {
        let answer = PeerRef::at(peer).gas(Gas(gas)).try_count(rounds);
        heard_without_errors(answer)
    }

    /// Lets a peer count to `rounds` without a look at the answer, in a method that cannot write.
    pub fn count_read_only(&self, peer: Address, rounds: u64) -> u64 {
        PeerRef::at(peer).count(rounds)
    }

    /// Sends what comes with the call on to a peer.
    #[payable]
    pub fn pay_on(&mut self, peer: Address) -> Amount {
        PeerRef::at(peer).value(env::value()).pay()
    }

    /// Sends what comes with the call on with a call that does not accept it.
    #[payable]
    pub fn pay_wrongly(&mut self, peer: Address) -> u64 {
        PeerRef::at(peer).value(env::value()).count(1)
    }

    /// Lets a peer call back.
    pub fn try_bounce(&mut self, peer: Address, n: u64) -> Heard {
        heard(PeerRef::at(peer).try_bounce(env::own_address(), n))
    }

    /// A balance at a token, as its interface has it.
    pub fn balance(&self, token: Address, of: Address) -> u128 {
        FungibleRef::at(token).balance_of(of)
    }

    /// A balance at a token, as its interface does not have it.
    pub fn narrow(&self, token: Address, of: Address) -> u64 {
        NarrowRef::at(token).balance_of(of)
    }

    /// The same, and returns whatever was heard.
    pub fn try_narrow(&self, token: Address, of: Address) -> Heard {
        heard_without_errors(NarrowRef::at(token).try_balance_of(of))
    }

    /// Refuses all questions from now on.
    pub fn close(&mut self) {
        self.closed.set(true);
    }

    /// How far it has counted.
    pub fn counted(&self) -> u64 {
        self.counted.get()
    }
}

#[contract]
impl Peer for Relay {
    fn half(&self, n: u64) -> Result<u64, PeerError> {
        if self.closed.get() {
            // The interface has no such error; whoever asks sees one that it does not know.
            lockstep_sdk::error::fail(&Error::Closed);
        }
        if n.is_multiple_of(2) { Ok(n / 2) } else { Err(PeerError::Odd { n }) }
    }

    fn count(&mut self, rounds: u64) -> u64 {
        for _ in 0..rounds {
            self.counted.update(|counted| *counted += 1);
        }
        self.counted.get()
    }

    #[payable]
    fn pay(&mut self) -> Amount {
        env::value()
    }

    fn bounce(&mut self, back: Address, n: u64) -> Result<u64, PeerError> {
        PeerRef::at(back).half(n)
    }
}

fn heard(answer: Tried<Result<u64, PeerError>>) -> Heard {
    match answer {
        Ok(answer) => Heard::Answer(answer),
        Err(RefError::Error(PeerError::Odd { n })) => Heard::Odd(n),
        Err(RefError::Other { code, payload }) => Heard::Other(code, payload),
        Err(RefError::Halted { code }) => Heard::Halted(code),
        Err(RefError::BadAnswer) => Heard::BadAnswer,
    }
}

/// Of a method that does not return a `Result`: an error of the interface cannot be among what was heard.
fn heard_without_errors(answer: Tried<u64>) -> Heard {
    match answer {
        Ok(answer) => Heard::Answer(answer),
        Err(RefError::Error(never)) => match never {},
        Err(RefError::Other { code, payload }) => Heard::Other(code, payload),
        Err(RefError::Halted { code }) => Heard::Halted(code),
        Err(RefError::BadAnswer) => Heard::BadAnswer,
    }
}
