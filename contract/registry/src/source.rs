use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::AccountAbsent,
    IRegistry::{BeforeFirstBlock, NotAContract, RootSourceFailed, SourceCodeChanged},
    IRootSource::{latestBlockCall, stateRootCall},
};
use smartsync_program::{Arguments, host, proof_revert, revert, uint64};
use smartsync_proof::{Account, verify_account};

use crate::{configuration, record::Record};

/// State of the source chain at one block, as the root source vouches for it.
pub struct SourceState {
    /// The source block.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
    state_root: B256,
}

impl SourceState {
    /// Asks the root source. Its revert data is passed on; a zero root or a short answer is `RootSourceFailed`.
    pub fn at(block: u64) -> Result<Self, Vec<u8>> {
        let (root_source, first_block) = configuration::root_source();
        if block < first_block {
            return Err(revert(BeforeFirstBlock {
                firstBlock: first_block,
                sourceBlock: block,
            }));
        }
        let question = stateRootCall { blockNumber: block }.abi_encode();
        let answer = ask(&root_source, &question, block)?;
        let failed = || revert(RootSourceFailed { blockNumber: block });
        let (state_root, rest) = answer.split_first_chunk::<32>().ok_or_else(failed)?;
        let (timestamp, _) = rest.split_first_chunk::<32>().ok_or_else(failed)?;
        let state_root = B256::new(*state_root);
        // Block 0 means "never" in a record; no root source's block 0 can be a final state with contracts to mirror.
        if state_root.is_zero() || block == 0 {
            return Err(failed());
        }
        Ok(Self {
            block,
            timestamp: uint64(&B256::new(*timestamp)).or(Err(failed()))?,
            state_root,
        })
    }

    /// Proves an account. Reverts `InvalidProof` or `AccountAbsent`.
    fn account<'a>(
        &self,
        address: &Address,
        account_proof: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Account, Vec<u8>> {
        self.find(address, account_proof)?
            .ok_or_else(|| revert(AccountAbsent { account: *address }))
    }

    /// Proves an account, or that there is none. Reverts `InvalidProof`.
    fn find<'a>(
        &self,
        address: &Address,
        account_proof: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Account>, Vec<u8>> {
        verify_account(&self.state_root, address, account_proof).map_err(proof_revert)
    }

    /// Proves a mirror's source, whose code must be the recorded one. Returns its storage root.
    pub fn mirrored<'a>(
        &self,
        record: &Record,
        account_proof: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<B256, Vec<u8>> {
        let account = self.account(&record.source, account_proof)?;
        let recorded = record.code_hash();
        if account.code_hash != recorded {
            return Err(revert(SourceCodeChanged {
                recorded,
                proven: account.code_hash,
            }));
        }
        Ok(account.storage_root)
    }
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
        let account = SourceState::at(block)?.find(&address, arguments.byte_arrays(2)?)?;
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

/// The highest source block that the root source knows.
pub fn latest_block() -> Result<u64, Vec<u8>> {
    let question = latestBlockCall {}.abi_encode();
    let answer = ask(&configuration::root_source().0, &question, 0)?;
    match answer.split_first_chunk::<32>() {
        Some((word, _)) => {
            uint64(&B256::new(*word)).or(Err(revert(RootSourceFailed { blockNumber: 0 })))
        }
        None => Err(revert(RootSourceFailed { blockNumber: 0 })),
    }
}

fn ask(root_source: &Address, input: &[u8], block: u64) -> Result<Vec<u8>, Vec<u8>> {
    host::static_call(root_source, input).map_err(|data| {
        if data.is_empty() {
            revert(RootSourceFailed { blockNumber: block })
        } else {
            data
        }
    })
}

/// Hash of empty code, which an account without code has (EIP-1052).
pub fn empty_code_hash() -> B256 {
    keccak256([])
}
