//! The EVM around the programs under test: state in memory, with costs a test can read off.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use devchain::wasm::{
    Call, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace, ModuleCache,
    Outcome, Pages, StylusParams, run,
};

/// What the next call or creation of a program gives.
pub type CallAnswer = Box<dyn FnMut(Call<'_>) -> CallResult>;

/// A host function as it ran: name, what the program gave, what it got, ink.
pub type Trace = (String, Vec<u8>, Vec<u8>, u64);

/// State, and a record of what was done to it.
#[derive(Default)]
pub struct World {
    pub storage: HashMap<B256, B256>,
    pub transient: HashMap<B256, B256>,
    pub warm_slots: HashSet<B256>,
    pub warm_accounts: HashSet<Address>,
    pub balances: HashMap<Address, U256>,
    pub codes: HashMap<Address, Bytes>,
    pub logs: Vec<(Vec<B256>, Vec<u8>)>,
    pub stores: Vec<(B256, B256)>,
    pub env: Env,
    pub pages: Pages,
    pub read_only: bool,
    pub answer: Option<CallAnswer>,
    pub creations: Vec<(Vec<u8>, U256, Option<B256>, u64)>,
    pub creation: CreateResult,
    pub traces: Option<Vec<Trace>>,
    pub broken: bool,
}

/// Gas for writing a slot here: a flat price, so that sums are plain.
pub const STORE_GAS: u64 = 5_000;

impl World {
    fn touch(&mut self, address: Address) -> u64 {
        if self.warm_accounts.insert(address) {
            2_600
        } else {
            100
        }
    }
}

impl Host for World {
    fn load_storage(&mut self, key: B256) -> Result<(B256, u64), HostError> {
        if self.broken {
            return Err(HostError::Fatal("disk on fire".into()));
        }
        let gas = if self.warm_slots.insert(key) {
            2_100
        } else {
            100
        };
        Ok((self.storage.get(&key).copied().unwrap_or_default(), gas))
    }

    fn store_storage(&mut self, key: B256, value: B256, gas_left: u64) -> Result<u64, HostError> {
        if self.read_only {
            return Err(HostError::StaticWrite);
        }
        if gas_left < STORE_GAS {
            return Err(HostError::OutOfGas);
        }
        self.storage.insert(key, value);
        self.stores.push((key, value));
        Ok(STORE_GAS)
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        self.transient.get(&key).copied().unwrap_or_default()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), HostError> {
        if self.read_only {
            return Err(HostError::StaticWrite);
        }
        self.transient.insert(key, value);
        Ok(())
    }

    fn call(&mut self, call: Call<'_>) -> Result<CallResult, HostError> {
        Ok(self
            .answer
            .as_mut()
            .map(|answer| answer(call))
            .unwrap_or_default())
    }

    fn create(&mut self, create: Create<'_>) -> Result<CreateResult, HostError> {
        if self.read_only {
            return Err(HostError::StaticWrite);
        }
        self.creations.push((
            create.init_code.to_vec(),
            create.value,
            create.salt,
            create.gas_left,
        ));
        Ok(self.creation.clone())
    }

    fn log(&mut self, topics: Vec<B256>, data: Vec<u8>) -> Result<(), HostError> {
        if self.read_only {
            return Err(HostError::StaticWrite);
        }
        self.logs.push((topics, data));
        Ok(())
    }

    fn balance(&mut self, address: Address) -> Result<(U256, u64), HostError> {
        let gas = self.touch(address);
        Ok((
            self.balances.get(&address).copied().unwrap_or_default(),
            gas,
        ))
    }

    fn code(&mut self, address: Address) -> Result<(Bytes, u64), HostError> {
        let gas = self.touch(address);
        Ok((self.codes.get(&address).cloned().unwrap_or_default(), gas))
    }

    fn code_hash(&mut self, address: Address) -> Result<(B256, u64), HostError> {
        let gas = self.touch(address);
        let hash = self.codes.get(&address).map(alloy_primitives::keccak256);
        Ok((hash.unwrap_or_default(), gas))
    }

    fn env(&self) -> &Env {
        &self.env
    }

    fn pages(&mut self) -> &mut Pages {
        &mut self.pages
    }

    fn tracing(&self) -> bool {
        self.traces.is_some()
    }

    fn trace(&mut self, event: HostioTrace<'_>) {
        if let Some(traces) = &mut self.traces {
            let ink = event.start_ink - event.end_ink;
            traces.push((
                event.name.to_owned(),
                event.args.to_vec(),
                event.outs.to_vec(),
                ink,
            ));
        }
    }
}

/// Every host function that takes part in some test, imported under its own name; memory of one page that cannot grow.
pub const IMPORTS: &str = r#"
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
    (import "vm_hooks" "exit_early" (func $exit_early (param i32)))
    (import "vm_hooks" "storage_load_bytes32" (func $storage_load_bytes32 (param i32 i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $storage_cache_bytes32 (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $storage_flush_cache (param i32)))
    (import "vm_hooks" "transient_load_bytes32" (func $transient_load_bytes32 (param i32 i32)))
    (import "vm_hooks" "transient_store_bytes32" (func $transient_store_bytes32 (param i32 i32)))
    (import "vm_hooks" "call_contract" (func $call_contract (param i32 i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "delegate_call_contract" (func $delegate_call_contract (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "static_call_contract" (func $static_call_contract (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "create1" (func $create1 (param i32 i32 i32 i32 i32)))
    (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
    (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "return_data_size" (func $return_data_size (result i32)))
    (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
    (import "vm_hooks" "account_balance" (func $account_balance (param i32 i32)))
    (import "vm_hooks" "account_code" (func $account_code (param i32 i32 i32 i32) (result i32)))
    (import "vm_hooks" "account_codehash" (func $account_codehash (param i32 i32)))
    (import "vm_hooks" "account_code_size" (func $account_code_size (param i32) (result i32)))
    (import "vm_hooks" "block_basefee" (func $block_basefee (param i32)))
    (import "vm_hooks" "block_coinbase" (func $block_coinbase (param i32)))
    (import "vm_hooks" "block_gas_limit" (func $block_gas_limit (result i64)))
    (import "vm_hooks" "block_number" (func $block_number (result i64)))
    (import "vm_hooks" "block_timestamp" (func $block_timestamp (result i64)))
    (import "vm_hooks" "chainid" (func $chainid (result i64)))
    (import "vm_hooks" "contract_address" (func $contract_address (param i32)))
    (import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
    (import "vm_hooks" "msg_sender" (func $msg_sender (param i32)))
    (import "vm_hooks" "msg_value" (func $msg_value (param i32)))
    (import "vm_hooks" "tx_gas_price" (func $tx_gas_price (param i32)))
    (import "vm_hooks" "tx_ink_price" (func $tx_ink_price (result i32)))
    (import "vm_hooks" "tx_origin" (func $tx_origin (param i32)))
    (import "vm_hooks" "evm_gas_left" (func $evm_gas_left (result i64)))
    (import "vm_hooks" "evm_ink_left" (func $evm_ink_left (result i64)))
    (import "vm_hooks" "math_div" (func $math_div (param i32 i32)))
    (import "vm_hooks" "math_mod" (func $math_mod (param i32 i32)))
    (import "vm_hooks" "math_pow" (func $math_pow (param i32 i32)))
    (import "vm_hooks" "math_add_mod" (func $math_add_mod (param i32 i32 i32)))
    (import "vm_hooks" "math_mul_mod" (func $math_mul_mod (param i32 i32 i32)))
    (import "vm_hooks" "native_keccak256" (func $native_keccak256 (param i32 i32 i32)))
    (memory (export "memory") 1 1)
"#;

/// A program whose entrypoint has this body.
pub fn entrypoint(body: &str) -> Vec<u8> {
    module(&format!(
        r#"(func (export "user_entrypoint") (param $len i32) (result i32) {body})"#
    ))
}

/// A program of these functions, tables and globals, with every host function imported.
pub fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {IMPORTS} {fields})")).expect("the test's WAT is valid")
}

/// Runs a program with so much gas; see [`execute_with`].
pub fn execute(wasm: &[u8], world: &mut World, input: &[u8], gas: u64) -> Outcome {
    execute_with(wasm, world, input, gas, &StylusParams::default())
}

/// Runs a program under other parameters.
pub fn execute_with(
    wasm: &[u8],
    world: &mut World,
    input: &[u8],
    gas: u64,
    params: &StylusParams,
) -> Outcome {
    let module = ModuleCache::shared()
        .and_then(|cache| cache.translate(wasm, params))
        .expect("the program compiles");
    run(&module, world, input, gas, params)
}

/// Ink that a program uses in all, measured at a price of one ink a gas (which also makes EVM gas cost one ink each).
pub fn ink(wasm: &[u8], world: &mut World, input: &[u8]) -> u64 {
    let params = StylusParams {
        ink_price: 1,
        ..StylusParams::default()
    };
    let start = 1 << 40;
    let outcome = execute_with(wasm, world, input, start, &params);
    assert!(
        matches!(
            outcome.status,
            devchain::wasm::Status::Return | devchain::wasm::Status::Revert
        ),
        "{:?}",
        outcome.status
    );
    start - outcome.gas_left
}
