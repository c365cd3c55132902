//! What is in the brackets of `#[contract]` and `#[storage]`: `events(..)`, `implements(..)`, `version = 2`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Error, LitInt, Path, Result, Token, parenthesized,
    parse::{ParseStream, Parser},
};

/// The lists of the macro `#[contract]`.
pub(crate) const OF_CONTRACT: Known =
    Known { of: "contract", lists: &[EVENTS, IMPLEMENTS], has_version: true };
/// The lists of the macro `#[storage]`.
pub(crate) const OF_STORAGE: Known = Known { of: "storage", lists: &[EVENTS], has_version: false };

/// A name, and something that may be in its brackets.
type List = (&'static str, &'static str);
const EVENTS: List = ("events", "Transfer");
const IMPLEMENTS: List = ("implements", "Fungible");
const VERSION: &str = "version";

/// The lists that a macro takes.
pub(crate) struct Known {
    of: &'static str,
    lists: &'static [List],
    has_version: bool,
}

/// What is in the lists; nothing in those that are not there.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) events: Vec<Path>,
    pub(crate) implements: Vec<Path>,
    /// The number, and where it is written.
    pub(crate) version: Option<(u32, LitInt)>,
}

impl Known {
    /// Reads the brackets.
    ///
    /// # Errors
    /// If something else is in them, or something twice.
    pub(crate) fn parse(&self, args: TokenStream) -> Result<Lists> {
        let parser = |input: ParseStream<'_>| {
            let mut lists = Lists::default();
            let mut seen = Vec::new();
            while !input.is_empty() {
                let name: Ident = input.parse()?;
                if seen.contains(&name) {
                    return Err(Error::new_spanned(&name, format!("`{name}` is here twice")));
                }
                if self.has_version && name == VERSION {
                    input.parse::<Token![=]>()?;
                    lists.version = Some(version(input.parse()?)?);
                } else {
                    let list = self.list(&name, &mut lists)?;
                    let listed;
                    parenthesized!(listed in input);
                    *list = listed.parse_terminated(Path::parse_mod_style, Token![,])?.into_iter().collect();
                    refuse_twice(&name, list)?;
                }
                seen.push(name);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(lists)
        };
        parser.parse2(args)
    }

    fn list<'a>(&self, name: &Ident, lists: &'a mut Lists) -> Result<&'a mut Vec<Path>> {
        match self.lists.iter().find(|(known, _)| name == known) {
            Some(&EVENTS) => Ok(&mut lists.events),
            Some(_) => Ok(&mut lists.implements),
            None => {
                let known = self.lists.iter().map(|(known, such)| format!("`{known}({such}, ..)`"));
                let known = known.chain(self.has_version.then(|| format!("`{VERSION} = 2`")));
                let known = known.collect::<Vec<_>>().join(", ");
                let message = format!("unknown argument `{name}`; `#[{}]` takes {known}", self.of);
                Err(Error::new_spanned(name, message))
            }
        }
    }
}

fn version(number: LitInt) -> Result<(u32, LitInt)> {
    match number.base10_parse()? {
        0 => Err(Error::new_spanned(number, "versions are numbered from 1, in 32 bits")),
        version => Ok((version, number)),
    }
}

fn refuse_twice(name: &Ident, list: &[Path]) -> Result<()> {
    for (at, path) in list.iter().enumerate() {
        let text = quote!(#path).to_string();
        if list.iter().take(at).any(|earlier| quote!(#earlier).to_string() == text) {
            let what = if name == EVENTS.0 { "event" } else { "interface" };
            return Err(Error::new_spanned(path, format!("this {what} is listed twice")));
        }
    }
    Ok(())
}
