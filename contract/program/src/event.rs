use alloc::vec::Vec;
use alloy_primitives::B256;
use alloy_sol_types::{SolEvent, TopicList, abi::token::WordToken};

use crate::words::{StaticTokens, append};

/// An event has at most four topics: its signature and three indexed parameters.
const TOPICS: usize = 4;

/// Emits an event whose data consists of words.
pub fn emit<E>(event: &E)
where
    E: SolEvent,
    for<'a> E::DataToken<'a>: StaticTokens,
{
    let mut topics = [WordToken(B256::ZERO); TOPICS];
    // Cannot fail: no event of ours has more topics than fit.
    if event.encode_topics_raw(&mut topics).is_err() {
        return;
    }
    let count = <E::TopicList as TopicList>::COUNT;
    event.tokenize_body().collect_into(&mut |data| emit_words(topics.get(..count).unwrap_or_default(), data));
}

#[inline(never)]
fn emit_words(topics: &[WordToken], data: &[&WordToken]) {
    let mut buffer = Vec::with_capacity((topics.len() + data.len()) * 32);
    for topic in topics {
        append(&mut buffer, &[topic]);
    }
    append(&mut buffer, data);
    crate::host::emit(&buffer, topics.len());
}
