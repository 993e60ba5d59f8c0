use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::AccountAbsent,
    IRegistry::{NotAContract, RootSourceFailed, SourceCodeChanged},
    IRootSource::latestBlockCall,
};
use smartsync_clone::Configuration;
use smartsync_program::{
    Arguments, revert,
    source_chain::{SourceState, ask, root_source},
    uint64,
};
use smartsync_proof::Account;

use crate::configuration;

/// Proves a mirror's source, whose code must be that of its creation. Returns its storage root.
pub fn mirrored<'a>(
    state: &SourceState,
    carried: &Configuration,
    account_proof: impl IntoIterator<Item = &'a [u8]>,
) -> Result<B256, Vec<u8>> {
    let source = carried.source;
    let account = state
        .account(&source, account_proof)?
        .ok_or_else(|| revert(AccountAbsent { account: source }))?;
    if account.code_hash != carried.code_hash {
        return Err(revert(SourceCodeChanged {
            recorded: carried.code_hash,
            proven: account.code_hash,
        }));
    }
    Ok(account.storage_root)
}

/// What `create`, `proveCode` and `proveBalance` are given: an account that the source chain does not implement natively, a block,
/// and the account's proof there, which may be one of absence.
pub struct ProvenAccount {
    /// Its address.
    pub address: Address,
    /// The source block.
    pub block: u64,
    /// The account; `None` when it is proven absent.
    pub account: Option<Account>,
}

impl ProvenAccount {
    /// Proves it. Reverts `NativeAccount`, `InvalidProof`, and what the root source reverts with.
    #[inline(never)]
    pub fn take(arguments: Arguments<'_>) -> Result<Self, Vec<u8>> {
        let (address, block) = (arguments.address(0)?, arguments.uint64(1)?);
        configuration::refuse_native(&address)?;
        let account = SourceState::at(block)?.account(&address, arguments.byte_arrays(2)?)?;
        Ok(Self {
            address,
            block,
            account,
        })
    }

    /// Its code hash. Reverts `AccountAbsent`, and `NotAContract` when there is no code.
    #[inline(never)]
    pub fn code_hash(&self) -> Result<B256, Vec<u8>> {
        match self.account {
            None => Err(revert(AccountAbsent {
                account: self.address,
            })),
            Some(account) if account.code_hash == empty_code_hash() => Err(revert(NotAContract {
                account: self.address,
            })),
            Some(account) => Ok(account.code_hash),
        }
    }
}

/// State of a mirror's source chain at a block, by the root source that the mirror's code names: it is the registry's.
pub fn state(carried: &Configuration, block: u64) -> Result<SourceState, Vec<u8>> {
    SourceState::under((carried.root_source, carried.first_block), block)
}

/// The highest source block that the root source knows.
pub fn latest_block() -> Result<u64, Vec<u8>> {
    let answer = ask(&root_source().0, &latestBlockCall::SELECTOR, 0)?;
    match answer.split_first_chunk::<32>() {
        Some((word, _)) => {
            uint64(&B256::new(*word)).or(Err(revert(RootSourceFailed { blockNumber: 0 })))
        }
        None => Err(revert(RootSourceFailed { blockNumber: 0 })),
    }
}

/// Hash of empty code, which an account without code has (EIP-1052).
pub fn empty_code_hash() -> B256 {
    keccak256([])
}
