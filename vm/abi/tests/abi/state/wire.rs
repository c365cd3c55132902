//! A proof as it travels: every bit of it counts, and there is one form of it.

use lockstep_abi::{
    Bytes, DecodeError, Hash, List,
    limits::{
        module::MAX_MODULE_BYTES,
        wire::{MAX_CHAIN_ID_BYTES, MAX_STATE_KEY_BYTES, MAX_STATE_PROOF_BYTES},
    },
    state::{
        PathProof, StateProof, Terminal,
        trie::{EntryHasher, PATH_BITS},
    },
};

use super::{State, account_key};
use crate::golden::assert_golden;

/// Twenty accounts, and for each way that a path can end a key whose path ends so.
fn one_of_each() -> (State, [(&'static str, Vec<u8>); 3]) {
    let state = State::of_accounts(20);
    let absent = |ends: fn(Terminal) -> bool| {
        let mut keys = (21..=255).map(account_key);
        keys.find(|key| ends(state.prove(key).path.terminal)).expect("one of so many keys")
    };
    let keys = [
        ("own", account_key(1)),
        ("empty", absent(|terminal| terminal == Terminal::Empty)),
        ("other", absent(|terminal| matches!(terminal, Terminal::Other { .. }))),
    ];
    (state, keys)
}

/// `bytes` with one bit changed, for each of their bits.
fn each_bit_flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}

#[test]
fn an_honest_proof_travels_and_answers() {
    let (state, keys) = one_of_each();
    for (name, key) in keys {
        let proof = StateProof::decode(&state.prove(&key).encode()).unwrap();
        assert_eq!(proof.verify(&state.block()), Ok(()), "{name}");
        assert_eq!(proof.get(&state.block(), &key), Ok(state.entries.get(&key).map(Vec::as_slice)), "{name}");
    }
}

#[test]
fn a_proof_with_any_bit_changed_does_not_answer() {
    let (state, keys) = one_of_each();
    for (name, key) in keys {
        for (bit, flipped) in each_bit_flipped(&state.prove(&key).encode()) {
            let Ok(proof) = StateProof::decode(&flipped) else { continue };
            assert!(proof.get(&state.block(), &key).is_err(), "{name}: bit {bit}");
        }
    }
}

#[test]
fn a_proof_with_any_bit_changed_is_verified_only_as_the_absence_of_another_absent_key() {
    let (state, keys) = one_of_each();
    let mut others = 0;
    for (name, key) in keys {
        let honest = state.prove(&key);
        for (bit, flipped) in each_bit_flipped(&honest.encode()) {
            let Ok(proof) = StateProof::decode(&flipped) else { continue };
            if proof.verify(&state.block()).is_err() {
                continue;
            }
            others += 1;
            // The same end of another path: it begins alike, and there is no entry either.
            assert_eq!(StateProof { key: honest.key.clone(), ..proof.clone() }, honest, "{name}: bit {bit}");
            assert_eq!(
                proof.path,
                state.trie.prove(&EntryHasher::new().path(&proof.key)),
                "{name}: bit {bit}"
            );
            assert_eq!((proof.value, state.entries.get(&*proof.key)), (None, None), "{name}: bit {bit}");
        }
    }
    assert!(others > 0, "no other key's path begins alike");
}

#[test]
fn a_trusted_block_with_any_bit_changed_proves_nothing() {
    let (state, keys) = one_of_each();
    for (name, key) in keys {
        let proof = state.prove(&key);
        for (bit, flipped) in each_bit_flipped(&state.block().0) {
            let block = Hash(flipped.try_into().unwrap());
            assert!(proof.verify(&block).is_err(), "{name}: bit {bit}");
        }
    }
}

#[test]
fn a_proof_cut_short_or_with_a_byte_too_many_is_not_read() {
    let (state, keys) = one_of_each();
    for (name, key) in keys {
        let bytes = state.prove(&key).encode();
        for length in 0..bytes.len() {
            assert_eq!(StateProof::decode(&bytes[..length]), Err(DecodeError::Malformed), "{name}: {length}");
        }
        for junk in 0..=u8::MAX {
            let longer = [&bytes[..], &[junk]].concat();
            assert_eq!(StateProof::decode(&longer), Err(DecodeError::Malformed), "{name}: {junk}");
        }
    }
}

/// As long as each part may be.
fn largest() -> StateProof {
    let state = State::of_accounts(1);
    let mut header = state.header;
    header.chain_id = "a".repeat(MAX_CHAIN_ID_BYTES).parse().unwrap();
    let terminal = Terminal::Other { path: Hash([1; 32]), value: Hash([2; 32]) };
    let siblings = List::try_from(vec![Hash([3; 32]); PATH_BITS]).unwrap();
    StateProof {
        header,
        key: Bytes::from([4; MAX_STATE_KEY_BYTES]),
        value: Some(Bytes::try_from(vec![5; MAX_MODULE_BYTES]).unwrap()),
        path: PathProof { terminal, siblings },
    }
}

#[test]
fn the_largest_proof_fits_and_a_longer_one_is_refused_before_it_is_read() {
    let bytes = largest().encode();
    assert!(bytes.len() <= MAX_STATE_PROOF_BYTES, "{} bytes", bytes.len());
    assert_eq!(StateProof::decode(&bytes), Ok(largest()));
    let found = MAX_STATE_PROOF_BYTES + 1;
    let refused = StateProof::decode(&vec![0; found]);
    assert_eq!(refused, Err(DecodeError::TooLong { found, limit: MAX_STATE_PROOF_BYTES }));
}

#[test]
fn a_path_longer_than_any_is_not_read() {
    let mut bytes = largest().encode();
    let count = bytes.len() - 32 * PATH_BITS - 4;
    bytes[count..count + 4].copy_from_slice(&257_u32.to_le_bytes());
    bytes.extend([3; 32]);
    assert_eq!(StateProof::decode(&bytes), Err(DecodeError::Malformed));
}

#[test]
fn the_encoding_of_a_proof_is_pinned() {
    let (state, keys) = one_of_each();
    let mut pinned = format!("root {}\nblock {}\n", state.trie.root(), state.block());
    for (name, key) in keys {
        let digits: String = state.prove(&key).encode().iter().map(|byte| format!("{byte:02x}")).collect();
        pinned += &format!("{name} {digits}\n");
    }
    assert_golden("tests/golden/state_proof.txt", &pinned);
}
