;; expect: refused: reserved
;; An export under the name of the engine's own gas counter.
(module (global (export "lockstep:gas") (mut i64) (i64.const 9223372036854775807)) (func (export "attack")))
