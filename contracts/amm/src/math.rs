//! Products and quotients of 128 bits, with 256 bits between, and the price of a swap.
//!
//! Every function says which way it rounds; the pool chooses the way in which it never gives too much.

use crate::BASIS;

/// The most of one token in a pool. As large as Uniswap's, and small enough that a product with [`BASIS`] has 128 bits.
pub const MAX_RESERVE: u128 = (1 << 112) - 1;

/// What `amount` buys, rounded down, of a pool that has `paid` of the same token and `other` of the other one. None if
/// the pool would have more than [`MAX_RESERVE`].
///
/// The fee, in parts of [`BASIS`], is taken off the amount; the product of the reserves with the rest does not fall.
#[must_use]
pub fn bought(amount: u128, paid: u128, other: u128, fee: u16) -> Option<u128> {
    if paid.checked_add(amount)? > MAX_RESERVE {
        return None;
    }
    // Neither overflows: a reserve has 112 bits, the basis 14.
    let rest = amount * u128::from(BASIS - fee);
    mul_div(other, rest, paid * u128::from(BASIS) + rest)
}

/// `a * b / c`, rounded down. None if it has more than 128 bits, or if `c` is 0.
#[must_use]
pub fn mul_div(a: u128, b: u128, c: u128) -> Option<u128> {
    divided(a, b, c).map(|(quotient, _)| quotient)
}

/// `a * b / c`, rounded up. None if it has more than 128 bits, or if `c` is 0.
#[must_use]
pub fn mul_div_up(a: u128, b: u128, c: u128) -> Option<u128> {
    match divided(a, b, c)? {
        (quotient, 0) => Some(quotient),
        (quotient, _) => quotient.checked_add(1),
    }
}

/// Quotient and remainder of `a * b / c`.
fn divided(a: u128, b: u128, c: u128) -> Option<(u128, u128)> {
    let (mut high, mut low) = product(a, b);
    // As many digits as there are in the quotient fit if, and only if, this holds. It is also false if `c` is 0.
    if high >= c {
        return None;
    }
    // One bit of `low` after the other comes into the remainder, and one of the quotient takes its place.
    for _ in 0..u128::BITS {
        let carry = high >> (u128::BITS - 1) == 1;
        high = (high << 1) | (low >> (u128::BITS - 1));
        low <<= 1;
        // With the carry, the remainder has 129 bits; it is less than twice `c`, so that the difference has 128 again.
        if carry || high >= c {
            high = high.wrapping_sub(c);
            low |= 1;
        }
    }
    Some((low, high))
}

/// `a * b`: the upper and the lower 128 bits.
fn product(a: u128, b: u128) -> (u128, u128) {
    const HALF: u32 = u128::BITS / 2;
    const LOW: u128 = (1 << HALF) - 1;
    let (a1, a0, b1, b0) = (a >> HALF, a & LOW, b >> HALF, b & LOW);
    // None of these overflows: the largest product of two halves leaves room for two more halves.
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> HALF);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> HALF) + (other >> HALF), (other << HALF) | (low & LOW))
}
