//! `#[error]`: an enum whose variants have codes.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Error, Expr, ExprLit, Fields, Ident, ItemEnum, Lit, Result, Type, Variant, ext::IdentExt, parse_quote,
    spanned::Spanned,
};

use crate::{attribute, field};

/// Codes from here on are kept, as `lockstep_abi` says; a schema with one is refused there.
const FIRST_STANDARD_CODE: u32 = 0xFFFF_FF00;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    attribute::no_arguments("error", &args)?;
    let mut item: ItemEnum = syn::parse2(item)?;
    field::no_generics(&item.generics, "an error cannot be generic: the interface has one form of it")?;
    if item.variants.is_empty() {
        return Err(Error::new_spanned(&item.ident, "an error has at least one variant"));
    }
    let mut taken: BTreeMap<u32, String> = BTreeMap::new();
    let mut arms = Arms::default();
    for variant in &mut item.variants {
        if attribute::take_mark(&mut variant.attrs, "from")? {
            arms.add_others(variant)?;
        } else {
            attribute::refuse_strangers(&variant.attrs, &["from"])?;
            arms.add(variant, unique_code(variant, &mut taken)?);
        }
    }
    if arms.others.is_empty() {
        // Codes on variants with fields need it, and a code fits it.
        item.attrs.push(parse_quote!(#[repr(u32)]));
    } else {
        // Without numbers of its own, the enum is stored as the one that it takes in, so that `?` copies nothing.
        item.variants.iter_mut().for_each(|variant| variant.discriminant = None);
    }
    let name = &item.ident;
    let Arms { own, others, sizes, codes, payloads, decoded, wrapped } = arms;
    let froms = others.iter().zip(&wrapped).map(|(ty, variant)| {
        quote_spanned! {ty.span()=>
            impl ::core::convert::From<#ty> for #name {
                #[inline(always)]
                fn from(error: #ty) -> Self {
                    Self::#variant(error)
                }
            }
        }
    });
    let taken_in: Vec<_> = others
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty as ::lockstep_sdk::error::ContractError>))
        .collect();
    // Each enum that is taken in ends the call itself, without a look at the others.
    let end = (!others.is_empty()).then(|| {
        let rest = (!decoded.is_empty()).then(|| quote!(_ => ::lockstep_sdk::error::end(self),));
        quote! {
            #[inline]
            fn end(&self) -> ! {
                match self {
                    #(Self::#wrapped(error) => ::lockstep_sdk::error::ContractError::end(error),)*
                    #rest
                }
            }
        }
    });
    let read = if decoded.is_empty() {
        quote!(::core::option::Option::None)
    } else {
        quote! {
            ::lockstep_sdk::error::read_payload(payload, |input| {
                ::core::result::Result::Ok(match code {
                    #(#decoded,)*
                    _ => return ::core::result::Result::Err(::lockstep_sdk::codec::Malformed),
                })
            })
        }
    };
    Ok(quote! {
        #item

        #[diagnostic::do_not_recommend]
        impl ::lockstep_sdk::error::ContractError for #name {
            const DEFS: &'static [::lockstep_sdk::schema::ErrorDef] = {
                const LISTS: &[&[::lockstep_sdk::schema::ErrorDef]] = &[
                    &[#(#own),*],
                    #(#taken_in::DEFS,)*
                ];
                &::lockstep_sdk::error::join::<{ ::lockstep_sdk::schema::count(LISTS) }>(LISTS)
            };
            const MAX_SIZE: ::core::option::Option<usize> = ::lockstep_sdk::codec::max_of_sizes(&[
                #(#sizes,)*
                #(#taken_in::MAX_SIZE,)*
            ]);

            #[inline(always)]
            fn code(&self) -> u32 {
                match self {
                    #(#codes,)*
                    #(Self::#wrapped(error) => ::lockstep_sdk::error::ContractError::code(error),)*
                }
            }

            #[inline(always)]
            fn payload(&self, out: &mut impl ::lockstep_sdk::codec::Output) {
                match self {
                    #(#payloads)*
                    #(Self::#wrapped(error) => ::lockstep_sdk::error::ContractError::payload(error, out),)*
                }
            }

            #end

            fn from_parts(code: u32, payload: &[u8]) -> ::core::option::Option<Self> {
                #(if let ::core::option::Option::Some(error) =
                    #taken_in::from_parts(code, payload)
                {
                    return ::core::option::Option::Some(Self::#wrapped(error));
                })*
                #read
            }
        }

        #(#froms)*
    })
}

/// What is written for the variants.
#[derive(Default)]
struct Arms {
    /// The errors with a code here.
    own: Vec<TokenStream>,
    sizes: Vec<TokenStream>,
    codes: Vec<TokenStream>,
    payloads: Vec<TokenStream>,
    decoded: Vec<TokenStream>,
    /// The enums that are taken in, and the variants for them.
    others: Vec<Type>,
    wrapped: Vec<Ident>,
}

impl Arms {
    fn add(&mut self, variant: &Variant, code: u32) {
        let name = &variant.ident;
        let text = name.unraw().to_string();
        let docs = attribute::docs(&variant.attrs);
        let fields = field::fields(&variant.fields);
        let described = field::described(&fields);
        let (pattern, encode) = (field::pattern(&fields), field::encode_bound(&fields));
        let decode = field::decode_literal(&fields);
        self.sizes.push(field::max_size(&fields));
        self.own.push(quote!(::lockstep_sdk::schema::ErrorDef {
            code: #code, name: #text, docs: #docs, fields: #described,
        }));
        self.codes.push(quote!(Self::#name { .. } => #code));
        self.payloads.push(quote!(Self::#name #pattern => { #encode }));
        self.decoded.push(quote!(#code => Self::#name #decode));
    }

    fn add_others(&mut self, variant: &Variant) -> Result<()> {
        if let Some((_, code)) = &variant.discriminant {
            return Err(Error::new_spanned(code, "the errors that are taken in have codes of their own"));
        }
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                self.others.extend(fields.unnamed.iter().map(|field| field.ty.clone()));
                self.wrapped.push(variant.ident.clone());
                Ok(())
            }
            _ => Err(Error::new_spanned(
                variant,
                format!("`#[from]` takes another enum's errors in: `{}(ownable::Error)`", variant.ident),
            )),
        }
    }
}

/// The same enum as rustc takes it, whatever is wrong with the codes.
pub(crate) fn without_codes(item: TokenStream) -> TokenStream {
    let Ok(mut item) = syn::parse2::<ItemEnum>(item) else { return TokenStream::new() };
    for variant in &mut item.variants {
        variant.discriminant = None;
        attribute::take(&mut variant.attrs, "from");
    }
    quote!(#item)
}

/// The code of a variant, which no other has.
fn unique_code(variant: &Variant, taken: &mut BTreeMap<u32, String>) -> Result<u32> {
    let (code, place) = code(variant)?;
    if code == 0 {
        return Err(Error::new_spanned(place, "0 is the code of errors without a code; start at 1"));
    }
    if code >= FIRST_STANDARD_CODE {
        let message = format!("codes from {FIRST_STANDARD_CODE:#x} on are of errors that every contract has");
        return Err(Error::new_spanned(place, message));
    }
    if let Some(other) = taken.insert(code, variant.ident.to_string()) {
        return Err(Error::new_spanned(place, format!("`{other}` has the code {code} already")));
    }
    Ok(code)
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
