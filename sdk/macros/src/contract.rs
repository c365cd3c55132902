//! `#[contract]`: the methods of an `impl` as exports, and the interface.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, ImplItem, ItemImpl, Result, Type, ext::IdentExt};

use crate::{events, field, method::Method};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let events = events::parse("contract", args)?;
    let mut item: ItemImpl = syn::parse2(item)?;
    let name = contract_name(&item)?;

    let mut methods = Vec::new();
    for item in &mut item.items {
        if let ImplItem::Fn(item) = item {
            methods.extend(Method::take(item)?);
        }
    }
    let mut inits = methods.iter().filter(|method| method.is_init);
    if let (Some(_), Some(second)) = (inits.next(), inits.next()) {
        return Err(Error::new(second.span(), "a contract has one `#[init]` method; this is the second"));
    }

    let contract = &*item.self_ty;
    let text = name.unraw().to_string();
    let described = methods.iter().map(Method::described);
    let errors = methods.iter().map(Method::errors);
    let exports = methods.iter().map(|method| method.export(contract));
    let defs = events::defs(&events);
    let announced = events::announced(&events);

    Ok(quote! {
        #item

        #announced

        #(#exports)*

        impl #contract {
            /// The interface in bytes: what the Wasm carries in its section `lockstep.schema`.
            pub const SCHEMA: &'static [u8] = {
                const INTERFACE: ::lockstep_sdk::schema::Schema = ::lockstep_sdk::schema::Schema {
                    name: #text,
                    docs: <#contract as ::lockstep_sdk::storage::Storage>::DOCS,
                    methods: &[#(#described),*],
                    events: #defs,
                    stored: <#contract as ::lockstep_sdk::storage::Storage>::STORED,
                    errors: &[#(#errors),*],
                };
                const BYTES: [u8; ::lockstep_sdk::schema::size(&INTERFACE)] =
                    ::lockstep_sdk::schema::encode(&INTERFACE);
                &BYTES
            };

            /// What it stores, in bytes: what the Wasm carries in its section `lockstep.storage`.
            pub const LAYOUT: &'static [u8] = {
                const SHAPE: ::lockstep_sdk::schema::Shape = <#contract as ::lockstep_sdk::storage::Storage>::STORED;
                const BYTES: [u8; ::lockstep_sdk::schema::layout_size(&SHAPE)] =
                    ::lockstep_sdk::schema::encode_layout(&SHAPE);
                &BYTES
            };
        }

        #[cfg(target_family = "wasm")]
        const _: () = {
            #[unsafe(link_section = "lockstep.schema")]
            static SCHEMA: [u8; <#contract>::SCHEMA.len()] = *<#contract>::SCHEMA.first_chunk().unwrap();
            #[unsafe(link_section = "lockstep.storage")]
            static LAYOUT: [u8; <#contract>::LAYOUT.len()] = *<#contract>::LAYOUT.first_chunk().unwrap();
        };
    })
}

/// The name of the type that the methods are on.
fn contract_name(item: &ItemImpl) -> Result<Ident> {
    field::no_generics(&item.generics, "a contract cannot be generic: callers outside know one interface")?;
    if let Some((path, _)) = &item.trait_ {
        return Err(Error::new_spanned(
            path,
            "`#[contract]` is for the contract's own methods, not for a trait's",
        ));
    }
    match &*item.self_ty {
        Type::Path(ty) if ty.qself.is_none() => match ty.path.segments.last() {
            Some(last) if last.arguments.is_none() => Ok(last.ident.clone()),
            _ => Err(Error::new_spanned(
                ty,
                "a contract cannot be generic: callers outside know one interface",
            )),
        },
        ty => Err(Error::new_spanned(ty, "`#[contract]` is for the methods of the struct with `#[storage]`")),
    }
}
