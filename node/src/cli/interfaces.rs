//! The interfaces that a contract says it has, by name and id.
//!
//! The name is the author's word. The id is made here, of the methods that the chain holds the contract to: whoever wants
//! to know whether it is a token compares ids.

use std::fmt::Write;

use lockstep_abi::{
    Hash,
    schema::{
        Schema,
        interfaces::{Interfaces, SECTION},
        section::custom_sections,
    },
};
use serde_json::{Value, json};

/// The interfaces in a module; or why what it says of them cannot be read, which the chain does not check.
pub(crate) struct Listed(Result<Vec<Found>, String>);

struct Found {
    name: String,
    /// None, if it claims methods that the contract does not have, or not for others.
    id: Option<Hash>,
}

impl Listed {
    pub(crate) fn of(wasm: &[u8], schema: &Schema) -> Self {
        let read = || -> Result<Vec<Found>, String> {
            let sections = custom_sections(wasm).map_err(|error| error.to_string())?;
            let mut listed = sections.into_iter().filter(|(name, _)| *name == SECTION);
            let bytes = match (listed.next(), listed.next()) {
                (None, _) => return Ok(Vec::new()),
                (Some((_, bytes)), None) => bytes,
                // Another tool might take the other one.
                (Some(_), Some(_)) => return Err(format!("there are two sections `{SECTION}`")),
            };
            let interfaces = Interfaces::decode(bytes).map_err(|error| error.to_string())?;
            let found = interfaces.list.into_iter().map(|interface| {
                let id = interface.id(schema);
                Found { name: interface.name, id }
            });
            Ok(found.collect())
        };
        Self(read())
    }

    /// For programs: null, if it cannot be read.
    pub(crate) fn json(&self) -> Value {
        let Ok(found) = &self.0 else { return Value::Null };
        found.iter().map(|Found { name, id }| json!({ "name": name, "id": id })).collect()
    }

    /// For people, in lines; nothing, if there are none.
    pub(crate) fn text(&self) -> String {
        let found = match &self.0 {
            Ok(found) if found.is_empty() => return String::new(),
            Ok(found) => found,
            Err(why) => return format!("interfaces\n  not readable: {why}\n"),
        };
        let mut text = "interfaces\n".to_owned();
        let width = found.iter().map(|found| found.name.chars().count()).max().unwrap_or(0);
        for Found { name, id } in found {
            let id = id.map_or_else(
                || "of methods that it does not have or keeps to itself".into(),
                |id| id.to_string(),
            );
            writeln!(text, "  {name:width$}  {id}").expect("a text can be written to");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::schema::{
        Method, MethodKind, Type, VERSION,
        interfaces::{self, Interface},
        section::with_section,
    };

    use super::*;

    fn schema() -> Schema {
        let method = |name: &str| Method {
            name: name.into(),
            docs: String::new(),
            kind: MethodKind::View,
            payable: false,
            reentrant: false,
            private: false,
            args: vec![],
            result: Type::U64,
        };
        let (name, docs, methods) = ("a".into(), String::new(), vec![method("get"), method("more")]);
        Schema { version: VERSION, name, docs, methods, events: vec![], errors: vec![] }
    }

    /// A module of no sections.
    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    fn listed(section: Option<&[u8]>) -> Listed {
        let mut wasm = EMPTY.to_vec();
        if let Some(bytes) = section {
            wasm = with_section(&wasm, SECTION, bytes).unwrap();
        }
        Listed::of(&wasm, &schema())
    }

    #[test]
    fn interfaces_are_told_by_name_and_by_the_id_of_their_methods() {
        let one = |name: &str, first, count| Interface { name: name.into(), first, count };
        let list = vec![one("Read", 0, 1), one("Unfounded", 1, 2)];
        let bytes = Interfaces { version: interfaces::VERSION, list }.encode();
        let listed = listed(Some(&bytes));
        let id = interfaces::id(&schema().methods[..1]);
        let json = json!([{ "name": "Read", "id": id }, { "name": "Unfounded", "id": null }]);
        assert_eq!(listed.json(), json);
        let text = format!(
            "interfaces\n  Read       {id}\n  Unfounded  of methods that it does not have or keeps to itself\n"
        );
        assert_eq!(listed.text(), text);
    }

    #[test]
    fn a_section_that_is_missing_or_damaged_does_not_hide_the_contract() {
        assert_eq!((listed(None).json(), listed(None).text()), (json!([]), String::new()));
        let damaged = listed(Some(&[9]));
        assert_eq!(damaged.json(), Value::Null);
        assert!(damaged.text().starts_with("interfaces\n  not readable: "), "{}", damaged.text());
    }

    /// Tools that take the first, and those that take the last, would tell of different contracts.
    #[test]
    fn of_two_sections_neither_is_taken() {
        let section = |name: &str| {
            let list = vec![Interface { name: name.into(), first: 0, count: 1 }];
            let bytes = Interfaces { version: interfaces::VERSION, list }.encode();
            with_section(EMPTY, SECTION, &bytes).unwrap()
        };
        let (first, second) = (section("First"), section("Second"));
        let listed = Listed::of(&[&first, &second[EMPTY.len()..]].concat(), &schema());
        assert_eq!(listed.json(), Value::Null);
        let text = "interfaces\n  not readable: there are two sections `lockstep.interfaces`\n";
        assert_eq!(listed.text(), text);
    }
}
