;; expect: halt: HostArgument
;; A key over the limit, within memory.
(module (import "lockstep" "storage_has" (func $has (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "attack") (drop (call $has (i32.const 0) (i32.const 65536)))))
