//! A program that makes the call it is told to make.

use alloy::primitives::Address;
use devchain::Kind;

use crate::{
    fixture::{Fixture, compressed, intrinsic, word},
    ink::{A, H, P, entry, r, w, wasm},
};

/// Makes a call as its calldata says: address (20 bytes), value (32), gas (8, little-endian), calldata. Whatever becomes of
/// the call, it returns 0.
pub fn caller(kind: &str) -> Vec<u8> {
    let (ty, value) = match kind {
        "call" => ("i32 i32 i32 i32 i64 i32", "(i32.const 20)"),
        _ => ("i32 i32 i32 i64 i32", ""),
    };
    let name = match kind {
        "call" => "call_contract".to_owned(),
        kind => format!("{kind}_call_contract"),
    };
    wasm(
        &format!(
            r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
               (import "vm_hooks" "{name}" (func $call (param {ty}) (result i32)))"#
        ),
        1,
        &format!(
            "(call $read_args (i32.const 0))
             (drop (call $call (i32.const 0) (i32.const 60) (i32.sub (local.get $len) (i32.const 60)) {value}
               (i64.load (i32.const 52)) (i32.const 60000)))
             (i32.const 0)"
        ),
    )
}

/// What [`caller`] is told: ask for all gas.
pub fn tell(to: Address, value: u64, data: &[u8]) -> Vec<u8> {
    tell_with_gas(to, value, data, u64::MAX)
}

pub fn tell_with_gas(to: Address, value: u64, data: &[u8], gas: u64) -> Vec<u8> {
    [
        to.as_slice(),
        word(value).as_slice(),
        &gas.to_le_bytes(),
        data,
    ]
    .concat()
}

/// Ink that [`caller`] has used when its call begins, and what it uses in all, but for the call's own gas.
pub fn caller_ink(kind: &str, calldata: usize) -> (u64, u64) {
    let (all, data) = (calldata as u64, calldata as u64 - 60);
    // [const call], then [const const local.get const sub (const) const i64.load const call]
    let constants = if kind == "call" { 6 } else { 5 };
    let before = (1 + 3_800 + 2_450)
        + (H + w(all))
        + (constants + 75 + 70 + 680 + 3_800 + 2_450)
        + (H + 3 * P + A + 2 * r(data));
    // [drop const end]
    (before, before + 9 + 1 + 1 + 2_450)
}

/// A chain with a program that calls.
pub struct Stage {
    pub fixture: Fixture,
    pub kind: &'static str,
    pub wasm: Vec<u8>,
    pub caller: Address,
}

impl Stage {
    pub async fn new(kind: &'static str) -> Self {
        Self::on(Fixture::start(Kind::Stylus).await, kind).await
    }

    pub async fn on(fixture: Fixture, kind: &'static str) -> Self {
        let wasm = caller(kind);
        let caller = fixture.deploy(&compressed(&wasm)).await;
        fixture.activate(caller).await;
        Self {
            fixture,
            kind,
            wasm,
            caller,
        }
    }

    /// Deploys and activates a program.
    pub async fn program(&self, wasm: &[u8]) -> Address {
        let address = self.fixture.deploy(&compressed(wasm)).await;
        self.fixture.activate(address).await;
        address
    }

    /// What the call itself costs: the gas used, less what the transaction and the caller use beside it.
    pub async fn cost(&self, calldata: Vec<u8>, value: u128) -> u64 {
        let receipt = self
            .fixture
            .send(Some(self.caller), calldata.clone(), value)
            .await;
        assert!(receipt.status());
        let (_, ink) = caller_ink(self.kind, calldata.len());
        receipt.gas_used - intrinsic(&calldata) - entry(&self.wasm, 1) - ink.div_ceil(10_000)
    }

    /// Gas that the caller has when its call begins, of a transaction with this limit.
    pub fn left(&self, limit: u64, calldata: &[u8]) -> u64 {
        let (ink, _) = caller_ink(self.kind, calldata.len());
        let gas = limit - intrinsic(calldata) - entry(&self.wasm, 1);
        (gas * 10_000 - ink) / 10_000
    }
}
