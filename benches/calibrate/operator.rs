//! Operators: chains in which each waits for the one before, with the operands that take longest.

use lockstep_benches::{Guest, Probe, Spent};

use crate::{Row, translate};

/// How often an operator stands in a row: the loop around it no longer counts.
const ROW: usize = 120;
/// Locals of 64 bits; four of them are in registers.
const LOCALS: usize = 12;

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    endless(report);
    for (price, probes) in [
        ("MOVE", moves()),
        ("ALU", alu()),
        ("MUL", multiplications()),
        ("DIV", divisions()),
        ("LOAD", memory()),
        ("GLOBAL", globals()),
        ("BRANCH", branches()),
        ("CALL", calls()),
        ("CALL_INDIRECT", indirect_calls()),
        ("BUILTIN", builtins()),
        ("FILL_PER_BYTE", bulk()),
        ("PER_PAGE", pages()),
        ("UNWIND_PER_STACK_UNIT", unwinding()),
    ] {
        for probe in probes {
            let guest = Guest::new(&probe, translate(&probe.text()));
            report(Row { price, what: probe.name.clone(), spent: guest.operation() });
        }
    }
}

/// Loops that end with the gas: what a round costs follows from the whole.
fn endless(report: &mut dyn FnMut(Row)) {
    for (what, body) in [
        ("an endless loop", "(loop (br 0))"),
        ("an endless loop with a call in it", "(loop (call $callee) (br 0))"),
        ("an endless loop with an arm in it", "(loop (if (local.get $n) (then)) (br 0))"),
    ] {
        let probe = Probe { items: "(func $callee)".into(), halts: true, ..Probe::new(what, body) };
        let guest = Guest::new(&probe, translate(&probe.text()));
        let spent =
            (0..5).fold(Spent::WORST, |spent, _| spent.least(guest.run(&guest.limited(20_000_000_000))));
        report(Row { price: "BRANCH", what: format!("{what}, to the end of 20 Ggas"), spent });
    }
}

fn locals() -> String {
    "(local $k i64) (local $p i32)".to_owned()
        + &(0..LOCALS).map(|at| format!("(local $l{at} i64)")).collect::<String>()
}

/// The local of a step in a chain through all of them.
fn local(at: usize) -> String {
    format!("$l{}", at % LOCALS)
}

/// A chain whose locals start at `start`.
fn chain(name: &str, start: &str, step: impl Fn(usize) -> String) -> Probe {
    let set = (0..LOCALS).map(|at| format!("(local.set $l{at} (i64.const {start}))")).collect();
    Probe { locals: locals(), setup: set, ..Probe::repeated(name, ROW, step) }
}

/// A chain of an operator on two numbers of 64 bits, in a register and through all locals.
fn binary(operator: &str, start: &str, other: &str) -> [Probe; 2] {
    let register = chain(&format!("{operator}, one local"), start, |_| {
        format!("(local.set $l0 ({operator} (local.get $l0) (i64.const {other})))")
    });
    let locals = chain(&format!("{operator}, all locals"), start, |at| {
        let (from, to) = (local(at), local(at + 1));
        format!("(local.set {to} ({operator} (local.get {from}) (local.get {to})))")
    });
    [register, locals]
}

/// A chain of an operator on one number.
fn unary(operator: &str, start: &str) -> Probe {
    chain(operator, start, |at| {
        format!("(local.set {} ({operator} (local.get {})))", local(at + 1), local(at))
    })
}

fn moves() -> Vec<Probe> {
    vec![
        chain("local.get, local.set", "1", |at| {
            format!("(local.set {} (local.get {}))", local(at + 1), local(at))
        }),
        chain("i64.const, local.set", "1", |at| {
            format!("(local.set {} (i64.const 0x1234567890abcdef))", local(at))
        }),
        chain("select of three locals", "1", |at| {
            let (a, b, c) = (local(at), local(at + 1), local(at + 2));
            format!("(local.set {c} (select (local.get {a}) (local.get {b}) (i32.wrap_i64 (local.get {c}))))")
        }),
        Probe {
            locals: locals(),
            ..Probe::repeated("64 operands on the stack, 64 dropped", 64, |at| {
                let push = |at| format!("(local.get {})", local(at));
                if at == 0 {
                    (0..64).map(push).collect::<String>() + &"drop ".repeat(64)
                } else {
                    String::new()
                }
            })
        },
        Probe {
            locals: locals(),
            ..Probe::repeated("16 operands on the stack, 16 set", 16, |at| {
                if at > 0 {
                    return String::new();
                }
                let get: String = (0..16).map(|at| format!("(local.get {})", local(at))).collect();
                get + &(0..16).map(|at| format!("(local.set {})", local(at + 5))).collect::<String>()
            })
        },
    ]
}

/// A row of this code with so many operands below it that none of its own is in a register.
fn pressed(name: &str, start: &str, step: impl Fn(usize) -> String) -> Probe {
    const BELOW: usize = 24;
    let mut probe = chain(&format!("{name}, over {BELOW} operands"), start, step);
    probe.body = "(local.get $l0) ".repeat(BELOW) + &probe.body + &" drop".repeat(BELOW);
    probe
}

fn alu() -> Vec<Probe> {
    let compare = chain("i64.lt_u as a number", "1", |at| {
        let (from, to) = (local(at), local(at + 1));
        format!("(local.set {to} (i64.extend_i32_u (i64.lt_u (local.get {from}) (local.get {to}))))")
    });
    [
        binary("i64.add", "1", "0x1234567890abcdef"),
        binary("i64.xor", "1", "0x1234567890abcdef"),
        binary("i64.rotl", "1", "13"),
        binary("i64.shr_s", "-1", "1"),
    ]
    .into_iter()
    .flatten()
    .chain([compare, unary("i64.extend8_s", "77"), pressed("i64.add", "1", |_| {
        "(local.set $l0 (i64.add (local.get $l0) (i64.const 0x1234567890abcdef)))".into()
    }), pressed("i64.lt_u as a number", "1", |at| {
        let (from, to) = (local(at), local(at + 1));
        format!("(local.set {to} (i64.extend_i32_u (i64.lt_u (local.get {from}) (local.get {to}))))")
    }), pressed("i64.rotl", "1", |at| {
        let (from, to) = (local(at), local(at + 1));
        format!("(local.set {to} (i64.rotl (local.get {from}) (local.get {to})))")
    }), pressed("i64.mul", "3", |_| {
        "(local.set $l0 (i64.mul (local.get $l0) (local.get $l0)))".into()
    }), pressed("a sum of sums", "3", |_| {
        "(local.set $l0 (i64.add (i64.add (local.get $l1) (local.get $l2)) (i64.add (local.get $l3) (local.get $l0))))".into()
    })])
    .collect()
}

fn multiplications() -> Vec<Probe> {
    let counts = ["i64.popcnt", "i64.clz", "i64.ctz"].map(|operator| unary(operator, "0x7fffffffffffffff"));
    binary("i64.mul", "0x1234567890abcdef", "0x1234567890abcdef").into_iter().chain(counts).collect()
}

fn divisions() -> Vec<Probe> {
    let mut all = Vec::new();
    // A large number that stays large, whatever is divided how often.
    for operator in ["i64.div_u", "i64.div_s", "i64.rem_u", "i64.rem_s"] {
        all.push(chain(operator, "0x7edcba9876543210", |_| {
            format!(
                "(local.set $l0 (i64.or (i64.const 0x7edcba9876543210) ({operator} (local.get $l0) (i64.const 3))))"
            )
        }));
    }
    for operator in ["i32.div_u", "i32.rem_s"] {
        all.push(Probe {
            locals: locals(),
            ..Probe::repeated(operator, ROW, |_| {
                format!(
                    "(local.set $p (i32.or (i32.const 0x7edcba98) ({operator} (local.get $p) (i32.const 3))))"
                )
            })
        });
    }
    all.push(Probe {
        locals: locals(),
        ..Probe::repeated("i64.div_u in a long function", 9_000, |_| {
            "(local.set $l0 (i64.or (i64.const 0x7edcba9876543210) (i64.div_u (local.get $l0) (i64.const 3))))"
                .into()
        })
    });
    all
}

/// A way through all cache lines of the memory in an order that no prefetcher knows: each line begins with where the
/// next one is. The numbers are a linear congruence of full period.
fn maze(bytes: u32) -> String {
    let lines = bytes / 64;
    format!(
        "(local.set $p (i32.const 0))
         (loop
            (i32.store (i32.shl (local.get $p) (i32.const 6)) (i32.shl (i32.and (i32.add
                (i32.mul (local.get $p) (i32.const 0x5DEECE6D)) (i32.const 11)) (i32.const {})) (i32.const 6)))
            (br_if 0 (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 1))) (i32.const {lines}))))
         (local.set $p (i32.const 0))",
        lines - 1
    )
}

/// The next place of a sequence over the whole memory that only looks random, in `$p`.
fn scatter(bytes: u32) -> String {
    format!(
        "(local.set $p (i32.and (i32.add (i32.mul (local.get $p) (i32.const 0x5DEECE6D)) (i32.const 0xB40)) (i32.const {})))",
        bytes - 64
    )
}

/// All the memory that there may be; the count in its first bytes has been read by then.
const WHOLE: u32 = 16 << 20;

fn memory() -> Vec<Probe> {
    let chase = |name: &str, bytes: u32| Probe {
        locals: locals(),
        setup: maze(bytes),
        pages: 256,
        ..Probe::repeated(name, ROW, |_| "(local.set $p (i32.load (local.get $p)))".into())
    };
    let spread = |name: &str, bytes: u32, code: &str| Probe {
        locals: locals(),
        setup: maze(WHOLE),
        pages: 256,
        ..Probe::repeated(name, ROW, |_| format!("{} {code}", scatter(bytes)))
    };
    vec![
        chase("loads, each the next one's address, in 16 KiB", 16 << 10),
        chase("the same in 256 KiB", 256 << 10),
        chase("the same in 1 MiB", 1 << 20),
        chase("the same in 4 MiB", 4 << 20),
        chase("the same in 16 MiB", WHOLE),
        spread("loads all over 16 KiB", 16 << 10, "(local.set $k (i64.load (local.get $p)))"),
        spread("loads all over 16 MiB", WHOLE, "(local.set $k (i64.load (local.get $p)))"),
        spread("stores all over 16 KiB", 16 << 10, "(i64.store (local.get $p) (local.get $k))"),
        spread("stores all over 16 MiB", WHOLE, "(i64.store (local.get $p) (local.get $k))"),
        spread(
            "loads across lines, all over 16 MiB",
            WHOLE - (1 << 16),
            "(local.set $k (i64.load offset=4091 (local.get $p)))",
        ),
        Probe {
            locals: locals(),
            ..Probe::repeated("a store and a load of the same place", ROW, |_| {
                "(i64.store (i32.const 2048) (i64.add (i64.load (i32.const 2048)) (i64.const 1)))".into()
            })
        },
        Probe {
            locals: locals(),
            ..Probe::repeated("a byte stored, eight loaded", ROW, |_| {
                "(i32.store8 (i32.const 2048) (i32.wrap_i64 (i64.load (i32.const 2048))))".into()
            })
        },
    ]
}

fn globals() -> Vec<Probe> {
    let items = "(global $g (mut i64) (i64.const 1))".to_owned();
    vec![Probe {
        items,
        ..Probe::repeated("a global that counts", ROW, |_| {
            "(global.set $g (i64.add (global.get $g) (i64.const 1)))".into()
        })
    }]
}

/// The next number of a sequence, in `$k`; its high bits are not foreseen.
const RANDOM: &str = "(local.set $k (i64.add (i64.mul (local.get $k) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))";

fn branches() -> Vec<Probe> {
    let random = |bits: u32| format!("(i32.wrap_i64 (i64.shr_u (local.get $k) (i64.const {})))", 64 - bits);
    let targets: String = (0..32).map(|at| format!("{at} ")).collect();
    let table = format!(
        "{RANDOM} {} (br_table {targets} 31 {}) {}",
        "(block ".repeat(32),
        random(5),
        ") ".repeat(32)
    );
    let more = |name: &str, count, code: String| Probe {
        locals: locals(),
        ..Probe::repeated(name, count, |_| code.clone())
    };
    vec![
        more("a loop of nothing but its count", 1, String::new()),
        more("a loop in a loop, left at once", 1, "(block (loop (br 1)))".into()),
        more("a loop in a loop, gone round once", 1, "(loop (br_if 0 (i32.const 0)))".into()),
        more("br to the end of its block", ROW, "(block (br 0))".into()),
        more("br_if, not taken", ROW, "(block (br_if 0 (local.get $p)))".into()),
        more("if and else, always the same", ROW, "(if (local.get $p) (then nop) (else nop))".into()),
        more(
            "if, not foreseen",
            ROW,
            format!(
                "{RANDOM} (if (i64.lt_s (local.get $k) (i64.const 0)) (then (local.set $p (i32.const 1))))"
            ),
        ),
        more("br_table, not foreseen", 16, table),
    ]
}

fn calls() -> Vec<Probe> {
    let parameters = |count: usize| {
        (
            format!("(func $callee (param {}))", "i64 ".repeat(count)),
            format!("(call $callee {})", "(i64.const 1)".repeat(count)),
        )
    };
    let of = |name: &str, items: &str, code: &str| Probe {
        locals: locals(),
        items: items.into(),
        ..Probe::repeated(name, ROW, |_| code.into())
    };
    let (items, code) = parameters(32);
    let all = |count| {
        let locals = "(local i64)".repeat(count);
        format!("(func $callee {locals})")
    };
    let deep: String =
        (0..40)
            .map(|at| {
                if at == 39 { format!("(func $d{at})") } else { format!("(func $d{at} (call $d{}))", at + 1) }
            })
            .collect();
    vec![
        of("call of an empty function", "(func $callee)", "(call $callee)"),
        of(
            "call that gives four numbers",
            "(func $callee (result i64 i64 i64 i64) i64.const 1 i64.const 2 i64.const 3 i64.const 4)",
            "(call $callee) drop drop drop drop",
        ),
        of("call with 32 arguments", &items, &code),
        of("call of a function with 3 locals", &all(3), "(call $callee)"),
        of("call of a function with 5 locals", &all(5), "(call $callee)"),
        of("call of a function with 8 locals", &all(8), "(call $callee)"),
        of("call of a function with 12 locals", &all(12), "(call $callee)"),
        of("call of a function with 20 locals", &all(20), "(call $callee)"),
        of("call of a function with 1,000 locals", &all(1_000), "(call $callee)"),
        Probe { operations: 40, items: deep, ..Probe::new("calls 40 deep", "(call $d0)") },
        Probe {
            operations: 3_193,
            items: "(func $fib (param i32) (result i32)
                (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0)) (else (i32.add
                    (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))"
                .into(),
            ..Probe::new("a call of fibonacci", "(drop (call $fib (i32.const 16)))")
        },
    ]
}

fn indirect_calls() -> Vec<Probe> {
    let functions: String = (0..16).map(|at| format!("(func $t{at} (local.set 0 (local.get 0)))")).collect();
    let functions = functions.replace("(local.set 0", "(local i32) (local.set 0");
    let names: String = (0..16).map(|at| format!("$t{at} ")).collect();
    let items = format!("{functions} (table 16 funcref) (elem (i32.const 0) {names})");
    let of = |name: &str, code: String| Probe {
        locals: locals(),
        items: items.clone(),
        ..Probe::repeated(name, ROW, |_| code.clone())
    };
    vec![
        of("call_indirect of one function", "(call_indirect (i32.const 3))".into()),
        of(
            "call_indirect, not foreseen",
            format!("{RANDOM} (call_indirect (i32.wrap_i64 (i64.shr_u (local.get $k) (i64.const 60))))"),
        ),
    ]
}

fn builtins() -> Vec<Probe> {
    let of = |name: &str, code: &str| Probe::repeated(name, ROW, |_| code.into());
    vec![
        of("memory.size", "(drop (memory.size))"),
        of("memory.grow by nothing", "(drop (memory.grow (i32.const 0)))"),
        Probe::new("memory.grow over the limit", "(drop (memory.grow (i32.const 300)))"),
        of("memory.fill of nothing", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0))"),
        of("memory.copy of nothing", "(memory.copy (i32.const 0) (i32.const 1) (i32.const 0))"),
        of("memory.fill of 7 bytes", "(memory.fill (i32.const 1025) (i32.const 1) (i32.const 7))"),
        of("memory.copy of 63 bytes", "(memory.copy (i32.const 1025) (i32.const 2051) (i32.const 63))"),
    ]
}

fn bulk() -> Vec<Probe> {
    let of = |name: &str, bytes: u64, code: String| Probe {
        pages: 256,
        operations: bytes,
        ..Probe::new(name, code)
    };
    let copy = |bytes: u32, to: u32, from: u32| {
        format!("(memory.copy (i32.const {to}) (i32.const {from}) (i32.const {bytes}))")
    };
    vec![
        of(
            "memory.fill, 64 KiB",
            64 << 10,
            "(memory.fill (i32.const 4096) (i32.const 7) (i32.const 0x10000))".into(),
        ),
        of(
            "memory.fill, 15 MiB",
            15 << 20,
            "(memory.fill (i32.const 4096) (i32.const 7) (i32.const 0xF00000))".into(),
        ),
        of("memory.copy, 64 KiB", 64 << 10, copy(64 << 10, 4_096, 1 << 20)),
        of("memory.copy, 7 MiB", 7 << 20, copy(7 << 20, 4_099, 8 << 20)),
        of("memory.copy, 14 MiB onto itself", 14 << 20, copy(14 << 20, 1 << 20, (1 << 20) - 5)),
        of("memory.copy, 14 MiB onto itself, forwards", 14 << 20, copy(14 << 20, (1 << 20) - 5, 1 << 20)),
    ]
}

fn pages() -> Vec<Probe> {
    let touch = "(local.set $p (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))".to_owned()
        + &(0..16)
            .map(|at| format!("(i32.store offset={} (local.get $p) (i32.const 1))", at * 4_096))
            .collect::<String>();
    let all = (0..16).map(|at| format!("(i32.store offset={} (local.get $p) (i32.const 1))", at * 4_096));
    let at_once = format!(
        "(drop (memory.grow (i32.const 240))) (local.set $p (i32.const 0x100000))
         (loop {} (br_if 0 (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 0x10000))) (i32.const 0x1000000))))",
        all.collect::<String>()
    );
    vec![
        Probe {
            locals: locals(),
            max_rounds: 240,
            ..Probe::new("memory.grow by a page, each part touched", touch)
        },
        Probe {
            operations: 240,
            locals: locals(),
            max_rounds: 1,
            ..Probe::new("memory.grow by 240 pages, touched", at_once)
        },
    ]
}

fn unwinding() -> Vec<Probe> {
    // Frames: what a unit costs is a part of it.
    let items = "(func $deep (param i32)
        (if (i32.eqz (local.get 0)) (then unreachable)) (call $deep (i32.sub (local.get 0) (i32.const 1))))"
        .to_owned();
    let deep = Probe {
        items,
        halts: true,
        max_rounds: 960,
        ..Probe::new("a frame that a trap unwinds", "(call $deep (local.get $n))")
    };
    let shallow = Probe { halts: true, max_rounds: 1, ..Probe::new("a trap", "unreachable") };
    vec![deep, shallow]
}
