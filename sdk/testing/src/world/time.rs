//! Time, which passes in a test as the test says.

use lockstep_abi::{Height, Time};

use super::World;

/// What passes between two blocks, in milliseconds.
pub(super) const BLOCK_MS: u64 = 1_000;

impl World {
    /// The height of the last block.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.height
    }

    /// What queries see as the time: that of the last block, and what was let pass since.
    #[must_use]
    pub const fn time(&self) -> Time {
        Time(self.time_ms)
    }

    /// Lets time pass before the next block, which comes a second after that.
    ///
    /// # Panics
    /// After [`Time::MAX`].
    pub const fn advance_ms(&mut self, ms: u64) {
        self.set_block(self.height, self.time().plus_ms(ms).0);
    }

    /// Goes to a time: queries see it, and the next block has it.
    ///
    /// # Panics
    /// If it is not after [`time`](Self::time).
    pub fn set_time(&mut self, time: Time) {
        assert!(time > self.time(), "it is {} ms already, time does not go back", self.time_ms);
        self.set_block(self.height, time.0);
        self.next_ms = time.0;
    }

    /// Lets empty blocks pass, a second each.
    ///
    /// # Panics
    /// After [`Time::MAX`].
    pub const fn advance_blocks(&mut self, blocks: u64) {
        let height = Height(self.height.0.strict_add(blocks));
        self.set_block(height, self.time_ms.strict_add(blocks.strict_mul(BLOCK_MS)));
    }

    pub(super) const fn set_block(&mut self, height: Height, time_ms: u64) {
        (self.height, self.time_ms) = (height, time_ms);
        self.next_ms = time_ms.saturating_add(BLOCK_MS);
    }
}
