;; expect: halt: OutOfGas
(module (func (export "attack") (loop br 0)))
