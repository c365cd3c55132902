;; expect: refused: 50000 locals
;; Legal Wasm, in four bytes: Singlepass clears each local at every call.
(module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\07\0a\01\06attack\00\00"
    "\0a\08\01\06\01\d0\86\03\7e\0b")
