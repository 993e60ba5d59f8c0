//! A notary of several signers, and how they hand over to others.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    INotary::{self, InvalidSignerSet, NotASigner, SignersNotAscending, WrongSignatureCount},
    IRegistry,
};
use smartsync_tests::{CallError, Chain, PRIVATE_KEYS, SelfReader, Stage, System};

/// The three accounts with their keys, ascending by address.
fn signers() -> Vec<(Address, &'static str)> {
    let mut signers: Vec<_> = PRIVATE_KEYS
        .into_iter()
        .enumerate()
        .map(|(at, key)| (Chain::account(at), key))
        .collect();
    signers.sort_unstable();
    signers
}

fn addresses(signers: &[(Address, &'static str)]) -> Vec<Address> {
    signers.iter().map(|(address, _)| *address).collect()
}

async fn submit(
    system: &System,
    block: u64,
    keys: &[&str],
    epoch: u64,
) -> Result<Bytes, CallError> {
    let (header, rlp) = system.source.header(block).await.unwrap();
    let submission = system.signed(&rlp, header.hash_slow(), keys, epoch);
    system
        .target
        .call(
            system.registry,
            IRegistry::submitHeaderCall { submission }.abi_encode(),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_signers_vouch_for_a_header_and_one_does_not() {
    let stage = Stage::start().await.unwrap();
    let signers = signers();
    let keys: Vec<&str> = signers.iter().map(|(_, key)| *key).collect();
    let system = stage.with_signers(addresses(&signers), 2).await.unwrap();
    stage
        .source
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    let block = stage.source.block_number().await.unwrap();

    for pair in [[0, 1], [0, 2], [1, 2]] {
        assert!(
            submit(&system, block, &pair.map(|at| keys[at]), 0)
                .await
                .is_ok(),
            "{pair:?}"
        );
    }
    let error = submit(&system, block, &keys[..1], 0)
        .await
        .unwrap_err()
        .expect::<WrongSignatureCount>();
    assert_eq!((error.required, error.got), (2, 1));
    let error = submit(&system, block, &keys, 0)
        .await
        .unwrap_err()
        .expect::<WrongSignatureCount>();
    assert_eq!((error.required, error.got), (2, 3));
    // One signer twice, or in the wrong order.
    for wrong in [[0, 0], [1, 0], [2, 1]] {
        let error = submit(&system, block, &wrong.map(|at| keys[at]), 0)
            .await
            .unwrap_err();
        assert_eq!(error.expect::<SignersNotAscending>().index, 1, "{wrong:?}");
    }
    // Signed for another epoch, it recovers to somebody else.
    submit(&system, block, &keys[..2], 1)
        .await
        .unwrap_err()
        .expect::<NotASigner>();

    // And the whole way: what they vouch for can be mirrored.
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();
    let submission = system.signed(&rlp, header.hash_slow(), &keys[1..], 0);
    stage
        .target
        .send(system.registry, IRegistry::submitHeaderCall { submission })
        .await
        .unwrap();
    system.deploy_code(source).await.unwrap();
    let proof =
        smartsync_tests::account_proof(&stage.source.proof(source, &[], block).await.unwrap());
    let create = IRegistry::createCall {
        source,
        sourceBlock: block,
        accountProof: proof,
    };
    let request = smartsync_tests::request(system.registry, create.abi_encode().into());
    stage
        .target
        .send_request(request.value(U256::ONE))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_signed_by_the_present_set_and_ends_its_power() {
    let stage = Stage::start().await.unwrap();
    let signers = signers();
    let system = stage
        .with_signers(addresses(&signers[..2]), 2)
        .await
        .unwrap();
    stage
        .source
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    let block = stage.source.block_number().await.unwrap();
    let keys: Vec<&str> = signers.iter().map(|(_, key)| *key).collect();

    let next = addresses(&signers[2..]);
    let rotation = |signers: Vec<Address>, threshold: u64, epoch: u64, keys: &[&str]| {
        system.rotation(signers, threshold, epoch, keys)
    };
    let notary = system.notary;
    let refused = async |call: INotary::rotateCall| {
        stage
            .target
            .call(notary, call.abi_encode())
            .await
            .expect_err("the notary refuses")
    };
    // By one of two, by a stranger, of another epoch, with another set than was signed.
    refused(rotation(next.clone(), 1, 0, &keys[..1]))
        .await
        .expect::<WrongSignatureCount>();
    refused(rotation(next.clone(), 1, 0, &keys[1..]))
        .await
        .expect::<NotASigner>();
    refused(rotation(next.clone(), 1, 1, &keys[..2]))
        .await
        .expect::<NotASigner>();
    let bent = INotary::rotateCall {
        signers: addresses(&signers),
        ..rotation(next.clone(), 1, 0, &keys[..2])
    };
    refused(bent).await.expect::<NotASigner>();
    // Sets that no notary may have.
    let mut descending = addresses(&signers);
    descending.reverse();
    for (signers, threshold) in [
        (vec![], 0),
        (next.clone(), 0),
        (next.clone(), 2),
        (descending, 1),
        (vec![next[0], next[0]], 1),
        (vec![Address::ZERO], 1),
    ] {
        refused(rotation(signers, threshold, 0, &keys[..2]))
            .await
            .expect::<InvalidSignerSet>();
    }

    let digest = INotary::rotationDigestCall {
        signers: next.clone(),
        threshold: 1,
    };
    let before = stage.target.view(notary, digest.clone()).await.unwrap();
    let honest = rotation(next.clone(), 1, 0, &keys[..2]);
    stage.target.send(notary, honest.clone()).await.unwrap();
    assert_eq!(
        stage
            .target
            .view(notary, INotary::signersCall {})
            .await
            .unwrap(),
        next
    );
    assert_eq!(
        stage
            .target
            .view(notary, INotary::thresholdCall {})
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        stage
            .target
            .view(notary, INotary::epochCall {})
            .await
            .unwrap(),
        1
    );
    assert_ne!(
        stage.target.view(notary, digest).await.unwrap(),
        before,
        "no signature serves two epochs"
    );

    // The old ones are nobody, also with what they signed before.
    assert!(submit(&system, block, &keys[..1], 1).await.is_err());
    refused(honest).await;
    assert!(submit(&system, block, &keys[2..], 1).await.is_ok());
    submit(&system, block, &keys[2..], 0)
        .await
        .unwrap_err()
        .expect::<NotASigner>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notary_has_255_signers_at_most() {
    let stage = Stage::start().await.unwrap();
    let notary = System::deploy_program(&stage.target, &smartsync_artifacts::NOTARY);
    let notary = notary.await.unwrap();
    let construct = async |count: u64| {
        let initialize = INotary::initializeCall {
            sourceChainId: U256::from(31_337),
            signers: (1..=count)
                .map(|n| Address::from_word(U256::from(n).into()))
                .collect(),
            threshold: count,
            minBlockTime: 1,
        };
        let calldata = [
            CONSTRUCTOR_SELECTOR.as_slice(),
            &initialize.abi_encode()[4..],
        ]
        .concat();
        stage.target.call(notary, calldata).await
    };
    let error = construct(256).await.unwrap_err();
    error.expect::<InvalidSignerSet>();
    construct(255).await.unwrap();
}

/// What ethers says of a message: its digest, and each key's signature.
#[derive(serde::Deserialize)]
struct Said {
    digest: B256,
    signatures: Vec<Bytes>,
}

/// What ethers says of both kinds of message.
#[derive(serde::Deserialize)]
struct BothSaid {
    header: Said,
    rotation: Said,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_that_ethers_encodes_and_signs_are_the_notary_s() {
    let stage = Stage::start().await.unwrap();
    let signers = signers();
    let system = stage
        .with_signers(addresses(&signers[..2]), 2)
        .await
        .unwrap();
    let chain_id = async |chain: &Chain| {
        let id = chain.rpc("eth_chainId", serde_json::json!([])).await;
        id.unwrap()
    };
    let (source_chain_id, target_chain_id) =
        (chain_id(&stage.source).await, chain_id(&stage.target).await);
    // Everyone in turn hands over to everyone, so that sets of two and of three, and two epochs, are encoded.
    let mut present = &signers[..2];
    for (epoch, next) in [&signers[..], &signers[1..]].into_iter().enumerate() {
        stage.source.mine().await.unwrap();
        let block = stage.source.block_number().await.unwrap();
        let (header, rlp) = stage.source.header(block).await.unwrap();
        let keys: Vec<&str> = present.iter().map(|(_, key)| *key).collect();
        let messages = serde_json::json!({
            "chainId": target_chain_id,
            "notary": system.notary,
            "sourceChainId": source_chain_id,
            "blockHash": header.hash_slow(),
            "epoch": epoch,
            "signers": addresses(next),
            "threshold": 2,
            "keys": keys[keys.len() - 2..],
        });
        let output = tokio::process::Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/npm/typed_data.mjs"))
            .arg(messages.to_string())
            .output()
            .await
            .unwrap();
        let said: BothSaid = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
        });
        let digest = INotary::headerDigestCall {
            blockHash: header.hash_slow(),
        };
        let digest = stage.target.view(system.notary, digest).await;
        assert_eq!(digest, Ok(said.header.digest));
        let digest = INotary::rotationDigestCall {
            signers: addresses(next),
            threshold: 2,
        };
        let digest = stage.target.view(system.notary, digest).await;
        assert_eq!(digest, Ok(said.rotation.digest));

        let submission = (rlp, Bytes::from(said.header.signatures.concat()));
        let submit = IRegistry::submitHeaderCall {
            submission: submission.abi_encode_params().into(),
        };
        stage.target.send(system.registry, submit).await.unwrap();
        let rotate = INotary::rotateCall {
            signers: addresses(next),
            threshold: 2,
            signatures: said.rotation.signatures.concat().into(),
        };
        stage.target.send(system.notary, rotate).await.unwrap();
        present = next;
    }
}
