;; expect: halt: Unreachable
;; What was written before the trap must be gone.
(module (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "kv")
    (func (export "attack")
        (call $set (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1)) unreachable))
