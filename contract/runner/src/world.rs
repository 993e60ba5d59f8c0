use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::{
    IProver::{AccountNotWitnessed, NotWitnessed},
    IReader::{CodeUnknown, NativeAccount},
};
use smartsync_evm::{Call, Code, Environment, Host, Refusal, Resolved};
use smartsync_program::{revert, source_chain::SourceChain};
use smartsync_views::{
    message::{KnownAccount, Message},
    nothing, original, precompile, refusal_revert,
};

use crate::codes;

/// The source chain at the end of one block, as far as a witness proves it.
pub struct World<'a> {
    known: &'a Message<'a>,
    chain: SourceChain,
    /// Codes that were needed so far, by hash.
    codes: Vec<(B256, Rc<Code>)>,
}

impl<'a> World<'a> {
    /// Nothing is asked of the keeper of codes before it is needed.
    pub fn new(known: &'a Message<'a>) -> Self {
        Self {
            known,
            chain: SourceChain::load(),
            codes: Vec::new(),
        }
    }

    fn listed(&self, address: &Address) -> Option<&'a KnownAccount<'a>> {
        self.known
            .accounts
            .iter()
            .find(|account| account.address == *address)
    }

    /// Whether source and target have this precompiled contract in common.
    fn is_precompile(&self, account: &Address) -> bool {
        precompile::is_common(account)
            || self.chain.may_be_precompile(account)
                && self.chain.has_precompile(account, self.known.block)
    }

    /// An account as the state trie has it. What the source implements natively has none there, or a dummy.
    fn account(&self, address: &Address) -> Result<&'a KnownAccount<'a>, Vec<u8>> {
        if self.chain.is_native(address) || self.is_precompile(address) {
            return Err(revert(NativeAccount { account: *address }));
        }
        self.listed(address)
            .ok_or_else(|| revert(AccountNotWitnessed { account: *address }))
    }

    /// The code of an account; `None` when it is proven to have none.
    fn load(&mut self, address: &Address) -> Result<Option<Rc<Code>>, Vec<u8>> {
        let Some(hash) = self.account(address)?.code() else {
            return Ok(None);
        };
        if let Some((_, code)) = self.codes.iter().find(|(known, _)| known == hash) {
            return Ok(Some(code.clone()));
        }
        let supplied = self.known.codes.iter().find(|(known, _)| known == hash);
        let code = match supplied {
            Some((_, code)) => Code::new(code),
            None => {
                let original = codes::original(&self.known.keeper, hash)?;
                if original.is_zero() {
                    return Err(revert(CodeUnknown { account: *address }));
                }
                original::load(&original)?.0
            }
        };
        let code = Rc::new(code);
        self.codes.push((*hash, code.clone()));
        Ok(Some(code))
    }
}

impl Host for World<'_> {
    type Unknown = Vec<u8>;

    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Vec<u8>> {
        self.listed(account)
            .and_then(|listed| listed.storage(&keccak256(slot)))
            .ok_or_else(|| {
                revert(NotWitnessed {
                    account: *account,
                    slot: (*slot).into(),
                })
            })
    }

    fn balance(&mut self, account: &Address) -> Result<U256, Vec<u8>> {
        Ok(self.account(account)?.balance)
    }

    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Vec<u8>> {
        self.load(account)
    }

    fn code_hash(&mut self, account: &Address) -> Result<B256, Vec<u8>> {
        Ok(self.account(account)?.code_hash)
    }

    fn environment(&mut self) -> Result<Environment, Vec<u8>> {
        Ok(Environment {
            chain_id: self.chain.chain_id,
            number: self.chain.number_is_headers.then_some(self.known.block),
            timestamp: self.known.timestamp,
            clz: self.known.block >= self.chain.clz_block,
        })
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Vec<u8>> {
        if self.is_precompile(call.target) {
            return precompile::call(call.target, call.input, call.gas);
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
