;; expect: refused: start function
;; Code that runs before any method, before any meter is set.
(module (func $start (loop br 0)) (start $start) (func (export "attack")))
