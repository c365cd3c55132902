//! Events: what a contract announces in the receipt, for people and programs outside the chain.

use lockstep_abi::limits::run::MAX_TOPIC_BYTES;

use crate::{
    codec::{Cursor, Encode, Output, scratch, with_encoded},
    host,
    schema::EventDef,
};

/// The most bytes of a topic.
const TOPIC_BYTES: usize = MAX_TOPIC_BYTES as usize;

/// An event. Implemented by `#[event]`.
pub trait Event {
    /// Its part of the interface.
    const DEF: EventDef;
    /// The number of bytes of the data, if all values have the same.
    #[doc(hidden)]
    const DATA_SIZE: Option<usize>;

    /// Writes the topics, the name first.
    #[doc(hidden)]
    fn topics(&self, topics: &mut Topics<'_>);

    /// Writes the fields that are not topics.
    #[doc(hidden)]
    fn data(&self, out: &mut impl Output);

    /// Puts the event into the receipt. It is dropped if the call fails.
    ///
    /// At most 1,024 events of 16 KiB each, and 256 KiB together, are in one transaction. Methods with `&self`
    /// halt here: they run read-only.
    #[inline(always)]
    fn emit(&self)
    where
        Self: Announced + Sized,
    {
        let mut scratch = scratch();
        let mut topics = Topics(Cursor::new(&mut scratch));
        self.topics(&mut topics);
        let topics = topics.0.written();
        with_encoded(&EventData(self), |data| host::emit(topics, data));
    }
}

/// An event that the contract lists. Implemented by `#[contract]`, so that no event is missing in the interface.
#[diagnostic::on_unimplemented(
    message = "the contract does not list the event `{Self}`",
    label = "is missing in the interface",
    note = "list it: `#[contract(events({Self}, ..))]`, or at a part of the storage: `#[storage(events({Self}, ..))]`"
)]
pub trait Announced: Event {}

/// An event's topics: a row of them, each one byte of length and the bytes.
#[expect(missing_debug_implementations, reason = "the part of an array that is not yet written has no form")]
pub struct Topics<'a>(Cursor<'a>);

impl Topics<'_> {
    /// Adds the event's name, at most 32 bytes of it, behind the byte of its length.
    #[inline(always)]
    pub fn name(&mut self, name: &[u8]) {
        self.0.write(name);
    }

    /// Adds the encoding of `value`, or its BLAKE3 hash if the encoding has more than 32 bytes.
    #[inline(always)]
    pub fn push<T: Encode>(&mut self, value: &T) {
        if let Some(size) = T::SIZE
            && size <= TOPIC_BYTES
        {
            self.0.write(&[size as u8]);
            return value.encode(&mut self.0);
        }
        with_encoded(value, |bytes| {
            if bytes.len() <= TOPIC_BYTES {
                self.raw(bytes);
            } else {
                self.raw(&crate::crypto::blake3(bytes).0);
            }
        });
    }

    #[inline(always)]
    fn raw(&mut self, topic: &[u8]) {
        self.0.write(&[topic.len() as u8]);
        self.0.write(topic);
    }
}

/// The fields that are not topics, as one value.
struct EventData<'a, E>(&'a E);

impl<E: Event> Encode for EventData<'_, E> {
    const SIZE: Option<usize> = E::DATA_SIZE;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        self.0.data(out);
    }
}
