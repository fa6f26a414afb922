//! What the compiler says when `alts!`, or the rule that nothing leaves its thread, is broken.
//!
//! The texts are those of one version of the compiler; `TRYBUILD=overwrite cargo test --test ui` writes them anew.

#[test]
fn errors_are_readable() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
