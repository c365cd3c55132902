;; expect: refused: 33 parameters of one function
;; Parameters times calls: a compile bomb.
(module (func (export "attack"))
    (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
        i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))
