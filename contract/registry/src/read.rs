//! Reads across mirrors, at one source block.

use alloc::{vec, vec::Vec};

use alloy_primitives::Address;
use smartsync_abi::{
    IReader::{BlocksDiffer, NativeAccount, NotAnswered, NotMirrored},
    IRegistry::Knowledge,
    management::{CODE_ONLY, NO_CODE, PRECOMPILE, RETURNED, REVERTED},
};
use smartsync_program::{Arguments, Reply, ToWord, encode, revert, source_chain::SourceChain};

use crate::{
    knowledge,
    mirror::{self, Call},
    reads,
    record::Record,
};

/// What an account of the source answers at a block. Its failures are typed errors of ours; what the source reverts with is
/// an answer.
pub fn read(asker: &Address, arguments: Arguments<'_>) -> Reply {
    let (account, from) = (arguments.address(0)?, arguments.address(1)?);
    let source_block = reads::block(asker, arguments.uint64(2)?)?;
    let call = Call {
        from: &from,
        gas: arguments.uint64(3)?,
        depth: arguments.uint64(4)?,
        data: arguments.bytes(5)?,
    };
    let answer = match knowledge::mirror_of(&account)? {
        Some(record) if record.is_at(source_block) => through(&record, &call)?,
        // What is proven of an account is so wherever its mirror is.
        present => without_mirror(&account, source_block, present.as_ref())?,
    };
    Ok(encode_bytes(answer))
}

fn through(record: &Record, call: &Call<'_>) -> Result<Vec<u8>, Vec<u8>> {
    let answer = mirror::read(record, call).map_err(|failure| {
        if failure.is_empty() {
            revert(NotAnswered {})
        } else {
            failure
        }
    })?;
    match answer.first() {
        Some(&(REVERTED | RETURNED)) => Ok(answer),
        _ => Err(revert(NotAnswered {})),
    }
}

/// What an account answers whose mirror is not at the block, or that has none: with its code goes why its storage is not known.
fn without_mirror(
    account: &Address,
    source_block: u64,
    elsewhere: Option<&Record>,
) -> Result<Vec<u8>, Vec<u8>> {
    let unknown = || match elsewhere {
        Some(record) => revert(BlocksDiffer {
            account: *account,
            accountBlock: record.source_block,
            sourceBlock: source_block,
        }),
        None => revert(NotMirrored { account: *account }),
    };
    match knowledge::without_mirror(account, source_block) {
        (Knowledge::Code, original) => {
            let mut answer = vec![CODE_ONLY];
            answer.extend_from_slice(original.as_slice());
            answer.extend_from_slice(&unknown());
            Ok(answer)
        }
        (Knowledge::NoCode | Knowledge::Empty, _) => Ok(vec![NO_CODE]),
        (Knowledge::Precompile, _) => Ok(vec![PRECOMPILE]),
        (Knowledge::Native, _) => Err(revert(NativeAccount { account: *account })),
        _ => Err(unknown()),
    }
}

/// One `bytes`.
fn encode_bytes(bytes: Vec<u8>) -> Vec<u8> {
    const WORD: usize = 32;
    let mut encoded = encode(&[(WORD as u64).to_word(), (bytes.len() as u64).to_word()]);
    encoded.extend_from_slice(&bytes);
    encoded.resize(encoded.len().next_multiple_of(WORD), 0);
    encoded
}

/// What instructions about the block answer in a mirror that may be read.
pub fn environment(arguments: Arguments<'_>) -> Reply {
    let record = Record::load(&arguments.address(0)?)?;
    reads::readable(&record)?;
    let chain = SourceChain::load();
    Ok(encode(&[
        record.source_block.to_word(),
        record.source_timestamp.to_word(),
        chain.chain_id.to_word(),
        u64::from(record.source_block >= chain.clz_block).to_word(),
        u64::from(chain.number_is_headers).to_word(),
    ]))
}
