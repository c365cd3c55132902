//! What the macros accept, and what they say to what they refuse.
//!
//! Each file in `ui/` is a crate of its own; beside one that fails is the compiler's message. To write the
//! messages anew: `TRYBUILD=overwrite cargo test -p lockstep-sdk --test ui`.

#[test]
fn contracts_compile_or_fail_with_the_right_words() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
