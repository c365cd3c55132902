//! Prologues on x86-64.
//!
//! ```text
//! push rbp; mov rbp, rsp
//! [pages below are touched, one by one or in a loop, and rsp put back]    from 4096 bytes on
//! [sub rsp, frame]
//! ```

use super::Code;

const PUSH_RBP: &[u8] = &[0x55];
const MOV_RBP_RSP: &[u8] = &[0x48, 0x89, 0xE5];
/// `mov dword [rsp], 0`
const TOUCH: &[u8] = &[0xC7, 0x04, 0x24, 0, 0, 0, 0];
const MOV_R11_RSP: &[u8] = &[0x49, 0x89, 0xE3];
const CMP_R11_RSP: &[u8] = &[0x4C, 0x3B, 0xDC];
const SUB_R11: &[u8] = &[0x49, 0x81, 0xEB];
/// Of 32 bits.
const JUMP_IF_NOT_EQUAL: &[u8] = &[0x0F, 0x85];

/// The opcode of an instruction on `rsp` with an immediate of 8 bits, and of 32.
struct OnStack([u8; 3], [u8; 3]);
const SUB_RSP: OnStack = OnStack([0x48, 0x83, 0xEC], [0x48, 0x81, 0xEC]);
const ADD_RSP: OnStack = OnStack([0x48, 0x83, 0xC4], [0x48, 0x81, 0xC4]);

pub(super) fn bytes(code: &[u8]) -> Option<usize> {
    let mut code = Code(code);
    code.skip(PUSH_RBP)?;
    code.skip(MOV_RBP_RSP)?;
    let probed = code.loop_of_probes().or_else(|| code.probes()).unwrap_or(0);
    let frame = code.on_stack(&SUB_RSP).unwrap_or(0);
    // Nothing behind the prologue takes more of the stack.
    let whole = code.on_stack(&SUB_RSP).is_none();
    (whole && super::probes_fit(frame.into(), probed.into())).then_some(())?;
    usize::try_from(frame).ok()
}

impl Code<'_> {
    /// An addition to the stack pointer, or a subtraction: of how much.
    fn on_stack(&mut self, OnStack(short, long): &OnStack) -> Option<u32> {
        self.attempt(|code| {
            code.skip(long)?;
            code.word()
        })
        .or_else(|| {
            self.attempt(|code| {
                code.skip(short)?;
                let (byte, rest) = code.0.split_first()?;
                code.0 = rest;
                // Sign-extended by the processor; a frame is positive.
                (*byte < 0x80).then_some(u32::from(*byte))
            })
        })
    }

    /// Pages touched one by one, then the stack pointer put back: how far it went.
    fn probes(&mut self) -> Option<u32> {
        self.attempt(|code| {
            let mut depth = 0_u32;
            while let Some(step) = code.attempt(|code| {
                let step = code.on_stack(&SUB_RSP)?;
                code.skip(TOUCH)?;
                Some(step)
            }) {
                depth = depth.checked_add(step)?;
            }
            (code.on_stack(&ADD_RSP)? == depth).then_some(depth)
        })
    }

    /// The same in a loop, for large frames.
    fn loop_of_probes(&mut self) -> Option<u32> {
        self.attempt(|code| {
            code.skip(MOV_R11_RSP)?;
            code.skip(SUB_R11)?;
            let depth = code.word()?;
            code.on_stack(&SUB_RSP)?;
            code.skip(TOUCH)?;
            code.skip(CMP_R11_RSP)?;
            code.skip(JUMP_IF_NOT_EQUAL)?;
            code.word()?;
            (code.on_stack(&ADD_RSP)? == depth).then_some(depth)
        })
    }
}
