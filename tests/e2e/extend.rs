//! Parents of known headers, which need no signature.

use alloy::consensus::Header;
use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    INotary,
    IProofErrors::MalformedHeader,
    IRootSource::{ConflictingHeader, NotTheParent, UnknownBlock, UnknownChild},
};
use smartsync_tests::{CallError, Stage};

/// A source with some blocks, the newest of which is known.
async fn known_head(stage: &Stage) -> u64 {
    for _ in 0..4 {
        stage
            .source
            .rpc("evm_mine", serde_json::json!([]))
            .await
            .unwrap();
    }
    stage.submit_head().await.unwrap()
}

async fn header(stage: &Stage, number: u64) -> (Header, Bytes) {
    stage.source.header(number).await.unwrap()
}

async fn refused(stage: &Stage, header: Bytes) -> CallError {
    let call = INotary::extendCall { header };
    let answer = stage.target.call(stage.notary, call.abi_encode()).await;
    answer.expect_err("the notary refuses")
}

async fn assert_known(stage: &Stage, number: u64) {
    let call = INotary::stateRootCall {
        blockNumber: number,
    };
    let answer = stage.target.view(stage.notary, call).await.unwrap();
    let (expected, _) = header(stage, number).await;
    assert_eq!(
        (answer.stateRoot, answer.timestamp),
        (expected.state_root, expected.timestamp)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parent_of_a_known_header_is_taken_from_anyone_and_so_is_its_parent() {
    let stage = Stage::start().await.unwrap();
    let head = known_head(&stage).await;
    for number in [head - 1, head - 2] {
        let (_, rlp) = header(&stage, number).await;
        let call = INotary::extendCall { header: rlp };
        let by_another = smartsync_tests::request(stage.notary, call.abi_encode().into())
            .from(smartsync_tests::Chain::account(1));
        stage.target.send_request(by_another).await.unwrap();
        assert_known(&stage, number).await;
    }
    // The newest block stays what it was, and a header that is known already does no harm.
    let latest = stage.target.view(stage.notary, INotary::latestBlockCall {});
    assert_eq!(latest.await.unwrap(), head);
    let (_, rlp) = header(&stage, head - 1).await;
    let again = INotary::extendCall { header: rlp };
    stage.target.send(stage.notary, again).await.unwrap();
    // Nor does the newest one, whose child nobody knows.
    let (_, rlp) = header(&stage, head).await;
    let again = INotary::extendCall { header: rlp };
    let receipt = stage.target.send(stage.notary, again).await.unwrap();
    assert!(receipt.inner.logs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_parents_are_taken_in_turn_and_all_or_none() {
    let stage = Stage::start().await.unwrap();
    let head = known_head(&stage).await;
    let mut headers = Vec::new();
    for number in [head - 1, head - 2, head - 3] {
        headers.push(header(&stage, number).await.1);
    }
    // In the wrong order the second one's child is not known yet.
    let mut wrong = headers.clone();
    wrong.swap(1, 2);
    let call = INotary::extendManyCall { headers: wrong };
    let error = stage.target.view(stage.notary, call.clone()).await;
    let error = error.err().unwrap().expect::<UnknownChild>();
    assert_eq!(error.blockNumber, head - 2);
    assert!(stage.target.send(stage.notary, call).await.is_err());
    let unknown = INotary::stateRootCall {
        blockNumber: head - 1,
    };
    let unknown = stage.target.view(stage.notary, unknown).await;
    unknown.err().unwrap().expect::<UnknownBlock>();

    let call = INotary::extendManyCall { headers };
    stage.target.send(stage.notary, call).await.unwrap();
    for number in [head - 1, head - 2, head - 3] {
        assert_known(&stage, number).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_no_known_one_names_as_its_parent_is_refused() {
    let stage = Stage::start().await.unwrap();
    let head = known_head(&stage).await;
    // Two below the known one; and the next one above it.
    let (_, rlp) = header(&stage, head - 2).await;
    let error = refused(&stage, rlp).await.expect::<UnknownChild>();
    assert_eq!(error.blockNumber, head - 1);
    let (mut next, _) = header(&stage, head).await;
    next.number = head + 1;
    let error = refused(&stage, alloy_rlp::encode(&next).into()).await;
    assert_eq!(error.expect::<UnknownChild>().blockNumber, head + 2);
    // The parent's number with anything else in it, also the true parent's bytes under another number.
    let (parent, rlp) = header(&stage, head - 1).await;
    let bend: [fn(&mut Header); 4] = [
        |header| header.state_root.0[31] ^= 1,
        |header| header.timestamp -= 1,
        |header| header.parent_hash.0[0] ^= 1,
        |header| header.gas_used += 1,
    ];
    for bend in bend {
        let mut other = parent.clone();
        bend(&mut other);
        let error = refused(&stage, alloy_rlp::encode(&other).into()).await;
        let error = error.expect::<NotTheParent>();
        assert_eq!(
            (error.blockNumber, error.blockHash),
            (head - 1, other.hash_slow())
        );
    }
    let mut long = rlp.to_vec();
    long.push(0);
    refused(&stage, long.into())
        .await
        .expect::<MalformedHeader>();
    let (mut last, _) = header(&stage, head).await;
    last.number = u64::MAX;
    let error = refused(&stage, alloy_rlp::encode(&last).into()).await;
    assert_eq!(error.expect::<UnknownChild>().blockNumber, u64::MAX);

    // Once the parent is known, another one conflicts.
    let call = INotary::extendCall { header: rlp };
    stage.target.send(stage.notary, call).await.unwrap();
    let mut other = parent;
    other.gas_used += 1;
    let error = refused(&stage, alloy_rlp::encode(&other).into()).await;
    assert_eq!(error.expect::<ConflictingHeader>().blockNumber, head - 1);
}
