;; expect: refused: 3 parameters or results of one block
;; Every branch to it moves all of them, for the price of a branch.
(module (func (export "attack")
    i64.const 1 i64.const 2 i64.const 3
    (loop (param i64 i64 i64) br 0)))
