//! Decoding allocates for what the bytes hold, not for what they claim.
//!
//! A file of its own, since it counts every allocation of its process. One test, for the same reason.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use lockstep_abi::{Block, Bytes, Receipt, SignedTx, codec, schema::Schema, state::StateProof};

struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator that counts can only be had by implementing GlobalAlloc")]
// SAFETY: every call is handed to the system's allocator as it came; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes allocated while `work` ran, freed or not.
fn allocated(work: impl FnOnce()) -> usize {
    let before = ALLOCATED.load(Ordering::Relaxed);
    work();
    ALLOCATED.load(Ordering::Relaxed) - before
}

/// The most that anything may allocate for a few bytes; one step of a byte string is 4 KiB.
const FEW: usize = 16 << 10;

#[test]
fn a_claimed_length_allocates_nothing() {
    let million = (1_u32 << 20).to_le_bytes();
    let bytes = allocated(|| assert!(codec::decode::<Bytes<{ 1 << 20 }>>(&million, 1 << 20).is_err()));
    assert!(bytes < FEW, "{bytes} bytes for a byte string that is not there");

    // A header, then a list of 10 000 transactions that is not there.
    let mut block = [&[1, 0, 0, 0, b'a'][..], &[0; 184]].concat();
    block.extend(10_000_u32.to_le_bytes());
    let bytes = allocated(|| assert!(codec::decode::<Block>(&block, 1 << 20).is_err()));
    assert!(bytes < FEW, "{bytes} bytes for transactions that are not there");

    for head in [0, 33, 50] {
        let claims = [&vec![0; head][..], &[0xff; 64]].concat();
        let bytes = allocated(|| {
            assert!(codec::decode::<SignedTx>(&claims, 1 << 20).is_err());
            assert!(codec::decode::<Receipt>(&claims, 1 << 20).is_err());
        });
        assert!(bytes < FEW, "{bytes} bytes for a claim after {head} bytes");
    }

    // A header, an empty key, then a value that is not there; then no value and 256 siblings that are not there.
    let header = [&[1, 0, 0, 0, b'a'][..], &[0; 184]].concat();
    let value = [&header[..], &[0; 4], &[1], &million].concat();
    let siblings = [&header[..], &[0; 4], &[0], &[1], &256_u32.to_le_bytes()].concat();
    for claims in [value, siblings] {
        let bytes = allocated(|| assert!(StateProof::decode(&claims).is_err()));
        assert!(bytes < FEW, "{bytes} bytes for a proof that is not there");
    }

    // Version 2, a name, no docs, 65,535 methods.
    let claims = [&[2, 0, 1, 0, b'a', 0, 0][..], &[0xff; 2]].concat();
    let bytes = allocated(|| assert!(Schema::decode(&claims).is_err()));
    assert!(bytes < FEW, "{bytes} bytes for methods that are not there");

    // The most that an honest schema's bytes can ask for: a tuple of 60 000 units.
    let mut units = vec![2, 0, 1, 0, b'a', 0, 0, 1, 0];
    units.extend([1, 0, b'm', 0, 0, 1, 0, 0, 0, 0, 20]);
    units.extend(60_000_u16.to_le_bytes());
    units.extend(vec![0; 60_000 + 4]);
    let bytes = allocated(|| assert!(Schema::decode(&units).is_ok()));
    assert!(bytes < 200 * units.len(), "{bytes} bytes for {} bytes of schema", units.len());
}
