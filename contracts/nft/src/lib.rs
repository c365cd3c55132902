//! A collection of tokens of which each is one of its kind, as ERC-721 and CW721 have it.
//!
//! Three rules hold after every call, whoever calls what: a token has one holder; it moves only by its holder's will,
//! given by calling, by an approval of that token or to an operator; and what it stands for never changes.
//!
//! Holders and owner are components of the SDK; what is here is the numbering, what tokens stand for, and which methods
//! anybody may call. Tokens are numbered from 0 as they are minted, and no number is used twice, so that nobody is sold
//! a token that was burnt and made again as another.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    component::{NonFungible, Ownable, non_fungible, ownable},
    prelude::*,
};

/// Tokens that one question returns.
const MAX_LISTED: usize = 50;

/// Tokens of which each is one of its kind, and an owner who mints.
#[storage]
#[derive(Debug)]
pub struct Nft {
    collection: Cell<Collection>,
    /// By itself, so that minting does not read texts.
    max_tokens: Cell<u64>,
    owner: Ownable,
    ledger: NonFungible,
    minted: Cell<u64>,
    metadata: Map<u64, Metadata>,
}

/// How wallets show the collection.
#[derive(Data, Debug, Clone, PartialEq, Eq, Default)]
pub struct Collection {
    /// The full name.
    pub name: String,
    /// The short name, such as `MAPS`.
    pub symbol: String,
}

/// What a token stands for.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Where it is described.
    pub uri: String,
    /// The hash of what is found there, so that nobody changes it.
    pub content: Hash,
}

/// Why the collection refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// All tokens that there may be have been minted.
    SoldOut {
        /// How many there may be.
        max_tokens: u64,
    } = 1,
    /// Tokens and their holders.
    #[from]
    Ledger(non_fungible::Error),
    /// The owner.
    #[from]
    Owner(ownable::Error),
}

#[contract]
impl Nft {
    /// Opens the collection. The creator owns it, and mints `max_tokens` at the most; without that, as many as it likes.
    #[init]
    pub fn new(&mut self, name: String, symbol: String, max_tokens: Option<u64>) {
        self.collection.set(Collection { name, symbol });
        if let Some(max_tokens) = max_tokens {
            self.max_tokens.set(max_tokens);
        }
        self.owner.init(env::caller());
    }

    /// Makes a token for `to`, and returns its number. Only the owner may.
    ///
    /// # Errors
    /// For others; [`Error::SoldOut`]; if `to` is the zero address.
    pub fn mint(&mut self, to: Address, metadata: Metadata) -> Result<u64, Error> {
        self.owner.check()?;
        let token = self.minted.get();
        if let Some(max_tokens) = self.max_tokens.find()
            && token >= max_tokens
        {
            return Err(Error::SoldOut { max_tokens });
        }
        self.ledger.mint(to, token)?;
        self.minted.set(token + 1);
        self.metadata.set(&token, metadata);
        Ok(token)
    }

    /// Destroys a token of the caller's.
    ///
    /// # Errors
    /// If it is not the caller's.
    pub fn burn(&mut self, token: u64) -> Result<(), Error> {
        self.ledger.burn(token)?;
        self.metadata.remove(&token);
        Ok(())
    }

    /// Sends a token of the caller's to `to`.
    ///
    /// # Errors
    /// If it is not the caller's, or `to` is the zero address.
    pub fn transfer(&mut self, to: Address, token: u64) -> Result<(), Error> {
        Ok(self.ledger.transfer(to, token)?)
    }

    /// Sends a token of `from` to `to`, if `from` is the caller or has allowed it.
    ///
    /// # Errors
    /// If it is not held by `from`, or not allowed; if `to` is the zero address.
    pub fn transfer_from(&mut self, from: Address, to: Address, token: u64) -> Result<(), Error> {
        Ok(self.ledger.transfer_from(from, to, token)?)
    }

    /// Lets `spender` move a token until it moves; with nobody, takes that back. For its holder and its operators.
    ///
    /// # Errors
    /// For others.
    pub fn approve(&mut self, spender: Option<Address>, token: u64) -> Result<(), Error> {
        Ok(self.ledger.approve(spender, token)?)
    }

    /// Lets `operator` move all tokens of the caller's, those that it gets later too.
    pub fn add_operator(&mut self, operator: Address) {
        self.ledger.add_operator(operator);
    }

    /// Takes that back. What was approved by the operator, one by one, stays approved.
    pub fn remove_operator(&mut self, operator: Address) {
        self.ledger.remove_operator(operator);
    }

    /// Who holds a token.
    #[must_use]
    pub fn holder_of(&self, token: u64) -> Option<Address> {
        self.ledger.holder_of(token)
    }

    /// Somebody's tokens: the first 50 behind `after`, by their numbers.
    #[must_use]
    pub fn tokens_of(&self, holder: Address, after: Option<u64>) -> Vec<u64> {
        self.ledger.tokens_of(holder, after).take(MAX_LISTED).collect()
    }

    /// Who may move a token beside its holder and the holder's operators.
    #[must_use]
    pub fn approved(&self, token: u64) -> Option<Address> {
        self.ledger.approved(token)
    }

    /// Whether `operator` may move all tokens of `holder`.
    #[must_use]
    pub fn is_operator(&self, holder: Address, operator: Address) -> bool {
        self.ledger.is_operator(holder, operator)
    }

    /// What a token stands for.
    #[must_use]
    pub fn metadata(&self, token: u64) -> Option<Metadata> {
        self.metadata.find(&token)
    }

    /// Name and symbol.
    #[must_use]
    pub fn collection(&self) -> Collection {
        self.collection.get()
    }

    /// How many tokens there may be in all; nothing if that is not limited.
    #[must_use]
    pub fn max_tokens(&self) -> Option<u64> {
        self.max_tokens.find()
    }

    /// How many tokens were minted, those that were burnt too.
    #[must_use]
    pub fn minted(&self) -> u64 {
        self.minted.get()
    }

    /// Who may mint.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.owner.get()
    }

    /// Offers the ownership to somebody, in the place of an earlier offer.
    ///
    /// # Errors
    /// For others than the owner.
    pub fn offer_ownership(&mut self, to: Address) -> Result<(), Error> {
        Ok(self.owner.offer(to)?)
    }

    /// Accepts the ownership.
    ///
    /// # Errors
    /// If it was not offered to the caller.
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        Ok(self.owner.accept()?)
    }

    /// Gives the ownership up: nothing is minted from then on.
    ///
    /// # Errors
    /// For others than the owner.
    pub fn renounce_ownership(&mut self) -> Result<(), Error> {
        Ok(self.owner.renounce()?)
    }
}
