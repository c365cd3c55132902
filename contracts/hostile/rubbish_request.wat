;; expect: halt: HostArgument
;; A call whose request is not one.
(module (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
    (memory (export "memory") 1)
    (func (export "attack")
        (drop (call $call (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 100)))))
