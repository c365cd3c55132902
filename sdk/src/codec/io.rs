//! Where encoded bytes go and come from.

use super::Malformed;

/// Takes bytes.
pub trait Output {
    /// Appends `bytes`.
    fn write(&mut self, bytes: &[u8]);
}

/// Bytes that are being decoded.
#[derive(Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    #[inline(always)]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    #[must_use]
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is left.
    #[must_use]
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes `count` bytes.
    ///
    /// # Errors
    /// [`Malformed`] if fewer are left.
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Takes `N` bytes.
    ///
    /// # Errors
    /// [`Malformed`] if fewer are left.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// Takes the number of elements that follow, at most one for each byte that is left.
    ///
    /// # Errors
    /// [`Malformed`] if it claims more.
    #[inline(always)]
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        // Every element has at least one byte, so that a false claim fails before anything is allocated.
        if count > self.len() { Err(Malformed) } else { Ok(count) }
    }
}
