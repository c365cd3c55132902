;; expect: halt: StackOverflow
;; Through the table, so that no static check of calls sees it.
(module (type $t (func)) (table 2 funcref) (elem (i32.const 0) $f $g)
    (func $f (export "attack") i32.const 1 call_indirect (type $t))
    (func $g i32.const 0 call_indirect (type $t)))
