use std::collections::{HashMap, HashSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use devchain::wasm::{
    Call, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace, Pages,
};

/// Ink by part.
#[derive(Default)]
pub struct Cost {
    pub storage: u64,
    pub hashing: u64,
    pub other: u64,
}

/// A contract with storage and nothing else. Storage has the gas prices of EIP-2929 and EIP-2200, without refunds.
pub struct Contract {
    storage: HashMap<B256, B256>,
    warm: HashSet<B256>,
    env: Env,
    pages: Pages,
    pub cost: Cost,
}

impl Contract {
    pub fn new(state: impl Iterator<Item = (U256, U256)>) -> Self {
        let mut pages = Pages::default();
        // What the program opens at entry.
        pages.enter(1);
        Self {
            storage: state
                .map(|(slot, value)| (slot.into(), value.into()))
                .collect(),
            warm: HashSet::new(),
            env: Env::default(),
            pages,
            cost: Cost::default(),
        }
    }

    fn no_account() -> HostError {
        HostError::Fatal("the measured program calls nobody".into())
    }
}

impl Host for Contract {
    fn load_storage(&mut self, key: B256) -> Result<(B256, u64), HostError> {
        let gas = if self.warm.insert(key) { 2_100 } else { 100 };
        Ok((self.storage.get(&key).copied().unwrap_or_default(), gas))
    }

    fn store_storage(&mut self, key: B256, value: B256, _gas_left: u64) -> Result<u64, HostError> {
        let cold = if self.warm.insert(key) { 2_100 } else { 0 };
        let pre = self.storage.insert(key, value).unwrap_or_default();
        let gas = if pre == value {
            100
        } else if pre.is_zero() {
            20_000
        } else {
            2_900
        };
        Ok(cold + gas)
    }

    fn transient_load(&mut self, _key: B256) -> B256 {
        B256::ZERO
    }

    fn transient_store(&mut self, _key: B256, _value: B256) -> Result<(), HostError> {
        Err(Self::no_account())
    }

    fn call(&mut self, _call: Call<'_>) -> Result<CallResult, HostError> {
        Err(Self::no_account())
    }

    fn create(&mut self, _create: Create<'_>) -> Result<CreateResult, HostError> {
        Err(Self::no_account())
    }

    fn log(&mut self, _topics: Vec<B256>, _data: Vec<u8>) -> Result<(), HostError> {
        Err(Self::no_account())
    }

    fn balance(&mut self, _address: Address) -> Result<(U256, u64), HostError> {
        Err(Self::no_account())
    }

    fn code(&mut self, _address: Address) -> Result<(Bytes, u64), HostError> {
        Err(Self::no_account())
    }

    fn code_hash(&mut self, _address: Address) -> Result<(B256, u64), HostError> {
        Err(Self::no_account())
    }

    fn env(&self) -> &Env {
        &self.env
    }

    fn pages(&mut self) -> &mut Pages {
        &mut self.pages
    }

    fn tracing(&self) -> bool {
        true
    }

    fn trace(&mut self, event: HostioTrace<'_>) {
        let ink = event.start_ink - event.end_ink;
        match event.name {
            "native_keccak256" => self.cost.hashing += ink,
            name if name.starts_with("storage_") => self.cost.storage += ink,
            _ => self.cost.other += ink,
        }
    }
}
