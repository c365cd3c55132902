//! An escrow: a buyer's money waits until the goods are there.
//!
//! The buyer pays in and names a seller, an arbiter and a deadline. The buyer or the arbiter releases the money to the
//! seller; the seller or the arbiter gives it back; and after the deadline, if nobody decided, the buyer takes it back.
//! Each deal ends once, and one deal's money never pays another's.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// Keeps the money of many deals.
#[storage]
#[derive(Debug)]
pub struct Escrow {
    opened: Cell<u64>,
    deals: Map<u64, Deal>,
}

/// A deal that is not decided.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Who paid in.
    pub buyer: Address,
    /// Who wants the money.
    pub seller: Address,
    /// Who decides if the two do not agree.
    pub arbiter: Address,
    /// What was paid in.
    pub amount: Amount,
    /// From when on the buyer may take it back.
    pub deadline: Time,
}

/// Money waits.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The deal's number.
    #[topic]
    pub id: u64,
    /// Who paid in.
    #[topic]
    pub buyer: Address,
    /// Who wants it.
    #[topic]
    pub seller: Address,
    /// How much.
    pub amount: Amount,
}

/// A deal was decided.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The deal's number.
    #[topic]
    pub id: u64,
    /// Who got the money.
    #[topic]
    pub to: Address,
    /// Who decided.
    pub by: Address,
}

/// Why the escrow refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such deal, or it was decided.
    NoDeal {
        /// The number.
        id: u64,
    } = 1,
    /// You have no say in this.
    NotYours = 2,
    /// There is nothing to wait for: no money came with the call.
    NoMoney = 3,
    /// The deadline has passed already.
    DeadlinePassed = 4,
    /// Somebody who decides alone cannot be two of buyer, seller and arbiter.
    SameParty = 5,
    /// The escrow cannot be the seller: what it is paid, nobody gets out again.
    SellsItself = 6,
}

#[contract(events(Opened, Decided))]
impl Escrow {
    /// Pays in what comes with the call, and returns the deal's number.
    ///
    /// # Errors
    /// [`Error::NoMoney`], [`Error::SameParty`], [`Error::SellsItself`], [`Error::DeadlinePassed`].
    #[payable]
    pub fn open(&mut self, seller: Address, arbiter: Address, deadline: Time) -> Result<u64, Error> {
        let (buyer, amount) = (env::caller(), env::value());
        if amount == Amount::ZERO {
            return Err(Error::NoMoney);
        }
        if buyer == seller || buyer == arbiter || seller == arbiter {
            return Err(Error::SameParty);
        }
        if seller == env::own_address() {
            return Err(Error::SellsItself);
        }
        if deadline <= env::block_time() {
            return Err(Error::DeadlinePassed);
        }
        let id = self.opened.get();
        self.opened.set(id + 1);
        self.deals.set(&id, Deal { buyer, seller, arbiter, amount, deadline });
        Opened { id, buyer, seller, amount }.emit();
        Ok(id)
    }

    /// Gives the money to the seller. For the buyer and the arbiter.
    ///
    /// # Errors
    /// [`Error::NoDeal`], [`Error::NotYours`].
    pub fn release(&mut self, id: u64) -> Result<(), Error> {
        let deal = self.open_deal(id)?;
        let by = env::caller();
        if by != deal.buyer && by != deal.arbiter {
            return Err(Error::NotYours);
        }
        self.decide(id, deal.seller, deal.amount);
        Ok(())
    }

    /// Gives the money back to the buyer. For the seller and the arbiter; after the deadline for the buyer too.
    ///
    /// # Errors
    /// [`Error::NoDeal`], [`Error::NotYours`].
    pub fn refund(&mut self, id: u64) -> Result<(), Error> {
        let deal = self.open_deal(id)?;
        let by = env::caller();
        let is_late = env::block_time() >= deal.deadline;
        if by != deal.seller && by != deal.arbiter && !(by == deal.buyer && is_late) {
            return Err(Error::NotYours);
        }
        self.decide(id, deal.buyer, deal.amount);
        Ok(())
    }

    /// A deal that is not decided.
    #[must_use]
    pub fn deal(&self, id: u64) -> Option<Deal> {
        self.deals.find(&id)
    }

    fn open_deal(&self, id: u64) -> Result<Deal, Error> {
        self.deals.find(&id).ok_or(Error::NoDeal { id })
    }

    /// Ends the deal before the money goes.
    fn decide(&mut self, id: u64, to: Address, amount: Amount) {
        self.deals.remove(&id);
        // The money of each open deal is there: it came with `open`, and leaves here only.
        assert!(call::transfer(to, amount).is_ok(), "the money of a deal is there");
        Decided { id, to, by: env::caller() }.emit();
    }
}
