//! `#[interface]`: a typed reference for a trait, and what `#[contract]` makes of its implementations.
//!
//! The trait itself is known to the SDK as `dyn Trait`: so whoever names the trait names all that belongs to it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Ident, ImplItem, ItemImpl, ItemTrait, Path, Result, TraitItem, Type, ext::IdentExt,
    parse_quote, spanned::Spanned,
};

use crate::{attribute, field, method::Method};

/// What the reference itself has.
const OWN: [&str; 4] = ["address", "at", "gas", "value"];

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    attribute::no_arguments("interface", &args)?;
    let mut item: ItemTrait = syn::parse2(item)?;
    check_trait(&item)?;

    let mut methods = Vec::new();
    for item in &mut item.items {
        let TraitItem::Fn(item) = item else {
            return Err(Error::new_spanned(item, "an interface has methods only"));
        };
        methods.push((Method::take_declared(item)?, item.attrs.clone()));
    }
    check_names(&methods)?;
    item.attrs.push(parse_quote!(#[allow(dead_code, reason = "its methods are called by their names")]));

    let name = &item.ident;
    let text = name.unraw().to_string();
    let reference = reference(&item, &methods);
    methods.sort_by_key(|(method, _)| method.name());
    let described = methods.iter().map(|(method, _)| method.described());
    let errors = methods.iter().map(|(method, _)| method.errors());
    Ok(quote! {
        #item

        #[diagnostic::do_not_recommend]
        impl ::lockstep_sdk::interface::Interface for dyn #name {
            const NAME: &'static str = #text;
            const METHODS: &'static [::lockstep_sdk::schema::Method] = &[#(#described),*];
            const SIGNATURES: &'static [u8] = {
                const METHODS: &[::lockstep_sdk::schema::Method] =
                    <dyn #name as ::lockstep_sdk::interface::Interface>::METHODS;
                &::lockstep_sdk::schema::signatures::<{ ::lockstep_sdk::schema::signatures_size(METHODS) }>(METHODS)
            };
            const ERRORS: &'static [&'static [::lockstep_sdk::schema::ErrorDef]] = &[#(#errors),*];
        }

        #reference
    })
}

/// The exports of a trait's methods, and the proof that the contract has them.
pub(crate) fn implement(args: &TokenStream, path: &Path, mut item: ItemImpl) -> Result<TokenStream> {
    if !args.is_empty() {
        return Err(Error::new_spanned(
            args,
            "events and interfaces are listed where the contract's own methods are",
        ));
    }
    let mut methods = Vec::new();
    for item in &mut item.items {
        if let ImplItem::Fn(item) = item {
            methods.push(Method::take_implemented(item)?);
        }
    }
    let contract = &*item.self_ty;
    let of = quote!(<#contract as #path>);
    let exports = methods.iter().map(|method| method.export(&of, contract, &TokenStream::new()));
    let described = methods.iter().map(|method| {
        let Method { ident, payable, reentrant, cfgs, .. } = method;
        let name = method.name();
        quote_spanned! {ident.span()=>
            #(#cfgs)* ::lockstep_sdk::interface::method::<dyn #path>(#name, #payable, #reentrant)
        }
    });
    let listed = quote_spanned! {path.span()=>
        ::lockstep_sdk::interface::listed::<#contract, dyn #path>()
    };
    Ok(quote! {
        #item

        #[diagnostic::do_not_recommend]
        impl ::lockstep_sdk::interface::Implements<dyn #path> for #contract {
            const METHODS: &'static [::lockstep_sdk::schema::Method] = &[#(#described),*];
            const EXPORTS: &'static [::lockstep_sdk::method::Export] = &[#(#exports),*];
        }

        const _: () = #listed;
    })
}

/// What says that a contract lists its interfaces.
pub(crate) fn listed(interfaces: &[Path], contract: &Type) -> TokenStream {
    quote!(#(
        #[diagnostic::do_not_recommend]
        impl ::lockstep_sdk::interface::Lists<dyn #interfaces> for #contract {}
    )*)
}

/// Refuses traits that are more than a list of methods.
fn check_trait(item: &ItemTrait) -> Result<()> {
    field::no_generics(&item.generics, "an interface cannot be generic: callers know one form of it")?;
    if !item.supertraits.is_empty() {
        return Err(Error::new_spanned(
            &item.supertraits,
            "an interface stands for itself: a contract can have several",
        ));
    }
    if let Some(token) = &item.unsafety {
        return Err(Error::new_spanned(token, "an interface cannot be unsafe: anybody calls it"));
    }
    Ok(())
}

/// Refuses methods that would meet another one at the reference.
fn check_names(methods: &[(Method, Vec<Attribute>)]) -> Result<()> {
    let names: Vec<String> = methods.iter().map(|(method, _)| method.name()).collect();
    for (method, _) in methods {
        let name = method.name();
        if OWN.contains(&name.as_str()) {
            let message = format!("`{name}` is what every reference has for itself; choose another name");
            return Err(Error::new(method.span(), message));
        }
        if let Some(tried) = name.strip_prefix("try_")
            && names.iter().any(|name| name == tried)
        {
            let message = format!("the reference has `{name}` already, for `{tried}`; choose another name");
            return Err(Error::new(method.span(), message));
        }
    }
    Ok(())
}

fn reference(item: &ItemTrait, methods: &[(Method, Vec<Attribute>)]) -> TokenStream {
    let (vis, name) = (&item.vis, &item.ident);
    let reference = format_ident!("{}Ref", name.unraw(), span = name.span());
    let doc = format!("A contract that has the interface [`{}`], to be called.", name.unraw());
    let value = methods.iter().any(|(method, _)| method.payable).then(|| {
        quote! {
            /// Sends `amount` of the chain's currency along. The VM refuses it to methods that are not payable.
            #[must_use]
            #[inline(always)]
            pub const fn value(mut self, amount: ::lockstep_sdk::abi::Amount) -> Self {
                self.0.value = amount;
                self
            }
        }
    });
    let calls = methods.iter().map(|(method, attributes)| calls(method, attributes));
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #vis struct #reference(::lockstep_sdk::call::Target);

        #[allow(dead_code, reason = "nobody calls all methods of an interface")]
        impl #reference {
            /// The contract at `address`. That it has the interface shows in its answers.
            #[must_use]
            #[inline(always)]
            pub const fn at(address: ::lockstep_sdk::abi::Address) -> Self {
                Self(::lockstep_sdk::call::Target::new(address))
            }

            /// Gives at most `limit` to the call, its set-up included; all but a 64th of what is left if it is not said.
            #[must_use]
            #[inline(always)]
            pub const fn gas(mut self, limit: ::lockstep_sdk::abi::Gas) -> Self {
                self.0.gas = limit;
                self
            }

            #value

            /// Where the contract is.
            #[must_use]
            #[inline(always)]
            pub const fn address(self) -> ::lockstep_sdk::abi::Address {
                self.0.address
            }

            #(#calls)*
        }
    }
}

/// A method of the reference, in both variants.
fn calls(method: &Method, attributes: &[Attribute]) -> TokenStream {
    let Method { ident, args, result, cfgs, .. } = method;
    let name = method.name();
    let tried: Ident = format_ident!("try_{}", ident.unraw(), span = ident.span());
    let (args, types): (Vec<_>, Vec<_>) = args.iter().map(|(name, ty)| (name, ty)).unzip();
    let doc = format!("As [`{name}`](Self::{name}), and returns whatever goes wrong.");
    let answer = quote_spanned!(result.span()=> ::lockstep_sdk::interface::Tried<#result>);
    quote! {
        #(#attributes)*
        #[inline]
        pub fn #ident(self, #(#args: #types),*) -> #result {
            ::lockstep_sdk::interface::call::<#result>(&self.0, #name, &(#(#args,)*))
        }

        #(#cfgs)*
        #[doc = #doc]
        ///
        /// # Errors
        /// [`RefError`](::lockstep_sdk::interface::RefError).
        #[inline]
        pub fn #tried(self, #(#args: #types),*) -> #answer {
            ::lockstep_sdk::interface::try_call::<#result>(&self.0, #name, &(#(#args,)*))
        }
    }
}
