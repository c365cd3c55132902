//! One account that may do what others may not.

use lockstep_abi::Address;
use lockstep_sdk_macros::{error, event, storage};

use crate::{env, event::Event, storage::Cell};

/// An owner, who can hand the contract on.
///
/// In two steps: the owner offers, the other accepts. An address that nobody has, or that was mistyped, never
/// accepts, so that the contract is not lost to it.
#[storage(events(OwnershipTransferred))]
#[derive(Debug)]
pub struct Ownable {
    owner: Cell<Address>,
    heir: Cell<Address>,
}

/// The contract has another owner.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipTransferred {
    /// Who was the owner; nobody, if there was none.
    #[topic]
    pub from: Option<Address>,
    /// Who is the owner now; nobody, if it was given up.
    #[topic]
    pub to: Option<Address>,
}

/// Why the owner's part refuses.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Only the owner may do this.
    NotOwner = 1_001,
    /// The owner has not offered the contract to you.
    NotOffered = 1_002,
}

impl Ownable {
    /// Sets the first owner. For `#[init]`.
    #[inline(always)]
    pub fn init(&mut self, owner: Address) {
        self.owner.set(owner);
    }

    /// The owner; nobody, if the ownership was given up.
    #[must_use]
    #[inline(always)]
    pub fn get(&self) -> Option<Address> {
        self.owner.find()
    }

    /// Whom the contract was offered to.
    #[must_use]
    #[inline(always)]
    pub fn offered_to(&self) -> Option<Address> {
        self.heir.find()
    }

    /// Refuses everybody but the owner.
    ///
    /// # Errors
    /// [`Error::NotOwner`] unless the owner called.
    #[inline(always)]
    pub fn check(&self) -> Result<(), Error> {
        if self.get() == Some(env::caller()) { Ok(()) } else { Err(Error::NotOwner) }
    }

    /// Offers the contract to `heir`, in the place of an earlier offer. The owner stays until it is accepted.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn offer(&mut self, heir: Address) -> Result<(), Error> {
        self.check()?;
        self.heir.set(heir);
        Ok(())
    }

    /// Takes an offer back.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn withdraw_offer(&mut self) -> Result<(), Error> {
        self.check()?;
        self.heir.remove();
        Ok(())
    }

    /// Makes the caller the owner.
    ///
    /// # Errors
    /// [`Error::NotOffered`] unless the owner has offered it to the caller.
    pub fn accept(&mut self) -> Result<(), Error> {
        let heir = env::caller();
        if self.heir.find() != Some(heir) {
            return Err(Error::NotOffered);
        }
        let from = self.get();
        self.heir.remove();
        self.owner.set(heir);
        OwnershipTransferred { from, to: Some(heir) }.emit();
        Ok(())
    }

    /// Leaves the contract without an owner, for ever. An open offer is dropped with it.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn renounce(&mut self) -> Result<(), Error> {
        self.check()?;
        self.heir.remove();
        self.owner.remove();
        OwnershipTransferred { from: Some(env::caller()), to: None }.emit();
        Ok(())
    }
}
