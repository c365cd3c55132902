//! The macros of `lockstep-sdk`. Use them through that crate, which says how.
//!
//! Each keeps what the author wrote, token by token with its place in the file, takes only its own attributes
//! out, and adds items beside it; so editors keep working and errors point at the author's line. What is
//! added holds no logic of its own: it fills in traits and constants of `lockstep-sdk`.
//!
//! | macro | on | file |
//! |---|---|---|
//! | `#[contract]` | the `impl` with the methods | `contract.rs`, one method: `method.rs`, the version of the storage: `version.rs` |
//! | `#[interface]` | a trait | `interface.rs`, and `#[contract]` on an `impl` of it |
//! | `#[storage]` | the contract's struct | `storage.rs` |
//! | `#[event]` | a struct | `event.rs` |
//! | `#[error]` | an enum | `error.rs` |
//! | `#[derive(Data)]` | any type | `data.rs` |

mod attribute;
mod contract;
mod data;
mod error;
mod event;
mod events;
mod field;
mod interface;
mod lists;
mod method;
mod storage;
mod version;

use proc_macro::TokenStream;

/// Makes the methods of an `impl` callable from outside.
///
/// Each `pub fn` becomes an export of the Wasm and an entry of the interface. `&mut self` makes a method that
/// transactions call; `&self` makes a view, which anybody may ask and in which the VM refuses all writes.
/// Functions that are not `pub` stay helpers. A method returns nothing, a value, or a `Result`.
///
/// - `#[contract(events(Transfer, Approval))]` lists the events that the contract emits.
/// - `#[contract(implements(Fungible))]` lists the interfaces that it has. Each is implemented as any trait is, with a
///   plain `#[contract]` on the `impl`.
/// - `#[contract(version = 3)]` says which version the storage has, if another than the first: it stays when the migration
///   that led there is gone. Beside `#[migrate(from = 2)]` it may be left out.
/// - `#[init]`: runs once, at creation; takes `&mut self`.
/// - `#[payable]`: accepts the chain's currency. The VM refuses value for all other methods.
/// - `#[reentrant]`: may be called while the contract is on the stack. The VM refuses that for all others.
/// - `#[private]`: only the contract itself may call it, by its own address. Everybody else is refused.
/// - `#[migrate(from = 1)]`: runs when this code replaces the code of version 1. Its first argument is the storage as it
///   was, another struct with `#[storage]`; the others come with the upgrade.
///
/// The interface in bytes is the constant `SCHEMA` of the type, and a section of the Wasm.
#[proc_macro_attribute]
pub fn contract(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(contract::expand(args.into(), item.clone().into()), item)
}

/// Makes a trait an interface: methods that several contracts have.
///
/// For a trait `Fungible` there is then `FungibleRef`, with all of its methods, which calls a contract that has them:
/// `FungibleRef::at(token).transfer(to, 5)`. `.gas(..)` limits the call, `.value(..)` (if a method is `#[payable]`) sends
/// value along. Each method is there a second time as `try_..`, which returns whatever goes wrong.
///
/// A method takes `&self` or `&mut self`, as those of a contract, and may be `#[payable]`. It has no body.
/// See [`lockstep_sdk::interface`](../lockstep_sdk/interface/index.html).
#[proc_macro_attribute]
pub fn interface(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(interface::expand(args.into(), item.clone().into()), item)
}

/// Makes a struct the storage of a contract, or a part of one.
///
/// Its fields are `Cell`, `Map`, `OrdMap`, `Set`, `Vector`, `Queue`, or other structs with `#[storage]`, each with a key
/// space of its own. Two fields that would share their entries do not compile.
///
/// A part that emits events lists them, `#[storage(events(Paused))]`, and they are in the interface of every contract
/// that has the part.
///
/// Where a field's entries are follows from the field's name, so fields can be added, removed and moved. To
/// rename one and keep its entries, pin its old name: `#[key = "old_name"]`.
#[proc_macro_attribute]
pub fn storage(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(storage::expand(args.into(), item.clone().into()), item)
}

/// Makes a struct an event, with `.emit()`.
///
/// The fields with `#[topic]`, at most three, can be searched for; the name is a topic too. A topic is the field
/// in borsh, and the BLAKE3 hash of that if it is longer than 32 bytes: so an `Address` can be read back, and
/// a `String` only compared.
#[proc_macro_attribute]
pub fn event(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand(args.into(), item.clone().into()), item)
}

/// Makes an enum the errors of a contract. Each variant has a code that is not 0: `NotFound = 1`.
///
/// Users see the variant's name, its fields and the first paragraph of its doc comment, from the interface; the
/// code of the contract holds no texts. A code keeps its meaning for ever: add codes, never reuse one.
///
/// `#[from] Owner(ownable::Error)` takes another enum's errors in, with their codes, and makes `?` turn the one into the
/// other. Two errors with one code do not compile.
#[proc_macro_attribute]
pub fn error(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(error::expand(args.into(), item.clone().into()), error::without_codes(item.into()).into())
}

/// Makes a type usable as argument, result, stored value and field: its encoding (borsh) and its description.
///
/// A struct is its fields in order; an enum is the number of the variant in one byte and the variant's fields.
/// A struct with one unnamed field is described as that field.
#[proc_macro_derive(Data)]
pub fn data(item: TokenStream) -> TokenStream {
    finish(data::expand(item.into()), TokenStream::new())
}

/// What was made, or the error beside what the author wrote: else all that uses it would be an error too.
fn finish(result: syn::Result<proc_macro2::TokenStream>, item: TokenStream) -> TokenStream {
    match result {
        Ok(made) => made.into(),
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(attribute::without_marks(item.into()));
            tokens.into()
        }
    }
}
