use alloy_primitives::{Address, Bytes, U64};
use alloy_sol_types::SolCall as _;
use relayer::{Mirror, Relayer, status_name};
use serde::Serialize;
use serde_json::json;
use smartsync_abi::{IProver, IRegistry::Status};
use smartsync_chain::{AnswerProblem, Revert};
use smartsync_execution::{Read, answer};

use crate::{
    advice::advice,
    error::Error,
    proven::{newest_known, prove_call},
    question::Question,
    send::{Sent, send_to},
};

/// Of an answer without data where some was expected.
const NO_ANSWER: &str =
    "an answer without data: there is no contract at that address, or it has no such function";
/// Of data that is something else.
const OTHER_TYPES: &str = "the answer is not of the types that were given";
/// Of a read that fails where a call of the source does not.
const NO_VIEW: &str =
    "a function that writes reverts here, as in a STATICCALL: only views are answered";

/// What a read through a mirror came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallReport {
    /// What was asked, on the source chain.
    pub to: Address,
    /// What it was read through on the target.
    pub through: Through,
    /// The function.
    pub function: Option<String>,
    /// Whether it returned; else it reverted.
    pub success: bool,
    /// Whether it is no answer of the source's, but a typed error of the mirror's or the prover's.
    pub refused: bool,
    /// What it returned or reverted with.
    pub data: Bytes,
    /// The values, where their types are known.
    pub values: Option<Vec<String>>,
    /// The revert, where it is one that is known.
    pub error: Option<String>,
    /// What to do about it, where it is one of the mirror's own; what is odd about an answer that is not of the types that were given.
    pub advice: Option<String>,
    /// The source block that the answer is true at.
    pub source_block: u64,
    /// Its timestamp, seconds.
    pub source_timestamp: u64,
    /// How old that is by the target's newest block, seconds.
    pub age_seconds: u64,
    /// The source's own answer.
    pub comparison: Option<Comparison>,
    /// What was sent.
    pub sent: Option<Sent>,
}

/// How a proven call is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvenOptions {
    /// The source block, which the root source must know; `None`: the newest that it knows.
    pub block: Option<u64>,
    /// Whether the source is asked too.
    pub compare: bool,
    /// A contract to whose `update(uint64,bytes)` block and witness are sent when the prover answers.
    pub send_to: Option<Address>,
}

/// What a read goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Through {
    /// A mirror.
    Mirror(Address),
    /// A proof of what it touches.
    #[serde(rename_all = "camelCase")]
    Proof {
        /// The prover.
        prover: Address,
        /// Length of the witness.
        witness_bytes: usize,
        /// Length of the calldata.
        calldata_bytes: usize,
        /// Gas that a transaction with the call alone takes.
        gas: u64,
    },
}

/// What the source itself answers at the same block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Whether it returned.
    pub success: bool,
    /// What it returned or reverted with.
    pub data: Bytes,
    /// Whether that is what the mirror answers.
    pub equal: bool,
}

impl CallReport {
    /// Whether it was answered, and, where the source was asked too, as that answers.
    pub fn holds(&self) -> bool {
        match &self.comparison {
            Some(comparison) => comparison.equal,
            None => self.success,
        }
    }

    /// Whether the source was asked too, and answers otherwise.
    pub fn differs(&self) -> bool {
        !self.refused && (self.comparison.as_ref()).is_some_and(|comparison| !comparison.equal)
    }
}

/// Asks a question of a contract, or of its mirror, through the mirror, and with `compare` the source as well, at the block that the mirror is at.
pub async fn call(
    relayer: &Relayer,
    question: &Question,
    compare: bool,
) -> Result<CallReport, Error> {
    let target = relayer.target();
    let Mirror { proxy, .. } = relayer.mirror(question.read.to).await?;
    // Record and answer at one block: between two requests somebody may sync.
    let head = target.latest_block().await?;
    let at = head.number.to();
    let record = relayer.registry.record(target, proxy, at).await?;
    if record.status != Status::Active {
        return Err(relayer::Error::WrongStatus {
            proxy,
            status: status_name(record.status),
            advice: "it answers nothing until it is verified: run `smartsync migrate` or `sync`",
        }
        .into());
    }
    // Named by its mirror, the contract has another address on the source.
    let question = &question.asked_of(record.source);
    let through = Read {
        to: proxy,
        ..question.read.clone()
    };
    let (success, data) = answer(target, &through, at).await?;
    let moment = Moment {
        source_block: record.sourceBlock,
        source_timestamp: record.sourceTimestamp,
        now: head.timestamp.to(),
    };
    let answer = Answer {
        success,
        of_source: None,
        data,
    };
    finish(
        relayer,
        question,
        Through::Mirror(proxy),
        &moment,
        answer,
        compare,
    )
    .await
}

/// Asks a question by a proven call, at a source block that the root source knows; needs no mirror.
pub async fn call_proven(
    relayer: &Relayer,
    prover: Address,
    question: &Question,
    options: &ProvenOptions,
) -> Result<CallReport, Error> {
    let target = relayer.target();
    let block = match options.block {
        Some(block) => block,
        None => newest_known(relayer).await?,
    };
    let proven = prove_call(relayer, prover, &question.read, block).await?;
    let head = target.latest_block().await?;
    let through = Read {
        from: question.read.from,
        to: prover,
        data: proven.data.clone(),
    };
    let (answered, data) = answer(target, &through, head.number.to()).await?;
    // What the prover itself reverts with is an error of ours; what the source answers is in what it returns.
    let answer = match answered {
        false => Answer {
            success: false,
            of_source: Some(false),
            data,
        },
        true => {
            let returned =
                IProver::callCall::abi_decode_returns(&data).map_err(|_undecodable| {
                    target.bad_answer(
                        "eth_call",
                        AnswerProblem::Undecodable {
                            contract: prover,
                            call: IProver::callCall::SIGNATURE,
                        },
                    )
                })?;
            Answer {
                success: returned.success,
                of_source: Some(true),
                data: returned.answer,
            }
        }
    };
    let request = json!({ "from": question.read.from, "to": prover, "data": proven.data });
    let gas: U64 = match answered {
        true => target.request("eth_estimateGas", (request,)).await?,
        false => U64::ZERO,
    };
    let through = Through::Proof {
        prover,
        witness_bytes: proven.witness.len(),
        calldata_bytes: proven.data.len(),
        gas: gas.to(),
    };
    let moment = Moment {
        source_block: block,
        source_timestamp: proven.source_timestamp,
        now: head.timestamp.to(),
    };
    let report = finish(relayer, question, through, &moment, answer, options.compare).await?;
    let sent = match options.send_to {
        Some(consumer) if answered => Some(send_to(relayer, consumer, &proven).await?),
        _ => None,
    };
    Ok(CallReport { sent, ..report })
}

/// When an answer is true.
struct Moment {
    source_block: u64,
    source_timestamp: u64,
    now: u64,
}

struct Answer {
    success: bool,
    /// Whether it is an answer of the source's, where that is known: a mirror's revert may be its own.
    of_source: Option<bool>,
    data: Bytes,
}

async fn finish(
    relayer: &Relayer,
    question: &Question,
    through: Through,
    moment: &Moment,
    Answer {
        success,
        of_source,
        data,
    }: Answer,
    compare: bool,
) -> Result<CallReport, Error> {
    let read = &question.read;
    let revert = (!success).then(|| Revert::decode(data.clone()));
    let comparison = match compare {
        true => {
            let (true_success, true_data) =
                answer(&relayer.source, read, moment.source_block).await?;
            Some(Comparison {
                equal: (true_success, &true_data) == (success, &data),
                success: true_success,
                data: true_data,
            })
        }
        false => None,
    };
    let values = success.then(|| question.decode(&data)).flatten();
    let known = (revert.as_ref()).and_then(|revert| advice(&revert.name, read.to));
    let equal = comparison.as_ref().map(|comparison| comparison.equal);
    // What looks like an error of ours may be what the source itself reverts with.
    let refused = match of_source {
        Some(of_source) => !of_source,
        None => known.is_some() && equal != Some(true),
    };
    let advice = match &revert {
        Some(_) if refused => known,
        Some(_) if data.is_empty() && equal == Some(false) => Some(NO_VIEW.to_owned()),
        Some(_) => None,
        None if values.is_some() || !question.has_types() => None,
        None if data.is_empty() => Some(NO_ANSWER.to_owned()),
        None => Some(OTHER_TYPES.to_owned()),
    };
    Ok(CallReport {
        to: read.to,
        through,
        function: question
            .function
            .as_ref()
            .map(|function| function.signature()),
        success,
        refused,
        values,
        error: revert.map(|revert| revert.to_string()),
        advice,
        data,
        source_block: moment.source_block,
        source_timestamp: moment.source_timestamp,
        age_seconds: moment.now.saturating_sub(moment.source_timestamp),
        comparison,
        sent: None,
    })
}
