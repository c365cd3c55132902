//! What `#[contract]` and `#[storage]` write for the events in their brackets.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Path, spanned::Spanned};

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
