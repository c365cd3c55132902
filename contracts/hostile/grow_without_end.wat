;; expect: halt: OutOfGas
;; Memory growth pays by page, and fails at the same limit on every machine.
(module (memory (export "memory") 0)
    (func (export "attack") (loop (drop (memory.grow (i32.const 1))) br 0)))
