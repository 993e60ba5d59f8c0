//! What ArbOS 60 and 61 ("Elara") changed, gas worked out by hand. `gas.rs` has what they left alone.

use alloy::{
    primitives::{Address, B256, Bytes, U256, hex},
    providers::Provider,
    sol,
    sol_types::{SolCall, SolError},
};
use devchain::{ArbOs, Kind};
use serde_json::json;

use crate::fixture::{ARB_SYS, ARB_WASM, ArbSys, ArbWasm, Fixture, compressed, intrinsic};

sol! {
    interface New {
        function activationGas() external view returns (uint64 gas);
        function setWasmActivationGas(uint64 gas) external;
        function becomeChainOwner() external;
        function getCollectTips() external view returns (bool);
        function getMultiGasBaseFee() external view returns (uint256[] memory fees);
        function getMultiGasPricingConstraints() external view returns (uint256[] memory constraints);
    }
}

const ARB_OWNER: Address = Address::with_last_byte(0x70);
const ARB_OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const ARB_GAS_INFO: Address = Address::with_last_byte(0x6c);
const ARB_DEBUG: Address = Address::with_last_byte(0xff);

/// One function with a parameter and a result, one page, nothing else.
const MINIMAL: &str = r#"(module (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;

/// Entering [`MINIMAL`] where it counts as cached: 11 * 32 + (globals: 4 of the meters * 1.628 = 6) + (one page: 5).
const CACHED: u64 = 352 + 6 + 5;

/// What entering it costs more where it does not: 69 * 128 + (one function: 8) + (two types: 2) + 0.1286 a byte.
fn init() -> u64 {
    8_832 + 8 + 2 + wasm().len() as u64 * 1_286 / 10_000
}

fn wasm() -> Vec<u8> {
    wat::parse_str(MINIMAL).expect("valid WAT")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_called_in_the_transaction_counts_as_cached() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture.deploy_program(MINIMAL).await;
    // PUSH0 * 5, PUSH20, GAS, CALL, POP
    let call = [
        &hex!("5f5f5f5f5f73")[..],
        program.as_slice(),
        &hex!("5af150"),
    ]
    .concat();
    // PUSH0 2 gas each, PUSH20 3, GAS 2, POP 2; the account is cold at first (2,600), then warm (100); the program itself 1
    let one = 5 * 2 + 3 + 2 + 2 + CACHED + 1;
    for (calls, gas) in [
        (1, one + 2_600 + init()),
        (2, 2 * one + 2_700 + init()),
        (3, 3 * one + 2_800 + init()),
    ] {
        let caller = fixture.deploy(&call.repeat(calls)).await;
        let receipt = fixture.send(Some(caller), Bytes::new(), 0).await;
        assert_eq!(receipt.gas_used, 21_000 + gas, "{calls} calls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_called_in_the_block_counts_as_cached_until_the_next() {
    for (arbos, again) in [(ArbOs::V51, init()), (ArbOs::V60, 0), (ArbOs::V61, 0)] {
        let fixture = Fixture::start_on(arbos).await;
        let program = fixture.deploy_program(MINIMAL).await;
        fixture.request("evm_setAutomine", json!([false])).await;
        let mut hashes = Vec::new();
        for sender in 0..2 {
            let transaction = json!([{
                "from": fixture.account(sender), "to": program, "gas": "0x30d40"
            }]);
            let hash = fixture.request("eth_sendTransaction", transaction).await;
            hashes.push(hash.as_str().expect("a hash").parse::<B256>().expect("hex"));
        }
        fixture.request("evm_mine", json!([])).await;
        let first = 21_000 + CACHED + init() + 1;
        let second = 21_000 + CACHED + again + 1;
        let mut blocks = Vec::new();
        for (hash, gas) in hashes.iter().zip([first, second]) {
            let receipt = fixture
                .client
                .get_transaction_receipt(*hash)
                .await
                .expect("an answer")
                .expect("mined");
            assert_eq!(receipt.gas_used, gas, "{arbos}");
            blocks.push(receipt.block_hash);
            // run again alone or with its block, it costs the same
            let trace = fixture
                .request("debug_traceTransaction", json!([hash]))
                .await;
            assert_eq!(trace["gas"], json!(gas), "{arbos}");
        }
        assert_eq!(blocks[0], blocks[1]);
        let traces = fixture
            .request("debug_traceBlockByHash", json!([blocks[0]]))
            .await;
        assert_eq!(traces[0]["result"]["gas"], json!(first), "{arbos}");
        assert_eq!(traces[1]["result"]["gas"], json!(second), "{arbos}");
        // the next block begins anew
        fixture.request("evm_setAutomine", json!([true])).await;
        let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
        assert_eq!(receipt.gas_used, first, "{arbos}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_reads_its_constant_charge_and_pays_it_first() {
    let fixture = Fixture::start_debug().await;
    let (read, write) = (800, 20_000);
    // as under ArbOS 51 (`gas.rs`), and the charge is read
    let micros = wasm().len() as u64 * 31_733 / 100_000 + 2_217 + 31 * 535 / 1_000;
    let event = 375 + 2 * 375 + 4 * 32 * 8;
    let begin = read + 3 + read + 1_659_168 + 100 + read;
    let activation =
        begin + 28 * micros + write + (5 * read + 2 * write) + write + read + event + 2 * 3;
    let program = fixture.deploy(&compressed(&wasm())).await;
    let call = ArbWasm::activateProgramCall { program }.abi_encode();
    let receipt = fixture
        .send(Some(ARB_WASM), call.clone(), 10_u128.pow(17))
        .await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, intrinsic(&call) + activation);

    // code that is no program is named by a typed error, whose four bytes are copied out as a word
    let other = fixture.deploy(&hex!("00")).await;
    let call = ArbWasm::activateProgramCall { program: other }.abi_encode();
    let receipt = fixture.send(Some(ARB_WASM), call.clone(), 0).await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, intrinsic(&call) + begin + 3);
    let (_, _, data) = fixture
        .call(ARB_WASM, call.clone())
        .await
        .expect_err("a revert");
    let selector = hex::encode_prefixed(ArbWasm::ProgramNotWasm::SELECTOR);
    assert_eq!(data, Some(selector.into()));

    // an owner sets the charge
    let owner = New::becomeChainOwnerCall {}.abi_encode();
    assert!(fixture.send(Some(ARB_DEBUG), owner, 0).await.status());
    let set = New::setWasmActivationGasCall { gas: 1_000_000 }.abi_encode();
    assert!(fixture.send(Some(ARB_OWNER), set, 0).await.status());
    let gas = fixture.view(ARB_WASM, New::activationGasCall {}).await;
    assert_eq!(gas, 1_000_000);
    let receipt = fixture.send(Some(ARB_WASM), call.clone(), 0).await;
    assert_eq!(receipt.gas_used, intrinsic(&call) + 1_000_000 + begin + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_methods_answer_and_an_older_chain_has_none_of_them() {
    let new = Fixture::start(Kind::Stylus).await;
    assert!(!new.view(ARB_OWNER_PUBLIC, New::getCollectTipsCall {}).await);
    let fees = new.view(ARB_GAS_INFO, New::getMultiGasBaseFeeCall {}).await;
    assert_eq!(fees, vec![U256::from(100_000_000); 9]);
    let constraints = new
        .view(ARB_GAS_INFO, New::getMultiGasPricingConstraintsCall {})
        .await;
    assert!(constraints.is_empty());
    let old = Fixture::start_on(ArbOs::V51).await;
    for (contract, call) in [
        (ARB_OWNER_PUBLIC, New::getCollectTipsCall {}.abi_encode()),
        (ARB_GAS_INFO, New::getMultiGasBaseFeeCall {}.abi_encode()),
        (
            ARB_GAS_INFO,
            New::getMultiGasPricingConstraintsCall {}.abi_encode(),
        ),
        (ARB_WASM, New::activationGasCall {}.abi_encode()),
    ] {
        let (_, message, _) = old.call(contract, call).await.expect_err("no such method");
        assert!(message.contains("unknown method"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_arb_sys_name_the_version() {
    for arbos in ArbOs::ALL {
        let fixture = Fixture::start_on(arbos).await;
        let version = fixture.view(ARB_SYS, ArbSys::arbOSVersionCall {}).await;
        assert_eq!(version, U256::from(55 + arbos.number()));
        let block = fixture
            .client
            .get_block_by_number(0.into())
            .await
            .expect("an answer")
            .expect("genesis");
        let mix = block.header.mix_hash;
        assert_eq!(mix[16..24], arbos.number().to_be_bytes());
    }
}
