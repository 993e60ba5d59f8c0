//! What programs pay for what they write, create and look at, to the gas.

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use devchain::Kind;
use serde_json::json;

use crate::{
    fixture::{Fixture, compressed, intrinsic, returning, word},
    ink::{A, H, P, entry, r, w, wasm},
};

/// Writes slots as its calldata says (pairs of key and value), flushing after each: with the least significant bit of the
/// first pair's key as the clear flag.
const WRITER: &str = r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_costs_and_refunds_as_sstore_does() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // two writes to one slot, each flushed
    let code = wasm(
        WRITER,
        1,
        "(call $read_args (i32.const 0))
         (call $cache (i32.const 0) (i32.const 32)) (call $flush (i32.const 0))
         (call $cache (i32.const 0) (i32.const 64)) (call $flush (i32.const 1))
         (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&code)).await;
    fixture.activate(program).await;
    // [const call], twice [const const call] [const call], [const end]
    let ink = (1 + 3_800 + 2_450)
        + (H + w(96))
        + 2 * ((2 + 3_800 + 2_450) + (H + 2 * P) + (1 + 3_800 + 2_450) + (H + A))
        + 2_452;
    // what the slot holds before, the two values written, what they cost and what is refunded (EIP-2200, 2929, 3529)
    let cases: [(u64, u64, u64, u64, u64); 7] = [
        // a cold slot is set, then changed while it is dirty
        (0, 1, 2, 2_100 + 20_000 + 100, 0),
        // set, and back to nothing: all but the access comes back
        (0, 1, 0, 2_100 + 20_000 + 100, 20_000 - 100),
        // changed, then cleared
        (5, 6, 0, 2_100 + 2_900 + 100, 4_800),
        // cleared, then set to something else: the refund is taken back
        (5, 0, 7, 2_100 + 2_900 + 100, 0),
        // cleared, and back to what it was: only what a change costs comes back
        (5, 0, 5, 2_100 + 2_900 + 100, 2_800),
        // written with what it holds: only the access, and the second write finds the cache clean
        (5, 5, 5, 2_100 + 100, 0),
        // changed, then back
        (5, 6, 5, 2_100 + 2_900 + 100, 2_800),
    ];
    for (before, first, second, gas, refund) in cases {
        fixture
            .request(
                "anvil_setStorageAt",
                json!([program, word(9), word(before)]),
            )
            .await;
        let calldata = [word(9), word(first), word(second)].concat();
        let receipt = fixture.send(Some(program), calldata.clone(), 0).await;
        assert!(receipt.status());
        let used = intrinsic(&calldata) + entry(&code, 1) + ink.div_ceil(10_000) + gas;
        // at most a fifth is refunded
        assert_eq!(
            receipt.gas_used,
            used - refund.min(used / 5),
            "{before} {first} {second}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_costs_32000_gas_its_hash_and_what_its_init_code_uses() {
    let fixture = Fixture::start(Kind::Stylus).await;
    for create2 in [false, true] {
        let (ty, salt) = match create2 {
            true => ("i32 i32 i32 i32 i32 i32", "(i32.const 32000)"),
            false => ("i32 i32 i32 i32 i32", ""),
        };
        let name = if create2 { "create2" } else { "create1" };
        let code = wasm(
            &format!(
                r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
                   (import "vm_hooks" "{name}" (func $create (param {ty})))"#
            ),
            1,
            &format!(
                "(call $read_args (i32.const 0))
                 (call $create (i32.const 0) (local.get $len) (i32.const 31000) {salt} (i32.const 33000) (i32.const 34000))
                 (i32.const 0)"
            ),
        );
        let program = fixture.deploy(&compressed(&code)).await;
        fixture.activate(program).await;
        let cost = async |init: Vec<u8>| {
            let receipt = fixture.send(Some(program), init.clone(), 0).await;
            assert!(receipt.status());
            let len = init.len() as u64;
            // [const call] [const local.get const (const) const const call] [const end]
            let (constants, pointers) = if create2 { (5, 4) } else { (4, 3) };
            let ink = (1 + 3_800 + 2_450)
                + (H + w(len))
                + (constants + 75 + 3_800 + 2_450)
                + (H + pointers * P + A + 2 * r(len))
                + 2_452;
            receipt.gas_used - intrinsic(&init) - entry(&code, 1) - ink.div_ceil(10_000)
        };
        let hash = |init: &[u8]| match create2 {
            true => 6 * (init.len() as u64).div_ceil(32),
            false => 0,
        };
        // PUSH2 DUP1 PUSH1 PUSH0 CODECOPY PUSH0 RETURN: 3 * 3 + 2 + (3 + 3 a word) + 2, memory of a word 3; 200 a byte of code
        let init = returning(&hex!("00112233"));
        let execution = 9 + 2 + 6 + 2 + 3 + 4 * 200;
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + execution);
        // REVERT: two PUSH0
        let init = hex!("5f5ffd").to_vec();
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + 4);
        // no init code at all
        assert_eq!(cost(Vec::new()).await, 32_000);
        // init code larger than the 49,152 bytes of EIP-3860 is nothing special to a program: JUMPDESTs of a gas each
        let init = vec![0x5b; 30_000];
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + 30_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_cost_their_touch_and_code_700_more_once() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let code = wasm(
        r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
           (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
           (import "vm_hooks" "account_codehash" (func $hash (param i32 i32)))
           (import "vm_hooks" "account_code_size" (func $size (param i32) (result i32)))"#,
        1,
        "(call $read_args (i32.const 0))
         (call $balance (i32.const 0) (i32.const 100)) (call $hash (i32.const 0) (i32.const 100))
         (drop (call $size (i32.const 0))) (drop (call $size (i32.const 0)))
         (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&code)).await;
    fixture.activate(program).await;
    // [const call] [const const call] twice [const call] [drop const call] [drop const end]
    let ink = (1 + 3_800 + 2_450)
        + (H + w(20))
        + 2 * ((2 + 3_800 + 2_450) + (H + 2 * P + A))
        + (1 + 3_800 + 2_450)
        + (9 + 1 + 3_800 + 2_450)
        + 2 * (H + A)
        + (9 + 1 + 1 + 2_450);
    let contract = fixture.deploy(&hex!("00")).await;
    let nobody = Address::repeat_byte(0xd2);
    // cold, warm, warm with 700 for the code; a code that is there is remembered, one that is not is looked up again
    for (account, gas) in [
        (contract, 2_600 + 100 + 800),
        (nobody, 2_600 + 100 + 800 + 800),
        (program, 100 + 100 + 800),
    ] {
        let receipt = fixture.send(Some(program), account.to_vec(), 0).await;
        assert!(receipt.status());
        assert_eq!(
            receipt.gas_used,
            intrinsic(account.as_slice()) + entry(&code, 1) + ink.div_ceil(10_000) + gas,
            "{account}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_an_evm_frame_has_touched_is_warm_for_a_program_and_the_other_way_round() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let load = wasm(
        r#"(import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))"#,
        1,
        "(call $load (i32.const 0) (i32.const 32)) (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&load)).await;
    fixture.activate(program).await;
    // [const const call] [const end], and 5 gas for the trip
    let ink = (2 + 3_800 + 2_450) + (H + 2 * P) + 2_452;
    let inner = entry(&load, 1) + ink.div_ceil(10_000) + 5;
    // PUSH0 SLOAD POP, then DELEGATECALL (PUSH0 * 4, PUSH20, GAS), POP, and PUSH0 SLOAD POP again
    let delegate = [&hex!("5f5f5f5f73")[..], program.as_slice(), &hex!("5af450")].concat();
    let sload = hex!("5f5450");
    let code = [&sload[..], &delegate, &sload].concat();
    let contract = fixture.deploy(&code).await;
    let receipt = fixture.send(Some(contract), Bytes::new(), 0).await;
    assert!(receipt.status());
    let frame = (2 + 2_100 + 2) + (4 * 2 + 3 + 2 + 2_600 + 2) + (2 + 100 + 2);
    assert_eq!(receipt.gas_used, 21_000 + frame + inner + 100);
    // without the first read the program pays for the cold slot, and the second read is warm
    let contract = fixture.deploy(&[&delegate[..], &sload].concat()).await;
    let receipt = fixture.send(Some(contract), Bytes::new(), 0).await;
    let frame = (4 * 2 + 3 + 2 + 2_600 + 2) + (2 + 100 + 2);
    assert_eq!(receipt.gas_used, 21_000 + frame + inner + 2_100);
    // an access list makes it warm from the beginning, at 2,400 for the address and 1,900 for the slot
    let hash: B256 = serde_json::from_value(
        fixture
            .request(
                "eth_sendTransaction",
                json!([{
                    "from": fixture.account(0), "to": program, "gas": "0x100000",
                    "accessList": [{ "address": program, "storageKeys": [word(0)] }],
                }]),
            )
            .await,
    )
    .expect("a hash");
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([hash]))
        .await;
    let used: U256 = serde_json::from_value(receipt["gasUsed"].clone()).expect("a number");
    assert_eq!(used, U256::from(21_000 + 2_400 + 1_900 + inner + 100));
}
