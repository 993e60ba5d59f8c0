use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IFeeds::{CreationFailed, FeedCreated, InvalidQuestion},
    IProver::rootSourceCall,
};
use smartsync_feed::{AnswerType, Decoding, Question};
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, malformed, revert};

const SALT: B256 = B256::ZERO;

/// `create`.
pub fn create(arguments: Arguments<'_>) -> Reply {
    let question = question(arguments)?;
    let init_code = question.init_code(&host::this());
    let feed = address(&init_code);
    if host::code_size(&feed) == 0 {
        let root_source = host::static_call(&question.prover, &rootSourceCall::SELECTOR);
        if root_source.as_deref() != Ok(question.root_source.into_word().as_slice()) {
            return Err(revert(InvalidQuestion {}));
        }
        if host::create2(&init_code, &B256::ZERO, &SALT) != Some(feed) {
            return Err(revert(CreationFailed {}));
        }
        emit(&FeedCreated {
            feed,
            prover: question.prover,
            to: question.to,
        });
    }
    Ok(encode(&[feed.to_word()]))
}

/// `feedOf`.
pub fn feed_of(arguments: Arguments<'_>) -> Reply {
    let question = question(arguments)?;
    let feed = address(&question.init_code(&host::this()));
    Ok(encode(&[feed.to_word()]))
}

/// CREATE2 (EIP-1014).
fn address(init_code: &[u8]) -> Address {
    host::this().create2(SALT, keccak256(init_code))
}

/// The question that `create` and `feedOf` take; `InvalidQuestion` where no feed can ask it.
fn question(arguments: Arguments<'_>) -> Result<Question<'_>, Vec<u8>> {
    let question = arguments.tuple(0)?;
    let short = |index| u16::try_from(question.uint64(index)?).or(Err(malformed()));
    let byte = |index| u8::try_from(question.uint64(index)?).or(Err(malformed()));
    let question = Question {
        prover: question.address(0)?,
        root_source: question.address(1)?,
        from: question.address(2)?,
        to: question.address(3)?,
        data: question.bytes(4)?,
        decoding: Decoding {
            words: short(5)?,
            word: short(6)?,
            answer_type: AnswerType::of(byte(7)?).ok_or_else(malformed)?,
            bits: short(8)?,
            zero_allowed: question.boolean(10)?,
            negative_allowed: question.boolean(11)?,
        },
        decimals: byte(9)?,
        max_age: question.uint64(12)?,
        description: question.bytes(13)?,
    };
    if question.is_valid() {
        Ok(question)
    } else {
        Err(revert(InvalidQuestion {}))
    }
}
