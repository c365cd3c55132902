;; expect: halt: OutOfGas
;; One operator, 16 MiB of work, over and over: bulk memory must pay by length.
(module (memory (export "memory") 256)
    (func (export "attack")
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) br 0)))
