//! What a program was told of its source chain, and what its root source says of a block. Both are kept alike in every program that
//! has a source chain: variables 0, 5, 7 and 8.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IRegistry::{BeforeFirstBlock, InvalidConfiguration, RootSourceFailed},
    IRootSource::stateRootCall,
};

use smartsync_proof::{Account, verify_account};

use crate::{
    calldata::uint64,
    host,
    revert::{proof_revert, revert},
    storage,
    words::{ToWord, encode, question},
};

/// Root source and, above it, the first source block.
const ROOT_SOURCE: u8 = 0;
const FACTS: u8 = 5;
const PRECOMPILES: u8 = 7;
const NATIVE_RANGES: u8 = 8;

const PERMANENT_CODE: u64 = 1;
const NUMBER_IS_HEADERS: u64 = 2;
/// Some listed precompiled contract is not below 2^20.
const HIGH_PRECOMPILES: u64 = 4;
/// The number of listed precompiled contracts stands above the flags, in bits.
const PRECOMPILES_SHIFT: u32 = 8;

/// What reads depend on and no proof shows.
#[derive(Clone, Copy)]
pub struct SourceChain {
    /// Its chain id.
    pub chain_id: u64,
    /// Its first block that knows `CLZ`.
    pub clz_block: u64,
    /// Whether code, once there, never changes.
    pub permanent_code: bool,
    /// Whether `NUMBER` is the header's number.
    pub number_is_headers: bool,
    native_ranges: u64,
    precompiles: u64,
    high_precompiles: bool,
}

/// What a constructor is told.
pub struct Facts<'a> {
    /// The provider of state roots.
    pub root_source: Address,
    /// The first source block that it is asked for.
    pub first_block: u64,
    /// Chain id.
    pub chain_id: u64,
    /// First block that knows `CLZ`.
    pub clz_block: u64,
    /// Whether code, once there, never changes.
    pub permanent_code: bool,
    /// Whether `NUMBER` is the header's number.
    pub number_is_headers: bool,
    /// Precompiled contracts beyond 1 to 9 that source and target have in common: the address in the low 160 bits, the first
    /// source block that has it in the high 64.
    pub precompiles: &'a [[u8; 32]],
    /// Pairs of first and last address that the source implements natively.
    pub native_ranges: &'a [[u8; 32]],
}

impl Facts<'_> {
    /// Stores them. Reverts `InvalidConfiguration` for chain id 0 and for a range without an end.
    #[inline(always)]
    pub fn store(&self) -> Result<(), Vec<u8>> {
        if self.chain_id == 0 || !self.native_ranges.len().is_multiple_of(2) {
            return Err(revert(InvalidConfiguration {}));
        }
        let mut flags = (self.precompiles.len() as u64).wrapping_shl(PRECOMPILES_SHIFT);
        for (index, precompile) in (0..).zip(self.precompiles) {
            let word = B256::new(*precompile);
            let account = storage::address(&word);
            if !is_low(&account) {
                flags |= HIGH_PRECOMPILES;
            }
            host::store(&precompile_slot(&account), &word);
            host::store(&element_slot(PRECOMPILES, index), &word);
        }
        for (index, bound) in (0..).zip(self.native_ranges) {
            host::store(&element_slot(NATIVE_RANGES, index), &B256::new(*bound));
        }
        if self.permanent_code {
            flags |= PERMANENT_CODE;
        }
        if self.number_is_headers {
            flags |= NUMBER_IS_HEADERS;
        }
        let facts = [
            self.chain_id,
            self.clz_block,
            flags,
            self.native_ranges.len() as u64 / 2,
        ];
        storage::store_variable(FACTS, &storage::pack(facts));
        storage::store_variable(
            ROOT_SOURCE,
            &storage::account_at(&self.root_source, self.first_block),
        );
        Ok(())
    }
}

/// Whether a constructor has run.
pub fn is_initialized() -> bool {
    !storage::load_variable(ROOT_SOURCE).is_zero()
}

/// The provider of state roots, and the first source block that it is asked for.
pub fn root_source() -> (Address, u64) {
    let word = storage::load_variable(ROOT_SOURCE);
    (storage::address(&word), storage::block_of(&word))
}

impl SourceChain {
    /// What the constructor was told.
    pub fn load() -> Self {
        let [chain_id, clz_block, flags, native_ranges] =
            storage::unpack(&storage::load_variable(FACTS));
        Self {
            chain_id,
            clz_block,
            permanent_code: flags & PERMANENT_CODE != 0,
            number_is_headers: flags & NUMBER_IS_HEADERS != 0,
            native_ranges,
            precompiles: flags.wrapping_shr(PRECOMPILES_SHIFT),
            high_precompiles: flags & HIGH_PRECOMPILES != 0,
        }
    }

    /// Whether an account may be a listed precompiled contract: saves the slot of each other one.
    pub fn may_be_precompile(&self, account: &Address) -> bool {
        self.high_precompiles || is_low(account)
    }

    /// Whether both chains have this precompiled contract, at this source block.
    pub fn has_precompile(&self, account: &Address, source_block: u64) -> bool {
        let word = host::load(&precompile_slot(account));
        // A precompiled contract at the address zero is none.
        !word.is_zero() && source_block >= storage::block_of(&word)
    }

    /// Whether the source chain implements the account natively, so that its code in the state is a dummy.
    pub fn is_native(&self, account: &Address) -> bool {
        is_low(account)
            || (0..self.native_ranges).any(|index| {
                let (first, word) = (index.saturating_mul(2), account.into_word());
                host::load(&element_slot(NATIVE_RANGES, first)) <= word
                    && word <= host::load(&element_slot(NATIVE_RANGES, first.saturating_add(1)))
            })
    }

    /// The listed precompiled contracts as the constructor was told, as an encoded `uint256[]`.
    pub fn encoded_precompiles(&self) -> Vec<u8> {
        encode_list(PRECOMPILES, self.precompiles)
    }

    /// The bounds of the ranges of native accounts as the constructor was told, as an encoded `address[]`.
    pub fn encoded_native_ranges(&self) -> Vec<u8> {
        encode_list(NATIVE_RANGES, self.native_ranges.saturating_mul(2))
    }
}

/// The elements of a list as an encoded array of words.
#[inline(never)]
fn encode_list(list: u8, count: u64) -> Vec<u8> {
    let mut output = encode(&[32.to_word(), count.to_word()]);
    for index in 0..count {
        output.extend_from_slice(host::load(&element_slot(list, index)).as_slice());
    }
    output
}

fn precompile_slot(account: &Address) -> B256 {
    storage::mapping(PRECOMPILES, account.into_word())
}

/// Where an element of a list stands. Of a range `n` of native accounts the first bound is the element `2n`, the last one that behind it.
fn element_slot(list: u8, index: u64) -> B256 {
    storage::member(&keccak256(storage::variable(list)), index)
}

/// Whether an address is below 2^20, but for zero, where nothing is implemented: it is an account like others.
fn is_low(account: &Address) -> bool {
    account
        .split_first_chunk::<17>()
        .is_some_and(|(head, tail)| {
            *head == [0; 17]
                && tail.first().is_some_and(|byte| *byte < 0x10)
                && tail.iter().any(|byte| *byte != 0)
        })
}

/// State of the source chain at one block, as the root source vouches for it.
pub struct SourceState {
    /// The source block.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
    /// Root of its state.
    pub state_root: B256,
}

impl SourceState {
    /// Asks the root source.
    pub fn at(block: u64) -> Result<Self, Vec<u8>> {
        Self::under(root_source(), block)
    }

    /// Asks a root source from its first block on. Its revert data is passed on; a zero root or a short answer is
    /// `RootSourceFailed`.
    pub fn under((root_source, first_block): (Address, u64), block: u64) -> Result<Self, Vec<u8>> {
        if block < first_block {
            return Err(revert(BeforeFirstBlock {
                firstBlock: first_block,
                sourceBlock: block,
            }));
        }
        let question = question(stateRootCall::SELECTOR, &block.to_word());
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

    /// Proves an account, or that there is none. Reverts `InvalidProof`.
    pub fn account<'a>(
        &self,
        address: &Address,
        account_proof: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Account>, Vec<u8>> {
        verify_account(&self.state_root, address, account_proof).map_err(proof_revert)
    }
}

/// Asks the root source something about a block.
pub fn ask(root_source: &Address, input: &[u8], block: u64) -> Result<Vec<u8>, Vec<u8>> {
    host::static_call(root_source, input).map_err(|data| {
        if data.is_empty() {
            revert(RootSourceFailed { blockNumber: block })
        } else {
            data
        }
    })
}
