//! What a panic does: `unreachable`, and in development builds a message.
//!
//! Formatting would be most of a small contract, so a release build halts with `Unreachable` and says no more.

#[cfg(not(debug_assertions))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(debug_assertions)]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use core::fmt::Write;

    /// As much of the message as an error may have.
    struct Message([u8; 256], usize);

    impl Write for Message {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            for (free, byte) in self.0.iter_mut().skip(self.1).zip(text.bytes()) {
                *free = byte;
                self.1 += 1;
            }
            Ok(())
        }
    }

    let mut message = Message([0; 256], 0);
    let _ = write!(message, "{info}");
    let written = message.0.get(..message.1).unwrap_or_default();
    // Code 0: a text instead of an error of the contract. Cut inside a character, it loses that character.
    let end = core::str::from_utf8(written).map_or_else(|error| error.valid_up_to(), str::len);
    crate::host::fail(0, written.get(..end).unwrap_or_default())
}
