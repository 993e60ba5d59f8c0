use alloc::vec::Vec;

use alloy_primitives::{B256, I256, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IFeed::{AnswerUpdated, BlockFromFuture, BlockTooOld, NoAnswer},
    IProver::callCall,
    IReader::NotAnswered,
    IRegistry::RootSourceFailed,
    IRootSource::stateRootCall,
};
use smartsync_feed::{Question, Stamp, answer_slot, stamp_slot};
use smartsync_program::{
    Arguments, Reply, ToWord, emit, encode, host, question as call_of, revert, source_chain, uint64,
};

const NEWEST: B256 = B256::ZERO;

/// `update`, on the storage of the feed with this question. Nothing is written before everything is known, and whatever is asked is asked
/// by STATICCALL: nobody who is called meets a feed that is half updated.
pub fn update(question: &Question<'_>, arguments: Arguments<'_>) -> Reply {
    let (source_block, witness) = (arguments.uint64(0)?, arguments.bytes(1)?);
    let newest = Stamp::of(&host::load(&NEWEST));
    if source_block <= newest.source_block {
        return Ok(stored(false));
    }
    let source_timestamp = timestamp(question, source_block)?;
    let now = host::timestamp();
    if source_timestamp > now {
        return Err(revert(BlockFromFuture {
            sourceTimestamp: source_timestamp,
            now,
        }));
    }
    let oldest = now.saturating_sub(question.max_age);
    if source_timestamp < oldest {
        return Err(revert(BlockTooOld {
            sourceTimestamp: source_timestamp,
            oldestAllowed: oldest,
        }));
    }
    let output = host::static_call(&question.prover, &call(question, source_block, witness))?;
    let (success, data) = answer(&output)?;
    let answer = question.decoding.read(success, data).map_err(|reason| {
        revert(NoAnswer {
            reason: reason as u8,
        })
    })?;
    let round = newest.round.saturating_add(1);
    let stamp = Stamp {
        round,
        source_block,
        source_timestamp,
    }
    .to_word();
    host::store(&answer_slot(round), &answer);
    host::store(&stamp_slot(round), &stamp);
    host::store(&NEWEST, &stamp);
    emit(&AnswerUpdated {
        current: I256::from_raw(U256::from_be_bytes(answer.0)),
        roundId: U256::from(round),
        updatedAt: U256::from(source_timestamp),
    });
    Ok(stored(true))
}

fn stored(stored: bool) -> Vec<u8> {
    encode(&[u64::from(stored).to_word()])
}

/// When the source block was, as the root source says. Its revert data is passed on.
fn timestamp(question: &Question<'_>, source_block: u64) -> Result<u64, Vec<u8>> {
    let input = call_of(stateRootCall::SELECTOR, &source_block.to_word());
    let answer = source_chain::ask(&question.root_source, &input, source_block)?;
    Arguments::new(&answer)
        .word(1)
        .and_then(|word| uint64(&word))
        .or(Err(revert(RootSourceFailed {
            blockNumber: source_block,
        })))
}

/// Calldata of the prover.
fn call(question: &Question<'_>, source_block: u64, witness: &[u8]) -> Vec<u8> {
    const WORD: usize = 32;
    let padded = |bytes: &[u8]| bytes.len().next_multiple_of(WORD);
    // Two lengths besides.
    let head = 5u64.saturating_mul(WORD as u64);
    let witness_at = head
        .saturating_add(WORD as u64)
        .saturating_add(padded(question.data) as u64);
    let mut call = callCall::SELECTOR.to_vec();
    call.reserve_exact(
        padded(question.data)
            .saturating_add(padded(witness))
            .saturating_add(WORD.saturating_mul(7)),
    );
    for word in [
        source_block.to_word(),
        question.from.to_word(),
        question.to.to_word(),
        head.to_word(),
        witness_at.to_word(),
    ] {
        call.extend_from_slice(word.as_slice());
    }
    for bytes in [question.data, witness] {
        call.extend_from_slice((bytes.len() as u64).to_word().as_slice());
        call.extend_from_slice(bytes);
        let padding = padded(bytes).saturating_sub(bytes.len());
        call.resize(call.len().saturating_add(padding), 0);
    }
    call
}

/// What the prover answers, taken apart. An answer that is none, as of an account without code, is `NotAnswered`.
fn answer(output: &[u8]) -> Result<(bool, &[u8]), Vec<u8>> {
    let answer = Arguments::new(output);
    match (answer.boolean(0), answer.bytes(1)) {
        (Ok(success), Ok(data)) => Ok((success, data)),
        _ => Err(revert(NotAnswered {})),
    }
}
