//! Roots, proofs and headers, checked by other implementations.

use std::collections::BTreeMap;

use alloy::{
    consensus::{Header, ReceiptEnvelope, TxEnvelope, proofs},
    primitives::{Address, B256, Bytes, U256, address, keccak256},
    providers::Provider,
    rpc::types::EIP1186AccountProofResponse,
};
use alloy_rlp::Decodable;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount, proof::verify_proof};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{Fixture, word};

const CONTRACT: Address = address!("00000000000000000000000000000000c0ffee00");

/// The storage root, by alloy's hash builder over all slots.
fn storage_root(slots: &BTreeMap<U256, U256>) -> B256 {
    let mut leaves: Vec<_> = slots
        .iter()
        .filter(|(_, value)| !value.is_zero())
        .map(|(slot, value)| {
            (
                keccak256(slot.to_be_bytes::<32>()),
                alloy_rlp::encode(value),
            )
        })
        .collect();
    leaves.sort();
    let mut builder = HashBuilder::default();
    for (key, value) in leaves {
        builder.add_leaf(Nibbles::unpack(key), &value);
    }
    builder.root()
}

async fn set(fixture: &Fixture, slots: &BTreeMap<U256, U256>) {
    let slots: serde_json::Map<String, Value> = slots
        .iter()
        .map(|(slot, value)| (format!("{slot:#x}"), json!(format!("{value:#x}"))))
        .collect();
    fixture
        .request("smartsync_setStorage", json!([CONTRACT, slots]))
        .await;
}

async fn proof(fixture: &Fixture, slots: &[U256]) -> EIP1186AccountProofResponse {
    let keys = slots.iter().map(|slot| B256::from(*slot)).collect();
    fixture
        .client
        .get_proof(CONTRACT, keys)
        .await
        .expect("a proof")
}

/// Numbers that look random, the same each time.
fn sequence(seed: u64) -> impl FnMut() -> U256 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        U256::from_be_bytes(keccak256(state.to_be_bytes()).0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storage_root_equals_that_of_the_hash_builder_after_every_block() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture
        .request("anvil_setBalance", json!([CONTRACT, "0x1"]))
        .await;
    let mut next = sequence(1);
    let mut all = BTreeMap::new();
    for round in 0..40_u64 {
        // Few different slots, so that many are changed and deleted; small values give inlined leaves.
        let changes: BTreeMap<U256, U256> = (0..1 + round % 9)
            .map(|_| {
                let slot = next() % U256::from(40);
                let value = match next().byte(0) % 3 {
                    0 => U256::ZERO,
                    1 => next() % U256::from(100),
                    _ => next(),
                };
                (slot, value)
            })
            .collect();
        set(&fixture, &changes).await;
        all.extend(changes);
        assert_eq!(
            proof(&fixture, &[]).await.storage_hash,
            storage_root(&all),
            "round {round}"
        );
    }
    let deletions = all.keys().map(|slot| (*slot, U256::ZERO)).collect();
    set(&fixture, &deletions).await;
    assert_eq!(
        proof(&fixture, &[]).await.storage_hash,
        alloy_trie::EMPTY_ROOT_HASH
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_of_present_and_absent_slots_and_accounts_verify_against_the_header() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        let mut next = sequence(2);
        let slots: BTreeMap<U256, U256> =
            (0..300).map(|index| (U256::from(index), next())).collect();
        fixture
            .request("anvil_setNonce", json!([CONTRACT, 1]))
            .await;
        set(&fixture, &slots).await;
        let asked = [
            U256::ZERO,
            U256::from(7),
            U256::from(299),
            U256::from(300),
            U256::MAX,
        ];
        let answer = proof(&fixture, &asked).await;
        for (slot, proven) in asked.iter().zip(&answer.storage_proof) {
            let value = slots.get(slot).copied().unwrap_or_default();
            assert_eq!(proven.value, value);
            let expected = (!value.is_zero()).then(|| alloy_rlp::encode(value));
            let key = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
            verify_proof(answer.storage_hash, key, expected, &proven.proof)
                .expect("a valid storage proof");
        }
        let block = fixture
            .client
            .get_block_by_number(alloy::eips::BlockNumberOrTag::Latest)
            .await;
        let block = block.expect("a block").expect("a block");
        let account = TrieAccount {
            nonce: answer.nonce,
            balance: answer.balance,
            storage_root: answer.storage_hash,
            code_hash: answer.code_hash,
        };
        let key = Nibbles::unpack(keccak256(CONTRACT));
        verify_proof(
            block.header.state_root,
            key,
            Some(alloy_rlp::encode(account)),
            &answer.account_proof,
        )
        .expect("a valid account proof");
        let absent: EIP1186AccountProofResponse = fixture
            .client
            .get_proof(Address::repeat_byte(0x77), vec![])
            .await
            .expect("a proof");
        let key = Nibbles::unpack(keccak256(Address::repeat_byte(0x77)));
        verify_proof(block.header.state_root, key, None, &absent.account_proof)
            .expect("a valid exclusion");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_hash_to_their_block_hash_and_have_the_fields_of_their_chain() {
    for (kind, fields) in [(Kind::Evm, 21), (Kind::Stylus, 16)] {
        let fixture = Fixture::start(kind).await;
        fixture
            .send(Some(fixture.account(1)), Bytes::new(), 1)
            .await;
        let mut parent = B256::ZERO;
        for number in 0..=1_u64 {
            let raw = fixture
                .request("debug_getRawHeader", json!([format!("{number:#x}")]))
                .await;
            let raw: Bytes = serde_json::from_value(raw).expect("bytes");
            let block = fixture
                .client
                .get_block_by_number(number.into())
                .await
                .expect("a block")
                .expect("a block");
            assert_eq!(keccak256(&raw), block.header.hash);
            assert_eq!(block.header.inner.hash_slow(), block.header.hash);
            let header = Header::decode(&mut raw.as_ref()).expect("a header");
            assert_eq!(header.parent_hash, parent);
            parent = block.header.hash;
            let mut list = raw.as_ref();
            let payload = alloy_rlp::Header::decode_bytes(&mut list, true).expect("a list");
            let mut rest = payload;
            let mut count = 0;
            while !rest.is_empty() {
                alloy_rlp::Header::decode_bytes(&mut rest, false).expect("a string");
                count += 1;
            }
            assert_eq!(count, fields, "{kind:?}");
            if kind == Kind::Stylus {
                assert_eq!(header.difficulty, U256::ONE);
                assert_eq!(header.extra_data.len(), 32);
                assert_eq!(&header.mix_hash[16..24], &61_u64.to_be_bytes());
                assert_eq!(header.base_fee_per_gas, Some(100_000_000));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transaction_and_receipt_roots_are_those_of_the_blocks_contents() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.request("evm_setAutomine", json!([false])).await;
    // LOG1 with topic 5 and four bytes of data.
    let init = crate::fixture::returning(&alloy::hex!("6005 6004 5f a1 00"));
    for nonce in 0..5_u64 {
        let input = alloy::hex::encode_prefixed(&init);
        let gas_price = "0x77359400";
        let mut request =
            json!({ "from": fixture.account(0), "nonce": format!("{nonce:#x}"), "gas": "0x30000" });
        match nonce {
            0 => request["data"] = json!(input),
            1 => request["gasPrice"] = json!(gas_price),
            2 => request["accessList"] = json!([{ "address": CONTRACT, "storageKeys": [word(1)] }]),
            _ => request["maxFeePerGas"] = json!(gas_price),
        }
        if nonce > 0 {
            request["to"] = json!(fixture.account(0).create(0));
        }
        fixture
            .request("eth_sendTransaction", json!([request]))
            .await;
    }
    fixture.request("evm_mine", json!([])).await;
    let block = fixture
        .client
        .get_block_by_number(1.into())
        .full()
        .await
        .expect("a block")
        .expect("a block");
    let transactions: Vec<TxEnvelope> = block
        .transactions
        .as_transactions()
        .expect("whole")
        .iter()
        .map(|tx| tx.inner.clone().into_inner())
        .collect();
    assert_eq!(transactions.len(), 5);
    assert_eq!(
        proofs::calculate_transaction_root(&transactions),
        block.header.transactions_root
    );
    let receipts = fixture
        .client
        .get_block_receipts(1.into())
        .await
        .expect("receipts")
        .expect("receipts");
    assert_eq!(
        receipts
            .iter()
            .map(|receipt| receipt.inner.logs().len())
            .sum::<usize>(),
        4
    );
    let gas: u64 = receipts.iter().map(|receipt| receipt.gas_used).sum();
    assert_eq!(gas, block.header.gas_used);
    let consensus: Vec<ReceiptEnvelope> = receipts
        .into_iter()
        .map(|receipt| receipt.inner.into_primitives_receipt())
        .collect();
    assert_eq!(
        proofs::calculate_receipt_root(&consensus),
        block.header.receipts_root
    );
    let bloom = consensus.iter().fold(
        Default::default(),
        |bloom: alloy::primitives::Bloom, receipt| bloom | *receipt.logs_bloom(),
    );
    assert_eq!(bloom, block.header.logs_bloom);
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_is_listed_in_pages_in_the_order_of_hashed_slots() {
    let fixture = Fixture::start(Kind::Evm).await;
    let mut next = sequence(3);
    let slots: BTreeMap<U256, U256> = (0..100).map(|index| (U256::from(index), next())).collect();
    set(&fixture, &slots).await;
    let block = fixture
        .client
        .get_block_by_number(1.into())
        .await
        .expect("a block")
        .expect("a block");
    let mut found = BTreeMap::new();
    let mut start = json!("0x");
    let mut pages = 0;
    loop {
        let params = json!([block.header.hash, 0, CONTRACT, start, 33]);
        let page = fixture.request("debug_storageRangeAt", params).await;
        let entries = page["storage"].as_object().expect("a map").clone();
        assert!(entries.len() <= 33);
        for (hashed, entry) in entries {
            let slot: B256 = serde_json::from_value(entry["key"].clone()).expect("a slot");
            let value: B256 = serde_json::from_value(entry["value"].clone()).expect("a value");
            assert_eq!(hashed, keccak256(slot).to_string());
            found.insert(U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
        }
        pages += 1;
        if page["nextKey"].is_null() {
            break;
        }
        start = page["nextKey"].clone();
    }
    assert_eq!(pages, 4);
    assert_eq!(found, slots);
}
