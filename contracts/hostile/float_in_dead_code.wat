;; expect: refused: uses `F32Const`
;; A float behind a `return` never runs, but compilers and optimizers still see it.
(module (func (export "attack") return f32.const 1 drop))
