//! Whether the bytes of one type read as another, and mean the same there.

use alloc::{collections::BTreeSet, format, string::String};

use crate::schema::{Field, Type, Variant};

/// How much a difference between two types matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Effect {
    /// The bytes read as they were written, under another name or with another meaning.
    Renamed,
    /// Bytes of the old type read as they were written; the new one has values that the old one had not.
    Extended,
    /// Bytes of the old type read as something else, or not at all.
    Misread,
}

/// The first of the differences between two types that matter most.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
#[error("{}{old} became {new}", Path(path))]
pub struct Difference {
    /// Where it is inside the type, such as `items[].amount`; empty for the type as a whole.
    pub path: String,
    /// What is there in the old type.
    pub old: String,
    /// What is there in the new one.
    pub new: String,
    /// What comes of it.
    pub effect: Effect,
}

struct Path<'a>(&'a str);

impl core::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "at `{}`, ", self.0) }
    }
}

/// What is different for one who reads bytes of `old` as `new`; nothing, if the types are equal.
pub(super) fn difference(old: &Type, new: &Type) -> Option<Difference> {
    let here = |effect| Some(Difference::new(old, new, effect));
    match (old, new) {
        (old, new) if old == new => None,
        (Type::Option(old), Type::Option(new)) => difference(old, new),
        (Type::List(old), Type::List(new)) => difference(old, new).map(|found| found.under("[]")),
        (Type::Tuple(olds), Type::Tuple(news)) if olds.len() == news.len() => {
            let parts = olds.iter().zip(news).enumerate();
            worst(
                parts.map(|(at, (old, new))| difference(old, new).map(|found| found.under(&format!("{at}")))),
            )
        }
        (Type::Struct { name: old_name, fields: olds }, Type::Struct { name: new_name, fields: news }) => {
            worst([of_fields(olds, news), name(old_name, new_name)])
        }
        (Type::Enum { name: old_name, variants: olds }, Type::Enum { name: new_name, variants: news }) => {
            worst([of_variants(olds, news), name(old_name, new_name)])
        }
        (Type::String, Type::Bytes) => here(Effect::Extended),
        (old, new) if are_one_number(old, new) => here(Effect::Renamed),
        (old, new) if is_32_bytes(old) && is_32_bytes(new) => here(Effect::Renamed),
        _ => here(Effect::Misread),
    }
}

/// What is different for one who reads fields that were written one after the other.
pub(super) fn of_fields(olds: &[Field], news: &[Field]) -> Option<Difference> {
    if olds.len() != news.len() {
        return Some(Difference {
            path: String::new(),
            old: format!("{{ {} }}", Names(olds.iter().map(|field| field.name.as_str()))),
            new: format!("{{ {} }}", Names(news.iter().map(|field| field.name.as_str()))),
            effect: Effect::Misread,
        });
    }
    let known: BTreeSet<&str> = olds.iter().map(|field| field.name.as_str()).collect();
    worst(olds.iter().zip(news).map(|(old, new)| {
        let ty = difference(&old.ty, &new.ty).map(|found| found.under(&old.name));
        worst([ty, moved(&old.name, &new.name, &known)])
    }))
}

fn of_variants(olds: &[Variant], news: &[Variant]) -> Option<Difference> {
    let known: BTreeSet<&str> = olds.iter().map(|variant| variant.name.as_str()).collect();
    let both = worst(olds.iter().zip(news).map(|(old, new)| {
        let inside = of_fields(&old.fields, &new.fields).map(|found| found.under(&old.name));
        worst([inside, moved(&old.name, &new.name, &known)])
    }));
    let gone = olds.get(news.len()..).unwrap_or_default();
    let added = news.get(olds.len()..).unwrap_or_default();
    let is_moved = added.iter().any(|variant| known.contains(&*variant.name));
    let effect = if gone.is_empty() && !is_moved { Effect::Extended } else { Effect::Misread };
    let names = |variants: &[Variant]| match variants {
        [] => "nothing".into(),
        variants => format!("{}", Names(variants.iter().map(|variant| variant.name.as_str()))),
    };
    let more = || Difference { path: String::new(), old: names(gone), new: names(added), effect };
    worst([both, (olds.len() != news.len()).then(more)])
}

/// A name at the place of another: a new one, or one that was elsewhere before, so that the two are mixed up.
fn moved(old: &str, new: &str, known: &BTreeSet<&str>) -> Option<Difference> {
    let effect = if known.contains(new) { Effect::Misread } else { Effect::Renamed };
    (old != new).then(|| Difference { path: String::new(), old: quoted(old), new: quoted(new), effect })
}

fn name(old: &str, new: &str) -> Option<Difference> {
    let renamed =
        || Difference { path: String::new(), old: quoted(old), new: quoted(new), effect: Effect::Renamed };
    (old != new).then(renamed)
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// The one that matters most; of several, the first.
fn worst(found: impl IntoIterator<Item = Option<Difference>>) -> Option<Difference> {
    found.into_iter().flatten().reduce(|first, next| if next.effect > first.effect { next } else { first })
}

/// Whether both are a number without a sign, in equally many bytes.
const fn are_one_number(old: &Type, new: &Type) -> bool {
    matches!(
        (old, new),
        (Type::U128 | Type::Amount, Type::U128 | Type::Amount)
            | (Type::U64 | Type::Time, Type::U64 | Type::Time)
    )
}

const fn is_32_bytes(ty: &Type) -> bool {
    matches!(ty, Type::Address | Type::Hash | Type::FixedBytes(32))
}

impl Difference {
    fn new(old: &Type, new: &Type, effect: Effect) -> Self {
        Self { path: String::new(), old: format!("{old}"), new: format!("{new}"), effect }
    }

    /// The same, seen from the type that holds it at `step`.
    fn under(mut self, step: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{dot}{}", self.path);
        self
    }
}

/// Names with commas between.
struct Names<I>(I);

impl<'a, I: Iterator<Item = &'a str> + Clone> core::fmt::Display for Names<I> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (at, name) in self.0.clone().enumerate() {
            write!(f, "{}{name}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
