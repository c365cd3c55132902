//! Compute in five forms, as a contract and as native code from the same source: what metering costs.
//!
//! Recursion, a tight loop, memory, bit twiddling, branches that nobody foresees. Each returns something that
//! follows from all of its work, so that no compiler leaves any of it out.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// Nothing to keep.
#[storage]
#[derive(Debug)]
pub struct Workload {}

#[contract]
impl Workload {
    /// The `n`th Fibonacci number, by its definition.
    #[must_use]
    pub fn fibonacci(&self, n: u64) -> u64 {
        fibonacci(n)
    }

    /// `n` rounds of multiply and rotate.
    #[must_use]
    pub fn mix(&self, n: u64) -> u64 {
        mix(n)
    }

    /// How many primes are below `n`.
    #[must_use]
    pub fn sieve(&self, n: u64) -> u64 {
        sieve(n)
    }

    /// The first bytes of the SHA-256 of `n` bytes.
    #[must_use]
    pub fn sha256(&self, n: u64) -> u64 {
        sha256(n)
    }

    /// The middle of `n` pseudo-random numbers, after sorting all of them.
    #[must_use]
    pub fn sort(&self, n: u64) -> u64 {
        sort(n)
    }
}

/// A work: the method's name, what it is given, and the function itself.
pub type Work = (&'static str, u64, fn(u64) -> u64);

/// What is measured.
#[cfg(not(target_family = "wasm"))]
pub const WORK: [Work; 5] = [
    ("fibonacci", 27, fibonacci),
    ("mix", 1_000_000, mix),
    ("sieve", 1_000_000, sieve),
    ("sha256", 65_536, sha256),
    ("sort", 20_000, sort),
];

/// The `n`th Fibonacci number, by its definition.
#[inline(never)]
#[must_use]
pub fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { fibonacci(n - 1).wrapping_add(fibonacci(n - 2)) }
}

/// `n` rounds of multiply and rotate.
#[inline(never)]
#[must_use]
pub fn mix(n: u64) -> u64 {
    (0..n).fold(0x9E37_79B9_7F4A_7C15, |state: u64, round| {
        state.wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(23) ^ round
    })
}

/// How many primes are below `n`.
#[inline(never)]
#[must_use]
pub fn sieve(n: u64) -> u64 {
    let n = n as usize;
    let mut composite = vec![false; n];
    let mut primes = 0;
    for candidate in 2..n {
        if composite[candidate] {
            continue;
        }
        primes += 1;
        let mut multiple = candidate.saturating_mul(candidate);
        while multiple < n {
            composite[multiple] = true;
            multiple += candidate;
        }
    }
    primes
}

/// The first bytes of the SHA-256 (FIPS 180-4) of `n` bytes, rounded up to whole blocks.
#[inline(never)]
#[must_use]
pub fn sha256(n: u64) -> u64 {
    let mut state: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    for block in 0..n.div_ceil(64) {
        compress(&mut state, block as u32);
    }
    u64::from(state[0]) << 32 | u64::from(state[1])
}

fn compress(state: &mut [u32; 8], seed: u32) {
    let mut w = [0_u32; 64];
    for (at, word) in w.iter_mut().take(16).enumerate() {
        *word = seed.wrapping_add(at as u32);
    }
    for at in 16..64 {
        let (a, b) = (w[at - 15], w[at - 2]);
        let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
        let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
        w[at] = w[at - 16].wrapping_add(s0).wrapping_add(w[at - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (at, word) in w.into_iter().enumerate() {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        // Any constants do for a measurement; these follow from the round.
        let k = (at as u32).wrapping_mul(0x9e37_79b9);
        let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(k).wrapping_add(word);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(add);
    }
}

/// The middle of `n` pseudo-random numbers, after sorting all of them with a heap.
#[inline(never)]
#[must_use]
pub fn sort(n: u64) -> u64 {
    let mut seed = 1_u64;
    let mut values: Vec<u64> = (0..n)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        })
        .collect();
    for root in (0..values.len() / 2).rev() {
        sift(&mut values, root);
    }
    for end in (1..values.len()).rev() {
        values.swap(0, end);
        sift(&mut values[..end], 0);
    }
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn sift(heap: &mut [u64], mut root: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && heap[child] < heap[child + 1] {
            child += 1;
        }
        if heap[root] >= heap[child] {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}
