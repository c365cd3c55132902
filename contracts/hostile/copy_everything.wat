;; expect: halt: OutOfGas
;; The other operator whose work has a length: one peer let 70 TB be copied for the gas of one transaction.
(module (memory (export "memory") 256)
    (func (export "attack")
        (loop (memory.copy (i32.const 0) (i32.const 8) (i32.const 16777208)) br 0)))
