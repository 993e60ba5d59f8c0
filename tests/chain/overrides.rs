//! What calls may have other than it is.

use alloy::primitives::{Address, B256, hex, keccak256};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{Fixture, word};

/// SHA-256.
const SHA256: Address = Address::with_last_byte(2);
/// SHA-256 of nothing.
const OF_NOTHING: &str = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Returns BLOBBASEFEE and BLOCKHASH(1).
const PROBE: &str = "0x4a5f5260014060205260405ff3";

async fn call(fixture: &Fixture, to: Address, state: Value, block: Value) -> Value {
    let params = json!([{ "to": to }, "latest", state, block]);
    fixture.request("eth_call", params).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_precompiled_contract_is_moved_or_replaced() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        let elsewhere = Address::repeat_byte(5);
        let moved = json!({ SHA256.to_string(): { "movePrecompileToAddress": elsewhere } });
        let there = call(&fixture, elsewhere, moved.clone(), json!({})).await;
        assert_eq!(there, json!(OF_NOTHING));
        assert_eq!(
            call(&fixture, SHA256, moved, json!({})).await,
            json!("0x"),
            "nothing stands where it stood"
        );
        // Code in its place: MSTORE(0, 7), RETURN(0, 32)
        let code = json!({ SHA256.to_string(): { "code": "0x60075f5260205ff3" } });
        assert_eq!(
            call(&fixture, SHA256, code, json!({})).await,
            json!(word(7))
        );
        // A balance alone leaves it where it is.
        let rich = json!({ SHA256.to_string(): { "balance": "0x7" } });
        assert_eq!(
            call(&fixture, SHA256, rich, json!({})).await,
            json!(OF_NOTHING)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arbitrums_contracts_can_be_moved_too() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let elsewhere = Address::repeat_byte(5);
    let arb_sys = Address::with_last_byte(0x64);
    let moved = json!({ arb_sys.to_string(): { "movePrecompileToAddress": elsewhere } });
    let selector = &keccak256("arbBlockNumber()")[..4];
    let request = json!({ "to": elsewhere, "data": hex::encode_prefixed(selector) });
    fixture.request("evm_mine", json!([])).await;
    let answer = fixture
        .request("eth_call", json!([request, "latest", moved]))
        .await;
    assert_eq!(answer, json!(word(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blob_base_fee_and_block_hashes_are_overridden() {
    let fixture = Fixture::start(Kind::Evm).await;
    for _ in 0..3 {
        fixture.request("evm_mine", json!([])).await;
    }
    let contract = Address::repeat_byte(6);
    let code = json!({ contract.to_string(): { "code": PROBE } });
    let hash = B256::repeat_byte(0xab);
    let block = json!({ "blobBaseFee": "0x9", "blockHash": { "1": hash } });
    let answer = call(&fixture, contract, code.clone(), block).await;
    let expected = [word(9).as_slice(), hash.as_slice()].concat();
    assert_eq!(answer, json!(hex::encode_prefixed(expected)));
    let first = fixture
        .request("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let first: B256 = serde_json::from_value(first["hash"].clone()).expect("a hash");
    let plain = call(&fixture, contract, code, json!({})).await;
    let expected = [word(1).as_slice(), first.as_slice()].concat();
    assert_eq!(plain, json!(hex::encode_prefixed(expected)));
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_that_are_not_understood_are_refused() {
    let fixture = Fixture::start(Kind::Evm).await;
    let account = Address::repeat_byte(7).to_string();
    let other = Address::repeat_byte(8);
    let slot = json!({ B256::ZERO.to_string(): B256::ZERO });
    for (state, block, words) in [
        (
            json!({ &account: { "movePrecompileToAddress": other } }),
            json!({}),
            "is not a precompile",
        ),
        (
            json!({ SHA256.to_string(): { "movePrecompileToAddress": other }, other.to_string(): { "balance": "0x1" } }),
            json!({}),
            "is already overridden",
        ),
        (
            json!({ &account: { "state": slot, "stateDiff": slot } }),
            json!({}),
            "both 'state' and 'stateDiff'",
        ),
        (
            json!({ &account: { "blance": "0x1" } }),
            json!({}),
            "unknown field `blance`",
        ),
        (
            json!({}),
            json!({ "beaconRoot": B256::ZERO }),
            "block override \"beaconRoot\" is not supported",
        ),
        (
            json!({}),
            json!({ "nummer": "0x1" }),
            "block override \"nummer\" is not supported",
        ),
        (
            json!({}),
            json!({ "baseFeePerGas": "0x10000000000000000" }),
            "is too large",
        ),
    ] {
        let params = json!([{ "to": other }, "latest", state, block]);
        for method in ["eth_call", "eth_estimateGas", "eth_createAccessList"] {
            let (code, message, _) = fixture.refused(method, params.clone()).await;
            assert_eq!(code, -32_602, "{method} {words}");
            assert!(message.contains(words), "{method} {words}: {message}");
        }
    }
    let trace =
        json!([{ "to": other }, "latest", { "blockOverrides": { "beaconRoot": B256::ZERO } }]);
    let (code, message, _) = fixture.refused("debug_traceCall", trace).await;
    assert_eq!(code, -32_602);
    assert!(message.contains("beaconRoot"), "{message}");
}
