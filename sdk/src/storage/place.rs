//! Where a field's entries are, as a type.
//!
//! A type, not a value: the keys are then constants of the program, which costs a contract four bytes of data
//! instead of instructions that build them at every use, and components know theirs wherever they are embedded.

use core::marker::PhantomData;

use lockstep_abi::schema::layout::{PATH_START, path_hash};

/// A place in a contract's storage: the contract itself, or a field of it.
pub trait Place {
    /// FNV-1a of the names that lead there, with points between them: `roles.members`.
    const HASH: u32;
    /// Whether it is the contract itself, whose name is not a part of the path.
    #[doc(hidden)]
    const IS_ROOT: bool = false;
}

/// The contract's own struct.
#[derive(Debug)]
pub struct Root;

impl Place for Root {
    const HASH: u32 = PATH_START;
    const IS_ROOT: bool = true;
}

/// The name of a field. Implemented by `#[storage]`.
#[doc(hidden)]
pub trait Name {
    /// The name, or the key that the author pinned.
    const NAME: &'static str;
}

/// The field of the name `N` at `P`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Child<P, N>(PhantomData<(P, N)>);

impl<P: Place, N: Name> Place for Child<P, N> {
    const HASH: u32 = child(P::HASH, P::IS_ROOT, N::NAME);
}

/// The hash of the path that goes on from `parent` with `name`.
pub(crate) const fn child(parent: u32, is_root: bool, name: &str) -> u32 {
    let parent = if is_root { parent } else { path_hash(parent, b".") };
    path_hash(parent, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct A;
    struct B;

    impl Name for A {
        const NAME: &'static str = "foo";
    }

    impl Name for B {
        const NAME: &'static str = "balances";
    }

    #[test]
    fn a_place_is_the_hash_of_its_path() {
        assert_eq!(Child::<Root, B>::HASH, 0xd354_c548);
        assert_eq!(Child::<Child<Root, A>, B>::HASH, path_hash(PATH_START, b"foo.balances"));
    }
}
