//! `#[contract]`: the methods of an `impl` as exports, and the schema.
//!
//! On an `impl` of a trait it is another thing, which `interface.rs` does.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, ImplItem, ItemImpl, Result, Type, ext::IdentExt};

use crate::{events, field, interface, lists, method::Method, version::Version};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut item: ItemImpl = syn::parse2(item)?;
    let name = contract_name(&item)?;
    if let Some((path, _)) = item.trait_.clone() {
        return interface::implement(&args, &path, item);
    }
    let lists::Lists { events, implements, version } = lists::OF_CONTRACT.parse(args)?;

    let mut methods = Vec::new();
    for item in &mut item.items {
        if let ImplItem::Fn(item) = item {
            methods.extend(Method::take(item)?);
        }
    }
    let inits = methods.iter().filter(|method| method.is_init);
    let init = only_one(inits, "a contract has one `#[init]` method; this is the second")?;
    let migrates = methods.iter().filter(|method| method.migration.is_some());
    let migrate = only_one(
        migrates,
        "a contract has one `#[migrate]` method, from the version before its own; this is the second",
    )?;
    let version = Version::of(version, migrate, init)?;

    let contract = &*item.self_ty;
    let text = name.unraw().to_string();
    let described = methods.iter().map(Method::described);
    let errors = methods.iter().map(Method::errors);
    let exports = methods.iter().map(|method| {
        let before = method.is_init.then(|| version.begin(contract));
        method.export(&quote!(<#contract>), contract, &quote!(#before))
    });
    let defs = events::defs(&events);
    let announced = events::announced(&events);
    let listed = interface::listed(&implements, contract);
    let section = (!implements.is_empty()).then(|| {
        quote! {
            #[unsafe(link_section = "lockstep.interfaces")]
            static INTERFACES: [u8; <#contract>::INTERFACES.len()] =
                *<#contract>::INTERFACES.first_chunk().unwrap();
        }
    });

    Ok(quote! {
        #item

        #announced

        #listed

        impl ::lockstep_sdk::method::Contract for #contract {
            const EXPORTS: &'static [&'static [::lockstep_sdk::method::Export]] = &[
                &[#(#exports),*],
                #(<#contract as ::lockstep_sdk::interface::Implements<dyn #implements>>::EXPORTS,)*
            ];
        }

        impl #contract {
            /// The interface in bytes: what the Wasm carries in its section `lockstep.schema`.
            pub const SCHEMA: &'static [u8] = {
                const METHODS: &[&[::lockstep_sdk::schema::Method]] = &[
                    <#contract>::OWN_METHODS,
                    #(<#contract as ::lockstep_sdk::interface::Implements<dyn #implements>>::METHODS,)*
                ];
                const ERRORS: &[&[&[::lockstep_sdk::schema::ErrorDef]]] = &[
                    &[#(#errors),*],
                    #(<dyn #implements as ::lockstep_sdk::interface::Interface>::ERRORS,)*
                ];
                const INTERFACE: ::lockstep_sdk::schema::Schema = ::lockstep_sdk::schema::Schema {
                    name: #text,
                    docs: <#contract as ::lockstep_sdk::storage::Storage>::DOCS,
                    methods: &::lockstep_sdk::schema::join::<_, { ::lockstep_sdk::schema::count(METHODS) }>(
                        METHODS,
                        ::lockstep_sdk::schema::Method::NONE,
                    ),
                    events: #defs,
                    stored: <#contract as ::lockstep_sdk::storage::Storage>::STORED,
                    errors: &::lockstep_sdk::schema::join::<_, { ::lockstep_sdk::schema::count(ERRORS) }>(ERRORS, &[]),
                };
                const BYTES: [u8; ::lockstep_sdk::schema::size(&INTERFACE)] =
                    ::lockstep_sdk::schema::encode(&INTERFACE);
                &BYTES
            };

            /// The version of what it stores, from 1: what a new one begins with, and a migration leads to.
            pub const STORAGE_VERSION: u32 = #version;

            /// What it stores, in bytes: what the Wasm carries in its section `lockstep.storage`.
            pub const LAYOUT: &'static [u8] = {
                const SHAPE: ::lockstep_sdk::schema::Shape = <#contract as ::lockstep_sdk::storage::Storage>::STORED;
                const BYTES: [u8; ::lockstep_sdk::schema::layout_size(&SHAPE, <#contract>::STORAGE_VERSION)] =
                    ::lockstep_sdk::schema::encode_layout(&SHAPE, <#contract>::STORAGE_VERSION);
                &BYTES
            };

            /// The interfaces that it has, in bytes: what the Wasm carries in its section `lockstep.interfaces`.
            pub const INTERFACES: &'static [u8] = {
                const LISTED: &[::lockstep_sdk::schema::Listed] = &[#(::lockstep_sdk::schema::Listed {
                    name: <dyn #implements as ::lockstep_sdk::interface::Interface>::NAME,
                    methods: <#contract as ::lockstep_sdk::interface::Implements<dyn #implements>>::METHODS.len(),
                }),*];
                assert!(
                    LISTED.len() <= ::lockstep_sdk::abi::schema::interfaces::MAX_INTERFACES,
                    "the contract has too many interfaces"
                );
                const BYTES: [u8; ::lockstep_sdk::schema::interfaces_size(LISTED)] =
                    ::lockstep_sdk::schema::encode_interfaces(<#contract>::OWN_METHODS.len(), LISTED);
                &BYTES
            };

            const OWN_METHODS: &'static [::lockstep_sdk::schema::Method] = &[#(#described),*];
        }

        #[cfg(target_family = "wasm")]
        const _: () = {
            #[unsafe(link_section = "lockstep.schema")]
            static SCHEMA: [u8; <#contract>::SCHEMA.len()] = *<#contract>::SCHEMA.first_chunk().unwrap();
            #[unsafe(link_section = "lockstep.storage")]
            static LAYOUT: [u8; <#contract>::LAYOUT.len()] = *<#contract>::LAYOUT.first_chunk().unwrap();
            #section
        };
    })
}

/// The first of `methods`, if there is one.
///
/// # Errors
/// At the second.
fn only_one<'a>(mut methods: impl Iterator<Item = &'a Method>, message: &str) -> Result<Option<&'a Method>> {
    let first = methods.next();
    match methods.next() {
        Some(second) => Err(Error::new(second.span(), message)),
        None => Ok(first),
    }
}

/// The name of the type that the methods are on.
fn contract_name(item: &ItemImpl) -> Result<Ident> {
    field::no_generics(&item.generics, "a contract cannot be generic: callers outside know one interface")?;
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
