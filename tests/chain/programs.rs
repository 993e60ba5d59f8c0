//! Activation and what ArbWasm, ArbWasmCache and ArbSys say.

use alloy::{
    primitives::{B256, U256, hex, keccak256},
    providers::Provider,
    sol_types::{SolCall, SolError},
};
use devchain::Kind;
use serde_json::json;

use crate::fixture::{
    ACTOR, ARB_SYS, ARB_WASM, ARB_WASM_CACHE, ArbSys, ArbWasm, ArbWasmCache, Fixture, command,
    compressed, returning, word,
};

/// A year and a day in seconds.
const LONG: u64 = 366 * 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn activation_takes_the_data_fee_and_gives_the_rest_back() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture
        .deploy(&compressed(&wat::parse_str(ACTOR).expect("valid WAT")))
        .await;
    let sent = 10_u128.pow(17);
    let call = ArbWasm::activateProgramCall { program }.abi_encode();
    let output = fixture
        .request("eth_call", json!([{ "to": ARB_WASM, "data": hex::encode_prefixed(&call), "from": fixture.account(0), "value": format!("{sent:#x}") }]))
        .await;
    let output = hex::decode(output.as_str().expect("bytes")).expect("hex");
    let fee = ArbWasm::activateProgramCall::abi_decode_returns(&output)
        .expect("an answer")
        .dataFee;
    assert!(fee > U256::ZERO);
    let before = fixture
        .client
        .get_balance(fixture.account(0))
        .await
        .expect("a balance");
    let receipt = fixture.send(Some(ARB_WASM), call.clone(), sent).await;
    assert!(receipt.status());
    let after = fixture
        .client
        .get_balance(fixture.account(0))
        .await
        .expect("a balance");
    let gas = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    assert_eq!(before - after, fee + gas);
    assert_eq!(
        fixture
            .client
            .get_balance(ARB_WASM)
            .await
            .expect("a balance"),
        U256::ZERO
    );
    // A second time it is up to date.
    let (code, _, data) = fixture.call(ARB_WASM, call).await.expect_err("a revert");
    assert_eq!(
        (code, data),
        (
            3,
            Some(hex::encode_prefixed(ArbWasm::ProgramUpToDate::SELECTOR).into())
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_without_the_fee_or_of_other_code_reverts_with_a_typed_error() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture
        .deploy(&compressed(&wat::parse_str(ACTOR).expect("valid WAT")))
        .await;
    let call = ArbWasm::activateProgramCall { program }.abi_encode();
    let (_, _, data) = fixture.call(ARB_WASM, call).await.expect_err("a revert");
    let data = hex::decode(data.expect("data").as_str().expect("bytes")).expect("hex");
    let error = ArbWasm::ProgramInsufficientValue::abi_decode(&data).expect("a typed error");
    assert_eq!(error.have, U256::ZERO);
    assert!(error.want > U256::ZERO);
    // An account without code.
    let call = ArbWasm::activateProgramCall {
        program: fixture.account(3),
    }
    .abi_encode();
    let (_, _, data) = fixture.call(ARB_WASM, call).await.expect_err("a revert");
    assert_eq!(
        data,
        Some(hex::encode_prefixed(ArbWasm::ProgramNotWasm::SELECTOR).into())
    );
    // A module that may not run says why.
    let float = r#"(module (memory (export "memory") 1)
        (func (export "user_entrypoint") (param i32) (result i32) (drop (f32.const 1)) (i32.const 0)))"#;
    let bad = fixture
        .deploy(&compressed(&wat::parse_str(float).expect("valid WAT")))
        .await;
    let (code, message, _) = fixture
        .call(
            ARB_WASM,
            ArbWasm::activateProgramCall { program: bad }.abi_encode(),
        )
        .await
        .expect_err("a revert");
    assert_eq!(code, 3);
    assert!(message.contains("activation failed"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_expires_after_a_year_and_is_renewed_by_keepalive() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture.deploy_program(ACTOR).await;
    let load = command(1, &[word(1).as_slice()]);
    let code = fixture.client.get_code_at(program).await.expect("code");
    let keepalive = ArbWasm::codehashKeepaliveCall {
        codehash: keccak256(&code),
    }
    .abi_encode();
    let (_, _, data) = fixture
        .call(ARB_WASM, keepalive.clone())
        .await
        .expect_err("a revert");
    let data = hex::decode(data.expect("data").as_str().expect("bytes")).expect("hex");
    ArbWasm::ProgramKeepaliveTooSoon::abi_decode(&data).expect("too soon");
    // Half a year later it may be renewed, and then lives for another year.
    fixture.request("evm_increaseTime", json!([LONG / 2])).await;
    assert!(
        fixture
            .send(Some(ARB_WASM), keepalive, 10_u128.pow(17))
            .await
            .status()
    );
    fixture
        .request("evm_increaseTime", json!([LONG * 3 / 4]))
        .await;
    fixture.request("evm_mine", json!([])).await;
    assert!(fixture.call(program, load.clone()).await.is_ok());
    let left = fixture
        .view(ARB_WASM, ArbWasm::programTimeLeftCall { program })
        .await;
    assert!(left > 0 && left < 365 * 86_400 / 2, "{left}");
    fixture.request("evm_increaseTime", json!([LONG / 2])).await;
    fixture.request("evm_mine", json!([])).await;
    let (_, message, _) = fixture
        .call(program, load.clone())
        .await
        .expect_err("a failure");
    assert!(message.contains("expired"), "{message}");
    // Activated anew, it runs.
    fixture.activate(program).await;
    assert!(fixture.call(program, load).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_program_spares_exactly_its_init_gas() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let program = fixture.deploy_program(ACTOR).await;
    let load = command(1, &[word(1).as_slice()]);
    let gas = fixture
        .view(ARB_WASM, ArbWasm::programInitGasCall { program })
        .await;
    let uncached = fixture.send(Some(program), load.clone(), 0).await.gas_used;
    assert!(
        fixture
            .send(
                Some(ARB_WASM_CACHE),
                ArbWasmCache::cacheProgramCall { addr: program }.abi_encode(),
                0
            )
            .await
            .status()
    );
    let codehash = keccak256(fixture.client.get_code_at(program).await.expect("code"));
    assert!(
        fixture
            .view(
                ARB_WASM_CACHE,
                ArbWasmCache::codehashIsCachedCall { codehash }
            )
            .await
    );
    let cached = fixture.send(Some(program), load.clone(), 0).await.gas_used;
    assert_eq!(uncached - cached, gas.gas - gas.gasWhenCached);
    let evict = ArbWasmCache::evictCodehashCall { codehash }.abi_encode();
    assert!(fixture.send(Some(ARB_WASM_CACHE), evict, 0).await.status());
    assert_eq!(
        fixture.send(Some(program), load, 0).await.gas_used,
        uncached
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn arb_sys_knows_this_chains_blocks() {
    let fixture = Fixture::start(Kind::Stylus).await;
    for _ in 0..3 {
        fixture.request("evm_mine", json!([])).await;
    }
    let number = fixture.client.get_block_number().await.expect("a number");
    assert_eq!(
        fixture.view(ARB_SYS, ArbSys::arbBlockNumberCall {}).await,
        U256::from(number)
    );
    let parent = fixture
        .client
        .get_block_by_number((number - 1).into())
        .await
        .expect("a block")
        .expect("a block");
    let hash = fixture
        .view(
            ARB_SYS,
            ArbSys::arbBlockHashCall {
                arbBlockNum: U256::from(number - 1),
            },
        )
        .await;
    assert_eq!(hash, parent.header.hash);
    // Not the block itself, nor the future.
    for asked in [number, number + 10] {
        let call = ArbSys::arbBlockHashCall {
            arbBlockNum: U256::from(asked),
        }
        .abi_encode();
        let (code, _, data) = fixture.call(ARB_SYS, call).await.expect_err("a revert");
        assert_eq!(code, 3);
        let data = hex::decode(data.expect("data").as_str().expect("bytes")).expect("hex");
        let error = ArbSys::InvalidBlockNumber::abi_decode(&data).expect("a typed error");
        assert_eq!(
            (error.requested, error.current),
            (U256::from(asked), U256::from(number))
        );
    }
    assert_eq!(
        fixture.view(ARB_SYS, ArbSys::arbChainIDCall {}).await,
        U256::from(412_346)
    );
    // ArbOS 61, counted from 55.
    assert_eq!(
        fixture.view(ARB_SYS, ArbSys::arbOSVersionCall {}).await,
        U256::from(116)
    );
    assert_eq!(
        fixture.view(ARB_WASM, ArbWasm::stylusVersionCall {}).await,
        3
    );
    assert_eq!(
        fixture.view(ARB_WASM, ArbWasm::inkPriceCall {}).await,
        10_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_contract_holds_this_chains_hashes() {
    let history = alloy::primitives::address!("0000F90827F1C53a10cb7A02335B175320002935");
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        fixture.request("anvil_mine", json!([300])).await;
        let number = fixture.client.get_block_number().await.expect("a number");
        // A block further back than `BLOCKHASH` and `arbBlockHash` reach.
        let block = fixture
            .client
            .get_block_by_number(20.into())
            .await
            .expect("a block")
            .expect("a block");
        let output = fixture.call(history, word(20)).await.expect("a hash");
        assert_eq!(output, block.header.hash.as_slice(), "{kind:?}");
        for asked in [number, number + 1] {
            assert!(
                fixture.call(history, word(asked)).await.is_err(),
                "{kind:?}: block {asked}"
            );
        }
        assert!(fixture.call(history, hex!("")).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_begins_with_ef_is_deployed_only_if_it_is_a_program() {
    let fixture = Fixture::start(Kind::Stylus).await;
    assert!(
        fixture
            .send(None, returning(&hex!("eff00000aabb")), 0)
            .await
            .status()
    );
    assert!(
        !fixture
            .send(None, returning(&hex!("ef0001aabb")), 0)
            .await
            .status()
    );
    let evm = Fixture::start(Kind::Evm).await;
    assert!(
        !evm.send(None, returning(&hex!("eff00000aabb")), 0)
            .await
            .status()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_opcodes_give_the_parent_chains_number_and_not_this_chains_hashes() {
    let fixture = Fixture::start(Kind::Stylus).await;
    fixture.request("evm_mine", json!([])).await;
    // NUMBER; and BLOCKHASH(calldata[0..32])
    let number = fixture.deploy(&hex!("435f5260205ff3")).await;
    let hash = fixture.deploy(&hex!("5f35405f5260205ff3")).await;
    let seen = U256::from_be_slice(&fixture.call(number, hex!("")).await.expect("a number"));
    assert!(seen >= U256::from(20_000_000));
    assert_eq!(
        fixture.call(hash, word(1)).await.expect("a hash"),
        B256::ZERO.as_slice()
    );
    let previous = B256::from(seen - U256::ONE);
    assert_ne!(
        fixture.call(hash, previous).await.expect("a hash"),
        B256::ZERO.as_slice()
    );
}
