//! `#[storage]`: gives each field of a contract its slot.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Error, Expr, ExprLit, Fields, ItemStruct, Lit, Result, ext::IdentExt, spanned::Spanned};

use crate::{attribute, field};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    attribute::no_arguments("storage", &args)?;
    let mut item: ItemStruct = syn::parse2(item)?;
    field::no_generics(
        &item.generics,
        "a contract's storage cannot be generic: there is one for each contract",
    )?;
    if let Fields::Unnamed(fields) = &item.fields {
        return Err(Error::new_spanned(fields, "name the fields: their places follow from their names"));
    }

    let mut taken: BTreeMap<u32, String> = BTreeMap::new();
    let mut opened = Vec::new();
    for field in &mut item.fields {
        let Some(name) = field.ident.clone() else { continue };
        let key = match pinned_key(&mut field.attrs)? {
            Some(key) => key,
            None => name.unraw().to_string(),
        };
        attribute::refuse_strangers(&field.attrs, &["key"])?;
        let slot = fnv1a(key.as_bytes());
        if let Some(other) = taken.insert(slot, name.to_string()) {
            return Err(Error::new_spanned(
                &name,
                format!(
                    "`{name}` would share its entries with `{other}`; give one of them another key: `#[key = \"..\"]`"
                ),
            ));
        }
        let ty = &field.ty;
        let cfgs = attribute::cfgs(&field.attrs);
        opened.push(quote_spanned! {ty.span()=>
            #(#cfgs)* #name: <#ty as ::lockstep_sdk::storage::Field>::at(::lockstep_sdk::storage::Slot::new(#slot))
        });
    }

    let name = &item.ident;
    let docs = attribute::docs(&item.attrs);
    Ok(quote! {
        #item

        impl ::lockstep_sdk::storage::Storage for #name {
            const DOCS: &'static str = #docs;

            #[inline(always)]
            fn open() -> Self {
                Self { #(#opened),* }
            }
        }
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
        if key.value().is_empty() {
            return Err(Error::new_spanned(key, "a key is not empty"));
        }
        if found.replace(key.value()).is_some() {
            return Err(Error::new_spanned(attribute, "`#[key]` is here twice"));
        }
    }
    Ok(found)
}

/// FNV-1a with 32 bits. Part of every contract's layout: it never changes.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a() {
        // From the reference implementation's test vectors.
        assert_eq!(fnv1a(b""), 0x811c_9dc5);
        assert_eq!(fnv1a(b"a"), 0xe40c_292c);
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
        // The project's README names it.
        assert_eq!(fnv1a(b"balances"), 0xd354_c548);
    }

    #[test]
    fn names_with_one_hash_are_refused() {
        // A known collision of FNV-1a: both have the hash 0x5e4daa9d.
        let item = quote! { struct S { costarring: Cell<u8>, liquid: Cell<u8> } };
        let error = expand(TokenStream::new(), item).expect_err("two fields have one slot").to_string();
        assert!(error.contains("`liquid` would share its entries with `costarring`"), "{error}");
    }
}
