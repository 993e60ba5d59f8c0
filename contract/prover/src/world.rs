use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use smartsync_abi::{
    IProver::{AccountNotWitnessed, NotWitnessed},
    IReader::{CodeUnknown, NativeAccount},
};
use smartsync_evm::{Call, Code, Environment, Host, Refusal, Resolved};
use smartsync_program::{
    revert,
    source_chain::{SourceChain, SourceState},
};
use smartsync_proof::{Account, Witness};
use smartsync_views::{nothing, original, precompile, refusal_revert};

use crate::registry;

/// The source chain at the end of one block, as far as a witness proves it.
pub struct World<'a> {
    witness: &'a Witness<'a>,
    state: &'a SourceState,
    chain: SourceChain,
    /// Codes that were needed so far, by hash.
    codes: Vec<(B256, Rc<Code>)>,
}

impl<'a> World<'a> {
    /// Nothing is asked of the registry before it is needed.
    pub const fn new(witness: &'a Witness<'a>, state: &'a SourceState, chain: SourceChain) -> Self {
        Self {
            witness,
            state,
            chain,
            codes: Vec::new(),
        }
    }

    /// Whether source and target have this precompiled contract in common.
    fn is_precompile(&self, account: &Address) -> bool {
        precompile::is_common(account) || self.chain.has_precompile(account, self.state.block)
    }

    /// An account as the state trie has it; `None` when it is proven absent. What the source implements natively has no account, or a
    /// dummy's.
    fn account(&self, address: &Address) -> Result<Option<&'a Account>, Vec<u8>> {
        if self.chain.is_native(address) || self.is_precompile(address) {
            return Err(revert(NativeAccount { account: *address }));
        }
        match self.witness.account(address) {
            Some(listed) => Ok(listed.account()),
            None => Err(revert(AccountNotWitnessed { account: *address })),
        }
    }

    /// The code of an account; `None` when it is proven to have none.
    fn load(&mut self, address: &Address) -> Result<Option<Rc<Code>>, Vec<u8>> {
        let hash = match self.account(address)? {
            Some(account) if account.code_hash != KECCAK256_EMPTY => account.code_hash,
            _ => return Ok(None),
        };
        if let Some((_, code)) = self.codes.iter().find(|(known, _)| *known == hash) {
            return Ok(Some(code.clone()));
        }
        let code = match self.witness.code(&hash) {
            Some(code) => Code::new(code),
            None => {
                let original = registry::original(&hash)?;
                if original.is_zero() {
                    return Err(revert(CodeUnknown { account: *address }));
                }
                original::load(&original)?.0
            }
        };
        let code = Rc::new(code);
        self.codes.push((hash, code.clone()));
        Ok(Some(code))
    }
}

impl Host for World<'_> {
    type Unknown = Vec<u8>;

    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Vec<u8>> {
        let listed = self.witness.account(account);
        listed
            .and_then(|listed| listed.storage(slot))
            .ok_or_else(|| {
                revert(NotWitnessed {
                    account: *account,
                    slot: (*slot).into(),
                })
            })
    }

    fn balance(&mut self, account: &Address) -> Result<U256, Vec<u8>> {
        let account = self.account(account)?;
        Ok(account.map_or(U256::ZERO, |account| account.balance))
    }

    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Vec<u8>> {
        self.load(account)
    }

    fn code_hash(&mut self, account: &Address) -> Result<B256, Vec<u8>> {
        Ok(match self.account(account)? {
            Some(account) if !is_empty(account) => account.code_hash,
            _ => B256::ZERO,
        })
    }

    fn environment(&mut self) -> Result<Environment, Vec<u8>> {
        Ok(Environment {
            chain_id: self.chain.chain_id,
            number: self.chain.number_is_headers.then_some(self.state.block),
            timestamp: self.state.timestamp,
            clz: self.state.block >= self.chain.clz_block,
        })
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Vec<u8>> {
        if self.is_precompile(call.target) {
            return precompile::call(call.target, call.input);
        }
        Ok(match self.load(call.target)? {
            Some(code) => Resolved::Run(code),
            None => nothing(),
        })
    }

    smartsync_views::runtime_functions!();

    fn refuse(&mut self, refusal: Refusal) -> Vec<u8> {
        refusal_revert(refusal)
    }
}

/// Whether an account is empty (EIP-161).
fn is_empty(account: &Account) -> bool {
    account.nonce == 0 && account.balance.is_zero() && account.code_hash == KECCAK256_EMPTY
}
