//! `#[derive(Data)]`: encoding, decoding and description of a type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Error, Fields, GenericParam, Generics, Result, ext::IdentExt, parse_quote};

use crate::field;

/// Variants that one byte can number.
const MAX_VARIANTS: usize = 256;

/// The parts of the three implementations that differ between structs and enums.
struct Parts {
    size: TokenStream,
    max_size: TokenStream,
    encode: TokenStream,
    decode: TokenStream,
    description: TokenStream,
}

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let text = item.ident.unraw().to_string();
    let parts = match &item.data {
        syn::Data::Struct(data) => of_struct(&text, &data.fields),
        syn::Data::Enum(data) => of_enum(&item, &text, data)?,
        syn::Data::Union(data) => {
            return Err(Error::new_spanned(data.union_token, "a union does not say what is in it"));
        }
    };
    let Parts { size, max_size, encode, decode, description } = parts;

    let name = &item.ident;
    let generics = with_bounds(&item.generics)?;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        impl #impl_generics ::lockstep_sdk::codec::Encode for #name #type_generics #where_clause {
            const SIZE: ::core::option::Option<usize> = #size;
            const MAX_SIZE: ::core::option::Option<usize> = #max_size;

            #[inline(always)]
            fn encode(&self, out: &mut impl ::lockstep_sdk::codec::Output) {
                #encode
            }
        }

        impl #impl_generics ::lockstep_sdk::codec::Decode for #name #type_generics #where_clause {
            #[inline(always)]
            fn decode(
                input: &mut ::lockstep_sdk::codec::Input<'_>,
            ) -> ::core::result::Result<Self, ::lockstep_sdk::codec::Malformed> {
                ::core::result::Result::Ok(#decode)
            }
        }

        impl #impl_generics ::lockstep_sdk::schema::Describe for #name #type_generics #where_clause {
            const TYPE: ::lockstep_sdk::schema::Type = #description;
        }
    })
}

fn of_struct(text: &str, fields: &Fields) -> Parts {
    let list = field::fields(fields);
    let (pattern, written, literal) =
        (field::pattern(&list), field::encode_bound(&list), field::decode_literal(&list));
    let description = match fields {
        Fields::Named(_) => {
            let fields = field::described(&list);
            quote!(::lockstep_sdk::schema::Type::Struct { name: #text, fields: #fields })
        }
        // A wrapper is seen as what it wraps; more parts without names are a tuple.
        Fields::Unnamed(_) => {
            let types: Vec<_> = list.iter().map(|field| field::description(field.ty)).collect();
            match types.as_slice() {
                [one] => one.clone(),
                _ => quote!(::lockstep_sdk::schema::Type::Tuple(&[#(#types),*])),
            }
        }
        Fields::Unit => quote!(::lockstep_sdk::schema::Type::Unit),
    };
    Parts {
        size: field::size(&list),
        max_size: field::max_size(&list),
        encode: quote!(let Self #pattern = self; #written),
        decode: quote!(Self #literal),
        description,
    }
}

fn of_enum(item: &DeriveInput, text: &str, data: &DataEnum) -> Result<Parts> {
    if data.variants.is_empty() {
        return Err(Error::new_spanned(&item.ident, "an enum without variants has no values"));
    }
    if data.variants.len() > MAX_VARIANTS {
        return Err(Error::new_spanned(&item.ident, format!("at most {MAX_VARIANTS} variants")));
    }
    let mut encode_arms = Vec::new();
    let mut decode_arms = Vec::new();
    let mut described = Vec::new();
    let mut sizes = Vec::new();
    for (number, variant) in (0..=u8::MAX).zip(&data.variants) {
        if let Some((_, value)) = &variant.discriminant {
            return Err(Error::new_spanned(
                value,
                "variants are numbered from 0 in order; a number of your own would not be the encoded one",
            ));
        }
        let name = &variant.ident;
        let variant_text = name.unraw().to_string();
        let fields = field::fields(&variant.fields);
        let (pattern, written) = (field::pattern(&fields), field::encode_bound(&fields));
        let literal = field::decode_literal(&fields);
        sizes.push(field::max_size(&fields));
        let fields = field::described(&fields);
        encode_arms.push(quote!(Self::#name #pattern => { out.write(&[#number]); #written }));
        decode_arms.push(quote!(#number => Self::#name #literal));
        described.push(quote!(::lockstep_sdk::schema::Variant { name: #variant_text, fields: #fields }));
    }
    let bare = data.variants.iter().all(|variant| variant.fields.is_empty());
    Ok(Parts {
        size: if bare {
            quote!(::core::option::Option::Some(1))
        } else {
            quote!(::core::option::Option::None)
        },
        max_size: quote!(::lockstep_sdk::codec::sum_of_sizes(&[
            ::core::option::Option::Some(1),
            ::lockstep_sdk::codec::max_of_sizes(&[#(#sizes),*]),
        ])),
        encode: quote!(match self { #(#encode_arms)* }),
        decode: quote!(match <u8 as ::lockstep_sdk::codec::Decode>::decode(input)? {
            #(#decode_arms,)*
            _ => return ::core::result::Result::Err(::lockstep_sdk::codec::Malformed),
        }),
        description: quote!(::lockstep_sdk::schema::Type::Enum { name: #text, variants: &[#(#described),*] }),
    })
}

/// The type's parameters, each of them data too.
fn with_bounds(generics: &Generics) -> Result<Generics> {
    let mut generics = generics.clone();
    for param in &mut generics.params {
        match param {
            GenericParam::Type(param) => param.bounds.push(parse_quote!(::lockstep_sdk::codec::Data)),
            GenericParam::Const(_) => {}
            GenericParam::Lifetime(param) => {
                return Err(Error::new_spanned(
                    param,
                    "data is owned: `String` for `&str`, `Vec<T>` for `&[T]`",
                ));
            }
        }
    }
    Ok(generics)
}
