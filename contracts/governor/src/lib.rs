//! Decides by votes of a token's holders, and does what was decided: it sends value and calls contracts.
//!
//! Who votes locks tokens here first, and they stay until all votes that they counted in are over. So the same tokens
//! cannot be handed on and vote twice, and tokens that were borrowed for one transaction decide nothing.
//!
//! The locked tokens are their voters' whatever is decided: no proposal can call the token. (What a community owns, and the
//! right to mint, is better in a contract of its own that this one owns.) The rules change by a proposal that calls
//! [`Governor::set_rules`]; votes that have begun go on by the rules that they began with.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    call::{CallError, Encoded},
    component::fungible,
    interface::FungibleRef,
    prelude::*,
};

/// Locked votes and proposals.
#[storage]
#[derive(Debug)]
pub struct Governor {
    token: Cell<Address>,
    rules: Cell<Rules>,
    locked: Map<Address, Locked>,
    proposed: Cell<u64>,
    proposals: Map<u64, Proposal>,
    tallies: Map<u64, Tally>,
    voted: Set<(u64, Address)>,
}

/// How votes go.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Votes that who proposes has locked.
    pub threshold: u128,
    /// Votes in favour that a proposal needs at least.
    pub quorum: u128,
    /// How long a vote lasts, in milliseconds.
    pub voting_ms: u64,
    /// How long a proposal can be executed after that, in milliseconds.
    pub grace_ms: u64,
}

/// What somebody has locked.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locked {
    /// How many votes.
    pub votes: u128,
    /// When the last vote that they count in is over.
    pub until: Time,
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

/// How a vote stands.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Votes for it.
    pub for_it: u128,
    /// Votes against it.
    pub against: u128,
    /// The votes for it that it needs.
    pub quorum: u128,
    /// When the vote is over.
    pub ends: Time,
    /// When it can no longer be executed.
    pub expires: Time,
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
    /// When the vote is over.
    pub ends: Time,
}

/// Somebody voted.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voted {
    /// On what.
    #[topic]
    pub id: u64,
    /// Who.
    #[topic]
    pub by: Address,
    /// Whether for it.
    pub for_it: bool,
    /// With how many votes.
    pub votes: u128,
}

/// A proposal was done.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its number.
    #[topic]
    pub id: u64,
}

/// Why the governor refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Nothing could be decided by these rules: no quorum, or no time.
    BadRules = 1,
    /// There is no such proposal, or it was executed.
    NoProposal {
        /// The number.
        id: u64,
    } = 2,
    /// The caller has locked too few votes.
    TooFewVotes {
        /// How many it has.
        have: u128,
        /// How many it needs.
        need: u128,
    } = 3,
    /// The votes still count.
    Locked {
        /// Until then.
        until: Time,
    } = 4,
    /// The caller has voted on this.
    VotedBefore = 5,
    /// The vote is over.
    Over = 6,
    /// The vote is not over.
    NotOver = 7,
    /// It was not executed in time.
    Expired = 8,
    /// The vote was lost, or there were too few.
    Lost = 9,
    /// No proposal calls the token: the voters' own are there.
    IsTheToken = 10,
    /// There is less in the governor.
    NotEnough = 11,
    /// The called contract refused, or was stopped.
    Failed {
        /// Its error's code, if it refused.
        code: Option<u32>,
    } = 12,
    /// The token.
    #[from]
    Token(fungible::Error),
}

#[contract(events(Proposed, Voted, Executed))]
impl Governor {
    /// Creates a governor for the holders of `token`, for ever.
    ///
    /// # Errors
    /// [`Error::BadRules`].
    #[init]
    pub fn new(&mut self, token: Address, rules: Rules) -> Result<(), Error> {
        self.token.set(token);
        self.keep_rules(rules)
    }

    /// Pays in what comes with the call.
    #[payable]
    pub fn deposit(&mut self) {}

    /// Locks `votes` of the caller's tokens, which has allowed the governor to spend them.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn lock(&mut self, votes: u128) -> Result<(), Error> {
        let by = env::caller();
        FungibleRef::at(self.token.get()).transfer_from(by, env::own_address(), votes)?;
        // Cannot overflow: a token has no more than one number of them.
        self.locked.update(&by, |locked| locked.votes += votes);
        Ok(())
    }

    /// Gives `votes` of the caller's tokens back, if none of its votes is still on.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::TooFewVotes`].
    pub fn unlock(&mut self, votes: u128) -> Result<(), Error> {
        let by = env::caller();
        let Locked { votes: have, until } = self.locked.get(&by);
        if env::block_time() < until {
            return Err(Error::Locked { until });
        }
        let left = have.checked_sub(votes).ok_or(Error::TooFewVotes { have, need: votes })?;
        if left == 0 {
            self.locked.remove(&by);
        } else {
            self.locked.set(&by, Locked { votes: left, until });
        }
        Ok(FungibleRef::at(self.token.get()).transfer(by, votes)?)
    }

    /// Puts something to the vote, and returns its number. The caller votes as others do, by [`vote`](Self::vote).
    ///
    /// # Errors
    /// [`Error::TooFewVotes`], [`Error::IsTheToken`].
    pub fn propose(&mut self, proposal: Proposal) -> Result<u64, Error> {
        let (by, rules) = (env::caller(), self.rules.get());
        let have = self.locked.get(&by).votes;
        if have < rules.threshold {
            return Err(Error::TooFewVotes { have, need: rules.threshold });
        }
        if proposal.to == self.token.get() {
            return Err(Error::IsTheToken);
        }
        let id = self.proposed.get();
        self.proposed.set(id + 1);
        self.proposals.set(&id, proposal);
        let ends = env::block_time().saturating_plus_ms(rules.voting_ms);
        let expires = ends.saturating_plus_ms(rules.grace_ms);
        self.tallies.set(&id, Tally { for_it: 0, against: 0, quorum: rules.quorum, ends, expires });
        Proposed { id, by, ends }.emit();
        Ok(id)
    }

    /// Votes with all that the caller has locked, which stays locked until the vote is over.
    ///
    /// # Errors
    /// [`Error::NoProposal`], [`Error::Over`], [`Error::VotedBefore`], [`Error::TooFewVotes`].
    pub fn vote(&mut self, id: u64, for_it: bool) -> Result<(), Error> {
        let by = env::caller();
        let mut tally = self.tallies.find(&id).ok_or(Error::NoProposal { id })?;
        if env::block_time() >= tally.ends {
            return Err(Error::Over);
        }
        let Locked { votes, until } = self.locked.get(&by);
        if votes == 0 {
            return Err(Error::TooFewVotes { have: 0, need: 1 });
        }
        if !self.voted.insert(&(id, by)) {
            return Err(Error::VotedBefore);
        }
        let side = if for_it { &mut tally.for_it } else { &mut tally.against };
        *side += votes;
        self.locked.set(&by, Locked { votes, until: until.max(tally.ends) });
        self.tallies.set(&id, tally);
        Voted { id, by, for_it, votes }.emit();
        Ok(())
    }

    /// Does what was decided, and returns what the called method returned. For everybody.
    ///
    /// # Errors
    /// [`Error::NoProposal`], [`Error::NotOver`], [`Error::Expired`], [`Error::Lost`]; [`Error::NotEnough`] and
    /// [`Error::Failed`], and it can be tried again.
    pub fn execute(&mut self, id: u64) -> Result<Vec<u8>, Error> {
        let no_proposal = Error::NoProposal { id };
        let (Some(proposal), Some(tally)) = (self.proposals.find(&id), self.tallies.find(&id)) else {
            return Err(no_proposal);
        };
        let now = env::block_time();
        if now < tally.ends {
            return Err(Error::NotOver);
        }
        if now >= tally.expires {
            return Err(Error::Expired);
        }
        if tally.for_it < tally.quorum || tally.for_it <= tally.against {
            return Err(Error::Lost);
        }
        // Before the call: whatever it leads to, this proposal is done. If it fails, all of this is dropped.
        self.proposals.remove(&id);
        let Proposal { to, value, invocation } = proposal;
        let returned = match invocation {
            None => call::transfer(to, value).map(|()| Vec::new()).map_err(|_| Error::NotEnough)?,
            Some(Invocation { method, args }) => {
                call::call(to, &method, &Encoded(&args), value, Gas(u64::MAX)).map_err(failed)?
            }
        };
        Executed { id }.emit();
        Ok(returned)
    }

    /// Changes the rules of votes to come. For the governor itself, by a proposal.
    ///
    /// # Errors
    /// [`Error::BadRules`].
    #[private]
    pub fn set_rules(&mut self, rules: Rules) -> Result<(), Error> {
        self.keep_rules(rules)
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.rules.get()
    }

    /// What somebody has locked.
    #[must_use]
    pub fn locked(&self, of: Address) -> Locked {
        self.locked.get(&of)
    }

    /// What was proposed and not executed.
    #[must_use]
    pub fn proposal(&self, id: u64) -> Option<Proposal> {
        self.proposals.find(&id)
    }

    /// How a vote stands, or stood.
    #[must_use]
    pub fn tally(&self, id: u64) -> Option<Tally> {
        self.tallies.find(&id)
    }

    fn keep_rules(&mut self, rules: Rules) -> Result<(), Error> {
        // With no quorum nobody would have to vote; with no time nobody could.
        if rules.quorum == 0 || rules.voting_ms == 0 || rules.grace_ms == 0 {
            return Err(Error::BadRules);
        }
        self.rules.set(rules);
        Ok(())
    }
}

fn failed(error: CallError) -> Error {
    Error::Failed {
        code: match error {
            CallError::Failed { code, .. } => Some(code),
            CallError::Halted { .. } => None,
        },
    }
}
