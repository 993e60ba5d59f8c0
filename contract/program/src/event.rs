use alloy_primitives::B256;
use alloy_sol_types::{SolEvent, TopicList, abi::token::WordToken};

use crate::words::{StaticTokens, append, with_capacity};

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
    event
        .tokenize_body()
        .collect_into(&mut |data| emit_words(topics.get(..count).unwrap_or_default(), data));
}

#[inline(never)]
fn emit_words(topics: &[WordToken], data: &[&WordToken]) {
    let mut buffer = with_capacity(topics.len().saturating_add(data.len()));
    for topic in topics {
        append(&mut buffer, &[topic]);
    }
    append(&mut buffer, data);
    crate::host::emit(&buffer, topics.len());
}
