//! What is proven of accounts of the source chain, beside their mirrors.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use smartsync_abi::{
    IReader::BalanceUnknown,
    IRegistry::{BalanceProven, CodeProven, Knowledge, NotNewer},
};
use smartsync_program::{
    Arguments, Reply, ToWord, emit, encode, host, revert, source_chain::SourceChain, storage,
};

use crate::{
    carried, code,
    configuration::{PROVEN_BALANCES, PROVEN_CODE, refuse_native},
    primary, reads,
    record::Record,
    source::{ProvenAccount, empty_code_hash},
};

/// Members of a proven balance.
const KNOWLEDGE: u64 = 0;
const BALANCE: u64 = 1;

/// Where code proven for an account stands, and from which block on it counts in one word. Where code is permanent there is one
/// such word for an account, else one for each block.
fn code_slot(account: &Address, source_block: u64, permanent: bool) -> B256 {
    let key = if permanent {
        account.into_word()
    } else {
        storage::account_at(account, source_block)
    };
    storage::mapping(PROVEN_CODE, key)
}

fn balance_slot(account: &Address, source_block: u64) -> B256 {
    storage::mapping(PROVEN_BALANCES, storage::account_at(account, source_block))
}

/// Records that an account has the code that is proven.
pub fn prove_code(arguments: Arguments<'_>) -> Reply {
    let proven = ProvenAccount::take(arguments)?;
    let (account, source_block, code_hash) = (proven.address, proven.block, proven.code_hash()?);
    let original = code::deployed(&code_hash)?.original;
    let permanent = SourceChain::load().permanent_code;
    let slot = code_slot(&account, source_block, permanent);
    let present = host::load(&slot);
    let since = storage::block_of(&present);
    if !present.is_zero() && since <= source_block && storage::address(&present) == original {
        return Ok(Vec::new());
    }
    if !present.is_zero() && since >= source_block && storage::address(&present) != original {
        return Err(revert(NotNewer {
            recorded: since,
            sourceBlock: source_block,
        }));
    }
    host::store(&slot, &storage::account_at(&original, source_block));
    emit(&CodeProven {
        account,
        sourceBlock: source_block,
        codeHash: code_hash,
    });
    Ok(Vec::new())
}

/// Records an account's balance, and whether it has code, at one block.
pub fn prove_balance(arguments: Arguments<'_>) -> Reply {
    let proven = ProvenAccount::take(arguments)?;
    let (account, source_block) = (proven.address, proven.block);
    let (knowledge, balance) = match proven.account {
        None => (Knowledge::Empty, U256::ZERO),
        Some(proven) if proven.code_hash != empty_code_hash() => (Knowledge::Code, proven.balance),
        // EIP-161.
        Some(proven) if proven.nonce == 0 && proven.balance.is_zero() => {
            (Knowledge::Empty, U256::ZERO)
        }
        Some(proven) => (Knowledge::NoCode, proven.balance),
    };
    let slot = balance_slot(&account, source_block);
    let word = u64::from(u8::from(knowledge)).to_word();
    if host::load(&storage::member(&slot, KNOWLEDGE)) == word {
        return Ok(Vec::new());
    }
    host::store(&storage::member(&slot, KNOWLEDGE), &word);
    host::store(&storage::member(&slot, BALANCE), &balance.into());
    emit(&BalanceProven {
        account,
        sourceBlock: source_block,
        balance,
        knowledge,
    });
    Ok(Vec::new())
}

/// The view of a balance.
pub fn balance_at(asker: &Address, arguments: Arguments<'_>) -> Reply {
    let account = arguments.address(0)?;
    let slot = balance_slot(&account, reads::block(asker, arguments.uint64(1)?)?);
    if host::load(&storage::member(&slot, KNOWLEDGE)).is_zero() {
        refuse_native(&account)?;
        return Err(revert(BalanceUnknown { account }));
    }
    Ok(encode(&[host::load(&storage::member(&slot, BALANCE))]))
}

/// The view of what is known of an account.
pub fn account_at(asker: &Address, arguments: Arguments<'_>) -> Reply {
    let account = arguments.address(0)?;
    let source_block = reads::block(asker, arguments.uint64(1)?)?;
    let (knowledge, original) = match mirror_of(&account)? {
        Some(record) if record.is_at(source_block) => (
            Knowledge::Mirror,
            carried::configuration(&record.proxy)?.original,
        ),
        _ => without_mirror(&account, source_block),
    };
    Ok(encode(&[
        u64::from(u8::from(knowledge)).to_word(),
        original.to_word(),
    ]))
}

/// The record of an account's mirror of record.
pub fn mirror_of(account: &Address) -> Result<Option<Record>, Vec<u8>> {
    let proxy = primary::of(account);
    if proxy.is_zero() {
        return Ok(None);
    }
    Record::load(&proxy).map(Some)
}

/// What is known of an account that has no mirror at a block, and where its code stands.
pub fn without_mirror(account: &Address, source_block: u64) -> (Knowledge, Address) {
    let chain = SourceChain::load();
    let code = host::load(&code_slot(account, source_block, chain.permanent_code));
    if !code.is_zero() && storage::block_of(&code) <= source_block {
        return (Knowledge::Code, storage::address(&code));
    }
    let slot = storage::member(&balance_slot(account, source_block), KNOWLEDGE);
    let knowledge = match storage::unpack(&host::load(&slot))[3] {
        known if known == u64::from(u8::from(Knowledge::NoCode)) => Knowledge::NoCode,
        known if known == u64::from(u8::from(Knowledge::Empty)) => Knowledge::Empty,
        // Some code, of which the balance's proof says no more; or nothing.
        _ if chain.has_precompile(account, source_block) => Knowledge::Precompile,
        _ if chain.is_native(account) => Knowledge::Native,
        _ => Knowledge::Unknown,
    };
    (knowledge, Address::ZERO)
}
