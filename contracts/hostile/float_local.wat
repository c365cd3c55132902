;; expect: refused: has the type `f64`
;; A local of a float type, without any operator that mentions it.
(module (func (export "attack") (local f64)))
