//! Prologues on AArch64.
//!
//! ```text
//! [stp x29, x30, [sp, #-16]!; mov x29, sp]                                not in a leaf without a frame
//! [pages below are touched, one by one or in a loop, and sp put back]     from 4096 bytes on
//! [str/stp of callee-saved registers, [sp, #-16]!]...
//! [sub sp, sp, frame]                                                     large ones by way of x16
//! ```
//!
//! Read instruction by instruction, with the stack pointer and the two scratch registers followed. What was read
//! is compared with nothing that runs: the engine was tried on x86-64 only.

use super::{Code, PAGE_BYTES};

/// `stp x29, x30, [sp, #-16]!`, then `mov x29, sp`.
const SAVE_FRAME: [u32; 2] = [0xA9BF_7BFD, 0x9100_03FD];
/// `stur wzr, [sp]`, `str wzr, [sp]`.
const TOUCH: [u32; 2] = [0xB800_03FF, 0xB900_03FF];
/// `sub sp, sp, x16`.
const SUB_SP_X16: u32 = 0xCB30_63FF;
/// `add sp, sp, x16`.
const ADD_SP_X16: u32 = 0x8B30_63FF;
/// `sub x16, x16, #4096`: the loop of probes begins.
const PROBE_STEP: u32 = 0xD140_0610;
/// The stack pointer is put in steps of this.
const PAIR_BYTES: u64 = 16;
/// How far behind the prologue a second look goes.
const LOOK_AHEAD: usize = 4;

/// What the prologue has done so far.
#[derive(Default)]
struct Prologue {
    depth: u64,
    /// How far below its present place the stack was touched.
    probed: u64,
    /// `x16` and `x17`, for constants.
    scratch: [u64; 2],
}

pub(super) fn bytes(code: &[u8]) -> Option<usize> {
    let mut code = Code(code);
    let framed =
        code.attempt(|code| SAVE_FRAME.iter().try_for_each(|word| (code.word()? == *word).then_some(())));
    let mut prologue = Prologue::default();
    while code.attempt(|code| prologue.step(code)).is_some() {}
    let Prologue { depth, probed, .. } = prologue;
    if framed.is_none() && depth > 0 || !super::probes_fit(depth, probed) {
        return None;
    }
    // A constant of a form that is not known, perhaps: nothing else moves the stack pointer by a register.
    for _ in 0..LOOK_AHEAD {
        if code.word() == Some(SUB_SP_X16) {
            return None;
        }
    }
    usize::try_from(depth).ok()
}

impl Prologue {
    /// Follows one instruction; none if it is not a prologue's.
    fn step(&mut self, code: &mut Code<'_>) -> Option<()> {
        let word = code.word()?;
        if TOUCH.contains(&word) {
            return Some(());
        }
        if word == SUB_SP_X16 {
            return self.push(self.scratch[0]);
        }
        if word == ADD_SP_X16 {
            return self.pop(self.scratch[0]);
        }
        if word == PROBE_STEP {
            return self.loop_of_probes(code);
        }
        match (word & 0xFF80_03FF, word & 0xFFFF_FFE0, word & 0xFFFF_83E0) {
            // sub sp, sp, #imm; add sp, sp, #imm
            (0xD100_03FF, ..) => self.push(immediate(word)),
            (0x9100_03FF, ..) => self.pop(immediate(word)),
            // str x, [sp, #-16]!; str d, [sp, #-16]!
            (_, 0xF81F_0FE0 | 0xFC1F_0FE0, _) => self.push(PAIR_BYTES),
            // stp x, x, [sp, #-16]!; stp d, d, [sp, #-16]!
            (.., 0xA9BF_03E0 | 0x6DBF_03E0) => self.push(PAIR_BYTES),
            _ => self.constant(word),
        }
    }

    fn push(&mut self, bytes: u64) -> Option<()> {
        self.depth = self.depth.checked_add(bytes)?;
        Some(())
    }

    /// The end of touching pages one by one: all that was taken is given back.
    fn pop(&mut self, bytes: u64) -> Option<()> {
        (self.depth == bytes).then_some(())?;
        self.probed = bytes;
        self.depth = 0;
        Some(())
    }

    /// A part of a constant, put into a scratch register.
    fn constant(&mut self, word: u32) -> Option<()> {
        let register = match word & 0x1F {
            16 => self.scratch.first_mut()?,
            17 => self.scratch.last_mut()?,
            _ => return None,
        };
        let shift = ((word >> 21) & 3) << 4;
        let part = u64::from((word >> 5) & 0xFFFF).checked_shl(shift)?;
        let wide = word >> 31 == 1;
        let value = match word & 0x7F80_0000 {
            // movz, movn, movk
            0x5280_0000 => part,
            0x1280_0000 => !part,
            0x7280_0000 => *register & !0xFFFF_u64.checked_shl(shift)? | part,
            // orr x, xzr, #bits
            0x3200_0000 if (word >> 5) & 0x1F == 0x1F => bits(word)?,
            _ => return None,
        };
        *register = if wide { value } else { value & u64::from(u32::MAX) };
        Some(())
    }

    /// Touches each page down to the end that is in `x17`; the stack pointer stays.
    fn loop_of_probes(&mut self, code: &mut Code<'_>) -> Option<()> {
        /// `str wzr, [sp, x16]`, with or without `sxtx`; `cmn x16, x17`.
        const TOUCH_AT: [u32; 2] = [0xB830_6BFF, 0xB830_EBFF];
        const COMPARE: u32 = 0xAB11_021F;
        /// `b.gt` to the loop's begin.
        const REPEAT: u32 = 0x54FF_FFAC;
        let known = TOUCH_AT.contains(&code.word()?) && code.word()? == COMPARE && code.word()? == REPEAT;
        let [begin, end] = self.scratch;
        self.probed = end.checked_next_multiple_of(PAGE_BYTES)?;
        (known && begin == 0 && self.depth == 0).then_some(())
    }
}

/// Of 12 bits, perhaps shifted by as many.
fn immediate(word: u32) -> u64 {
    let bits = u64::from((word >> 10) & 0xFFF);
    if word & (1 << 22) == 0 { bits } else { bits << 12 }
}

/// A repeated pattern of ones, as logical instructions hold it; only patterns of 32 or 64 bits.
fn bits(word: u32) -> Option<u64> {
    let (ones, rotation, wide) = ((word >> 10) & 0x3F, (word >> 16) & 0x3F, word & (1 << 22) != 0);
    let ones = ones.checked_add(1)?;
    let run = u64::MAX.checked_shr(64_u32.checked_sub(ones)?)?;
    if wide {
        return Some(run.rotate_right(rotation));
    }
    let run = u32::try_from(run).ok()?;
    Some(u64::from(run.rotate_right(rotation)))
}
