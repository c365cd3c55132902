//! Prices of the world outside, for contracts that ask.
//!
//! They come in two ways. Posters, accounts that have the role, post what is true now. And anybody may bring a price that
//! the signer has signed, so that the signer needs no account and whoever needs a price pays for its way.
//!
//! A price replaces only an older one, and none is of the future: so nothing that was signed once is worth anything
//! later. How old a price may be is for each to say who asks ([`Price::check_age`]).

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    codec,
    component::{
        AccessControl,
        access_control::{self, Role},
    },
    interface::{Price, PriceError, PriceFeed},
    prelude::*,
};

/// The role of those who post.
pub const POSTER: Role = Role(1);
/// What a signature is over begins with this, so that it is one for nothing else.
pub const CONTEXT: &str = "lockstep oracle price";

/// Keeps the newest prices.
#[storage]
#[derive(Debug)]
pub struct Oracle {
    roles: AccessControl,
    signer: Cell<[u8; 32]>,
    prices: Map<String, Price>,
}

/// There is a new price.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Of what.
    #[topic]
    pub asset: String,
    /// The price.
    pub price: Price,
}

/// Why the oracle refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is one that is as new.
    NotNewer {
        /// When that was one.
        time: Time,
    } = 1,
    /// It is of the future.
    Future = 2,
    /// A price of nothing is a mistake.
    Zero = 3,
    /// The signer has not signed this, or there is no signer.
    BadSignature = 4,
    /// The roles.
    #[from]
    Roles(access_control::Error),
}

#[contract(events(Posted), implements(PriceFeed))]
impl Oracle {
    /// Creates the oracle. The creator is the admin of its roles; `signer` is an ed25519 public key.
    #[init]
    pub fn new(&mut self, signer: Option<[u8; 32]>) {
        self.roles.init(env::caller());
        self.keep_signer(signer);
    }

    /// Posts what `asset` costs now. For posters.
    ///
    /// # Errors
    /// For others; [`Error::Zero`]; [`Error::NotNewer`] if there is one of this block.
    pub fn post(&mut self, asset: String, value: u128) -> Result<(), Error> {
        self.roles.check(POSTER)?;
        self.keep(asset, Price { value, time: env::block_time() })
    }

    /// Brings a price that the signer has signed. For everybody.
    ///
    /// The signature is of [`CONTEXT`], the chain's name, the oracle's address, `asset` and `price`, in borsh.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::Future`], [`Error::NotNewer`], [`Error::Zero`].
    pub fn post_signed(&mut self, asset: String, price: Price, signature: [u8; 64]) -> Result<(), Error> {
        let signer = self.signer.find().ok_or(Error::BadSignature)?;
        let signed = codec::encode(&(CONTEXT, env::chain_id(), env::own_address(), &asset, price));
        if !crypto::ed25519_verify(&signer, &signature, &signed) {
            return Err(Error::BadSignature);
        }
        if price.time > env::block_time() {
            return Err(Error::Future);
        }
        self.keep(asset, price)
    }

    /// Trusts another signer from now on, or none. For admins.
    ///
    /// # Errors
    /// For others.
    pub fn set_signer(&mut self, signer: Option<[u8; 32]>) -> Result<(), Error> {
        self.roles.check(access_control::ADMIN)?;
        self.keep_signer(signer);
        Ok(())
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

    /// Whose signatures count.
    #[must_use]
    pub fn signer(&self) -> Option<[u8; 32]> {
        self.signer.find()
    }

    fn keep_signer(&mut self, signer: Option<[u8; 32]>) {
        match signer {
            Some(signer) => self.signer.set(signer),
            None => self.signer.remove(),
        }
    }

    fn keep(&mut self, asset: String, price: Price) -> Result<(), Error> {
        if price.value == 0 {
            return Err(Error::Zero);
        }
        match self.prices.find(&asset) {
            Some(Price { time, .. }) if time >= price.time => {
                return Err(Error::NotNewer { time });
            }
            _ => self.prices.set(&asset, price),
        }
        Posted { asset, price }.emit();
        Ok(())
    }
}

#[contract]
impl PriceFeed for Oracle {
    fn price(&self, asset: String) -> Result<Price, PriceError> {
        self.prices.find(&asset).ok_or(PriceError::Unknown)
    }
}
