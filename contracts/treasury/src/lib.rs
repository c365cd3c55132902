//! A treasury: anybody pays in, spenders pay out, and the owner can stop them.
//!
//! The three components that say who may do what, in one contract: an [`Ownable`], who pauses; a [`Pausable`], which
//! stops payments; an [`AccessControl`], whose admins name the spenders. The owner is no spender, and no admin is
//! either, unless an admin says so.
//!
//! Only [`Treasury::pay`] lets value out.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    component::{
        AccessControl, Ownable, Pausable,
        access_control::{self, Role},
        ownable, pausable,
    },
    prelude::*,
};

/// The role of those who pay.
pub const SPENDER: Role = Role(1);

/// Spenders that one question returns.
const MAX_LISTED: usize = 100;

/// Keeps value, and pays it out.
#[storage]
#[derive(Debug)]
pub struct Treasury {
    owner: Ownable,
    pause: Pausable,
    roles: AccessControl,
}

/// Value came in.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who paid.
    #[topic]
    pub from: Address,
    /// How much.
    pub amount: Amount,
}

/// Value went out.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Who decided so.
    #[topic]
    pub by: Address,
    /// Who has it.
    #[topic]
    pub to: Address,
    /// How much.
    pub amount: Amount,
}

/// Why the treasury refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is less in the treasury.
    NotEnough {
        /// What there is.
        have: Amount,
        /// What was to be paid.
        need: Amount,
    } = 1,
    /// The owner.
    #[from]
    Owner(ownable::Error),
    /// The pause.
    #[from]
    Pause(pausable::Error),
    /// The roles.
    #[from]
    Roles(access_control::Error),
}

#[contract(events(Received, Paid))]
impl Treasury {
    /// Creates the treasury. The creator is its owner, and the admin of its roles.
    #[init]
    pub fn new(&mut self) {
        self.owner.init(env::caller());
        self.roles.init(env::caller());
    }

    /// Pays in what comes with the call. Also while it is paused.
    #[payable]
    pub fn deposit(&mut self) {
        Received { from: env::caller(), amount: env::value() }.emit();
    }

    /// Pays `amount` to `to`. For spenders, unless it is paused.
    ///
    /// # Errors
    /// For others; while it is paused; [`Error::NotEnough`].
    pub fn pay(&mut self, to: Address, amount: Amount) -> Result<(), Error> {
        self.pause.check()?;
        self.roles.check(SPENDER)?;
        if call::transfer(to, amount).is_err() {
            return Err(Error::NotEnough { have: env::balance(env::own_address()), need: amount });
        }
        Paid { by: env::caller(), to, amount }.emit();
        Ok(())
    }

    /// Stops payments. For the owner.
    ///
    /// # Errors
    /// For others, and if they are stopped.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.owner.check()?;
        Ok(self.pause.pause()?)
    }

    /// Lets payments go on. For the owner.
    ///
    /// # Errors
    /// For others, and if they are not stopped.
    pub fn unpause(&mut self) -> Result<(), Error> {
        self.owner.check()?;
        Ok(self.pause.unpause()?)
    }

    /// Whether payments are stopped.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pause.is_paused()
    }

    /// Gives a role. For admins.
    ///
    /// # Errors
    /// For others.
    pub fn grant(&mut self, role: Role, who: Address) -> Result<(), Error> {
        Ok(self.roles.grant(role, who)?)
    }

    /// Takes a role away. For admins.
    ///
    /// # Errors
    /// For others.
    pub fn revoke(&mut self, role: Role, who: Address) -> Result<(), Error> {
        Ok(self.roles.revoke(role, who)?)
    }

    /// Gives up a role of the caller's.
    ///
    /// # Errors
    /// If the caller does not have it.
    pub fn renounce_role(&mut self, role: Role) -> Result<(), Error> {
        Ok(self.roles.renounce(role)?)
    }

    /// Whether `who` has `role`.
    #[must_use]
    pub fn has_role(&self, role: Role, who: Address) -> bool {
        self.roles.has(role, who)
    }

    /// Who has `role`: the first 100 behind `after`, in the order of the addresses.
    #[must_use]
    pub fn members(&self, role: Role, after: Option<Address>) -> Vec<Address> {
        self.roles.members(role, after).take(MAX_LISTED).collect()
    }

    /// The owner, if there is one.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.owner.get()
    }

    /// Offers the ownership to somebody.
    ///
    /// # Errors
    /// For others than the owner.
    pub fn offer_ownership(&mut self, to: Address) -> Result<(), Error> {
        Ok(self.owner.offer(to)?)
    }

    /// Takes the offer back.
    ///
    /// # Errors
    /// For others than the owner.
    pub fn withdraw_offer(&mut self) -> Result<(), Error> {
        Ok(self.owner.withdraw_offer()?)
    }

    /// Accepts the ownership.
    ///
    /// # Errors
    /// If it was not offered to the caller.
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        Ok(self.owner.accept()?)
    }

    /// Gives the ownership up. If it is paused then, it stays so for ever.
    ///
    /// # Errors
    /// For others than the owner.
    pub fn renounce_ownership(&mut self) -> Result<(), Error> {
        Ok(self.owner.renounce()?)
    }
}
