//! Writes through a mirror: refused by every path, whatever the opcode.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::IProxy::ValueRejected;
use smartsync_tests::{Chain, Echo, Mirror, MirrorReader, SelfReader, Stage, Writer, request};

async fn writer(stage: &Stage) -> Mirror {
    let source = stage.on_source(&Writer::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(source, Writer::incrementCall {})
        .await
        .unwrap();
    stage.migrate(source).await.unwrap()
}

fn writes() -> Vec<Bytes> {
    vec![
        Writer::incrementCall {}.abi_encode().into(),
        Writer::writeCall {
            slot: U256::from(99),
            value: U256::ONE,
        }
        .abi_encode()
        .into(),
        Writer::payCall {
            to: Address::with_last_byte(0x77),
        }
        .abi_encode()
        .into(),
        Writer::createCall {}.abi_encode().into(),
        Writer::logCall {}.abi_encode().into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_write_through_a_mirror_fails_and_changes_nothing() {
    let stage = Stage::start().await.unwrap();
    let mirror = writer(&stage).await;
    let reader = stage.reader().await.unwrap();
    let before = stage.target.storage_root(mirror.proxy).await.unwrap();
    for data in writes() {
        // From an account.
        let receipt = stage
            .target
            .transact(request(mirror.proxy, data.clone()))
            .await
            .unwrap();
        assert!(!receipt.status(), "{data}");
        assert!(
            stage.target.call(mirror.proxy, data.clone()).await.is_err(),
            "{data}"
        );
        // From a contract, by CALL and by STATICCALL.
        let call = MirrorReader::readPlainCall {
            mirror: mirror.proxy,
            data: data.clone(),
        };
        let receipt = stage.target.send(reader, call.clone()).await.unwrap();
        assert!(
            receipt
                .inner
                .logs()
                .iter()
                .all(|log| log.address() != mirror.proxy),
            "{data}"
        );
        assert!(
            !stage.target.view(reader, call).await.unwrap().success,
            "{data}"
        );
        let call = MirrorReader::keepStaticCall {
            mirror: mirror.proxy,
            data: data.clone(),
        };
        stage.target.send(reader, call.clone()).await.unwrap();
        assert!(
            !stage.target.view(reader, call).await.unwrap().success,
            "{data}"
        );
    }
    assert_eq!(
        stage.target.storage_root(mirror.proxy).await.unwrap(),
        before
    );
    assert_eq!(
        stage.target.storage(mirror.proxy).await.unwrap(),
        stage.source.storage(mirror.source).await.unwrap()
    );
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    // The source takes the same calls.
    stage
        .source
        .send(mirror.source, Writer::incrementCall {})
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn value_is_refused_on_every_path_but_management() {
    let stage = Stage::start().await.unwrap();
    let mirror = writer(&stage).await;
    let read = Bytes::from(Writer::counterCall {}.abi_encode());
    for data in [
        read.clone(),
        Bytes::new(),
        Bytes::from_static(&[0]),
        Bytes::from_static(&[1]),
    ] {
        let request = request(mirror.proxy, data.clone()).value(U256::ONE);
        stage
            .target
            .call_with(request.clone())
            .await
            .unwrap_err()
            .expect::<ValueRejected>();
        assert!(
            !stage.target.transact(request).await.unwrap().status(),
            "{data}"
        );
    }
    let reader = stage.reader().await.unwrap();
    let pay = MirrorReader::payPlainCall {
        mirror: mirror.proxy,
        data: read,
    };
    let request = request(reader, pay.abi_encode().into()).value(U256::ONE);
    let answer = stage.target.call_with(request).await.unwrap();
    assert!(
        !MirrorReader::payPlainCall::abi_decode_returns(&answer)
            .unwrap()
            .success
    );
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_hidden_behind_a_call_of_the_logic_to_itself_fails() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(3).await.unwrap();
    let before = stage.target.storage_root(mirror.proxy).await.unwrap();
    let sneak = SelfReader::sneakCall {
        value_: U256::from(4),
    };
    // The logic's call of itself fails; that it failed is the answer.
    assert!(
        !stage
            .target
            .view(mirror.proxy, sneak.clone())
            .await
            .unwrap()
    );
    stage.target.send(mirror.proxy, sneak).await.unwrap();
    // Calls to itself too short for a selector: none changes anything, now or later.
    for marker in [[0], [1], [0xff]] {
        let call = SelfReader::callSelfShortCall {
            marker: marker.into(),
        };
        stage.target.send(mirror.proxy, call.clone()).await.unwrap();
        assert!(
            !stage.target.view(mirror.proxy, call).await.unwrap().success,
            "{marker:?}"
        );
    }
    assert_eq!(
        stage.target.storage_root(mirror.proxy).await.unwrap(),
        before
    );
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::valueCall {})
            .await
            .unwrap(),
        U256::from(3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn management_messages_from_anyone_but_the_registry_are_reads() {
    let stage = Stage::start().await.unwrap();
    // A source that echoes calldata, whatever the selector: nothing is left for anybody else to answer.
    let source = stage.on_source(&Echo::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let before = stage.target.storage_root(mirror.proxy).await.unwrap();
    let word = [0x11; 32];
    let messages: Vec<Vec<u8>> = vec![
        [vec![1], word.to_vec(), word.to_vec(), vec![1, 0, 0]].concat(),
        [vec![2], word.to_vec(), vec![1, 0, 0]].concat(),
        [vec![3], word.to_vec(), word.to_vec()].concat(),
        [vec![4], Chain::account(1).to_vec()].concat(),
        vec![],
        vec![1],
        vec![0xff; 100],
    ];
    for message in messages {
        let expected = stage.source.call(source, message.clone()).await.unwrap();
        assert_eq!(expected, Bytes::from(message.clone()));
        assert_eq!(
            stage.target.call(mirror.proxy, message.clone()).await,
            Ok(expected)
        );
        stage
            .target
            .send_request(request(mirror.proxy, message.into()))
            .await
            .unwrap();
    }
    assert_eq!(
        stage.target.storage_root(mirror.proxy).await.unwrap(),
        before
    );
}
