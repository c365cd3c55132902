;; expect: refused: a change to a table
;; Work by length that nobody pays for, and a table that the next call would find changed.
(module (table 10000 funcref)
    (func (export "attack") (loop (table.copy (i32.const 0) (i32.const 1) (i32.const 9999)) br 0)))
