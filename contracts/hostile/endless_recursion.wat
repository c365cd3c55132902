;; expect: halt: StackOverflow
(module (func $f (export "attack") call $f))
