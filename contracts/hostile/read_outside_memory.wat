;; expect: halt: HostMemory
;; Makes the host copy from behind the contract's memory.
(module (import "lockstep" "debug_log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "attack") (call $log (i32.const 65000) (i32.const 1000))))
