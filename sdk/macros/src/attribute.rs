//! Reads attributes: doc comments, our own marks, and what looks like a mistyped one.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Result};

/// The first paragraph of a doc comment, on one line.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut paragraph = String::new();
    for line in attributes
        .iter()
        .filter_map(doc_line)
        .flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
    {
        match (line.is_empty(), paragraph.is_empty()) {
            (true, true) => {}
            (true, false) => break,
            (false, true) => paragraph = line,
            (false, false) => {
                paragraph.push(' ');
                paragraph.push_str(&line);
            }
        }
    }
    paragraph
}

/// The text of one line; an empty one is a line too.
fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            // `lines` of an empty text has none, and an empty line ends the paragraph.
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
                Some("\n".to_owned())
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The `#[cfg]`s, which hold for what is generated too.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
}

/// Takes the mark `name` out, and says whether it was there.
///
/// # Errors
/// If it is there twice, or with arguments.
pub(crate) fn take_mark(attributes: &mut Vec<Attribute>, name: &str) -> Result<bool> {
    let mut found = false;
    for attribute in take(attributes, name) {
        attribute
            .meta
            .require_path_only()
            .map_err(|error| Error::new(error.span(), format!("`#[{name}]` takes no arguments")))?;
        if found {
            return Err(Error::new_spanned(attribute, format!("`#[{name}]` is here twice")));
        }
        found = true;
    }
    Ok(found)
}

/// Takes all attributes with this name out.
pub(crate) fn take(attributes: &mut Vec<Attribute>, name: &str) -> Vec<Attribute> {
    attributes.extract_if(.., |attribute| attribute.path().is_ident(name)).collect()
}

/// Refuses arguments of a macro that has none.
///
/// # Errors
/// If there are any.
pub(crate) fn no_arguments(name: &str, args: &TokenStream) -> Result<()> {
    if args.is_empty() {
        return Ok(());
    }
    Err(Error::new_spanned(args, format!("`#[{name}]` takes no arguments")))
}

/// Refuses attributes that were meant for us: near misses of `known`, and what other SDKs have.
///
/// All others are left to rustc, which knows whether they exist.
///
/// # Errors
/// At the attribute, with what to write instead.
pub(crate) fn refuse_strangers(attributes: &[Attribute], known: &[&str]) -> Result<()> {
    for attribute in attributes {
        let Some(name) = attribute.path().get_ident().map(ToString::to_string) else { continue };
        let Some(advice) = advice(&name, known) else { continue };
        return Err(Error::new_spanned(attribute.path(), advice));
    }
    Ok(())
}

/// What to say to an attribute that rustc would not know; none if it may.
fn advice(name: &str, known: &[&str]) -> Option<String> {
    Some(match name {
        "view" | "query" => "`&self` makes a method a view; it has no attribute".to_owned(),
        "call" | "message" | "external" => {
            "every `pub` method can be called; there is no attribute".to_owned()
        }
        "constructor" => "the method that runs at creation has `#[init]`".to_owned(),
        "upgrade" => "the method that runs when the code is replaced has `#[migrate(from = 1)]`".to_owned(),
        _ => {
            let meant = known.iter().find(|known| is_near(known, name))?;
            format!("unknown attribute `{name}`; did you mean `#[{meant}]`?")
        }
    })
}

/// The same tokens without our marks and what was meant to be one, which mean nothing
/// to rustc.
pub(crate) fn without_marks(tokens: TokenStream) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (&token, tokens.peek()) {
            (TokenTree::Punct(pound), Some(TokenTree::Group(brackets)))
                if pound.as_char() == '#' && is_mark(brackets) =>
            {
                tokens.next();
            }
            (TokenTree::Group(group), _) => {
                let mut inner = Group::new(group.delimiter(), without_marks(group.stream()));
                inner.set_span(group.span());
                kept.extend([TokenTree::Group(inner)]);
            }
            _ => kept.extend([token]),
        }
    }
    kept
}

/// Whether `[..]` holds a mark or what was meant to be one.
fn is_mark(brackets: &Group) -> bool {
    const MARKS: [&str; 8] = ["from", "init", "key", "migrate", "payable", "private", "reentrant", "topic"];
    brackets.delimiter() == Delimiter::Bracket
        && match brackets.stream().into_iter().next() {
            Some(TokenTree::Ident(name)) => {
                let name = name.to_string();
                MARKS.contains(&name.as_str()) || advice(&name, &MARKS).is_some()
            }
            _ => false,
        }
}

/// Whether one or two typing errors lead from one word to the other.
fn is_near(known: &str, name: &str) -> bool {
    let allowed = if known.len() < 5 { 1 } else { 2 };
    known != name && distance(known.as_bytes(), name.as_bytes()) <= allowed
}

/// The number of insertions, removals and replacements between two words (Levenshtein).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_documentation_is_the_first_paragraph_on_one_line() {
        let item: syn::ItemStruct = parse_quote! {
            ///
            /// Moves `amount`
            ///   to somebody.
            ///
            /// More.
            struct S;
        };
        assert_eq!(docs(&item.attrs), "Moves `amount` to somebody.");
    }

    #[test]
    fn mistyped_words_are_near_and_others_are_not() {
        assert!(is_near("payable", "payble"));
        assert!(is_near("init", "int"));
        assert!(!is_near("init", "inline"));
        assert!(!is_near("init", "init"));
        assert!(!is_near("topic", "doc"));
    }
}
