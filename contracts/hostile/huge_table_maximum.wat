;; expect: refused: 4294967295 table entries
;; A maximum that Wasmer refuses only when it makes an instance: it looked like a fault of the machine.
(module (table 1 4294967295 funcref) (func (export "attack")))
