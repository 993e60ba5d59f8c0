use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use smartsync_abi::{
    IReader::{CodeUnknown, NativeAccount, NotAnswered},
    IRegistry::Knowledge,
    management::{CODE_ONLY, NO_CODE, PRECOMPILE, RETURNED, REVERTED},
};
use smartsync_clone::Configuration;
use smartsync_evm::{Call, CallKind, Code, Environment, Host, Refusal, Resolved};
use smartsync_program::{host, revert};
use smartsync_views::{nothing, original, precompile, refusal_revert};

use crate::{
    known::{Account, Accounts},
    registry,
};

const CODE: u64 = Knowledge::Code as u64;
const MIRROR: u64 = Knowledge::Mirror as u64;
const NONE: u64 = Knowledge::NoCode as u64;
const EMPTY: u64 = Knowledge::Empty as u64;
const NATIVE: u64 = Knowledge::Native as u64;
const LISTED: u64 = Knowledge::Precompile as u64;

/// A block of the source.
#[derive(Clone, Copy)]
pub struct Moment {
    /// Its number.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
}

/// The source chain at the mirror's block, as far as this target knows it: the mirror's storage, what the registry has records of, and
/// the precompiled contracts that both chains have.
pub struct World<'a> {
    configuration: &'a Configuration,
    moment: Option<Moment>,
    environment: Option<Environment>,
    accounts: Accounts,
}

impl<'a> World<'a> {
    /// Where the moment is not given, the registry knows it.
    pub fn new(configuration: &'a Configuration, moment: Option<Moment>) -> Self {
        Self {
            configuration,
            moment,
            environment: None,
            accounts: Accounts::default(),
        }
    }

    /// The source's own code.
    pub fn own_code(&mut self) -> Result<Rc<Code>, Vec<u8>> {
        self.load(&self.configuration.source, &self.configuration.original)
    }

    /// The code of an account that is kept there; the first time it is loaded.
    fn load(&mut self, account: &Address, original: &Address) -> Result<Rc<Code>, Vec<u8>> {
        if let Some(Account::Code(code, _)) = self.accounts.get(account) {
            return Ok(code);
        }
        let (code, hash) = original::load(original)?;
        let code = Rc::new(code);
        self.accounts
            .insert(*account, Account::Code(code.clone(), hash));
        Ok(code)
    }

    fn registry(&self) -> &'a Address {
        &self.configuration.registry
    }

    /// The block that the registry is asked about: 0 stands for that of the mirror which asks.
    fn block(&self) -> u64 {
        self.moment.map_or(0, |moment| moment.block)
    }

    /// What an account is, as far as code goes.
    fn account(&mut self, address: &Address) -> Result<Account, Vec<u8>> {
        if let Some(account) = self.accounts.get(address) {
            return Ok(account);
        }
        if precompile::is_common(address) {
            return Ok(self.accounts.insert(*address, Account::Precompile));
        }
        let (knowledge, original) = registry::account_at(self.registry(), address, self.block())?;
        let account = match knowledge {
            CODE | MIRROR => {
                let (code, hash) = original::load(&original)?;
                Account::Code(Rc::new(code), hash)
            }
            NONE => Account::NoCode,
            EMPTY => Account::Empty,
            LISTED => Account::Precompile,
            NATIVE => return Err(revert(NativeAccount { account: *address })),
            _ => return Err(revert(CodeUnknown { account: *address })),
        };
        Ok(self.accounts.insert(*address, account))
    }

    /// The source's own account, precompiled contracts, then whatever the registry knows.
    fn called(&mut self, call: &Call<'_>) -> Result<Resolved, Vec<u8>> {
        let (flag, mut data) = registry::read(self.registry(), call, self.block())?;
        match flag {
            REVERTED | RETURNED => {
                let mut gas = None;
                if call.gas.is_some() {
                    let taken = data.split_first_chunk::<8>();
                    let (taken, rest) = taken.ok_or_else(|| revert(NotAnswered {}))?;
                    gas = Some(u64::from_be_bytes(*taken));
                    data = rest.to_vec();
                }
                Ok(Resolved::Answer {
                    success: flag == RETURNED,
                    data,
                    gas,
                })
            }
            CODE_ONLY => {
                let (original, unknown) = data
                    .split_first_chunk::<20>()
                    .ok_or_else(|| revert(NotAnswered {}))?;
                self.accounts.without_storage(call.target, unknown);
                let original = Address::new(*original);
                self.load(call.target, &original).map(Resolved::Run)
            }
            NO_CODE => {
                // Which of the two it is, no call tells.
                Ok(nothing())
            }
            PRECOMPILE => precompile::call(call.target, call.input, call.gas),
            _ => Err(revert(NotAnswered {})),
        }
    }
}

impl Host for World<'_> {
    type Unknown = Vec<u8>;

    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Vec<u8>> {
        if *account == self.configuration.source {
            return Ok(host::load(slot));
        }
        Err(self.accounts.unknown_storage(account))
    }

    fn balance(&mut self, account: &Address) -> Result<U256, Vec<u8>> {
        registry::balance_at(self.registry(), account, self.block())
    }

    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Vec<u8>> {
        match self.account(account)? {
            Account::Code(code, _) => Ok(Some(code)),
            Account::NoCode | Account::Empty => Ok(None),
            Account::Precompile => Err(revert(NativeAccount { account: *account })),
        }
    }

    fn code_hash(&mut self, account: &Address) -> Result<B256, Vec<u8>> {
        match self.account(account)? {
            Account::Code(_, hash) => Ok(hash),
            Account::NoCode => Ok(KECCAK256_EMPTY),
            Account::Empty => Ok(B256::ZERO),
            Account::Precompile => Err(revert(NativeAccount { account: *account })),
        }
    }

    fn environment(&mut self) -> Result<Environment, Vec<u8>> {
        if let Some(environment) = self.environment {
            return Ok(environment);
        }
        let asked = registry::environment(self.registry(), &host::this())?;
        let moment = *self.moment.get_or_insert(Moment {
            block: asked.block,
            timestamp: asked.timestamp,
        });
        Ok(*self.environment.insert(Environment {
            chain_id: asked.chain_id,
            number: asked.number_known.then_some(moment.block),
            timestamp: moment.timestamp,
            clz: asked.clz,
        }))
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Vec<u8>> {
        if precompile::is_common(call.target) {
            return precompile::call(call.target, call.input, call.gas);
        }
        if call.kind == CallKind::Call && *call.target != self.configuration.source {
            return self.called(call);
        }
        match self.account(call.target)? {
            Account::Code(code, _) => Ok(Resolved::Run(code)),
            Account::NoCode | Account::Empty => Ok(nothing()),
            Account::Precompile => precompile::call(call.target, call.input, call.gas),
        }
    }

    smartsync_views::runtime_functions!();

    fn refuse(&mut self, refusal: Refusal) -> Vec<u8> {
        refusal_revert(refusal)
    }
}
