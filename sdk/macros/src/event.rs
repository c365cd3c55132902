//! `#[event]`: a struct that can be announced.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Fields, ItemStruct, Result, ext::IdentExt, spanned::Spanned};

use crate::{
    attribute,
    field::{self, Field},
};

/// Topics that the author chooses; the VM allows four, and the name is one.
const MAX_TOPICS: usize = 3;
/// Bytes of a topic. A longer name is cut.
const MAX_TOPIC_BYTES: usize = 32;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    attribute::no_arguments("event", &args)?;
    let mut item: ItemStruct = syn::parse2(item)?;
    field::no_generics(&item.generics, "an event cannot be generic: the interface has one form of it")?;
    if let Fields::Unnamed(fields) = &item.fields {
        return Err(Error::new_spanned(fields, "name the fields: the names are in the interface"));
    }

    let mut is_topic = Vec::new();
    for field in &mut item.fields {
        let topic = attribute::take_mark(&mut field.attrs, "topic")?;
        attribute::refuse_strangers(&field.attrs, &["topic"])?;
        if topic && is_topic.iter().filter(|topic| **topic).count() == MAX_TOPICS {
            let message = format!("an event has at most {MAX_TOPICS} topics beside its name");
            return Err(Error::new_spanned(field, message));
        }
        is_topic.push(topic);
    }

    let (topics, data): (Vec<_>, Vec<_>) =
        field::fields(&item.fields).into_iter().zip(&is_topic).partition(|(_, topic)| **topic);
    let topics: Vec<_> = topics.into_iter().map(|(field, _)| field).collect();
    let data: Vec<_> = data.into_iter().map(|(field, _)| field).collect();

    let name = &item.ident;
    let text = name.unraw().to_string();
    let cut: Vec<u8> = text.bytes().take(MAX_TOPIC_BYTES).collect();
    // With its length before it, as the VM wants it: so it is one constant.
    let topic_name = Literal::byte_string(&[&[cut.len() as u8], &*cut].concat());
    let first_topic = Literal::byte_string(&cut);
    let docs = attribute::docs(&item.attrs);
    let all = field::fields(&item.fields);
    let described = all.iter().zip(&is_topic).map(|(field, topic)| {
        let (name, ty) = (&field.name, field::description(field.ty));
        quote!(::lockstep_sdk::schema::EventField { name: #name, ty: #ty, topic: #topic })
    });
    let pushed = topics.iter().map(|field| {
        let (member, ty) = (&field.member, field.ty);
        quote_spanned!(ty.span()=> topics.push::<#ty>(&self.#member);)
    });
    let size = field::size(&data);
    let written = data.iter().map(|field| {
        let (member, ty) = (&field.member, field.ty);
        quote_spanned!(ty.span()=> <#ty as ::lockstep_sdk::codec::Encode>::encode(&self.#member, out);)
    });
    let bound = topics.iter().map(|field| &field.binding);
    let read = all.iter().zip(&is_topic).map(|(field, topic)| {
        let Field { member, binding, ty, .. } = field;
        if *topic {
            quote_spanned!(ty.span()=> #member: ::lockstep_sdk::codec::decode::<#ty>(#binding).ok()?)
        } else {
            quote_spanned!(ty.span()=> #member: <#ty as ::lockstep_sdk::codec::Decode>::decode(input).ok()?)
        }
    });

    Ok(quote! {
        #item

        impl ::lockstep_sdk::event::Event for #name {
            const DEF: ::lockstep_sdk::schema::EventDef = ::lockstep_sdk::schema::EventDef {
                name: #text,
                docs: #docs,
                fields: &[#(#described),*],
            };
            const DATA_SIZE: ::core::option::Option<usize> = #size;

            #[inline(always)]
            fn topics(&self, topics: &mut ::lockstep_sdk::event::Topics<'_>) {
                topics.name(#topic_name);
                #(#pushed)*
            }

            #[inline(always)]
            fn data(&self, out: &mut impl ::lockstep_sdk::codec::Output) {
                #(#written)*
            }

            fn from_parts(topics: &[&[u8]], data: &[u8]) -> ::core::option::Option<Self> {
                let [name, #(#bound),*] = topics else { return ::core::option::Option::None };
                if *name != #first_topic {
                    return ::core::option::Option::None;
                }
                let input = &mut ::lockstep_sdk::codec::Input::new(data);
                let event = Self { #(#read),* };
                input.is_empty().then_some(event)
            }
        }
    })
}
