//! Events: what a contract announces in the receipt, for people and programs outside the chain.

#[cfg(not(target_family = "wasm"))]
use alloc::vec::Vec;

use lockstep_abi::limits::run::MAX_TOPIC_BYTES;

#[cfg(not(target_family = "wasm"))]
use crate::codec;
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

    /// The event with these topics, the name first, and this data, as a receipt has them.
    ///
    /// None if it is another event, and if a topic is the hash of its field: one of more than 32 bytes is not read back.
    #[must_use]
    fn from_parts(topics: &[&[u8]], data: &[u8]) -> Option<Self>
    where
        Self: Sized;

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
                self.raw(&hash(bytes));
            }
        });
    }

    #[inline(always)]
    fn raw(&mut self, topic: &[u8]) {
        self.0.write(&[topic.len() as u8]);
        self.0.write(topic);
    }
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn hash(bytes: &[u8]) -> [u8; 32] {
    crate::crypto::blake3(bytes).0
}

/// Outside the VM as well: who searches for an event has to know its topics.
#[cfg(not(target_family = "wasm"))]
fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(&lockstep_abi::schema::field_topic(bytes));
    hash
}

/// The topics of an event, the name first, and its data, as a receipt has them. For programs outside the VM.
#[cfg(not(target_family = "wasm"))]
#[must_use]
pub fn parts(event: &impl Event) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut scratch = scratch();
    let mut row = Topics(Cursor::new(&mut scratch));
    event.topics(&mut row);
    let mut row = row.0.written();
    let mut topics = Vec::new();
    while let Some((length, rest)) = row.split_first() {
        let (topic, rest) = rest.split_at((*length).into());
        topics.push(topic.to_vec());
        row = rest;
    }
    (topics, codec::encode(&EventData(event)))
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

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use lockstep_sdk_macros::event;

    use super::{Event, parts};
    use crate::codec;

    #[event]
    #[derive(Debug, Clone, PartialEq)]
    struct Moved {
        note: String,
        #[topic]
        from: Option<u32>,
        amount: u128,
        #[topic]
        name: String,
    }

    #[event]
    #[derive(Debug, PartialEq)]
    struct Stopped;

    fn read<E: Event>((topics, data): &(Vec<Vec<u8>>, Vec<u8>)) -> Option<E> {
        E::from_parts(&topics.iter().map(Vec::as_slice).collect::<Vec<_>>(), data)
    }

    fn moved() -> Moved {
        Moved { note: "x".repeat(99), from: Some(7), amount: 5, name: "gold".into() }
    }

    #[test]
    fn an_event_reads_back_from_its_topics_and_its_data() {
        assert_eq!(read(&parts(&moved())), Some(moved()));
        assert_eq!(read(&parts(&Stopped)), Some(Stopped));
    }

    #[test]
    fn what_is_not_that_event_is_none() {
        assert_eq!(read::<Moved>(&parts(&Stopped)), None);
        assert_eq!(read::<Stopped>(&parts(&moved())), None);
        let (topics, data) = parts(&moved());
        assert_eq!(read::<Moved>(&(topics[..2].to_vec(), data.clone())), None);
        assert_eq!(read::<Moved>(&(topics.clone(), data[1..].to_vec())), None);
        assert_eq!(read::<Moved>(&(topics.clone(), [&*data, &[0]].concat())), None);
    }

    #[test]
    fn a_topic_of_more_than_32_bytes_is_a_hash_and_is_not_read_back() {
        let (name, others) = ("x".repeat(29), moved());
        let encoded = codec::encode(&name);
        let (topics, data) = parts(&Moved { name, ..others });
        assert_eq!(topics[2], *lockstep_abi::schema::field_topic(&encoded));
        assert_eq!(read::<Moved>(&(topics, data)), None);
    }
}
