//! A wallet of several owners: what enough of them approve is done.
//!
//! An owner proposes to send value or to call a contract; others approve; when there are enough approvals of accounts
//! that are owners at that moment, any owner executes it. Owners and threshold change in the same way: by a proposal
//! that calls the wallet itself. For that, the methods that change them are `#[private]`: they refuse everybody but the
//! wallet. Nothing else may be called while a proposal is under way: the VM refuses it.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{call::Encoded, prelude::*};

/// The most owners. It bounds what an execution reads.
pub const MAX_OWNERS: u32 = 20;

/// The owners, and what they are to decide.
#[storage]
#[derive(Debug)]
pub struct Wallet {
    owners: Set<Address>,
    number: Cell<u32>,
    threshold: Cell<u32>,
    proposed: Cell<u64>,
    proposals: Map<u64, Proposal>,
    approvals: Set<(u64, Address)>,
}

/// What is to be done.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who gets the value, or is called.
    pub to: Address,
    /// How much goes there.
    pub value: Amount,
    /// What is called; none to send value only.
    pub invocation: Option<Invocation>,
}

/// A method and its arguments.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The method.
    pub method: String,
    /// The tuple of the arguments, in borsh.
    pub args: Vec<u8>,
}

/// Something was proposed.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Its number.
    #[topic]
    pub id: u64,
    /// Who proposed it.
    #[topic]
    pub by: Address,
}

/// An owner changed its mind about a proposal.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Its number.
    #[topic]
    pub id: u64,
    /// Who it was.
    #[topic]
    pub by: Address,
    /// Whether it is approved now.
    pub is_approved: bool,
}

/// A proposal was done.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its number.
    #[topic]
    pub id: u64,
    /// Who did it.
    #[topic]
    pub by: Address,
}

/// Why the wallet refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Only owners may do this.
    NotOwner = 1,
    /// There is no such proposal, or it was executed.
    NoProposal {
        /// The number.
        id: u64,
    } = 3,
    /// Too few owners approve.
    TooFew {
        /// How many do.
        approvals: u32,
        /// How many have to.
        threshold: u32,
    } = 4,
    /// There would be no owners, more than 20, one of them twice, or fewer than the threshold; or a threshold of 0.
    BadOwners = 5,
    /// There is less in the wallet.
    NotEnough = 6,
    /// The called contract refused, or was stopped.
    Failed {
        /// Its error's code, if it refused.
        code: Option<u32>,
    } = 7,
}

#[contract(events(Proposed, Approved, Executed))]
impl Wallet {
    /// Creates the wallet.
    ///
    /// # Errors
    /// [`Error::BadOwners`].
    #[init]
    pub fn new(&mut self, owners: Vec<Address>, threshold: u32) -> Result<(), Error> {
        for owner in &owners {
            if !self.owners.insert(owner) {
                return Err(Error::BadOwners);
            }
        }
        self.resize(owners.len() as u32, threshold)
    }

    /// Pays in what comes with the call.
    #[payable]
    pub fn deposit(&mut self) {}

    /// Proposes something, approves it, and returns its number. For owners.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn propose(&mut self, proposal: Proposal) -> Result<u64, Error> {
        let by = self.check_owner()?;
        let id = self.proposed.get();
        self.proposed.set(id + 1);
        self.proposals.set(&id, proposal);
        self.approvals.insert(&(id, by));
        Proposed { id, by }.emit();
        Ok(id)
    }

    /// Approves a proposal. For owners.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NoProposal`].
    pub fn approve(&mut self, id: u64) -> Result<(), Error> {
        let by = self.check_owner()?;
        self.find(id)?;
        if self.approvals.insert(&(id, by)) {
            Approved { id, by, is_approved: true }.emit();
        }
        Ok(())
    }

    /// Takes an approval back. A proposal that no owner approves any more is gone. For owners.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NoProposal`].
    pub fn withdraw(&mut self, id: u64) -> Result<(), Error> {
        let by = self.check_owner()?;
        self.find(id)?;
        if self.approvals.remove(&(id, by)) {
            Approved { id, by, is_approved: false }.emit();
            if self.count(id) == 0 {
                self.drop_proposal(id);
            }
        }
        Ok(())
    }

    /// Does what was proposed and returns what the called method returned. For owners.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NoProposal`], [`Error::TooFew`]; [`Error::NotEnough`] and [`Error::Failed`], and the
    /// proposal can be executed another time.
    pub fn execute(&mut self, id: u64) -> Result<Vec<u8>, Error> {
        let by = self.check_owner()?;
        let Proposal { to, value, invocation } = self.find(id)?;
        let (approvals, threshold) = (self.count(id), self.threshold.get());
        if approvals < threshold {
            return Err(Error::TooFew { approvals, threshold });
        }
        // Before the call: whatever it leads to, this proposal is done. If it fails, all of this is dropped.
        self.drop_proposal(id);
        let returned = match invocation {
            None => call::transfer(to, value).map(|()| Vec::new()).map_err(|_| Error::NotEnough)?,
            Some(Invocation { method, args }) => {
                call::call(to, &method, &Encoded(&args), value, Gas(u64::MAX)).map_err(failed)?
            }
        };
        Executed { id, by }.emit();
        Ok(returned)
    }

    /// Makes an account an owner. For the wallet itself.
    ///
    /// # Errors
    /// [`Error::BadOwners`].
    #[private]
    pub fn add_owner(&mut self, owner: Address, threshold: u32) -> Result<(), Error> {
        if !self.owners.insert(&owner) {
            return Err(Error::BadOwners);
        }
        self.resize(self.number.get() + 1, threshold)
    }

    /// Removes an owner. What it approved and was not executed lacks its approval then, until it is
    /// an owner again. For the wallet itself.
    ///
    /// # Errors
    /// [`Error::BadOwners`].
    #[private]
    pub fn remove_owner(&mut self, owner: Address, threshold: u32) -> Result<(), Error> {
        if !self.owners.remove(&owner) {
            return Err(Error::BadOwners);
        }
        self.resize(self.number.get() - 1, threshold)
    }

    /// The owners, in the order of their addresses.
    #[must_use]
    pub fn owners(&self) -> Vec<Address> {
        self.owners.range(..).take(MAX_OWNERS as usize).collect()
    }

    /// How many owners have to approve.
    #[must_use]
    pub fn threshold(&self) -> u32 {
        self.threshold.get()
    }

    /// What was proposed and not executed.
    #[must_use]
    pub fn proposal(&self, id: u64) -> Option<Proposal> {
        self.proposals.find(&id)
    }

    /// How many owners approve a proposal.
    #[must_use]
    pub fn approvals(&self, id: u64) -> u32 {
        self.count(id)
    }

    fn check_owner(&self) -> Result<Address, Error> {
        let caller = env::caller();
        if self.owners.contains(&caller) { Ok(caller) } else { Err(Error::NotOwner) }
    }

    fn find(&self, id: u64) -> Result<Proposal, Error> {
        self.proposals.find(&id).ok_or(Error::NoProposal { id })
    }

    /// Of the owners, not of the approvals: who approved may be an owner no longer.
    fn count(&self, id: u64) -> u32 {
        let approving = self.owners.range(..).take(MAX_OWNERS as usize);
        approving.filter(|owner| self.approvals.contains(&(id, *owner))).count() as u32
    }

    /// With its approvals, so that the storage does not grow with what was done. Those of former owners stay: to find
    /// them would cost more than they do.
    fn drop_proposal(&mut self, id: u64) {
        self.proposals.remove(&id);
        for owner in self.owners() {
            self.approvals.remove(&(id, owner));
        }
    }

    fn resize(&mut self, number: u32, threshold: u32) -> Result<(), Error> {
        if threshold == 0 || threshold > number || number > MAX_OWNERS {
            return Err(Error::BadOwners);
        }
        self.number.set(number);
        self.threshold.set(threshold);
        Ok(())
    }
}

fn failed(error: call::CallError) -> Error {
    Error::Failed {
        code: match error {
            call::CallError::Failed { code, .. } => Some(code),
            call::CallError::Halted { .. } => None,
        },
    }
}
