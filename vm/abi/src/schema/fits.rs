//! Whether bytes are a value of a type: what the VM holds a method's result to.
//!
//! Nothing is built, only walked. The JSON of `json/decode.rs` accepts the same bytes; a test compares them.

use super::{Type, cursor::Cursor};

/// Types looked at beside four for each byte. More takes a type of hundreds of parts without bytes in them.
const FREE_STEPS: usize = 1_024;

impl Type {
    /// Whether `bytes` are the encoding of a value of this type, all of them.
    ///
    /// A type that says a lot about few bytes (thousands of empty fields in a list) fits nothing. Cost: a few
    /// nanoseconds a byte, and for types without bytes a few microseconds at the most.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        let steps = bytes.len().saturating_mul(4).saturating_add(FREE_STEPS);
        let mut walk = Walk { cursor: Cursor::new(bytes), steps };
        walk.value(self).is_some() && walk.cursor.left() == 0
    }
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    steps: usize,
}

impl Walk<'_> {
    /// Steps over a value. A schema's types nest at most `MAX_SCHEMA_DEPTH` deep, and so does this.
    fn value(&mut self, ty: &Type) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        match ty {
            Type::Unit => Some(()),
            Type::Bool => (self.cursor.byte()? <= 1).then_some(()),
            Type::U8 | Type::I8 => self.skip(1),
            Type::U16 | Type::I16 => self.skip(2),
            Type::U32 | Type::I32 => self.skip(4),
            Type::U64 | Type::I64 | Type::Time => self.skip(8),
            Type::U128 | Type::I128 | Type::Amount => self.skip(16),
            Type::Address | Type::Hash => self.skip(32),
            Type::FixedBytes(length) => self.skip(usize::try_from(*length).ok()?),
            Type::Bytes => {
                let length = self.cursor.length()?;
                self.skip(length)
            }
            Type::String => {
                let length = self.cursor.length()?;
                core::str::from_utf8(self.cursor.take(length)?).ok().map(|_| ())
            }
            Type::Option(inner) => match self.cursor.byte()? {
                0 => Some(()),
                1 => self.value(inner),
                _ => None,
            },
            Type::List(inner) => {
                let length = self.cursor.length()?;
                (0..length).try_for_each(|_| {
                    let before = self.cursor.at();
                    self.value(inner)?;
                    // Values without bytes could be claimed without end.
                    (self.cursor.at() > before).then_some(())
                })
            }
            Type::Tuple(types) => types.iter().try_for_each(|ty| self.value(ty)),
            Type::Struct { fields, .. } => fields.iter().try_for_each(|field| self.value(&field.ty)),
            Type::Enum { variants, .. } => {
                let variant = variants.get(usize::from(self.cursor.byte()?))?;
                variant.fields.iter().try_for_each(|field| self.value(&field.ty))
            }
        }
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.cursor.take(length).map(|_| ())
    }
}
