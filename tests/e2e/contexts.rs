//! The contexts that logic runs in: static and not, called back, with transient storage.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_tests::{
    CallError, CallerReader, Chain, Reverter, SelfReader, Stage, TransientReader,
};

#[tokio::test(flavor = "multi_thread")]
async fn revert_data_of_the_logic_passes_through_unchanged_in_both_contexts() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&Reverter::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let long = "a reason that is longer than a word of the EVM, which is 32 bytes long".to_string();
    for data in [
        Reverter::customCall { reason: long }.abi_encode(),
        Reverter::textCall {}.abi_encode(),
        Reverter::emptyCall {}.abi_encode(),
        Reverter::panicCall {
            index: U256::from(3),
        }
        .abi_encode(),
        vec![1, 2, 3],
    ] {
        let expected = match stage.source.call(source, data.clone()).await {
            Err(CallError::Reverted(data)) => data,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            stage.target.call(mirror.proxy, data.clone()).await,
            Err(CallError::Reverted(expected.clone()))
        );
        let answer = stage.read_statically(reader, mirror, data.clone()).await;
        assert_eq!(answer, (false, expected.clone()));
        let answer = stage.read_plainly(reader, mirror, data).await;
        assert_eq!(answer, (false, expected));
    }
    stage
        .assert_same(mirror, Reverter::panicCall { index: U256::ZERO })
        .await;
    // INVALID consumes what it is given; it fails, and the reader lives on with its 64th part.
    let invalid = Reverter::invalidCall {}.abi_encode();
    assert!(!stage.read_statically(reader, mirror, invalid).await.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_that_calls_back_into_itself_works_in_both_contexts() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(21),
            },
        )
        .await
        .unwrap();
    for key in 1..=12u64 {
        let call = SelfReader::putCall {
            key: U256::from(key),
            value_: U256::from(key * key),
        };
        stage.source.send(source, call).await.unwrap();
    }
    let mirror = stage.migrate(source).await.unwrap();
    stage.assert_same(mirror, SelfReader::doubledCall {}).await;
    stage
        .assert_same(mirror, SelfReader::sumCall { n: U256::from(12) })
        .await;
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::doubledCall {})
            .await
            .unwrap(),
        U256::from(42)
    );
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::sumCall { n: U256::from(12) })
            .await
            .unwrap(),
        U256::from(650)
    );

    let reader = stage.reader().await.unwrap();
    let data = Bytes::from(SelfReader::sumCall { n: U256::from(12) }.abi_encode());
    let answer = stage.read_statically(reader, mirror, data.clone()).await;
    assert_eq!(answer.1, Bytes::from(U256::from(650).abi_encode()));
    let answer = stage.read_plainly(reader, mirror, data).await;
    assert_eq!(answer.1, Bytes::from(U256::from(650).abi_encode()));
    // `address(this)` is the source.
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::hereCall {})
            .await
            .unwrap(),
        mirror.source
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_of_a_read_is_the_true_one_in_every_context() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&CallerReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            CallerReader::setCall {
                value: U256::from(5),
            },
        )
        .await
        .unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let data = Bytes::from(CallerReader::callerCall {}.abi_encode());
    let answer = stage.read_statically(reader, mirror, data.clone()).await;
    assert_eq!(answer.1, Bytes::from(reader.abi_encode()));
    let answer = stage.read_plainly(reader, mirror, data).await;
    assert_eq!(answer.1, Bytes::from(reader.abi_encode()));
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, CallerReader::callerCall {})
            .await
            .unwrap(),
        Chain::account(0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_that_uses_transient_storage_reads_and_cannot_write() {
    let stage = Stage::start().await.unwrap();
    let source = stage
        .on_source(&TransientReader::BYTECODE, [])
        .await
        .unwrap();
    stage
        .source
        .send(
            source,
            TransientReader::setCall {
                value_: U256::from(77),
            },
        )
        .await
        .unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    for slot in [U256::ZERO, U256::ONE, U256::MAX] {
        stage
            .assert_same(mirror, TransientReader::readCall { slot })
            .await;
    }
    let write = TransientReader::writeCall {
        slot: U256::ZERO,
        value_: U256::ONE,
    };
    assert!(stage.target.view(mirror.proxy, write).await.is_err());
}
