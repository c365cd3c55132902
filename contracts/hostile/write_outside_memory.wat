;; expect: halt: HostMemory
;; Makes the host write where the address wraps around.
(module (import "lockstep" "own_address" (func $own (param i32)))
    (memory (export "memory") 1)
    (func (export "attack") (call $own (i32.const -16))))
