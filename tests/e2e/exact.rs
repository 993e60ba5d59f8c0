//! A view through a mirror answers what the source answers, or says by name what is not known.

use alloy::rpc::types::TransactionRequest;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_abi::IReader::{CodeUnknown, UnsupportedInstruction};
use smartsync_clone::data_init_code;
use smartsync_tests::{
    CallError, Chain, Mirror, MirrorReader, Stage, UpgradeableProxy, VaultV1, VaultV2, World,
    request,
};

use crate::unknown_instructions::unknown_instructions;

/// A mirror of a contract that asks for everything, and the source block that it is at.
pub async fn world() -> (Stage, Mirror, u64) {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let fund = request(source, Bytes::new()).value(U256::from(12_345));
    stage.source.send_request(fund).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let block = stage.record(mirror).await.unwrap().sourceBlock;
    (stage, mirror, block)
}

/// What a STATICCALL by a contract answers. Its address is the same on both chains where both have sent as much.
async fn statically(chain: &Chain, reader: Address, to: Address, data: &[u8]) -> (bool, Bytes) {
    let call = MirrorReader::readStaticCall {
        mirror: to,
        data: Bytes::copy_from_slice(data),
    };
    let answer = chain.view(reader, call).await.unwrap();
    (answer.success, answer.result)
}

/// A contract that reads, at one address on both chains.
pub async fn readers(stage: &Stage) -> Address {
    let there = Address::repeat_byte(0x5e);
    let reader = stage.reader().await.unwrap();
    let code = stage.target.code(reader).await.unwrap();
    for chain in [&stage.source, &stage.target] {
        chain.set_code(there, &code).await.unwrap();
    }
    there
}

/// The mirror's answer, by a STATICCALL, a plain CALL and `eth_call`s from several senders, which the source's own must equal.
pub async fn assert_exact(stage: &Stage, reader: Address, mirror: Mirror, data: &[u8]) {
    let expected = statically(&stage.source, reader, mirror.source, data).await;
    let got = statically(&stage.target, reader, mirror.proxy, data).await;
    assert_eq!(got, expected, "{}", Bytes::copy_from_slice(data));
    let plain = MirrorReader::readPlainCall {
        mirror: mirror.proxy,
        data: Bytes::copy_from_slice(data),
    };
    let plain = stage.target.view(reader, plain).await.unwrap();
    assert_eq!((plain.success, plain.result), expected);
    for sender in [Chain::account(0), Chain::account(2), reader] {
        let ask = async |chain: &Chain, to: Address| {
            let call: TransactionRequest = request(to, Bytes::copy_from_slice(data));
            // A halt and a revert without data are one to whoever calls.
            match chain.call_with(call.from(sender)).await {
                Err(CallError::Failed(_)) => Err(CallError::Reverted(Bytes::new())),
                answer => answer,
            }
        };
        let got = ask(&stage.target, mirror.proxy).await;
        assert_eq!(got, ask(&stage.source, mirror.source).await, "{sender}");
    }
}

/// The typed error that a read of the mirror ends with, in every context.
pub async fn refused<E: SolError>(
    stage: &Stage,
    reader: Address,
    mirror: Mirror,
    data: &[u8],
) -> E {
    let (success, revert) = statically(&stage.target, reader, mirror.proxy, data).await;
    assert!(!success, "answered");
    let error = stage
        .target
        .call(mirror.proxy, Bytes::copy_from_slice(data))
        .await
        .unwrap_err();
    assert_eq!(error, CallError::Reverted(revert));
    error.expect::<E>()
}

/// Calls of `World` that need nothing but itself, its chain and common precompiled contracts.
pub fn of_itself() -> Vec<Vec<u8>> {
    vec![
        World::storedCall {}.abi_encode(),
        World::hereCall {}.abi_encode(),
        World::chainCall {}.abi_encode(),
        World::leadingZerosCall {
            word: U256::from(0x1234),
        }
        .abi_encode(),
        World::digestCall {
            data: Bytes::from_static(b"precompiled"),
        }
        .abi_encode(),
        World::recoverCall {
            hash: B256::repeat_byte(1),
            v: 27,
            r: B256::repeat_byte(2),
            s: B256::repeat_byte(3),
        }
        .abi_encode(),
        World::nothingCall {}.abi_encode(),
        World::emptyRevertCall {}.abi_encode(),
        World::invalidCall {}.abi_encode(),
        // Revert data that looks like an error of ours comes as an answer.
        World::imitateCall {}.abi_encode(),
        // No such function, and no calldata at all (which `receive` takes).
        vec![0xde, 0xad, 0xbe, 0xef],
        vec![],
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_contract_knows_of_itself_its_chain_and_its_block_is_the_source_s() {
    let (stage, mirror, block) = world().await;
    let reader = readers(&stage).await;
    let itself = [
        World::sizeOfCall {
            account: mirror.source,
        }
        .abi_encode(),
        World::hashOfCall {
            account: mirror.source,
        }
        .abi_encode(),
        World::codeOfCall {
            account: mirror.source,
        }
        .abi_encode(),
        // Itself, by its own interface, in every way.
        World::askCall {
            account: mirror.source,
            data: World::hereCall {}.abi_encode().into(),
        }
        .abi_encode(),
        World::lendCall {
            account: mirror.source,
            data: World::storedCall {}.abi_encode().into(),
        }
        .abi_encode(),
        World::payCall {
            account: mirror.source,
            value: U256::ZERO,
            data: World::storedCall {}.abi_encode().into(),
        }
        .abi_encode(),
    ];
    for call in of_itself().into_iter().chain(itself) {
        assert_exact(&stage, reader, mirror, &call).await;
    }
    // The block is the mirror's, however far source and target have gone on.
    for _ in 0..3 {
        stage.source.mine().await.unwrap();
        stage.target.mine().await.unwrap();
    }
    let number = stage.target.view(mirror.proxy, World::numberCall {});
    assert_eq!(number.await.unwrap(), U256::from(block));
    let time = stage.target.view(mirror.proxy, World::timeCall {});
    let (header, _) = stage.source.header(block).await.unwrap();
    assert_eq!(time.await.unwrap(), U256::from(header.timestamp));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_fail_in_a_mirror_as_in_a_static_call_of_the_source() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    let before = stage.target.storage_root(mirror.proxy).await.unwrap();
    for call in [
        World::setCall {
            value: U256::from(9),
        }
        .abi_encode(),
        World::createCall {}.abi_encode(),
        World::emitSomethingCall {}.abi_encode(),
        World::payCall {
            account: mirror.source,
            value: U256::ONE,
            data: Bytes::new(),
        }
        .abi_encode(),
    ] {
        let expected = statically(&stage.source, reader, mirror.source, &call).await;
        let got = statically(&stage.target, reader, mirror.proxy, &call).await;
        assert_eq!(got, expected);
        assert!(!expected.0);
        let sent = stage.target.transact(request(mirror.proxy, call.into()));
        assert!(!sent.await.unwrap().status());
    }
    assert_eq!(
        stage.target.storage_root(mirror.proxy).await.unwrap(),
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_proof_shows_is_refused_by_instruction_and_account() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    for (call, instruction) in unknown_instructions() {
        let error: UnsupportedInstruction = refused(&stage, reader, mirror, &call).await;
        assert_eq!(
            (error.instruction, error.account),
            (instruction, mirror.source)
        );
    }
    // GAS is a number that no caller steers.
    let gas = async |limit: u64| {
        let call = request(mirror.proxy, World::gasCall {}.abi_encode().into());
        let call = call.gas_limit(limit);
        stage.target.call_with(call).await.unwrap()
    };
    assert_eq!(gas(5_000_000).await, gas(25_000_000).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_of_reads_ends_with_a_typed_error() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    // Calls itself a hundred and fifty times: more than the reader has frames for.
    let mut data = World::storedCall {}.abi_encode();
    for _ in 0..150 {
        data = World::askCall {
            account: mirror.source,
            data: data.into(),
        }
        .abi_encode();
    }
    let error: smartsync_abi::IReader::LimitExceeded = refused(&stage, reader, mirror, &data).await;
    assert_eq!(error.limit, 0, "frames");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgradeable_contract_is_mirrored_with_the_code_that_it_has() {
    let stage = Stage::start().await.unwrap();
    let first = stage.on_source(&VaultV1::BYTECODE, []).await.unwrap();
    let second = stage.on_source(&VaultV2::BYTECODE, []).await.unwrap();
    let source = stage
        .on_source(&UpgradeableProxy::BYTECODE, first.abi_encode())
        .await
        .unwrap();
    let deposit = VaultV1::depositCall {
        amount: U256::from(100),
    };
    stage.source.send(source, deposit).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = readers(&stage).await;
    let block = stage.record(mirror).await.unwrap().sourceBlock;
    let shares = VaultV1::sharesCall {}.abi_encode();
    let error: CodeUnknown = refused(&stage, reader, mirror, &shares).await;
    assert_eq!(error.account, first);
    stage.prove_code(first, block).await.unwrap();
    assert_exact(&stage, reader, mirror, &shares).await;
    assert_exact(&stage, reader, mirror, &VaultV1::bothCall {}.abi_encode()).await;

    // The upgrade comes with the sync; its code comes by whoever proves it.
    let upgrade = UpgradeableProxy::upgradeToCall {
        implementation: second,
    };
    stage.source.send(source, upgrade).await.unwrap();
    let (block, _) = stage.sync_all(mirror).await.unwrap();
    let error: CodeUnknown = refused(&stage, reader, mirror, &shares).await;
    assert_eq!(error.account, second);
    // Code proven at another block does not count, where code may change.
    let older = block - 1;
    stage.submit_header(older).await.unwrap();
    stage.prove_code(second, older).await.unwrap();
    let _: CodeUnknown = refused(&stage, reader, mirror, &shares).await;
    stage.prove_code(second, block).await.unwrap();
    assert_exact(&stage, reader, mirror, &shares).await;
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, VaultV2::sharesCall {})
            .await,
        Ok(U256::from(300))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calldata_is_read_beyond_what_memory_can_be() {
    let stage = Stage::start().await.unwrap();
    // ADDRESS, so that it does not answer natively; CALLDATALOAD and CALLDATACOPY of words behind 2 MiB.
    let code = hex!("3050 6300200020355f52 60206300200050602037 60405ff3");
    let creation = data_init_code(&[&code]).into();
    let source = stage.on_source(&creation, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let mut data = vec![0; (1 << 21) + 100];
    data[1 << 21..].fill(7);
    let expected = stage.source.call(source, data.clone()).await.unwrap();
    assert_eq!((expected[0], expected[34], expected[63]), (7, 7, 0));
    assert_eq!(stage.target.call(mirror.proxy, data).await, Ok(expected));
}
