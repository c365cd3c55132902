;; expect: halt: OutOfGas
;; Largest values under ever new keys, for as long as the gas lasts.
(module (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (memory (export "memory") 2)
    (func (export "attack")
        (loop
            (call $set (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 65536))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            br 0)))
