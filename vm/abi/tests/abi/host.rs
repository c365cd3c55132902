//! The host table, and the page that is made from it.

use std::{collections::BTreeSet, fmt::Write, mem};

use lockstep_abi::host::{Access, HostFunction, IMPORT_MODULE, ValueType};

use crate::golden::assert_golden;

const TABLE: &str = include_str!("../../src/host/table.rs");
const LIMITS: &str = include_str!("../../src/limits.rs");

#[test]
fn the_page_for_people_says_what_the_table_says() {
    let mut page = String::from(
        "# Host functions\n\n\
         Made from `src/host/table.rs` and `src/limits.rs` by a test; rewrite it with\n\
         `UPDATE_GOLDEN=1 cargo test -p lockstep-abi --features json`.\n\n",
    );
    writeln!(
        page,
        "A contract imports them from the module `{IMPORT_MODULE}`. A *write* halts in a `view`.\n"
    )
    .unwrap();
    writeln!(page, "## Conventions\n\n{}", conventions()).unwrap();
    page += "## Functions\n\n";
    page += "| function | access | gas | gas per byte | what it does |\n|---|---|---:|---:|---|\n";
    for function in HostFunction::ALL {
        writeln!(page, "{}", row(*function)).unwrap();
    }
    writeln!(page, "\n## Limits\n\n{}", limits()).unwrap();
    assert_golden("HOST.md", &page.replace("\n\n\n", "\n\n"));
}

fn row(function: HostFunction) -> String {
    let access = match function.access() {
        Access::Read => "read",
        Access::Write => "write",
    };
    let params = function.declared_params().iter().map(|(name, ty)| format!("{name}: {ty}"));
    let params = params.collect::<Vec<_>>().join(", ");
    let result = function.declared_result().map(|ty| format!(" -> {ty}")).unwrap_or_default();
    let docs = function.docs().iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let price = function.price();
    format!(
        "| `{}({params}){result}` | {access} | {} | {} | {docs} |",
        function.name(),
        grouped(price.fixed),
        grouped(price.per_byte)
    )
}

/// A number as Rust writes it, `1_500_000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap());
    groups.collect::<Vec<_>>().join("_")
}

/// The part of the table's header that a contract's author needs.
fn conventions() -> String {
    let header = TABLE.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = header.skip_while(|line| *line != " # Conventions").skip(2);
    lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

/// The constants of `limits.rs`, as they are written there.
fn limits() -> String {
    let mut page = String::new();
    let mut docs = Vec::new();
    for line in LIMITS.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("/// ") {
            docs.push(doc);
        } else if let Some(module) = line.strip_prefix("pub mod ") {
            let module = module.trim_end_matches(" {");
            let about = mem::take(&mut docs).join(" ");
            writeln!(page, "\n### `limits::{module}`\n\n{about}\n\n| name | value | why |\n|---|---|---|")
                .unwrap();
        } else if let Some(limit) = line.strip_prefix("pub const ") {
            let (name, value) = limit.split_once(" = ").unwrap();
            let name = name.split(':').next().unwrap();
            let about = mem::take(&mut docs).join(" ");
            writeln!(page, "| `{name}` | `{}` | {about} |", value.trim_end_matches(';')).unwrap();
        }
    }
    page
}

#[test]
fn a_row_is_found_by_its_name_and_no_name_is_there_twice() {
    let names: BTreeSet<_> = HostFunction::ALL.iter().map(|function| function.name()).collect();
    assert_eq!(names.len(), HostFunction::ALL.len());
    for function in HostFunction::ALL {
        assert_eq!(HostFunction::by_name(function.name()), Some(*function));
    }
    assert_eq!(HostFunction::by_name("storage_gett"), None);
}

#[test]
fn the_wasm_types_are_those_of_the_declaration() {
    for function in HostFunction::ALL {
        let declared = function.declared_params().iter().map(|(_, ty)| wasm_type(ty));
        assert!(declared.eq(function.params().iter().copied()), "{}", function.name());
        assert_eq!(function.declared_result().map(wasm_type), function.result(), "{}", function.name());
    }
}

fn wasm_type(declared: &str) -> ValueType {
    match declared {
        "u32" => ValueType::I32,
        "u64" | "i64" => ValueType::I64,
        other => panic!("the table has a type that this test does not know: {other}"),
    }
}

#[test]
fn what_changes_the_state_or_the_receipt_is_a_write() {
    let writes = HostFunction::ALL.iter().filter(|function| function.access() == Access::Write);
    let names: Vec<_> = writes.map(|function| function.name()).collect();
    assert_eq!(names, ["storage_set", "storage_remove", "emit", "transfer", "create"]);
}

#[test]
fn every_function_has_a_fixed_price() {
    for function in HostFunction::ALL {
        assert!(function.price().fixed > 0, "{} is free", function.name());
    }
}
