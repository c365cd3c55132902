//! Tokens of which each is one of its kind, as ERC-721 and CW721 have them.

use core::ops::Bound;

use lockstep_abi::Address;
use lockstep_sdk_macros::{error, event, storage};

use crate::{
    component::fungible::NOBODY,
    env,
    event::Event,
    storage::{Map, Set},
};

/// Who holds which token, and who may move it for its holder.
///
/// [`transfer`](Self::transfer), [`transfer_from`](Self::transfer_from), [`approve`](Self::approve),
/// [`add_operator`](Self::add_operator), [`remove_operator`](Self::remove_operator) and [`burn`](Self::burn) ask who
/// called, so a contract can offer them as they are. [`mint`](Self::mint) does not: check that before.
///
/// A holder's tokens are listed, and not counted: the list costs a transfer what a count would.
///
/// No code of the receiver runs. A contract that cannot move tokens keeps what it is sent for ever.
#[storage(events(TokenTransfer, TokenApproval, OperatorAdded, OperatorRemoved))]
#[derive(Debug)]
pub struct NonFungible {
    holders: Map<u64, Address>,
    by_holder: Set<(Address, u64)>,
    /// Who may move one token, until it moves.
    approved: Map<u64, Address>,
    /// The second may move all tokens of the first.
    operators: Set<(Address, Address)>,
}

/// A token went from one holder to another; minted from nobody, burnt to nobody.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTransfer {
    /// Who had it.
    #[topic]
    pub from: Address,
    /// Who has it.
    #[topic]
    pub to: Address,
    /// The token.
    #[topic]
    pub token: u64,
}

/// Somebody may move a token until it moves; or nobody may any longer.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenApproval {
    /// Whose token it is.
    #[topic]
    pub holder: Address,
    /// Who may move it; nobody's address if it was taken back.
    #[topic]
    pub spender: Address,
    /// The token.
    #[topic]
    pub token: u64,
}

/// Somebody may move all tokens of a holder.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorAdded {
    /// Whose tokens.
    #[topic]
    pub holder: Address,
    /// Who may move them.
    #[topic]
    pub operator: Address,
}

/// Somebody may no longer move all tokens of a holder.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRemoved {
    /// Whose tokens.
    #[topic]
    pub holder: Address,
    /// Who could move them.
    #[topic]
    pub operator: Address,
}

/// Why a token does not move. Nothing has changed then, also for a contract that goes on.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// There is no such token.
    NoToken {
        /// The token.
        token: u64,
    } = 1_041,
    /// The token is somebody else's.
    NotHolder = 1_042,
    /// The holder has not allowed it.
    NotAllowed = 1_043,
    /// There is such a token already.
    TokenExists {
        /// The token.
        token: u64,
    } = 1_044,
    /// The zero address cannot hold anything: it stands for minting and burning.
    NoTokenReceiver = 1_045,
}

impl NonFungible {
    /// Who holds `token`, if there is one.
    #[must_use]
    #[inline(always)]
    pub fn holder_of(&self, token: u64) -> Option<Address> {
        self.holders.find(&token)
    }

    /// The tokens of `holder`, in their order: all of them, or those behind one. Bound the loop:
    /// `tokens_of(holder, None).take(10)`.
    pub fn tokens_of(&self, holder: Address, after: Option<u64>) -> impl Iterator<Item = u64> {
        let start = match after {
            Some(token) => Bound::Excluded((holder, token)),
            None => Bound::Included((holder, 0)),
        };
        self.by_holder.range((start, Bound::Included((holder, u64::MAX)))).map(|(_, token)| token)
    }

    /// Who may move `token` beside its holder and the holder's operators.
    #[must_use]
    #[inline(always)]
    pub fn approved(&self, token: u64) -> Option<Address> {
        self.approved.find(&token)
    }

    /// Whether `operator` may move all tokens of `holder`.
    #[must_use]
    #[inline(always)]
    pub fn is_operator(&self, holder: Address, operator: Address) -> bool {
        self.operators.contains(&(holder, operator))
    }

    /// Sends a token of the caller's to `to`.
    ///
    /// # Errors
    /// [`Error::NoToken`], [`Error::NotHolder`], [`Error::NoTokenReceiver`].
    #[inline(always)]
    pub fn transfer(&mut self, to: Address, token: u64) -> Result<(), Error> {
        self.transfer_from(env::caller(), to, token)
    }

    /// Sends a token of `from` to `to`, if `from` is the caller or has allowed it.
    ///
    /// Who calls names the holder, so that a token that was sold meanwhile is not taken from its new holder, who may
    /// have allowed the caller as well.
    ///
    /// # Errors
    /// [`Error::NoToken`], [`Error::NotHolder`] if it is not held by `from`, [`Error::NotAllowed`],
    /// [`Error::NoTokenReceiver`].
    pub fn transfer_from(&mut self, from: Address, to: Address, token: u64) -> Result<(), Error> {
        check_receiver(to)?;
        self.check_holder(from, token)?;
        let caller = env::caller();
        let is_allowed =
            caller == from || self.approved(token) == Some(caller) || self.is_operator(from, caller);
        if !is_allowed {
            return Err(Error::NotAllowed);
        }
        self.leave(from, token);
        self.enter(from, to, token);
        Ok(())
    }

    /// Lets `spender` move `token` until it moves, in the place of whoever could before; with `None`, nobody. The
    /// holder and its operators may.
    ///
    /// # Errors
    /// [`Error::NoToken`], [`Error::NotAllowed`].
    pub fn approve(&mut self, spender: Option<Address>, token: u64) -> Result<(), Error> {
        let holder = self.holder_of(token).ok_or(Error::NoToken { token })?;
        let caller = env::caller();
        // Not whom it is approved for: it would hand on what was given to it alone.
        if caller != holder && !self.is_operator(holder, caller) {
            return Err(Error::NotAllowed);
        }
        match spender {
            Some(spender) => self.approved.set(&token, spender),
            None => self.approved.remove(&token),
        }
        TokenApproval { holder, spender: spender.unwrap_or(NOBODY), token }.emit();
        Ok(())
    }

    /// Lets `operator` move all tokens of the caller's, those that it gets later too.
    pub fn add_operator(&mut self, operator: Address) {
        let holder = env::caller();
        if self.operators.insert(&(holder, operator)) {
            OperatorAdded { holder, operator }.emit();
        }
    }

    /// Takes that back. What was approved by it, one by one, stays approved.
    pub fn remove_operator(&mut self, operator: Address) {
        let holder = env::caller();
        if self.operators.remove(&(holder, operator)) {
            OperatorRemoved { holder, operator }.emit();
        }
    }

    /// Makes `token`, for `to`. Whoever called: check before that it may. A token that was burnt can be made again.
    ///
    /// # Errors
    /// [`Error::TokenExists`], [`Error::NoTokenReceiver`].
    pub fn mint(&mut self, to: Address, token: u64) -> Result<(), Error> {
        check_receiver(to)?;
        if self.holders.contains(&token) {
            return Err(Error::TokenExists { token });
        }
        self.enter(NOBODY, to, token);
        Ok(())
    }

    /// Destroys a token of the caller's.
    ///
    /// # Errors
    /// [`Error::NoToken`], [`Error::NotHolder`].
    pub fn burn(&mut self, token: u64) -> Result<(), Error> {
        let from = env::caller();
        self.check_holder(from, token)?;
        self.leave(from, token);
        self.holders.remove(&token);
        TokenTransfer { from, to: NOBODY, token }.emit();
        Ok(())
    }

    fn check_holder(&self, holder: Address, token: u64) -> Result<(), Error> {
        let found = self.holder_of(token).ok_or(Error::NoToken { token })?;
        if found == holder { Ok(()) } else { Err(Error::NotHolder) }
    }

    /// Takes a token from its holder, with what was approved for it: the next holder has approved nothing.
    fn leave(&mut self, from: Address, token: u64) {
        self.by_holder.remove(&(from, token));
        // Removing costs twelve times what looking does, and most tokens are approved for nobody.
        if self.approved.contains(&token) {
            self.approved.remove(&token);
        }
    }

    fn enter(&mut self, from: Address, to: Address, token: u64) {
        self.holders.set(&token, to);
        self.by_holder.insert(&(to, token));
        TokenTransfer { from, to, token }.emit();
    }
}

#[inline(always)]
fn check_receiver(to: Address) -> Result<(), Error> {
    if to == NOBODY { Err(Error::NoTokenReceiver) } else { Ok(()) }
}
