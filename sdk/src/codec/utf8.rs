//! Checks texts. The standard library's check is four times as long and has a table of 256 bytes.
#![allow(unsafe_code, reason = "makes a text of bytes that were checked")]

use alloc::{string::String, vec::Vec};

use super::Malformed;

/// The text that `bytes` are.
///
/// # Errors
/// [`Malformed`] if they are not UTF-8.
pub(crate) fn check(bytes: Vec<u8>) -> Result<String, Malformed> {
    if is_utf8(&bytes) {
        // SAFETY: just checked.
        Ok(unsafe { String::from_utf8_unchecked(bytes) })
    } else {
        Err(Malformed)
    }
}

/// Whether `bytes` are characters of one to four bytes, each in its shortest form.
fn is_utf8(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        // The first byte says how many follow, and the smallest character that needs so many.
        let (followers, smallest) = match first {
            0x00..=0x7f => continue,
            0xc0..=0xdf => (1, 0x80),
            0xe0..=0xef => (2, 0x800),
            0xf0..=0xf7 => (3, 0x1_0000),
            _ => return false,
        };
        let mut character = u32::from(first & (0x3f >> followers));
        for _ in 0..followers {
            match rest.next() {
                Some(next) if next & 0xc0 == 0x80 => character = (character << 6) | u32::from(next & 0x3f),
                _ => return false,
            }
        }
        if character < smallest || char::from_u32(character).is_none() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_short_texts_are_judged_as_the_standard_library_does() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                for third in [0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff] {
                    for fourth in [0x00, 0x7f, 0x80, 0xbf, 0xc0] {
                        let bytes = [first, second, third, fourth];
                        for length in 0..=4 {
                            let bytes = &bytes[..length];
                            assert_eq!(is_utf8(bytes), str::from_utf8(bytes).is_ok(), "{bytes:x?}");
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn all_texts_are_texts(text: String) {
            prop_assert!(is_utf8(text.as_bytes()));
        }
    }
}
