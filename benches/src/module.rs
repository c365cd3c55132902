//! Modules of a size, made up: code as rustc writes it, and code that takes a compiler long.

use std::fmt::Write;

/// A module of about `bytes` bytes, in the text format, that looks like what rustc writes: functions of two dozen
/// statements over a stack frame in memory, with arithmetic, loads, stores, branches, loops and calls of the
/// functions before. The same each time.
#[must_use]
pub fn like_rustc(bytes: usize) -> String {
    /// What a function comes to, measured.
    const FUNCTION_BYTES: usize = 289;
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut text = String::from(
        "(module (memory (export \"memory\") 17) (global $sp (mut i32) (i32.const 1048576)) (func (export \"f\"))",
    );
    for index in 0..bytes / FUNCTION_BYTES {
        function(&mut text, &mut random, index);
    }
    text.push(')');
    text
}

/// Numbers that only look random: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn function(text: &mut String, random: &mut Random, index: usize) {
    let mut add = |code: String| text.push_str(&code);
    add(format!(
        "(func $f{index} (param i32 i32) (result i32) (local i32 i32 i32 i64)
         (local.set 2 (i32.sub (global.get $sp) (i32.const 64))) (global.set $sp (local.get 2))"
    ));
    for _ in 0..24 {
        let (a, b, c) = (random.below(5), random.below(5), random.below(5));
        let offset = random.below(8) * 4;
        add(match random.below(8) {
            0 => format!("(local.set {a} (i32.add (local.get {b}) (i32.const {})))", random.below(4_096)),
            1 => {
                format!("(local.set {a} (i32.and (i32.shr_u (local.get {b}) (i32.const 3)) (local.get {c})))")
            }
            2 => format!("(local.set {a} (i32.load offset={offset} (local.get 2)))"),
            3 => format!("(i32.store offset={offset} (local.get 2) (local.get {a}))"),
            4 => format!("(i64.store offset={} (local.get 2) (local.get 5))", offset & !7),
            5 => format!(
                "(local.set 5 (i64.mul (i64.extend_i32_u (local.get {a})) (i64.load offset={} (local.get 2))))",
                offset & !7
            ),
            6 if index > 0 => {
                let callee = random.below(index as u64);
                format!("(local.set {a} (call $f{callee} (local.get {b}) (local.get 2)))")
            }
            6 => String::new(),
            _ => format!(
                "(block (br_if 0 (i32.lt_u (local.get {a}) (local.get {b}))) (loop
                 (br_if 1 (i32.eqz (local.tee 4 (i32.add (local.get 4) (i32.const -1))))) (br 0)))"
            ),
        });
    }
    add("(global.set $sp (i32.add (local.get 2) (i32.const 64))) (local.get 1))".into());
}

/// One function whose body is this code, so often that it has about `bytes` bytes with `each` to a time.
#[must_use]
pub fn repeated(code: &str, each: usize, bytes: usize) -> String {
    /// Below the limit for a body.
    const BODY_BYTES: usize = 200 << 10;
    let mut text = String::from(
        "(module (memory (export \"memory\") 1) (global $g (mut i64) (i64.const 0)) (table 1 funcref)
         (func $many (param i64 i64 i64 i64 i64 i64 i64 i64)) (func (export \"f\"))",
    );
    let mut left = bytes;
    while left > 0 {
        let body = left.min(BODY_BYTES);
        let times = body.div_ceil(each);
        write!(text, "(func (local i32 i64) {})", code.repeat(times)).expect("a string grows");
        left -= body;
    }
    text.push(')');
    text
}
