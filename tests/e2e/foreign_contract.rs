//! A contract of other people, used and compared through the interface that its artifact describes.

use alloy::{
    dyn_abi::{DynSolType, DynSolValue},
    json_abi::Function,
};
use alloy_primitives::{Address, B256, U256};
use smartsync_tests::{Artifact, CallError, Chain, Mirror, Stage, request, storage_root};

pub fn text(text: &str) -> DynSolValue {
    DynSolValue::String(text.into())
}

pub fn uint(value: u128) -> DynSolValue {
    DynSolValue::Uint(U256::from(value), 256)
}

pub fn account(index: usize) -> DynSolValue {
    DynSolValue::Address(Chain::account(index))
}

pub fn word(word: B256) -> DynSolValue {
    DynSolValue::FixedBytes(word, 32)
}

/// Sends a call of the contract's own function on the source.
pub async fn send(
    stage: &Stage,
    artifact: &Artifact,
    to: Address,
    name: &str,
    arguments: &[DynSolValue],
) {
    send_as(stage, artifact, to, 0, name, arguments).await;
}

pub async fn send_as(
    stage: &Stage,
    artifact: &Artifact,
    to: Address,
    from: usize,
    name: &str,
    arguments: &[DynSolValue],
) {
    let data = artifact.encode(name, arguments);
    let request = request(to, data).from(Chain::account(from));
    if let Err(error) = stage.source.send_request(request).await {
        panic!("{name}: {error}");
    }
}

/// WETH9 of canonical-weth with two accounts' ether, and an allowance.
pub async fn weth(stage: &Stage) -> (Artifact, Address) {
    let weth = Artifact::npm("canonical-weth/build/contracts/WETH9.json").unwrap();
    let source = stage.on_source(&weth.creation(&[]), []).await.unwrap();
    for (from, wei) in [(0, 5_000_000u64), (1, 7_777)] {
        let deposit = request(source, weth.encode("deposit", &[]))
            .from(Chain::account(from))
            .value(U256::from(wei));
        stage.source.send_request(deposit).await.unwrap();
    }
    send(stage, &weth, source, "approve", &[account(2), uint(999)]).await;
    (weth, source)
}

/// Arguments to ask a parameter of this type with: what occurs in the tests, and what does not.
fn candidates(kind: &str, words: &[B256]) -> Vec<DynSolValue> {
    match kind {
        "address" => {
            let mut accounts: Vec<Address> = (0..3).map(Chain::account).collect();
            accounts.extend([Address::ZERO, Address::repeat_byte(0x5a)]);
            accounts.extend(words.iter().map(|word| Address::from_word(*word)));
            accounts.into_iter().map(DynSolValue::Address).collect()
        }
        "bytes32" => words
            .iter()
            .copied()
            .chain([B256::ZERO, B256::repeat_byte(0x5a)])
            .map(word)
            .collect(),
        "bytes4" => [
            [0x01, 0xff, 0xc9, 0xa7],
            [0x5a, 0x05, 0x18, 0x0f],
            [0xff; 4],
        ]
        .map(|id| DynSolValue::FixedBytes(B256::right_padding_from(&id), 4))
        .to_vec(),
        "uint256" => (0..4).map(uint).collect(),
        other => panic!("no arguments known for {other}"),
    }
}

/// Every combination of arguments to call a function with.
pub fn combinations(function: &Function, words: &[B256]) -> Vec<Vec<DynSolValue>> {
    let mut calls: Vec<Vec<DynSolValue>> = vec![vec![]];
    for input in &function.inputs {
        assert!(DynSolType::parse(&input.ty).is_ok());
        let candidates = candidates(&input.ty, words);
        calls = calls
            .into_iter()
            .flat_map(|call| {
                candidates
                    .iter()
                    .map(move |value| [call.clone(), vec![value.clone()]].concat())
            })
            .collect();
    }
    calls
}

/// Every view function with every combination of arguments: source and mirror answer the same bytes, or revert with
/// the same. Returns how many calls were compared.
pub async fn compare(
    stage: &Stage,
    artifact: &Artifact,
    mirror: Mirror,
    words: &[B256],
    skipped: &[(&str, &str)],
) -> usize {
    let mut compared = 0;
    for function in artifact.views() {
        if let Some((_, reason)) = skipped.iter().find(|(name, _)| *name == function.name) {
            println!("  {} is not compared: it {reason}", function.signature());
            continue;
        }
        let calls = combinations(function, words);
        for arguments in calls {
            let data = artifact.encode(&function.name, &arguments);
            let source = stage.source.call(mirror.source, data.clone()).await;
            let proxy = stage.target.call(mirror.proxy, data).await;
            match (source, proxy) {
                // INVALID, which old compilers put where newer ones revert, has no data and its own message per node.
                (Err(CallError::Failed(_)), Err(_)) => {}
                (source, proxy) => assert_eq!(source, proxy, "{}({arguments:?})", function.name),
            }
            compared += 1;
        }
    }
    compared
}

/// Source, mirror and an independent trie agree on the storage root.
pub async fn same_root(stage: &Stage, mirror: Mirror) {
    let storage = stage.source.storage(mirror.source).await.unwrap();
    let root = storage_root(&storage);
    assert_eq!(
        stage.source.storage_root(mirror.source).await.unwrap(),
        root
    );
    assert_eq!(stage.target.storage_root(mirror.proxy).await.unwrap(), root);
}

/// A write through the mirror fails.
pub async fn no_write(
    stage: &Stage,
    artifact: &Artifact,
    mirror: Mirror,
    name: &str,
    arguments: &[DynSolValue],
) {
    let data = artifact.encode(name, arguments);
    let receipt = stage
        .target
        .transact(request(mirror.proxy, data))
        .await
        .unwrap();
    assert!(!receipt.status(), "{name} through the mirror");
    same_root(stage, mirror).await;
}
