;; expect: refused: 65536 memory pages
;; Four gigabytes at every call.
(module (memory (export "memory") 65536) (func (export "attack")))
