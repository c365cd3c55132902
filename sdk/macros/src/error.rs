//! `#[error]`: an enum whose variants have codes.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Expr, ExprLit, ItemEnum, Lit, Result, Variant, ext::IdentExt, parse_quote};

use crate::{attribute, field};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    attribute::no_arguments("error", &args)?;
    let mut item: ItemEnum = syn::parse2(item)?;
    field::no_generics(&item.generics, "an error cannot be generic: the interface has one form of it")?;
    if item.variants.is_empty() {
        return Err(Error::new_spanned(&item.ident, "an error has at least one variant"));
    }
    let codes = codes(&item)?;

    let mut defs = Vec::new();
    let mut sizes = Vec::new();
    let mut code_arms = Vec::new();
    let mut payload_arms = Vec::new();
    let mut decode_arms = Vec::new();
    for (variant, code) in item.variants.iter().zip(&codes) {
        let name = &variant.ident;
        let text = name.unraw().to_string();
        let docs = attribute::docs(&variant.attrs);
        let fields = field::fields(&variant.fields);
        let described = field::described(&fields);
        let (pattern, encode) = (field::pattern(&fields), field::encode_bound(&fields));
        let decode = field::decode_literal(&fields);
        sizes.push(field::size(&fields));
        defs.push(quote!(::lockstep_sdk::schema::ErrorDef {
            code: #code, name: #text, docs: #docs, fields: #described,
        }));
        code_arms.push(quote!(Self::#name { .. } => #code));
        payload_arms.push(quote!(Self::#name #pattern => { #encode }));
        decode_arms.push(quote!(#code => Self::#name #decode));
    }

    // Codes on variants with fields need it, and a code fits it.
    item.attrs.push(parse_quote!(#[repr(u32)]));
    let name = &item.ident;
    Ok(quote! {
        #item

        impl ::lockstep_sdk::error::ContractError for #name {
            const DEFS: &'static [::lockstep_sdk::schema::ErrorDef] = &[#(#defs),*];
            const MAX_SIZE: ::core::option::Option<usize> = ::lockstep_sdk::error::max_of_sizes(&[#(#sizes),*]);

            #[inline(always)]
            fn code(&self) -> u32 {
                match self { #(#code_arms),* }
            }

            #[inline(always)]
            fn payload(&self, out: &mut impl ::lockstep_sdk::codec::Output) {
                match self { #(#payload_arms)* }
            }

            fn from_parts(code: u32, payload: &[u8]) -> ::core::option::Option<Self> {
                ::lockstep_sdk::error::read_payload(payload, |input| {
                    ::core::result::Result::Ok(match code {
                        #(#decode_arms,)*
                        _ => return ::core::result::Result::Err(::lockstep_sdk::codec::Malformed),
                    })
                })
            }
        }
    })
}

/// The same enum as rustc takes it, whatever is wrong with the codes.
pub(crate) fn without_codes(item: TokenStream) -> TokenStream {
    let Ok(mut item) = syn::parse2::<ItemEnum>(item) else { return TokenStream::new() };
    for variant in &mut item.variants {
        variant.discriminant = None;
    }
    quote!(#item)
}

/// The code of each variant.
fn codes(item: &ItemEnum) -> Result<Vec<u32>> {
    let mut taken: BTreeMap<u32, String> = BTreeMap::new();
    let mut codes = Vec::new();
    for variant in &item.variants {
        let (code, place) = code(variant)?;
        if code == 0 {
            return Err(Error::new_spanned(place, "0 is the code of errors without a code; start at 1"));
        }
        if let Some(other) = taken.insert(code, variant.ident.to_string()) {
            return Err(Error::new_spanned(place, format!("`{other}` has the code {code} already")));
        }
        codes.push(code);
    }
    Ok(codes)
}

/// The code of a variant, and where it is written.
fn code(variant: &Variant) -> Result<(u32, &Expr)> {
    let Some((_, value)) = &variant.discriminant else {
        let message = format!("give `{0}` a code that it keeps for ever: `{0} = 1`", variant.ident);
        return Err(Error::new_spanned(variant, message));
    };
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(code), .. }) => match code.base10_parse() {
            Ok(code) => Ok((code, value)),
            Err(_) => Err(Error::new_spanned(value, "a code has 32 bits")),
        },
        _ => Err(Error::new_spanned(value, "a code is a plain number")),
    }
}
