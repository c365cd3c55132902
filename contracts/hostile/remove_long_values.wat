;; expect: halt: OutOfGas
;; Long values go for the price of their keys: each is still read, and kept in the history, by every machine.
(module
    (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "lockstep" "storage_remove" (func $remove (param i32 i32)))
    (memory (export "memory") 2)
    (func (export "attack")
        (loop
            (call $set (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 65536))
            (call $remove (i32.const 0) (i32.const 4))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            br 0)))
