//! What a contract announces.

use lockstep_abi::{
    Bytes, Halt,
    limits::run::{MAX_EVENT_BYTES, MAX_TOPIC_BYTES, MAX_TOPICS},
    receipt::Topics,
};

use super::access::HostCall;
use crate::outcome::Stop;

pub(super) fn emit(
    call: &mut HostCall<'_>,
    topics: u32,
    topics_len: u32,
    data: u32,
    data_len: u32,
) -> Result<(), Stop> {
    // A byte of length before each topic.
    const MAX_ROW_BYTES: u32 = MAX_TOPICS * (MAX_TOPIC_BYTES + 1);
    let row = call.span(topics, topics_len, MAX_ROW_BYTES)?;
    let topics = split(call.lend(&row).0).ok_or(Halt::HostArgument)?;
    let data =
        Bytes::try_from(call.read(data, data_len, MAX_EVENT_BYTES)?).map_err(|_| Halt::HostArgument)?;
    if call.world().emit(topics, data)? { Ok(()) } else { Err(Halt::TooManyEvents.into()) }
}

/// The topics in a row of them, if they are within their limits.
fn split(mut row: &[u8]) -> Option<Topics> {
    let mut topics = Vec::new();
    while let Some((length, rest)) = row.split_first() {
        let (topic, rest) = rest.split_at_checked(usize::from(*length))?;
        topics.push(Bytes::try_from(topic.to_vec()).ok()?);
        row = rest;
    }
    Topics::try_from(topics).ok()
}
