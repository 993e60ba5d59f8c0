//! Every selector belongs to the source, also those that the registry and the programs use themselves.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{CONSTRUCTOR_SELECTOR, IRegistry, management::READ};
use smartsync_tests::{Echo, SelectorClash, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn functions_named_like_those_of_the_registry_answer_as_the_source_s() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelectorClash::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let account = Address::with_last_byte(0x42);
    let calls: Vec<Vec<u8>> = vec![
        SelectorClash::recordCall { proxy: account }.abi_encode(),
        SelectorClash::proxyOfCall { source: account }.abi_encode(),
        IRegistry::requireFreshCall {
            proxy: account,
            maxAgeSeconds: 1,
            maxBlocksBehind: 2,
        }
        .abi_encode(),
        IRegistry::requireReadableCall { proxy: account }.abi_encode(),
        IRegistry::sweepCall { proxy: account }.abi_encode(),
        IRegistry::syncCall {
            proxy: account,
            sourceBlock: 1,
            accountProof: vec![],
            multiProof: Bytes::new(),
        }
        .abi_encode(),
        IRegistry::loadCall {
            proxy: account,
            slots: vec![U256::ONE],
            values: vec![U256::ONE],
        }
        .abi_encode(),
        IRegistry::multicallCall {
            calls: vec![Bytes::new()],
        }
        .abi_encode(),
        IRegistry::deployCodeCall {
            code: Bytes::from_static(&[1]),
        }
        .abi_encode(),
        [CONSTRUCTOR_SELECTOR.as_slice(), &[0; 64]].concat(),
    ];
    for data in calls {
        let expected = stage.source.call(source, data.clone()).await.unwrap();
        assert_eq!(
            stage.target.call(mirror.proxy, data.clone()).await,
            Ok(expected.clone())
        );
        let answer = stage.read_statically(reader, mirror, data).await;
        assert_eq!(answer, (true, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calldata_of_any_length_reaches_the_logic_and_comes_back() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&Echo::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    for length in [0, 1, 2, 3, 4, 5, 31, 32, 33, 100, 4_096, 70_000] {
        let data: Bytes = (0..length)
            .map(|at| !(at as u8))
            .collect::<Vec<u8>>()
            .into();
        assert_eq!(
            stage.target.call(mirror.proxy, data.clone()).await,
            Ok(data.clone()),
            "{length} bytes"
        );
        let answer = stage.read_statically(reader, mirror, data.clone()).await;
        assert_eq!(answer, (true, data), "{length} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_says_to_a_mirror_is_calldata_like_any_other_when_somebody_else_says_it()
{
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&Echo::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    for operation in 0..=READ + 1 {
        let data = Bytes::from([&[operation], [7; 100].as_slice()].concat());
        let answer = stage.read_statically(reader, mirror, data.clone()).await;
        assert_eq!(answer, (true, data.clone()));
        assert_eq!(
            stage.target.call(mirror.proxy, data.clone()).await,
            Ok(data)
        );
    }
}
