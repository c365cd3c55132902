//! Claims about the crate as its users see it.
//!
//! One file for each part of the crate; `value.rs` and `interface.rs` make arbitrary values, `golden.rs`
//! compares with the files in `tests/golden`. Without the feature `json` the tests of JSON are left out.

mod golden;
mod host;
mod interface;
mod interfaces;
mod layout;
mod schema;
mod section;
mod state;
mod text;
mod time;
mod upgrade;
mod value;
mod wire;

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod schema_json;
#[cfg(feature = "json")]
mod schema_json_examples;
