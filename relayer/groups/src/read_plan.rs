use std::time::Duration;

use alloy_primitives::{Address, Bytes, U64};
use alloy_sol_types::SolCall as _;
use relayer::Relayer;
use serde::Serialize;
use serde_json::json;
use smartsync_abi::IFeeds;
use smartsync_chain::{RawHeader, Revert};
use smartsync_execution::{Read, answer};

use crate::{
    advice::is_final,
    day::{DAY, DayPlan, changes},
    error::Error,
    feed::{FeedTerms, create_feed, feed_question},
    feed_update::update_feed,
    proven::prove_call,
    question::Question,
    rehearsal::Rehearsal,
};

/// What a read costs without a mirror.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadPlan {
    /// What is asked: the function, or the calldata.
    pub call: String,
    /// A proven call; `None` where the prover does not answer it.
    pub proven: Option<ProvenPlan>,
    /// A feed; `None` where the answer is none for a feed.
    pub feed: Option<FeedPlan>,
    /// Why no way answers it, where that is so: the typed error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What is cheapest, by how many times a day it is read; empty where no way answers it.
    pub cheapest: Vec<Cheapest>,
}

/// What a proven call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvenPlan {
    /// Calldata in bytes.
    pub bytes: usize,
    /// Gas of a transaction with it.
    pub gas: u64,
}

/// What a feed takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedPlan {
    /// Gas of its creation, once.
    pub creation: u64,
    /// Gas of an update.
    pub update: u64,
    /// How many of the source blocks that were looked at changed the answer.
    pub changed: u64,
    /// Updates of a day at that pace.
    pub updates: u64,
    /// Their gas.
    pub gas: u64,
}

/// A way to read, by what it costs a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// A proven call each time.
    Proven,
    /// A feed that is updated at each change.
    Feed,
    /// A mirror that is synced as `day` says.
    Mirror,
}

/// What is cheapest from so many reads a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cheapest {
    /// Reads a day.
    pub from: u64,
    /// The way.
    pub way: Way,
}

/// Tries each read by a proven call and a feed where it was rehearsed, and holds them against a day of syncs.
pub(crate) async fn read_plans(
    rehearsal: &Rehearsal<'_>,
    questions: &[Question],
    header: &RawHeader,
    day: &DayPlan,
) -> Result<Vec<ReadPlan>, Error> {
    let Some((relayer, [prover, feeds])) = rehearsal.prover() else {
        return Ok(Vec::new());
    };
    let mut plans = Vec::new();
    for (number, question) in questions.iter().enumerate() {
        let proven = proven(relayer, prover, question, header).await?;
        let feed = match proven {
            Ok(_) => feed(relayer, [prover, feeds], question, number, header, day).await?,
            Err(_) => None,
        };
        let (proven, refused) = match proven {
            Ok(proven) => (Some(proven), None),
            Err(revert) => (None, is_final(&revert.name).then(|| revert.to_string())),
        };
        let function = question.function.as_ref();
        plans.push(ReadPlan {
            call: function.map_or_else(
                || question.read.data.to_string(),
                |function| function.signature(),
            ),
            proven,
            feed,
            cheapest: match refused {
                Some(_) => Vec::new(),
                None => cheapest(
                    proven.map(|proven| proven.gas),
                    feed.map(|feed| feed.gas),
                    day.gas,
                ),
            },
            refused,
        });
    }
    Ok(plans)
}

/// What a proven call takes, or what the prover refuses it with.
async fn proven(
    relayer: &Relayer,
    prover: Address,
    question: &Question,
    header: &RawHeader,
) -> Result<Result<ProvenPlan, Revert>, Error> {
    let read = &question.read;
    let call = prove_call(relayer, prover, read, header.header.number).await?;
    let target = relayer.target();
    let request = json!({ "from": read.from, "to": prover, "data": call.data });
    let gas = target.try_request::<_, U64>("eth_estimateGas", (request,));
    if let Ok(gas) = gas.await {
        return Ok(Ok(ProvenPlan {
            bytes: call.data.len(),
            gas: gas.to(),
        }));
    }
    let asked = Read {
        from: read.from,
        to: prover,
        data: call.data,
    };
    let (_, data) = answer(target, &asked, target.head().await?).await?;
    let revert = Revert::decode(data);
    tracing::info!(call = %read.data, "no proven call: {revert}");
    Ok(Err(revert))
}

/// A feed is created and updated. What is no answer for one, or of types that do not take one word each, has none.
async fn feed(
    relayer: &Relayer,
    [prover, feeds]: [Address; 2],
    question: &Question,
    number: usize,
    header: &RawHeader,
    day: &DayPlan,
) -> Result<Option<FeedPlan>, Error> {
    let terms = FeedTerms {
        word: 0,
        decimals: 0,
        zero_allowed: true,
        negative_allowed: false,
        max_age: Duration::from_secs(u64::from(u32::MAX)),
        description: format!("plan {number}"),
    };
    let asked = match feed_question(relayer, prover, question, &terms).await {
        Ok(asked) => IFeeds::Question {
            negativeAllowed: matches!(asked.answerType, IFeeds::AnswerType::Signed),
            ..asked
        },
        Err(Error::FeedTypes) => return Ok(None),
        Err(error) => return Err(error),
    };
    let create = IFeeds::createCall {
        question: asked.clone(),
    };
    let create = json!({ "to": feeds, "data": Bytes::from(create.abi_encode()) });
    let creation: U64 = relayer
        .target()
        .request("eth_estimateGas", (create,))
        .await?;
    let created = create_feed(relayer, feeds, asked).await?;
    // The first update fills empty slots; a later one costs what is told.
    let block = header.header.number;
    let updated = async {
        update_feed(relayer, created.feed, Some(block.saturating_sub(1))).await?;
        update_feed(relayer, created.feed, Some(block)).await
    };
    let update = match updated.await {
        Ok(update) => update.gas_used,
        Err(error) => {
            tracing::info!(call = %question.read.data, "no feed: {error}");
            return Ok(None);
        }
    };
    let ask = async |block| Ok(answer(&relayer.source, &question.read, block).await?);
    let changed = changes(block.saturating_sub(day.blocks), block, ask).await?;
    let updates = changed.saturating_mul(DAY).div_ceil(day.seconds.max(1));
    Ok(Some(FeedPlan {
        creation: creation.to(),
        update,
        changed,
        updates,
        gas: update.saturating_mul(updates),
    }))
}

/// What is cheapest by the number of reads a day: proven calls pay for each, feed and mirror for the changes alone.
fn cheapest(proven: Option<u64>, feed: Option<u64>, mirror: u64) -> Vec<Cheapest> {
    let (kept, way) = match feed {
        Some(feed) if feed <= mirror => (feed, Way::Feed),
        _ => (mirror, Way::Mirror),
    };
    let from = match proven {
        // The first number of reads at which calls cost more.
        Some(gas) => kept / gas.max(1) + 1,
        None => 0,
    };
    let calls = Cheapest {
        from: 0,
        way: Way::Proven,
    };
    match from {
        0 => vec![Cheapest { from, way }],
        _ => vec![calls, Cheapest { from, way }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_cheapest_until_they_cost_more_than_what_the_changes_cost() {
        let from = |from, way| Cheapest { from, way };
        // 10 calls cost as much as the feed, 11 more.
        assert_eq!(
            cheapest(Some(100), Some(1_000), 5_000),
            [from(0, Way::Proven), from(11, Way::Feed)]
        );
        assert_eq!(
            cheapest(Some(100), Some(6_000), 5_050),
            [from(0, Way::Proven), from(51, Way::Mirror)]
        );
        // Nothing changes: what is there answers for nothing.
        assert_eq!(
            cheapest(Some(100), Some(0), 5_000),
            [from(0, Way::Proven), from(1, Way::Feed)]
        );
        assert_eq!(cheapest(None, None, 7), [from(0, Way::Mirror)]);
    }
}
