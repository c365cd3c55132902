//! Makes a sequence that breaks a rule as short as it can be, beyond what proptest does.
//!
//! proptest looks at each call and each number once. A call that was needed for the number of a later one is not needed
//! when that has become small, so here both are done until nothing changes.

use lockstep_abi::{Amount, schema::Type};

use super::Call;

/// Says with what a sequence breaks the rule, if it does.
pub(super) type Breaks<'a> = dyn Fn(&[Call]) -> Option<String> + 'a;

/// A sequence that breaks the rule, and with what.
pub(super) struct Broken {
    pub(super) calls: Vec<Call>,
    pub(super) reason: String,
}

impl Broken {
    pub(super) fn shorten(&mut self, breaks: &Breaks<'_>) {
        while self.drop_calls(breaks) | self.lower_numbers(breaks) {}
    }

    /// Leaves out each call that is not needed. Whether there was one.
    fn drop_calls(&mut self, breaks: &Breaks<'_>) -> bool {
        let mut is_shorter = false;
        for at in (0..self.calls.len()).rev() {
            let mut fewer = self.calls.clone();
            fewer.remove(at);
            is_shorter |= self.accept(fewer, breaks);
        }
        is_shorter
    }

    /// Lowers each number as far as it goes. Whether one was lowered.
    fn lower_numbers(&mut self, breaks: &Breaks<'_>) -> bool {
        let mut is_lower = false;
        for at in 0..self.calls.len() {
            for number in 0..self.calls[at].numbers().len() {
                let was = self.calls[at].numbers()[number];
                // The rule is broken at `high`; below `low` it was not, if anything was tried there.
                let (mut low, mut high) = (0, was);
                while low < high {
                    let middle = low + (high - low) / 2;
                    let mut lower = self.calls.clone();
                    lower[at].set_number(number, middle);
                    if self.accept(lower, breaks) { high = middle } else { low = middle + 1 }
                }
                is_lower |= high < was;
            }
        }
        is_lower
    }

    /// Takes other calls if they break the rule too.
    fn accept(&mut self, calls: Vec<Call>, breaks: &Breaks<'_>) -> bool {
        let Some(reason) = breaks(&calls) else { return false };
        *self = Self { calls, reason };
        true
    }
}

impl Call {
    /// The numbers that can be lowered: the time before, the value, and arguments that are nothing but a number.
    fn numbers(&self) -> Vec<u128> {
        let arguments = self.number_arguments().map(|index| {
            let mut wide = [0; 16];
            wide[..self.args[index].len()].copy_from_slice(&self.args[index]);
            u128::from_le_bytes(wide)
        });
        [u128::from(self.wait_ms), self.value.0].into_iter().chain(arguments).collect()
    }

    /// Sets one of them to a lower number, which fits as the higher one did.
    fn set_number(&mut self, number: usize, lower: u128) {
        match number {
            0 => self.wait_ms = u64::try_from(lower).expect("lower than 64 bits"),
            1 => self.value = Amount(lower),
            _ => {
                let index = self.number_arguments().nth(number - 2).expect("a number that was there");
                let bytes = self.args[index].len();
                self.args[index] = lower.to_le_bytes()[..bytes].to_vec();
            }
        }
    }

    fn number_arguments(&self) -> impl Iterator<Item = usize> {
        let is_number = |ty: &Type| match ty {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::U128 | Type::Amount | Type::Time => true,
            Type::Unit
            | Type::Bool
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::I128
            | Type::String
            | Type::Bytes
            | Type::FixedBytes(_)
            | Type::Address
            | Type::Hash
            | Type::Option(_)
            | Type::List(_)
            | Type::Tuple(_)
            | Type::Struct { .. }
            | Type::Enum { .. } => false,
        };
        let arguments = self.method.args.iter().enumerate();
        arguments.filter(move |(_, field)| is_number(&field.ty)).map(|(index, _)| index)
    }
}
