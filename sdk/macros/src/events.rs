//! `events(..)` in the brackets of `#[contract]` and `#[storage]`: what they emit.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Error, Path, Result, Token, parenthesized,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

/// The events that the macro called `of` is given; none without brackets.
///
/// # Errors
/// If something else is in the brackets, or an event twice.
pub(crate) fn parse(of: &str, args: TokenStream) -> Result<Vec<Path>> {
    if args.is_empty() {
        return Ok(Vec::new());
    }
    let parser = |input: ParseStream<'_>| {
        let name: Ident = input.parse()?;
        if name != "events" {
            let message = format!("unknown argument `{name}`; `#[{of}]` takes `events(Transfer, ..)`");
            return Err(Error::new_spanned(name, message));
        }
        let list;
        parenthesized!(list in input);
        let events = list.parse_terminated(Path::parse_mod_style, Token![,])?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error(format!("`#[{of}]` takes `events(..)` only")));
        }
        Ok(events.into_iter().collect::<Vec<_>>())
    };
    let events = parser.parse2(args)?;
    for (at, event) in events.iter().enumerate() {
        let text = quote!(#event).to_string();
        if events.iter().take(at).any(|earlier| quote!(#earlier).to_string() == text) {
            return Err(Error::new_spanned(event, "this event is listed twice"));
        }
    }
    Ok(events)
}

/// What the interface says of them: a `&[EventDef]`.
pub(crate) fn defs(events: &[Path]) -> TokenStream {
    let defs = events
        .iter()
        .map(|event| quote_spanned!(event.span()=> <#event as ::lockstep_sdk::event::Event>::DEF));
    quote!(&[#(#defs),*])
}

/// What allows them to be emitted.
pub(crate) fn announced(events: &[Path]) -> TokenStream {
    quote!(#(#[diagnostic::do_not_recommend] impl ::lockstep_sdk::event::Announced for #events {})*)
}
