;; expect: halt: OutOfGas
;; Calls itself through the host for ever; each call is refused, and each is paid for.
(module
    (import "lockstep" "own_address" (func $own (param i32)))
    (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
    (memory (export "memory") 1)
    (data (i32.const 32) "\06\00\00\00attack")
    (func (export "attack")
        (call $own (i32.const 0))
        (i64.store (i32.const 62) (i64.const -1))
        (loop
            (drop (call $call (i32.const 0) (i32.const 70) (i32.const 128) (i32.const 64)))
            br 0)))
