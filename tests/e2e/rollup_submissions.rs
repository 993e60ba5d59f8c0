//! What rollups of all kinds take and refuse as root sources.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IProgramErrors::AlreadyInitialized,
    IRollup::{self, InvalidRollup, ParentBlockTooOld, submitHeaderCall},
    IRootSource::{self, ConflictingHeader, HeaderAccepted, UnknownChild},
};
use smartsync_tests::{
    CallError, Chain, Claimed, FinalBlocks, OP_STACK, Rollup, System, Touched, VIEW,
};

use crate::op_stack::{OpStack, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_block_serves_again_until_it_is_too_old_and_a_known_header_needs_none() {
    let rollup = Rollup::start().await.unwrap();
    let (stage, target) = (&rollup.stage, &rollup.stage.target);
    let contract = stage.on_source(&FinalBlocks::BYTECODE, []).await.unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        minBlockTime: 250,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    let told = target.view(root_source, IRollup::minBlockTimeCall {}).await;
    assert_eq!(told, Ok(250));
    for number in 1..=3 {
        rollup.chain.mine().await.unwrap();
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: rollup.chain.header(number).await.unwrap().0.hash_slow(),
        };
        stage.source.send(contract, finalise).await.unwrap();
    }
    let first = rollup.claimed(1, U256::from(1).abi_encode()).await.unwrap();
    let of_the_same = async |block: u64| Claimed {
        header: rollup.chain.header(block).await.unwrap().1,
        claim: U256::from(block).abi_encode().into(),
        ..first.clone()
    };
    rollup.submit(root_source, &first).await.unwrap();
    rollup
        .submit(root_source, &of_the_same(2).await)
        .await
        .unwrap();
    // As old as is allowed, and a second older.
    let third = of_the_same(3).await;
    let touched = &mut Touched::default();
    let third = rollup.prove(root_source, &third, touched).await;
    let third = submitHeaderCall {
        submission: third.unwrap(),
    };
    let (parent, _) = stage.source.header(first.parent_block).await.unwrap();
    let oldest = parent.timestamp + Rollup::MAX_PARENT_AGE;
    for (time, taken) in [(oldest, true), (oldest + 1, false)] {
        let next = json!([time]);
        target.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
        target.mine().await.unwrap();
        let answer = target.view(root_source, third.clone()).await;
        match answer {
            Ok(_) => assert!(taken, "at {time}"),
            Err(error) => {
                assert!(!taken, "at {time}: {error:?}");
                let error: ParentBlockTooOld = error.expect();
                assert_eq!(
                    (error.timestamp, error.oldestAllowed),
                    (parent.timestamp, parent.timestamp + 1)
                );
            }
        }
    }
    // A header that is known already: whoever brings it again, in a bundle, say, needs neither a claim nor a witness.
    let bare = Claimed {
        parent_block: 0,
        claim: Bytes::new(),
        ..first
    };
    let call = submitHeaderCall {
        submission: bare.submission(&Bytes::new()),
    };
    let receipt = target.send(root_source, call).await.unwrap();
    assert!(receipt.inner.logs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ancestors_follow_by_their_hash_and_a_conflicting_header_is_refused() {
    let rollup = Rollup::start().await.unwrap();
    let contract = rollup
        .stage
        .on_source(&FinalBlocks::BYTECODE, [])
        .await
        .unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    for _ in 0..4 {
        rollup.chain.mine().await.unwrap();
    }
    let finalise = async |number: u64, block_hash: B256| {
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: block_hash,
        };
        rollup.stage.source.send(contract, finalise).await.unwrap();
    };
    let (header, _) = rollup.chain.header(4).await.unwrap();
    finalise(4, header.hash_slow()).await;
    let claimed = rollup.claimed(4, U256::from(4).abi_encode()).await.unwrap();
    let submission = rollup
        .prove(root_source, &claimed, &mut Touched::default())
        .await
        .unwrap();
    let target = &rollup.stage.target;
    let receipt = target
        .send(root_source, submitHeaderCall { submission })
        .await
        .unwrap();
    let accepted = alloy_sol_types::SolEvent::decode_log_data(receipt.inner.logs()[0].data());
    let accepted: HeaderAccepted = accepted.unwrap();
    assert_eq!(
        (accepted.blockNumber, accepted.blockHash),
        (4, header.hash_slow())
    );
    let rlp = async |block: u64| rollup.chain.header(block).await.unwrap().1;
    let extend = IRollup::extendCall {
        header: rlp(2).await,
    };
    let error = target.view(root_source, extend).await.unwrap_err();
    assert_eq!(error.expect::<UnknownChild>().blockNumber, 3);
    let extend = IRollup::extendManyCall {
        headers: vec![rlp(3).await, rlp(2).await],
    };
    target.send(root_source, extend).await.unwrap();
    for block in [2, 3, 4] {
        let (header, _) = rollup.chain.header(block).await.unwrap();
        assert_eq!(
            rollup.known(root_source, block).await,
            Ok(header.state_root)
        );
    }
    // The contracts say something else of a block that is known: what is stored stays.
    let other = alloy::consensus::Header {
        state_root: B256::repeat_byte(9),
        ..header.clone()
    };
    finalise(4, other.hash_slow()).await;
    let mut claimed = rollup.claimed(4, U256::from(4).abi_encode()).await.unwrap();
    claimed.header = alloy::rlp::encode(&other).into();
    let error: ConflictingHeader = refused(&rollup, root_source, &claimed).await;
    assert_eq!(error.blockHash, other.hash_slow());
    let latest = target.view(root_source, IRootSource::latestBlockCall {});
    assert_eq!(latest.await, Ok(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_is_constructed_once_on_a_prover() {
    let op = OpStack::start().await;
    let good = op.rollup.initialize(OP_STACK, op.portal);
    let target = &op.rollup.stage.target;
    let construct = |call: &IRollup::initializeCall| {
        [CONSTRUCTOR_SELECTOR.as_slice(), &call.abi_encode()[4..]].concat()
    };
    let twice = target.call(op.root_source, construct(&good)).await;
    let _: AlreadyInitialized = twice.unwrap_err().expect();
    let blank = System::deploy_program(target, &smartsync_artifacts::ROLLUP)
        .await
        .unwrap();
    // The last position that there is.
    let last = IRollup::initializeCall {
        kind: VIEW,
        selector: FixedBytes([1, 2, 3, 4]),
        hashAt: 255,
        ..good.clone()
    };
    for good in [&good, &last] {
        assert!(target.call(blank, construct(good)).await.is_ok());
    }
    let selector = FixedBytes([1, 2, 3, 4]);
    for bad in [
        // No prover: none at all, an account without code, another program.
        IRollup::initializeCall {
            prover: Address::ZERO,
            ..good.clone()
        },
        IRollup::initializeCall {
            prover: Chain::account(2),
            ..good.clone()
        },
        IRollup::initializeCall {
            prover: op.rollup.stage.program,
            ..good.clone()
        },
        IRollup::initializeCall {
            kind: 3,
            ..good.clone()
        },
        IRollup::initializeCall {
            parentContract: Address::ZERO,
            ..good.clone()
        },
        IRollup::initializeCall {
            maxParentAge: 0,
            ..good.clone()
        },
        // A view where none is asked, and a position that no answer has.
        IRollup::initializeCall {
            selector,
            ..good.clone()
        },
        IRollup::initializeCall {
            kind: VIEW,
            selector,
            hashAt: 256,
            ..good.clone()
        },
    ] {
        let refused = target.call(blank, construct(&bad)).await;
        let _: InvalidRollup = refused.unwrap_err().expect();
    }
    // Before it is constructed it believes nothing.
    let claimed = op.rollup.claimed(0, Vec::new()).await.unwrap();
    let call = submitHeaderCall {
        submission: claimed.submission(&Bytes::new()),
    };
    assert!(target.view(blank, call).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_with_any_byte_flipped_is_refused() {
    let rollup = Rollup::start().await.unwrap();
    let contract = rollup.stage.on_source(&FinalBlocks::BYTECODE, []).await;
    let contract = contract.unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    rollup.chain.mine().await.unwrap();
    let (header, _) = rollup.chain.header(1).await.unwrap();
    let finalise = FinalBlocks::finaliseCall {
        number: U256::from(1),
        blockHash: header.hash_slow(),
    };
    rollup.stage.source.send(contract, finalise).await.unwrap();
    let claim = U256::from(1).abi_encode();
    let claimed = rollup.claimed(1, claim).await.unwrap();
    let mut touched = Touched::default();
    let proven = rollup.prove(root_source, &claimed, &mut touched).await;
    proven.unwrap();
    let block = claimed.parent_block;
    let witness = rollup.stage.witness(block, &touched).await.unwrap();
    let taken = async |claimed: &Claimed, witness: &Bytes| {
        let submission = claimed.submission(witness);
        let call = submitHeaderCall { submission };
        match rollup.stage.target.view(root_source, call).await {
            Ok(_) => true,
            // Each refusal says why.
            Err(CallError::Reverted(error)) if error.len() >= 4 => false,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert!(taken(&claimed, &witness).await);
    let flipped = |bytes: &Bytes, at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        Bytes::from(bytes)
    };
    for at in 0..claimed.header.len() {
        let bent = Claimed {
            header: flipped(&claimed.header, at),
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "header, byte {at}");
    }
    for at in 0..claimed.claim.len() {
        let bent = Claimed {
            claim: flipped(&claimed.claim, at),
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "claim, byte {at}");
    }
    for at in 0..witness.len() {
        let bent = flipped(&witness, at);
        assert!(!taken(&claimed, &bent).await, "witness, byte {at}");
    }
    for other in [block - 1, block + 1, 0, u64::MAX] {
        let bent = Claimed {
            parent_block: other,
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "parent block {other}");
    }
}
