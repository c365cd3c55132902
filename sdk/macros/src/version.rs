//! The version of a contract's storage: by `#[contract(version = 3)]`, or by the migration that leads there.
//!
//! A new contract begins with it, so that the next migration runs on it as on those that were migrated.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, LitInt, Result, Type};

use crate::method::Method;

/// The version; 1 if nothing says another.
pub(crate) struct Version<'a> {
    said: Option<u32>,
    /// It may be there under a `#[cfg]` only.
    migrate: Option<&'a Method>,
}

impl<'a> Version<'a> {
    /// # Errors
    /// If the two say different things, or if there is no `#[init]` by which a new contract begins with it.
    pub(crate) fn of(
        said: Option<(u32, LitInt)>,
        migrate: Option<&'a Method>,
        init: Option<&Method>,
    ) -> Result<Self> {
        let migration = migrate.and_then(|method| Some((method, method.migration.as_ref()?.from)));
        if let (Some((said, place)), Some((_, from))) = (&said, migration)
            && *said != from + 1
        {
            let next = from + 1;
            let message = format!(
                "the migration leads from version {from} to {next}, not to {said}: write `version = {next}`, or leave it out"
            );
            return Err(Error::new_spanned(place, message));
        }
        let message = "has an `#[init]` as well: a new one begins with this version";
        match (&said, migration, init) {
            (_, Some((method, _)), None) => {
                Err(Error::new(method.span(), format!("a contract with `#[migrate]` {message}")))
            }
            (Some((2.., place)), None, None) => {
                Err(Error::new_spanned(place, format!("a contract of a later version than 1 {message}")))
            }
            _ => Ok(Self { said: said.map(|(said, _)| said), migrate }),
        }
    }

    /// What is before the body of `#[init]`; nothing for a contract that has not heard of versions.
    pub(crate) fn begin(&self, contract: &Type) -> Option<TokenStream> {
        let is_said = self.said.is_some() || self.migrate.is_some();
        is_said.then(|| quote!(::lockstep_sdk::method::begin_with(<#contract>::STORAGE_VERSION);))
    }
}

/// The number, as an expression.
impl ToTokens for Version<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let said = self.said.unwrap_or(1);
        let migrated = self.migrate.and_then(|method| {
            let (next, cfgs) = (method.migration.as_ref()?.from + 1, &method.cfgs);
            Some(quote!(#(#cfgs)* let version = #next;))
        });
        tokens.extend(quote!({
            #[allow(unused_variables, reason = "a migration that is there says it")]
            let version = #said;
            #migrated
            version
        }));
    }
}
