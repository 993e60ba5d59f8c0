//! What whole transactions use, worked out by hand (`elara.rs` has what ArbOS 60 changed): intrinsic gas, entry, execution, and the precompiled contracts.

use alloy::{
    primitives::{Address, Bytes, U256, hex, keccak256},
    sol_types::SolCall,
};
use devchain::{ArbOs, Kind};
use serde_json::json;

use crate::fixture::{
    ACTOR, ARB_WASM, ARB_WASM_CACHE, ArbWasm, ArbWasmCache, Fixture, command, compressed, intrinsic,
};

/// One function with a parameter and a result, one page, nothing else.
const MINIMAL: &str = r#"(module (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;

/// The same, but for the number it returns.
const OTHER: &str = r#"(module (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 1))"#;

/// Reading and writing a slot of ArbOS's state.
const READ: u64 = 800;
const WRITE: u64 = 20_000;
/// What any call of a method that is not pure begins with: the ArbOS version is read.
const OPEN: u64 = READ;
/// The Stylus parameters.
const PARAMS: u64 = 100;
/// The data pricer reads five slots and writes two.
const PRICER: u64 = 5 * READ + 2 * WRITE;

fn wasm(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("valid WAT")
}

/// Entering [`MINIMAL`]. cached = 11 * 32 + (globals: 4 of the meters * 1.628 = 6) + (one page: 5); init = 69 * 128 + (one
/// function: 8) + (two types: 2) + 0.1286 a byte.
fn entry(len: u64) -> u64 {
    352 + 6 + 5 + 8_832 + 8 + 2 + len * 1_286 / 10_000
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_minimal_program_costs_its_entry_and_one_gas() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture.deploy_program(MINIMAL).await;
    let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
    // the only block [const end]: 1 + 1 + 2,450 ink, rounded up to a gas
    assert_eq!(
        receipt.gas_used,
        21_000 + entry(wasm(MINIMAL).len() as u64) + 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_further_call_in_a_transaction_pays_the_entry_again() {
    let fixture = Fixture::start_on(ArbOs::V51).await;
    let program = fixture.deploy_program(MINIMAL).await;
    // PUSH0 * 5, PUSH20, GAS, CALL, POP
    let call = [
        &hex!("5f5f5f5f5f73")[..],
        program.as_slice(),
        &hex!("5af150"),
    ]
    .concat();
    let entry = entry(wasm(MINIMAL).len() as u64) + 1;
    // PUSH0 2 gas each, PUSH20 3, GAS 2, POP 2; the account is cold at first (2,600), then warm (100)
    let one = 5 * 2 + 3 + 2 + 2 + entry;
    for (calls, gas) in [(1, one + 2_600), (2, 2 * one + 2_700)] {
        let caller = fixture.deploy(&call.repeat(calls)).await;
        let receipt = fixture.send(Some(caller), Bytes::new(), 0).await;
        assert_eq!(receipt.gas_used, 21_000 + gas, "{calls} calls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_costs_what_arbos_reads_and_writes() {
    let fixture = Fixture::start_on(ArbOs::V51).await;
    let wasm = wasm(MINIMAL);
    let program = fixture.deploy(&compressed(&wasm)).await;
    let call = ArbWasm::activateProgramCall { program }.abi_encode();
    let receipt = fixture
        .send(Some(ARB_WASM), call.clone(), 10_u128.pow(17))
        .await;
    assert!(receipt.status());
    // 28 gas a microsecond: 0.31733 a byte, 2,217 for the page, 0.535 for each of 31 operators (29 of them metering's)
    let micros = wasm.len() as u64 * 31_733 / 100_000 + 2_217 + 31 * 535 / 1_000;
    // one word of arguments; the fixed cost; the parameters and whether it is active; its module's hash; the pricer; the program;
    // the fee's account; the event (two topics, four words); two words of results
    let gas = OPEN
        + 3
        + 1_659_168
        + PARAMS
        + READ
        + 28 * micros
        + WRITE
        + PRICER
        + WRITE
        + READ
        + (375 + 2 * 375 + 4 * 32 * 8)
        + 2 * 3;
    assert_eq!(receipt.gas_used, intrinsic(&call) + gas);

    // with a wei less than the fee it ends before the fee's account is read; the error has 68 bytes, three words
    let unpaid = fixture.deploy(&compressed(&self::wasm(OTHER))).await;
    let unpaid = ArbWasm::activateProgramCall { program: unpaid }.abi_encode();
    let micros = self::wasm(OTHER).len() as u64 * 31_733 / 100_000 + 2_217 + 31 * 535 / 1_000;
    let receipt = fixture.send(Some(ARB_WASM), unpaid.clone(), 1).await;
    assert!(!receipt.status());
    let gas = OPEN + 3 + 1_659_168 + PARAMS + READ + 28 * micros + WRITE + PRICER + WRITE + 3 * 3;
    assert_eq!(receipt.gas_used, intrinsic(&unpaid) + gas);

    // a second time it ends after looking the program up; the error's four bytes are copied as a word
    let receipt = fixture.send(Some(ARB_WASM), call.clone(), 0).await;
    assert!(!receipt.status());
    let gas = OPEN + 3 + 1_659_168 + PARAMS + READ + 3;
    assert_eq!(receipt.gas_used, intrinsic(&call) + gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn activating_what_is_not_a_program_keeps_the_gas_and_a_bad_program_takes_it() {
    let fixture = Fixture::start_on(ArbOs::V51).await;
    let limit = 5_000_000;
    // STOP is no program, 1 is no known dictionary, and ff is no brotli
    for code in [
        hex!("00").to_vec(),
        hex!("eff00001").to_vec(),
        hex!("eff00000ff").to_vec(),
    ] {
        let program = fixture.deploy(&code).await;
        let call = ArbWasm::activateProgramCall { program }.abi_encode();
        let receipt = fixture
            .send_with_gas(Some(ARB_WASM), call.clone(), 0, limit)
            .await;
        let gas = OPEN + 3 + 1_659_168 + PARAMS + READ;
        assert_eq!(
            (receipt.status(), receipt.gas_used),
            (false, intrinsic(&call) + gas),
            "{}",
            hex::encode(&code)
        );
    }
    let start = r#"(module (memory (export "memory") 1 1) (func $f) (start $f)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;
    let program = fixture.deploy(&compressed(&wasm(start))).await;
    let call = ArbWasm::activateProgramCall { program }.abi_encode();
    let receipt = fixture
        .send_with_gas(Some(ARB_WASM), call.clone(), 0, limit)
        .await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, limit));
}

#[tokio::test(flavor = "multi_thread")]
async fn caching_evicting_and_keepalive_cost_what_arbos_reads_and_writes() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let wasm = wasm(MINIMAL);
    let program = fixture.deploy_program(MINIMAL).await;
    let codehash = keccak256(compressed(&wasm));
    // the unscaled init cost: one function, two types, 0.1286 a byte
    let init_cost = 8 + 2 + wasm.len() as u64 * 1_286 / 10_000;
    // one word of arguments; whether the caller may, as a manager and as an owner; the parameters; the program; the event (three
    // topics, one word); the init cost; the module's hash; the program written
    let change =
        OPEN + 3 + 2 * READ + PARAMS + READ + (375 + 3 * 375 + 32 * 8) + init_cost + READ + WRITE;

    let call = ArbWasmCache::cacheProgramCall { addr: program }.abi_encode();
    let receipt = fixture.send(Some(ARB_WASM_CACHE), call.clone(), 0).await;
    // the account's code hash is looked up as well
    assert_eq!(receipt.gas_used, intrinsic(&call) + change + 2_600);
    let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
    assert_eq!(receipt.gas_used, 21_000 + 352 + 6 + 5 + 1);
    // a second time nothing changes
    let receipt = fixture.send(Some(ARB_WASM_CACHE), call.clone(), 0).await;
    let unchanged = OPEN + 3 + 2 * READ + PARAMS + READ + 2_600;
    assert_eq!(receipt.gas_used, intrinsic(&call) + unchanged);

    let call = ArbWasmCache::evictCodehashCall { codehash }.abi_encode();
    let receipt = fixture.send(Some(ARB_WASM_CACHE), call.clone(), 0).await;
    assert_eq!(receipt.gas_used, intrinsic(&call) + change);

    fixture
        .request("evm_increaseTime", json!([32 * 86_400]))
        .await;
    let call = ArbWasm::codehashKeepaliveCall { codehash }.abi_encode();
    // with too little value it ends before the fee's account is read; the error has three words
    let receipt = fixture.send(Some(ARB_WASM), call.clone(), 1).await;
    assert!(!receipt.status());
    let gas = OPEN + 3 + PARAMS + READ + PRICER + WRITE + 3 * 3;
    assert_eq!(receipt.gas_used, intrinsic(&call) + gas);
    let receipt = fixture
        .send(Some(ARB_WASM), call.clone(), 10_u128.pow(17))
        .await;
    assert!(receipt.status());
    // one word of arguments; the parameters; the program read and written; the pricer; the fee's account; the event (two topics, one word)
    let gas = OPEN + 3 + PARAMS + READ + PRICER + WRITE + READ + (375 + 2 * 375 + 32 * 8);
    assert_eq!(receipt.gas_used, intrinsic(&call) + gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_calls_a_delegated_account_does_not_pay_for_the_delegate() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let stop = fixture.deploy(&hex!("00")).await;
    let (plain, delegated) = (Address::repeat_byte(0xa1), Address::repeat_byte(0xa2));
    fixture
        .request("anvil_setCode", json!([plain, "0x00"]))
        .await;
    let designation = hex::encode_prefixed([&hex!("ef0100")[..], stop.as_slice()].concat());
    fixture
        .request("anvil_setCode", json!([delegated, designation]))
        .await;
    let mut used = Vec::new();
    for account in [plain, delegated] {
        let call = command(2, &[account.as_slice()]);
        let receipt = fixture.send(Some(actor), call, 0).await;
        assert!(receipt.status());
        used.push(receipt.gas_used);
    }
    assert_eq!(used[0], used[1]);
    // and the delegate's code does run
    let answer = fixture.deploy(&hex!("602a5f5260205ff3")).await;
    let designation = hex::encode_prefixed([&hex!("ef0100")[..], answer.as_slice()].concat());
    fixture
        .request("anvil_setCode", json!([delegated, designation]))
        .await;
    let output = fixture
        .call(actor, command(2, &[delegated.as_slice()]))
        .await
        .expect("an answer");
    assert_eq!(U256::from_be_slice(&output), U256::from(42));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_delegates_to_a_precompiled_contract_has_no_code() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let (delegated, empty) = (Address::repeat_byte(0xa3), Address::repeat_byte(0xa4));
    let designation = hex::encode_prefixed([&hex!("ef0100")[..], ARB_WASM.as_slice()].concat());
    fixture
        .request("anvil_setCode", json!([delegated, designation]))
        .await;
    // a transaction to it does nothing
    let receipt = fixture.send(Some(delegated), Bytes::new(), 1).await;
    assert_eq!((receipt.status(), receipt.gas_used), (true, 21_000));
    // PUSH0 * 5, PUSH20, GAS, CALL; the result is returned: PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    let call = |to: Address| {
        let tail = hex!("5af15f5260205ff3");
        [&hex!("5f5f5f5f5f73")[..], to.as_slice(), &tail].concat()
    };
    let caller = fixture.deploy(&call(delegated)).await;
    let receipt = fixture.send(Some(caller), Bytes::new(), 0).await;
    // PUSH0 2 each, PUSH20 3, GAS 2; the account cold and the delegate, a precompiled contract, warm; MSTORE 3 and a word 3
    let gas = 5 * 2 + 3 + 2 + 2_600 + 100 + 2 + 3 + 3 + 3 + 2;
    assert_eq!((receipt.status(), receipt.gas_used), (true, 21_000 + gas));
    let output = fixture.call(caller, Bytes::new()).await.expect("an answer");
    assert_eq!(U256::from_be_slice(&output), U256::ONE);
    // a program's call costs what a call of an account without code costs
    let mut used = Vec::new();
    for account in [delegated, empty] {
        let receipt = fixture
            .send(Some(actor), command(2, &[account.as_slice()]), 0)
            .await;
        assert!(receipt.status());
        used.push(receipt.gas_used);
    }
    // the second address has as many bytes that are not zero
    assert_eq!(used[0], used[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_may_have_24576_bytes_and_costs_200_gas_each() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let deploy = async |len: usize| {
        let init = crate::fixture::returning(&vec![0x5b; len]);
        // EIP-3860: 2 gas for each word of init code
        let intrinsic = intrinsic(&init) + 32_000 + 2 * (init.len() as u64).div_ceil(32);
        let receipt = fixture.send(None, init, 0).await;
        (receipt.status(), receipt.gas_used, intrinsic)
    };
    let (status, used, intrinsic) = deploy(24_576).await;
    // PUSH2, DUP1, PUSH1: 3 each, PUSH0 2, CODECOPY 3 + 3 a word, PUSH0 2; memory of 768 words: 3 each and 768^2 / 512
    let execution = 3 * 3 + 2 + 3 + 768 * 3 + 2 + 768 * 3 + 768 * 768 / 512;
    assert_eq!((status, used), (true, intrinsic + execution + 24_576 * 200));
    let (status, used, _) = deploy(24_577).await;
    assert_eq!((status, used), (false, 20_000_000));
}
