//! Roles: who may do what.

use core::ops::Bound;

use lockstep_abi::Address;
use lockstep_sdk_macros::{Data, error, event, storage};

use crate::{env, event::Event, storage::Set};

/// A role, by a number that the contract chooses: `const MINTER: Role = Role(1);`.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role(pub u32);

/// The role that gives roles and takes them away, this one too.
pub const ADMIN: Role = Role(0);

/// Which accounts have which roles. Whoever has [`ADMIN`] changes that.
///
/// ```
/// # use lockstep_sdk::{component::{AccessControl, access_control::{self, Role}}, prelude::*};
/// const MINTER: Role = Role(1);
///
/// # #[storage]
/// # struct Mint { roles: AccessControl }
/// # impl Mint {
/// fn mint(&mut self) -> Result<(), access_control::Error> {
///     self.roles.check(MINTER)?;
///     // ..
/// #   Ok(())
/// }
/// # }
/// # fn main() {}
/// ```
#[storage(events(RoleGranted, RoleRevoked))]
#[derive(Debug)]
pub struct AccessControl {
    members: Set<(u32, Address)>,
}

/// An account has a role.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGranted {
    /// The role.
    #[topic]
    pub role: Role,
    /// Who has it.
    #[topic]
    pub who: Address,
    /// Who gave it.
    pub by: Address,
}

/// An account no longer has a role.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRevoked {
    /// The role.
    #[topic]
    pub role: Role,
    /// Who had it.
    #[topic]
    pub who: Address,
    /// Who took it.
    pub by: Address,
}

/// Why an account is refused.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The caller does not have the role that this takes.
    MissingRole {
        /// The role.
        role: Role,
    } = 1_021,
}

impl AccessControl {
    /// Gives [`ADMIN`] to the first account. For `#[init]`.
    pub fn init(&mut self, admin: Address) {
        self.add(ADMIN, admin);
    }

    /// Whether `who` has `role`. Nobody has a role through another: an admin who is to mint is given that role too.
    #[must_use]
    #[inline(always)]
    pub fn has(&self, role: Role, who: Address) -> bool {
        self.members.contains(&(role.0, who))
    }

    /// Refuses callers without `role`.
    ///
    /// # Errors
    /// [`Error::MissingRole`].
    #[inline(always)]
    pub fn check(&self, role: Role) -> Result<(), Error> {
        if self.has(role, env::caller()) { Ok(()) } else { Err(Error::MissingRole { role }) }
    }

    /// Gives `role` to `who`. Only an admin may.
    ///
    /// # Errors
    /// [`Error::MissingRole`] for others.
    pub fn grant(&mut self, role: Role, who: Address) -> Result<(), Error> {
        self.check(ADMIN)?;
        self.add(role, who);
        Ok(())
    }

    /// Takes `role` away from `who`. Only an admin may, and may do it to an admin.
    ///
    /// # Errors
    /// [`Error::MissingRole`] for others.
    pub fn revoke(&mut self, role: Role, who: Address) -> Result<(), Error> {
        self.check(ADMIN)?;
        self.take(role, who);
        Ok(())
    }

    /// Gives the caller's `role` up. Without any admin, roles stay as they are for ever.
    ///
    /// # Errors
    /// [`Error::MissingRole`] if the caller does not have it.
    pub fn renounce(&mut self, role: Role) -> Result<(), Error> {
        self.check(role)?;
        self.take(role, env::caller());
        Ok(())
    }

    /// Who has `role`, in the order of the addresses: all of them, or those behind one. Bound the loop:
    /// `roles.members(role, None).take(10)`.
    pub fn members(&self, role: Role, after: Option<Address>) -> impl Iterator<Item = Address> {
        let start = match after {
            Some(who) => Bound::Excluded((role.0, who)),
            None => Bound::Included((role.0, Address([0; 32]))),
        };
        let end = Bound::Included((role.0, Address([0xff; 32])));
        self.members.range((start, end)).map(|(_, who)| who)
    }

    fn add(&mut self, role: Role, who: Address) {
        if self.members.insert(&(role.0, who)) {
            RoleGranted { role, who, by: env::caller() }.emit();
        }
    }

    fn take(&mut self, role: Role, who: Address) {
        if self.members.remove(&(role.0, who)) {
            RoleRevoked { role, who, by: env::caller() }.emit();
        }
    }
}
