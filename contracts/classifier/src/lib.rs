//! A classifier: a small trained model that reads handwritten digits, on chain.
//!
//! An image of 8 by 8 pixels goes in, and the digit comes out with a score for each: [`Classifier::classify`] as a
//! question, [`Classifier::submit`] with a count of what was seen and an event. It gets 359 of 360 test images right; to
//! be expected are 98 of 100 by the same writers (cross-validation) and 95 of 100 by others.
//!
//! The model is integers throughout (`model.rs`), so that every machine sees the same digit; its weights are in the
//! code (`weights.rs`), so that nobody can change them but by an upgrade. `train/train.py` made them. One image costs
//! 38 Mgas, 38 microseconds of the reference machine, beside what every transaction costs.

#![cfg_attr(target_family = "wasm", no_std)]

mod model;
#[rustfmt::skip]
mod weights;

use lockstep_sdk::prelude::*;

pub use model::{DIGITS, INK, Image, PIXELS, scores};

/// Reads handwritten digits, and counts those that were submitted.
#[storage]
#[derive(Debug)]
pub struct Classifier {
    tally: Cell<[u64; DIGITS]>,
}

/// What the model sees in an image.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The digit with the highest score; of equals the smaller one.
    pub digit: u8,
    /// How much each digit is like it, from 0 to 9. Only how they compare has a meaning.
    pub scores: [i32; DIGITS],
}

/// An image was submitted.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who submitted it.
    #[topic]
    pub by: Address,
    /// The digit that the model sees.
    #[topic]
    pub digit: u8,
}

/// Why an image is refused. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A pixel is from 0, paper, to 16, ink.
    TooDark {
        /// Which one: row by row, from 0.
        index: u8,
        /// What it is.
        pixel: u8,
    } = 1,
}

#[contract(events(Seen))]
impl Classifier {
    /// Which digit an image shows: 8 rows of 8 pixels from 0, paper, to 16, ink.
    ///
    /// # Errors
    /// [`Error::TooDark`].
    pub fn classify(&self, image: [u8; PIXELS]) -> Result<Guess, Error> {
        guess(&image)
    }

    /// Which digit an image shows, as `classify` says it, and counts it.
    ///
    /// # Errors
    /// [`Error::TooDark`].
    pub fn submit(&mut self, image: [u8; PIXELS]) -> Result<Guess, Error> {
        let guess = guess(&image)?;
        self.tally.update(|tally| tally[usize::from(guess.digit)] += 1);
        Seen { by: env::caller(), digit: guess.digit }.emit();
        Ok(guess)
    }

    /// How often each digit was submitted, from 0 to 9.
    #[must_use]
    pub fn tally(&self) -> [u64; DIGITS] {
        self.tally.get()
    }
}

fn guess(image: &Image) -> Result<Guess, Error> {
    // The model's sums are proven for pixels up to this.
    if let Some(index) = image.iter().position(|pixel| *pixel > INK) {
        return Err(Error::TooDark { index: index as u8, pixel: image[index] });
    }
    let scores = scores(image);
    let mut digit = 0;
    for other in 1..DIGITS {
        if scores[other] > scores[digit] {
            digit = other;
        }
    }
    Ok(Guess { digit: digit as u8, scores })
}
