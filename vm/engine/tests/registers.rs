//! Locals change places where that gives registers to those that are used most; what they hold must not.

mod support;

use support::Runner;

/// Six parameters and two locals of either type. The last ones are used in a loop, so that they change places with the
/// first ones; all are returned, those that were never written as zeros.
#[test]
fn locals_that_change_places_keep_their_values() {
    let text = r#"(module
        (import "lockstep" "return_data" (func $return (param i32 i32)))
        (memory (export "memory") 1)
        (func $g (param i32 i64 i32 i64 i32 i64) (local i64 i32 i32 i64)
            (loop
                (local.set 5 (i64.add (local.get 5) (local.get 3)))
                (local.set 6 (i64.add (local.get 6) (local.get 5)))
                (local.set 7 (i32.add (local.get 7) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 7) (local.get 4))))
            (i64.store (i32.const 0) (i64.extend_i32_u (local.get 0)))
            (i64.store (i32.const 8) (local.get 1))
            (i64.store (i32.const 16) (i64.extend_i32_u (local.get 2)))
            (i64.store (i32.const 24) (local.get 3))
            (i64.store (i32.const 32) (i64.extend_i32_u (local.get 4)))
            (i64.store (i32.const 40) (local.get 5))
            (i64.store (i32.const 48) (local.get 6))
            (i64.store (i32.const 56) (i64.extend_i32_u (local.get 7)))
            (i64.store (i32.const 64) (i64.extend_i32_u (local.get 8)))
            (i64.store (i32.const 72) (local.get 9)))
        (func (export "f")
            (call $g (i32.const -1) (i64.const -2) (i32.const 7) (i64.const 1000000000000) (i32.const 3)
                (i64.const 5))
            (call $return (i32.const 0) (i32.const 80))))"#;
    let data = Runner::new(text).call("f").result.unwrap();
    let values: Vec<u64> =
        data.chunks(8).map(|value| u64::from_le_bytes(value.try_into().unwrap())).collect();
    let step = 1_000_000_000_000;
    let expected = [u64::from(u32::MAX), -2_i64 as u64, 7, step, 3, 5 + 3 * step, 3 * 5 + 6 * step, 3, 0, 0];
    assert_eq!(values, expected);
}
