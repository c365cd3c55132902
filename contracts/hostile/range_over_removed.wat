;; expect: halt: OutOfGas
;; Removes a thousand keys, then steps over the removed ones again and again.
(module
    (import "lockstep" "storage_remove" (func $remove (param i32 i32)))
    (import "lockstep" "storage_range"
        (func $range (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "attack")
        (loop
            (call $remove (i32.const 0) (i32.const 4))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (br_if 0 (i32.lt_u (i32.load (i32.const 0)) (i32.const 1000))))
        (loop
            (drop (call $range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 256) (i32.const 64) (i32.const 1024)))
            br 0)))
