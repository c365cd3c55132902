//! `#[storage]`: gives each field of a contract, or of a part of one, its place.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Expr, ExprLit, Fields, ItemStruct, Lit, Result, ext::IdentExt, spanned::Spanned};

use crate::{attribute, events, field, lists};

/// Bytes of a field's key, as the interface allows them to a name.
const MAX_KEY_BYTES: usize = 64;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let events = lists::OF_STORAGE.parse(args)?.events;
    let mut item: ItemStruct = syn::parse2(item)?;
    field::no_generics(
        &item.generics,
        "a contract's storage cannot be generic: there is one for each contract",
    )?;
    if let Fields::Unnamed(fields) = &item.fields {
        return Err(Error::new_spanned(fields, "name the fields: their places follow from their names"));
    }

    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut names = Vec::new();
    let mut opened = Vec::new();
    let mut parts = Vec::new();
    for (at, field) in item.fields.iter_mut().enumerate() {
        let Some(name) = field.ident.clone() else { continue };
        let key = match pinned_key(&mut field.attrs)? {
            Some(key) => key,
            None => name.unraw().to_string(),
        };
        attribute::refuse_strangers(&field.attrs, &["key"])?;
        if let Some(other) = taken.insert(key.clone(), name.to_string()) {
            return Err(Error::new_spanned(
                &name,
                format!(
                    "`{name}` would share its entries with `{other}`; give one of them another key: `#[key = \"..\"]`"
                ),
            ));
        }
        let ty = &field.ty;
        let cfgs = attribute::cfgs(&field.attrs);
        let marker = format_ident!("Name{at}", span = Span::mixed_site());
        names.push(quote! {
            struct #marker;
            impl ::lockstep_sdk::storage::Name for #marker {
                const NAME: &'static str = #key;
            }
        });
        opened.push(quote_spanned! {ty.span()=>
            #(#cfgs)* #name: <#ty as ::lockstep_sdk::storage::Field>::at::<
                ::lockstep_sdk::storage::Child<P, #marker>
            >()
        });
        parts.push(quote_spanned! {ty.span()=>
            #(#cfgs)* ::lockstep_sdk::schema::Part {
                name: #key,
                shape: <#ty as ::lockstep_sdk::storage::Field>::SHAPE,
            }
        });
    }

    let name = &item.ident;
    let docs = attribute::docs(&item.attrs);
    let (defs, announced) = (events::defs(&events), events::announced(&events));
    let collision = quote_spanned! {name.span()=>
        const _: () = ::lockstep_sdk::schema::check_places(&<#name as ::lockstep_sdk::storage::Field>::SHAPE);
    };
    Ok(quote! {
        #item

        #announced

        const _: () = {
            #(#names)*

            #[diagnostic::do_not_recommend]
            impl ::lockstep_sdk::storage::Field for #name {
                const SHAPE: ::lockstep_sdk::schema::Shape =
                    ::lockstep_sdk::schema::Shape::Parts { parts: &[#(#parts),*], events: #defs };

                #[inline(always)]
                fn at<P: ::lockstep_sdk::storage::Place>() -> Self {
                    Self { #(#opened),* }
                }
            }
        };

        #[diagnostic::do_not_recommend]
        impl ::lockstep_sdk::storage::Storage for #name {
            const DOCS: &'static str = #docs;
        }

        #collision
    })
}

/// Takes `#[key = ".."]` out.
fn pinned_key(attributes: &mut Vec<syn::Attribute>) -> Result<Option<String>> {
    let mut found = None;
    for attribute in attribute::take(attributes, "key") {
        let pair = attribute.meta.require_name_value().map_err(|_| {
            Error::new_spanned(&attribute, "a key is pinned like this: `#[key = \"old_name\"]`")
        })?;
        let Expr::Lit(ExprLit { lit: Lit::Str(key), .. }) = &pair.value else {
            return Err(Error::new_spanned(&pair.value, "a key is a text: `#[key = \"old_name\"]`"));
        };
        let text = key.value();
        if text.is_empty() || text.len() > MAX_KEY_BYTES || !text.chars().all(is_of_a_name) {
            let message =
                format!("a key is a name of at most {MAX_KEY_BYTES} letters, digits and underscores");
            return Err(Error::new_spanned(key, message));
        }
        if found.replace(text).is_some() {
            return Err(Error::new_spanned(attribute, "`#[key]` is here twice"));
        }
    }
    Ok(found)
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
