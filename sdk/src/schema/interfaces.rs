//! Which interfaces a contract has, and the bytes that say so.
//!
//! The bytes are those of `lockstep_abi::schema::interfaces::Interfaces` (a test compares them). They travel in a
//! section of their own, which a contract without interfaces does not have.

use lockstep_abi::schema::interfaces::VERSION;

use super::{Method, encode::Sink};

/// An interface that a contract lists. Its methods follow those of the one before it.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// How many methods it has.
    pub methods: usize,
}

/// How many bytes the description of `listed` has.
///
/// # Panics
/// If two of them share a name.
#[must_use]
pub const fn interfaces_size(listed: &[Listed]) -> usize {
    interfaces::<0>(0, listed).length()
}

/// The bytes that describe `listed`, in a schema that begins with `own` other methods; `N` is their
/// [`interfaces_size`].
///
/// # Panics
/// If `N` is another number.
#[must_use]
pub const fn encode_interfaces<const N: usize>(own: usize, listed: &[Listed]) -> [u8; N] {
    interfaces(own, listed).finish()
}

const fn interfaces<const N: usize>(own: usize, listed: &[Listed]) -> Sink<N> {
    let mut sink = Sink::new();
    sink.raw(&VERSION.to_le_bytes());
    sink.number(listed.len());
    let mut first = own;
    let mut at = 0;
    while at < listed.len() {
        let Listed { name, methods } = listed[at];
        check_name(listed, at);
        sink.text(name);
        sink.number(first);
        sink.number(methods);
        first += methods;
        at += 1;
    }
    sink
}

const fn check_name(listed: &[Listed], at: usize) {
    let mut earlier = 0;
    while earlier < at {
        assert!(
            !super::same(listed[earlier].name, listed[at].name),
            "two interfaces of this contract share a name"
        );
        earlier += 1;
    }
}

/// How many bytes the [`signatures`] of `methods` have.
#[doc(hidden)]
#[must_use]
pub const fn signatures_size(methods: &[Method]) -> usize {
    signed::<0>(methods).length()
}

/// What the id of the interface with these methods is the hash of; they are in the order of their names, and `N` is
/// their [`signatures_size`].
#[doc(hidden)]
#[must_use]
pub const fn signatures<const N: usize>(methods: &[Method]) -> [u8; N] {
    signed(methods).finish()
}

const fn signed<const N: usize>(methods: &[Method]) -> Sink<N> {
    let mut sink = Sink::new();
    sink.number(methods.len());
    let mut at = 0;
    while at < methods.len() {
        sink.signature(&methods[at]);
        at += 1;
    }
    sink
}

/// How many elements there are in all of `lists`.
#[doc(hidden)]
#[must_use]
pub const fn count<T>(lists: &[&[T]]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < lists.len() {
        count += lists[at].len();
        at += 1;
    }
    count
}

/// The elements of all `lists` in one; `N` is their [`count`], and `any` is any element.
#[doc(hidden)]
#[must_use]
pub const fn join<T: Copy, const N: usize>(lists: &[&[T]], any: T) -> [T; N] {
    let mut joined = [any; N];
    let mut length = 0;
    let mut list = 0;
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            joined[length] = lists[list][at];
            length += 1;
            at += 1;
        }
        list += 1;
    }
    joined
}
