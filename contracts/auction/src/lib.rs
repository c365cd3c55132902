//! An auction: whoever bids the most until the end has it.
//!
//! A bid is paid in, and goes back at once when somebody bids more: sending value runs no code of the receiver, so no
//! bidder can refuse its refund and stop the auction with it. A bid in the last five minutes moves the end, so that
//! nobody wins by being the last in a block.
//!
//! What is sold is a text; that the winner gets it is between the two. A seller with a second account can drive the
//! price up, since nobody knows whose an account is: bid what it is worth, not what it takes.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// What is left at least after a bid, in milliseconds.
pub const EXTENSION_MS: u64 = 5 * 60_000;
/// The longest that an auction takes, in milliseconds, without what late bids add. The highest bid is bound until the
/// end, so a seller who chose it freely could bind it for ever.
pub const MAX_LENGTH_MS: u64 = 90 * 24 * 3_600_000;
/// Bytes of what is sold. Each bid writes them anew, and its bidder pays for that.
pub const MAX_WHAT_BYTES: usize = 256;
/// How much more a bid is than the one before, in hundredths of that.
pub const RAISE_PERCENT: u128 = 5;
/// The most that is accepted. A bid over it could not be raised.
pub const MAX_BID: u128 = u128::MAX / 1_000;

/// One auction after the other, and several at a time.
#[storage]
#[derive(Debug)]
pub struct Auction {
    opened: Cell<u64>,
    lots: Map<u64, Lot>,
}

/// What is sold, to whom so far.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Who sells.
    pub seller: Address,
    /// What it is.
    pub what: String,
    /// The least for the first bid.
    pub least: Amount,
    /// When it ends.
    pub end: Time,
    /// The highest bid: who, and how much.
    pub highest: Option<(Address, Amount)>,
}

/// Something is sold.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The lot's number.
    #[topic]
    pub lot: u64,
    /// Who sells.
    #[topic]
    pub seller: Address,
}

/// Somebody bid more than all others.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bid {
    /// The lot's number.
    #[topic]
    pub lot: u64,
    /// Who it was.
    #[topic]
    pub by: Address,
    /// How much.
    pub amount: Amount,
    /// When it ends now.
    pub end: Time,
}

/// An auction is over.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// The lot's number.
    #[topic]
    pub lot: u64,
    /// Who has it, for how much; nobody if nobody bid.
    pub to: Option<(Address, Amount)>,
}

/// Why the auction refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such lot, or it was settled.
    NoLot {
        /// The number.
        lot: u64,
    } = 1,
    /// The auction is over.
    Over = 2,
    /// The auction is not over.
    NotOver {
        /// When it is.
        end: Time,
    } = 3,
    /// Somebody bid as much, or almost.
    TooLow {
        /// The least that is enough.
        least: Amount,
    } = 4,
    /// The bid is more than an auction takes.
    TooHigh = 5,
    /// The seller does not bid, under this address at least.
    SellerBids = 6,
    /// The auction would take too long.
    TooLong {
        /// The latest end.
        latest: Time,
    } = 7,
    /// What is sold takes too many words.
    LongText {
        /// Bytes that it may have.
        limit: u32,
    } = 8,
}

#[contract(events(Opened, Bid, Sold))]
impl Auction {
    /// Sells `what` for at least `least`, until `end`. Returns the lot's number.
    ///
    /// # Errors
    /// [`Error::Over`] if that has passed, [`Error::TooLong`], [`Error::TooHigh`], [`Error::LongText`].
    pub fn open(&mut self, what: String, least: Amount, end: Time) -> Result<u64, Error> {
        if what.len() > MAX_WHAT_BYTES {
            return Err(Error::LongText { limit: MAX_WHAT_BYTES as u32 });
        }
        if end <= env::block_time() {
            return Err(Error::Over);
        }
        let latest = env::block_time().plus_ms(MAX_LENGTH_MS);
        if end > latest {
            return Err(Error::TooLong { latest });
        }
        if least.0 > MAX_BID {
            return Err(Error::TooHigh);
        }
        let (lot, seller) = (self.opened.get(), env::caller());
        self.opened.set(lot + 1);
        // Not for nothing: a bid of nothing would be a winner without a price.
        let least = Amount(least.0.max(1));
        self.lots.set(&lot, Lot { seller, what, least, end, highest: None });
        Opened { lot, seller }.emit();
        Ok(lot)
    }

    /// Bids what comes with the call. The bid before goes back to its bidder.
    ///
    /// # Errors
    /// [`Error::NoLot`], [`Error::Over`], [`Error::TooLow`], [`Error::TooHigh`], [`Error::SellerBids`].
    #[payable]
    pub fn bid(&mut self, lot: u64) -> Result<(), Error> {
        let mut offered = self.find(lot)?;
        let (by, amount, now) = (env::caller(), env::value(), env::block_time());
        if now >= offered.end {
            return Err(Error::Over);
        }
        if by == offered.seller {
            return Err(Error::SellerBids);
        }
        let least = offered.next_bid();
        if amount < least {
            return Err(Error::TooLow { least });
        }
        if amount.0 > MAX_BID {
            return Err(Error::TooHigh);
        }
        let outbid = offered.highest.replace((by, amount));
        offered.end = offered.end.max(now.plus_ms(EXTENSION_MS));
        let end = offered.end;
        self.lots.set(&lot, offered);
        if let Some((bidder, paid)) = outbid {
            pay(bidder, paid);
        }
        Bid { lot, by, amount, end }.emit();
        Ok(())
    }

    /// Ends an auction that is over: the seller gets the highest bid. Anybody may.
    ///
    /// # Errors
    /// [`Error::NoLot`], [`Error::NotOver`].
    pub fn settle(&mut self, lot: u64) -> Result<Option<(Address, Amount)>, Error> {
        let Lot { seller, end, highest, .. } = self.find(lot)?;
        if env::block_time() < end {
            return Err(Error::NotOver { end });
        }
        self.lots.remove(&lot);
        if let Some((_, paid)) = highest {
            pay(seller, paid);
        }
        Sold { lot, to: highest }.emit();
        Ok(highest)
    }

    /// A lot that is not settled.
    #[must_use]
    pub fn lot(&self, lot: u64) -> Option<Lot> {
        self.lots.find(&lot)
    }

    /// The least that the next bid on a lot has to be.
    ///
    /// # Errors
    /// [`Error::NoLot`].
    pub fn next_bid(&self, lot: u64) -> Result<Amount, Error> {
        self.find(lot).map(|lot| lot.next_bid())
    }

    fn find(&self, lot: u64) -> Result<Lot, Error> {
        self.lots.find(&lot).ok_or(Error::NoLot { lot })
    }
}

impl Lot {
    fn next_bid(&self) -> Amount {
        match self.highest {
            None => self.least,
            // At least one more, also of a bid too small for a percentage.
            Some((_, Amount(highest))) => Amount(highest + (highest * RAISE_PERCENT / 100).max(1)),
        }
    }
}

/// Every highest bid is in the contract until it is paid on.
fn pay(to: Address, amount: Amount) {
    assert!(call::transfer(to, amount).is_ok(), "a bid is there");
}
