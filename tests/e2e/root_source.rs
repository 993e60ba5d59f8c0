//! The notary: who may vouch for a header, and for which.

use alloy::consensus::Header;
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    INotary::{self, InvalidSignature, NotASigner, WrongSignatureCount},
    IProofErrors::MalformedHeader,
    IRegistry,
    IRootSource::{ConflictingHeader, HeaderFromFuture, MalformedSubmission, UnknownBlock},
};
use smartsync_tests::{CallError, PRIVATE_KEYS, Stage};

async fn submit(stage: &Stage, submission: impl Into<Bytes>) -> Result<(), CallError> {
    let call = IRegistry::submitHeaderCall {
        submission: submission.into(),
    };
    stage
        .target
        .call(stage.registry, call.abi_encode())
        .await
        .map(drop)
}

async fn mine(stage: &Stage) -> u64 {
    stage
        .source
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    stage.source.block_number().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_signed_by_the_signer_gives_the_block_s_state_root() {
    let stage = Stage::start().await.unwrap();
    let block = mine(&stage).await;
    let unknown = INotary::stateRootCall { blockNumber: block };
    let error = stage
        .target
        .view(stage.notary, unknown.clone())
        .await
        .err()
        .unwrap()
        .expect::<UnknownBlock>();
    assert_eq!(error.blockNumber, block);
    stage.submit_header(block).await.unwrap();
    let (header, _) = stage.source.header(block).await.unwrap();
    let answer = stage.target.view(stage.notary, unknown).await.unwrap();
    assert_eq!(
        (answer.stateRoot, answer.timestamp),
        (header.state_root, header.timestamp)
    );
    assert_eq!(
        stage
            .target
            .view(stage.notary, INotary::latestBlockCall {})
            .await
            .unwrap(),
        block
    );
    // Again does nothing, and needs no signature.
    stage.submit_header(block).await.unwrap();
    let (_, rlp) = stage.source.header(block).await.unwrap();
    let unsigned = stage.signed(&rlp, header.hash_slow(), &[], 0);
    assert_eq!(submit(&stage, unsigned).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_with_anything_but_the_right_signatures_is_refused() {
    let stage = Stage::start().await.unwrap();
    let block = mine(&stage).await;
    let (header, rlp) = stage.source.header(block).await.unwrap();
    let hash = header.hash_slow();
    let honest = stage.submission(&rlp, hash);
    let (_, signature) = <(Bytes, Bytes)>::abi_decode_params(&honest).unwrap();

    let stranger = stage.signed(&rlp, hash, &PRIVATE_KEYS[1..2], 0);
    submit(&stage, stranger)
        .await
        .unwrap_err()
        .expect::<NotASigner>();
    // A signature of another header.
    let (other, _) = stage.source.header(block - 1).await.unwrap();
    let other = stage.submission(&rlp, other.hash_slow());
    submit(&stage, other)
        .await
        .unwrap_err()
        .expect::<NotASigner>();
    // None, two, and bytes that are not whole signatures.
    let with = |signatures: Vec<u8>| {
        Bytes::from((rlp.clone(), Bytes::from(signatures)).abi_encode_params())
    };
    for (signatures, got) in [
        (vec![], 0),
        ([signature.to_vec(), signature.to_vec()].concat(), 2),
    ] {
        let error = submit(&stage, with(signatures))
            .await
            .unwrap_err()
            .expect::<WrongSignatureCount>();
        assert_eq!((error.required, error.got), (1, got));
    }
    for rest in [&signature[..64], &[&signature[..], &[0]].concat()] {
        let error = submit(&stage, with(rest.to_vec())).await.unwrap_err();
        let error = error.expect::<WrongSignatureCount>();
        assert_eq!(error.got, rest.len() as u64 / 65);
    }
    // High s: the same signature in its other form.
    let order = U256::from_be_slice(&alloy_primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let mut high = signature.to_vec();
    let s = U256::from_be_slice(&high[32..64]);
    high[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
    high[64] = if high[64] == 27 { 28 } else { 27 };
    assert_eq!(
        submit(&stage, with(high))
            .await
            .unwrap_err()
            .expect::<InvalidSignature>()
            .index,
        0
    );
    for v in [0, 1, 26, 29] {
        let mut bent = signature.to_vec();
        bent[64] = v;
        assert_eq!(
            submit(&stage, with(bent))
                .await
                .unwrap_err()
                .expect::<InvalidSignature>()
                .index,
            0
        );
    }
    for malformed in [vec![], vec![0; 31], vec![0xff; 64]] {
        let error = submit(&stage, malformed).await.unwrap_err();
        error.expect::<MalformedSubmission>();
    }
    assert_eq!(submit(&stage, honest).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_header_for_a_number_a_header_from_the_future_and_a_bent_one_are_refused() {
    let stage = Stage::start().await.unwrap();
    let block = mine(&stage).await;
    stage.submit_header(block).await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();

    // Another state root, time or parent, or only another block hash.
    let bend: [fn(&mut Header); 4] = [
        |header| header.state_root.0[0] ^= 1,
        |header| header.timestamp += 1,
        |header| header.parent_hash.0[0] ^= 1,
        |header| header.gas_used += 1,
    ];
    for bend in bend {
        let mut other = header.clone();
        bend(&mut other);
        let submission = stage.submission(&alloy_rlp::encode(&other).into(), other.hash_slow());
        let error = submit(&stage, submission)
            .await
            .unwrap_err()
            .expect::<ConflictingHeader>();
        assert_eq!(
            (error.blockNumber, error.blockHash),
            (block, other.hash_slow())
        );
    }

    let mut future = header.clone();
    future.number += 1;
    future.timestamp += 100_000;
    let submission = stage.submission(&alloy_rlp::encode(&future).into(), future.hash_slow());
    let error = submit(&stage, submission)
        .await
        .unwrap_err()
        .expect::<HeaderFromFuture>();
    assert_eq!(error.timestamp, future.timestamp);

    let mut long = rlp.to_vec();
    long.push(0);
    let submission = stage.submission(&long.clone().into(), alloy_primitives::keccak256(&long));
    submit(&stage, submission)
        .await
        .unwrap_err()
        .expect::<MalformedHeader>();
}
