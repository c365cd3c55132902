//! The pool's arithmetic against the definition of division, and the product that no swap lowers.

use amm::{
    BASIS, MAX_FEE,
    math::{MAX_RESERVE, bought, mul_div, mul_div_up},
};
use proptest::prelude::*;

/// Numbers of every length, so that products are of every length too.
fn number() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0..u128::BITS).prop_map(|(number, shift)| number >> shift)
}

/// A prime: two numbers of 256 bits that agree modulo it and modulo 2^128 are the same, but for one pair in 2^61.
const PRIME: u128 = (1 << 61) - 1;

fn times(a: u128, b: u128) -> u128 {
    (a % PRIME) * (b % PRIME) % PRIME
}

/// The upper and lower halves of a product, another way: 32 bits at a time.
fn wide(a: u128, b: u128) -> [u128; 2] {
    let digits = |n: u128| [0, 1, 2, 3].map(|at| (n >> (32 * at)) & 0xffff_ffff);
    let mut columns = [0_u128; 8];
    for (i, x) in digits(a).into_iter().enumerate() {
        for (j, y) in digits(b).into_iter().enumerate() {
            columns[i + j] += x * y;
        }
    }
    let mut halves = [0; 2];
    let mut carry = 0;
    for (at, column) in columns.into_iter().enumerate() {
        let column = column + carry;
        carry = column >> 32;
        halves[1 - at / 4] |= (column & 0xffff_ffff) << (32 * (at % 4));
    }
    halves
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_quotient_is_that_of_the_whole_product(a in number(), b in number(), c in number()) {
        let [high, _] = wide(a, b);
        match mul_div(a, b, c) {
            // It has more than 128 bits, or there is none.
            None => prop_assert!(high >= c),
            Some(quotient) => {
                prop_assert!(high < c);
                let rest = a.wrapping_mul(b).wrapping_sub(quotient.wrapping_mul(c));
                prop_assert!(rest < c);
                prop_assert_eq!(times(a, b), (times(quotient, c) + rest % PRIME) % PRIME);
                let up = quotient.checked_add(u128::from(rest > 0));
                prop_assert_eq!(mul_div_up(a, b, c), up);
            }
        }
    }

    /// Also with no fee, and however small or large everything is: rounding never favours who swaps.
    #[test]
    fn no_swap_lowers_the_product_of_the_reserves(
        paid in number(), other in number(), amount in number(), fee in 0..=MAX_FEE
    ) {
        let (paid, other) = (paid % MAX_RESERVE + 1, other % MAX_RESERVE + 1);
        let Some(got) = bought(amount, paid, other, fee) else {
            prop_assert!(paid.checked_add(amount).is_none_or(|sum| sum > MAX_RESERVE));
            return Ok(());
        };
        prop_assert!(got < other);
        prop_assert!(wide(paid + amount, other - got) >= wide(paid, other));
        // And it is the most that may be given: one more would lower what is left after the fee.
        let rest = amount * u128::from(BASIS - fee);
        let basis = u128::from(BASIS);
        prop_assert!(wide(paid * basis + rest, other - got - 1) < wide(paid * basis, other));
    }
}

#[test]
fn known_quotients() {
    assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
    assert_eq!(mul_div(u128::MAX, 2, 3), Some(u128::MAX / 3 * 2));
    assert_eq!(mul_div(u128::MAX, 2, 1), None);
    assert_eq!(mul_div(1, 1, 0), None);
    assert_eq!((mul_div(10, 10, 3), mul_div_up(10, 10, 3)), (Some(33), Some(34)));
    assert_eq!((mul_div(10, 9, 3), mul_div_up(10, 9, 3)), (Some(30), Some(30)));
    assert_eq!(mul_div_up(u128::MAX, u128::MAX - 1, u128::MAX), Some(u128::MAX - 1));
    // From Uniswap's own formula: 1,000 paid into 100,000 : 50,000 at 0.3%.
    assert_eq!(bought(1_000, 100_000, 50_000, 30), Some(493));
}
