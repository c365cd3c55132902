//! Fields of a struct or a variant, whether named, numbered or absent.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Fields, Generics, Ident, Member, Result, Type, ext::IdentExt, spanned::Spanned};

/// A field as the generated code needs it.
pub(crate) struct Field<'a> {
    /// How it is named in patterns and literals: `name` or `0`.
    pub(crate) member: Member,
    /// What a pattern binds it to.
    pub(crate) binding: Ident,
    /// Its name in the interface.
    pub(crate) name: String,
    pub(crate) ty: &'a Type,
}

pub(crate) fn fields(fields: &Fields) -> Vec<Field<'_>> {
    let members = fields.members();
    members
        .zip(fields.iter())
        .enumerate()
        .map(|(at, (member, field))| Field {
            binding: format_ident!("field{at}", span = Span::mixed_site()),
            name: match &member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            },
            member,
            ty: &field.ty,
        })
        .collect()
}

/// `{ name: field0, 1: field1 }`: a pattern for any kind of fields.
pub(crate) fn pattern(fields: &[Field<'_>]) -> TokenStream {
    let members = fields.iter().map(|field| &field.member);
    let bindings = fields.iter().map(|field| &field.binding);
    quote!({ #(#members: #bindings),* })
}

/// Statements that write bound fields to `out`.
pub(crate) fn encode_bound(fields: &[Field<'_>]) -> TokenStream {
    fields
        .iter()
        .map(|Field { binding, ty, .. }| {
            quote_spanned!(ty.span()=> <#ty as ::lockstep_sdk::codec::Encode>::encode(#binding, out);)
        })
        .collect()
}

/// `{ name: decode(input)?, .. }`: a literal for any kind of fields.
pub(crate) fn decode_literal(fields: &[Field<'_>]) -> TokenStream {
    let values = fields.iter().map(|Field { member, ty, .. }| {
        quote_spanned!(ty.span()=> #member: <#ty as ::lockstep_sdk::codec::Decode>::decode(input)?)
    });
    quote!({ #(#values),* })
}

/// The sum of the fields' sizes: an `Option<usize>`.
pub(crate) fn size(fields: &[Field<'_>]) -> TokenStream {
    sum(fields, &quote!(SIZE))
}

/// The sum of the fields' largest sizes: an `Option<usize>`.
pub(crate) fn max_size(fields: &[Field<'_>]) -> TokenStream {
    sum(fields, &quote!(MAX_SIZE))
}

fn sum(fields: &[Field<'_>], of: &TokenStream) -> TokenStream {
    let sizes = fields.iter().map(|field| {
        let ty = field.ty;
        quote_spanned!(ty.span()=> <#ty as ::lockstep_sdk::codec::Encode>::#of)
    });
    quote!(::lockstep_sdk::codec::sum_of_sizes(&[#(#sizes),*]))
}

/// The fields in the interface: a `&[Field]`.
pub(crate) fn described(fields: &[Field<'_>]) -> TokenStream {
    let fields = fields.iter().map(|Field { name, ty, .. }| {
        let ty = description(ty);
        quote!(::lockstep_sdk::schema::Field { name: #name, ty: #ty })
    });
    quote!(&[#(#fields),*])
}

/// A type in the interface.
pub(crate) fn description(ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as ::lockstep_sdk::schema::Describe>::TYPE)
}

/// Refuses type and lifetime parameters.
///
/// # Errors
/// At the first parameter, with `reason`.
pub(crate) fn no_generics(generics: &Generics, reason: &str) -> Result<()> {
    if let Some(param) = generics.params.first() {
        return Err(syn::Error::new_spanned(param, reason));
    }
    match &generics.where_clause {
        Some(clause) => Err(syn::Error::new_spanned(clause, reason)),
        None => Ok(()),
    }
}
