//! The model: a convolutional network in 32-bit integers.
//!
//! Sixteen patterns of 3 by 3 pixels are looked for at each of 36 places. Of each 2 by 2 places the best match counts,
//! if it is over nothing. Each digit's score is a weighted sum of that.
//!
//! No sum is checked while it grows: [`SUMS_FIT`] proves for these weights, when the contract is compiled, that none
//! leaves 32 bits whatever the image. Nothing is rounded or shifted on the way, so that training with the same
//! integers finds the same scores to the unit.

use crate::weights::{OUTPUT, OUTPUT_BIAS, PATTERN, PATTERN_BIAS};

/// What an image may be: ten digits.
pub const DIGITS: usize = 10;
/// Pixels of an image: 8 rows of 8.
pub const PIXELS: usize = SIDE * SIDE;
/// The darkest pixel.
pub const INK: u8 = 16;

const SIDE: usize = 8;
/// A pattern's rows, and the pixels in each.
const KERNEL: usize = 3;
const PATTERNS: usize = PATTERN.len();
/// Places along a side of which the best counts.
const POOL: usize = 2;
/// Pools along a side.
const POOLS: usize = (SIDE - KERNEL + 1) / POOL;

/// An image, row by row; a pixel is from 0, paper, to [`INK`].
pub type Image = [u8; PIXELS];

/// How much an image is like each digit. No pixel is over [`INK`].
#[must_use]
pub fn scores(image: &Image) -> [i32; DIGITS] {
    const { assert!(SUMS_FIT, "a sum could leave 32 bits") };
    let mut scores = OUTPUT_BIAS;
    for (pool, weights) in OUTPUT.iter().enumerate() {
        let best = best_matches(image, pool);
        for ((best, bias), weights) in best.iter().zip(&PATTERN_BIAS).zip(weights) {
            let excited = best.wrapping_add(*bias);
            if excited > 0 {
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score = score.wrapping_add(excited.wrapping_mul(i32::from(*weight)));
                }
            }
        }
    }
    scores
}

/// How well each pattern matches in a pool, where it does best.
fn best_matches(image: &Image, pool: usize) -> [i32; PATTERNS] {
    let mut best = [i32::MIN; PATTERNS];
    for place in 0..POOL * POOL {
        let row = pool / POOLS * POOL + place / POOL;
        let column = pool % POOLS * POOL + place % POOL;
        let patch: [i32; KERNEL * KERNEL] =
            core::array::from_fn(|at| i32::from(image[(row + at / KERNEL) * SIDE + column + at % KERNEL]));
        for (best, pattern) in best.iter_mut().zip(&PATTERN) {
            let products =
                patch.iter().zip(pattern).map(|(pixel, weight)| pixel.wrapping_mul(i32::from(*weight)));
            *best = products.fold(0, i32::wrapping_add).max(*best);
        }
    }
    best
}

/// Whether no sum, whole or in part, leaves 32 bits: the sizes of all that is added up do not.
const SUMS_FIT: bool = {
    let mut largest = 0;
    let mut digit = 0;
    while digit < DIGITS {
        let mut sum = OUTPUT_BIAS[digit].unsigned_abs() as u64;
        let mut pool = 0;
        while pool < OUTPUT.len() {
            let mut pattern = 0;
            while pattern < PATTERNS {
                sum += largest_match(pattern) * OUTPUT[pool][pattern][digit].unsigned_abs() as u64;
                pattern += 1;
            }
            pool += 1;
        }
        if sum > largest {
            largest = sum;
        }
        digit += 1;
    }
    largest <= i32::MAX as u64
};

/// The size that a match with its bias cannot pass.
const fn largest_match(pattern: usize) -> u64 {
    let mut sum = PATTERN_BIAS[pattern].unsigned_abs() as u64;
    let mut at = 0;
    while at < KERNEL * KERNEL {
        sum += PATTERN[pattern][at].unsigned_abs() as u64 * INK as u64;
        at += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The model as one would write it on paper, in numbers that are large enough for anything.
    fn on_paper(image: &Image) -> [i128; DIGITS] {
        let pixel = |row: usize, column: usize| i128::from(image[row * SIDE + column]);
        let matches = |pattern: usize, row: usize, column: usize| -> i128 {
            let rows = PATTERN[pattern].chunks(KERNEL).enumerate();
            rows.flat_map(|(down, weights)| {
                weights.iter().enumerate().map(move |(right, weight)| (down, right, weight))
            })
            .map(|(down, right, weight)| pixel(row + down, column + right) * i128::from(*weight))
            .sum()
        };
        core::array::from_fn(|digit| {
            let mut score = i128::from(OUTPUT_BIAS[digit]);
            for pattern in 0..PATTERNS {
                for (down, right) in (0..POOLS).flat_map(|down| (0..POOLS).map(move |right| (down, right))) {
                    let places = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(a, b)| (2 * down + a, 2 * right + b));
                    let best = places.map(|(row, column)| matches(pattern, row, column)).into_iter().max();
                    let excited = best.unwrap_or_default() + i128::from(PATTERN_BIAS[pattern]);
                    score += excited.max(0) * i128::from(OUTPUT[POOLS * down + right][pattern][digit]);
                }
            }
            score
        })
    }

    fn any_image() -> impl Strategy<Value = Image> {
        prop_oneof![vec(0..=INK, PIXELS), vec(prop::sample::select(vec![0, INK]), PIXELS)]
            .prop_map(|pixels| pixels.try_into().expect("as many as asked for"))
    }

    proptest! {
        #[test]
        fn it_is_the_model_on_paper(image in any_image()) {
            prop_assert_eq!(scores(&image).map(i128::from), on_paper(&image));
        }
    }
}
