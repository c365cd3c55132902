//! Every attack in `contracts/hostile` ends as its first line says, and the chain goes on.

mod support;

use std::{env, fs, path::Path};

use lockstep_abi::{Action, Amount};
use lockstep_runtime::InvalidTx;
use lockstep_state::{Read, key};
use support::{Chain, call, create, halt, results, wasm};

#[test]
fn every_attack_ends_as_it_says() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../contracts/hostile");
    let mut attacks = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            let text = fs::read_to_string(&path).unwrap();
            attack(path.file_name().unwrap().to_str().unwrap(), &text);
            attacks += 1;
        }
    }
    assert!(attacks > 20, "{attacks} attacks found");
}

fn attack(name: &str, text: &str) {
    let expected = text.lines().next().unwrap().strip_prefix(";; expect: ").expect(name);
    let mut chain = Chain::new();
    let (alice, bob) = (chain.alice.address(), chain.bob.address());
    let tx = chain.alice.sign(chain.alice.body(0, vec![create(wasm(text), 0, None)]));
    let contract = lockstep_abi::Address::of_contract(&alice, &[0; 32]);

    match expected.split_once(": ").expect(name) {
        ("refused", reason) => {
            let before = chain.state.root();
            let error = chain.submit(&tx).expect_err(name);
            assert!(matches!(error, InvalidTx::Code { .. }), "{name}: {error}");
            assert!(error.to_string().contains(reason), "{name}: {error}");
            assert_eq!(chain.state.root(), before, "{name}");
        }
        ("halt", halted) => {
            results(chain.submit(&tx).expect(name));
            let receipt = chain.act(vec![call(contract, "attack", 0)]);
            assert_eq!(format!("{:?}", halt(&receipt)), halted, "{name}");
            assert!(receipt.fee > Amount::ZERO && receipt.events.is_empty(), "{name}");
            let own = key::storage_range(&contract, b"", None);
            let mut entries = 0;
            let mut count = |_: &[u8], _: &[u8]| {
                entries += 1;
                std::ops::ControlFlow::Continue(())
            };
            chain.state.range(&own.start, &own.end, lockstep_state::Order::Ascending, &mut count).unwrap();
            assert_eq!(entries, 0, "{name}");
        }
        other => panic!("{name}: {other:?}"),
    }
    results(chain.act(vec![Action::Transfer { to: bob, amount: Amount(1) }]));
}
