;; expect: halt: TooManyEvents
;; A receipt without end.
(module (import "lockstep" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "attack")
        (loop (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 16000)) br 0)))
