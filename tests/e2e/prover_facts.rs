//! What no witness shows: the facts about the source chain, gas, and what a prover is constructed with.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use alloy_trie::TrieAccount;
use serde_json::json;
use smartsync_abi::{
    IProgramErrors::{AlreadyInitialized, MalformedCalldata, UnknownSelector, WrongValue},
    IProver::{self, MalformedWitness},
    IReader::{GasLimited, NativeAccount, NotAnswered, UnsupportedInstruction},
    IRegistry::{BeforeFirstBlock, InvalidConfiguration, RootSourceFailed},
};
use smartsync_proof::{AccountProof, EMPTY_ROOT, build_witness};
use smartsync_tests::{
    CallError, Question, STATE_NODES, Stage, System, ToldAccount, ToldState, Touched, World,
    deep_trie, request,
};

use crate::{
    prover::{Proven, ask, stored},
    unanswered::many_rounds,
    unknown_instructions::unknown_instructions,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_no_witness_shows_is_refused_by_instruction_and_account() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    for (call, instruction) in unknown_instructions() {
        let error: UnsupportedInstruction = proven.refused(world, call).await;
        assert_eq!((error.instruction, error.account), (instruction, world));
    }
    let little = World::askWithCall {
        account: world,
        limit_: U256::from(5),
        data: stored().into(),
    };
    let error: GasLimited = proven.refused(world, little.abi_encode()).await;
    assert_eq!((error.account, error.gas), (world, U256::from(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_gas_steers_an_answer() {
    let proven = Proven::start().await;
    let (world, other) = (proven.world().await, proven.world().await);
    for data in [
        World::gasCall {}.abi_encode(),
        World::swallowCall {
            account: other,
            data: stored().into(),
        }
        .abi_encode(),
    ] {
        let question = proven.question(world, data).await;
        let mut touched = Touched::default();
        let answer = proven.stage.prove(proven.prover, &question, &mut touched);
        let expected = answer.await.unwrap();
        let witness = proven
            .stage
            .witness(question.block, &touched)
            .await
            .unwrap();
        let data: Bytes = question.with(witness).abi_encode().into();
        let (mut answered, mut failed) = (0, 0);
        for step in 0..60u64 {
            let call = request(proven.prover, data.clone()).gas_limit(60_000 + step * 20_000);
            match proven.stage.target.call_with(call).await {
                Ok(output) => {
                    let answer = IProver::callCall::abi_decode_returns(&output).unwrap();
                    assert_eq!((answer.success, answer.answer), expected);
                    answered += 1;
                }
                Err(CallError::Reverted(data)) if !data.is_empty() => {
                    // Either hop that runs out of gas.
                    assert!(
                        NotAnswered::abi_decode_validate(&data).is_ok()
                            || RootSourceFailed::abi_decode_validate(&data).is_ok(),
                        "{data}"
                    );
                    failed += 1;
                }
                Err(_) => failed += 1,
            }
        }
        assert!(answered > 0 && failed > 0, "{answered} {failed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn native_accounts_and_facts_about_the_source_chain_are_believed_from_their_block_on() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let world = proven.world().await;
    for account in [0x64u64, 0xfffff].map(U256::from) {
        let account = Address::from_word(account.into());
        let error: NativeAccount = proven.refused(world, ask(account, vec![])).await;
        assert_eq!(error.account, account);
        let error: NativeAccount = proven.refused(account, vec![]).await;
        assert_eq!(error.account, account);
        for call in [
            World::balanceOfCall { account }.abi_encode(),
            World::hashOfCall { account }.abi_encode(),
            World::codeOfCall { account }.abi_encode(),
        ] {
            let error: NativeAccount = proven.refused(world, call).await;
            assert_eq!(error.account, account);
        }
    }
    let first = proven.question(world, vec![]).await.block;
    // P-256 verification (RIP-7212) and an address above 2^20, both from later blocks on; a range of native accounts.
    let later = first + 20;
    let listed = |number: u64, block: u64| U256::from(number) | U256::from(block) << 192;
    let high = Address::repeat_byte(0x99);
    let facts = IProver::initializeCall {
        firstBlock: first,
        clzBlock: later,
        numberIsHeaders: false,
        precompiles: vec![listed(0x100, later)],
        nativeRanges: vec![high, Address::repeat_byte(0x9a)],
        ..stage.prover_initialize().await.unwrap()
    };
    let prover =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::PROVER, facts.clone())
            .await
            .unwrap();
    let there = Proven {
        prover,
        asker: proven.asker,
        stage: proven.stage,
    };
    let told = there
        .stage
        .target
        .view(prover, IProver::sourceChainCall {})
        .await
        .unwrap();
    assert_eq!(
        (
            told.chainId,
            told.firstBlock,
            told.clzBlock,
            told.numberIsHeaders
        ),
        (facts.chainId, first, later, false)
    );
    let target = &there.stage.target;
    let precompiles = target.view(prover, IProver::precompilesCall {}).await;
    assert_eq!(precompiles, Ok(facts.precompiles.clone()));
    let ranges = target.view(prover, IProver::nativeRangesCall {}).await;
    assert_eq!(ranges, Ok(facts.nativeRanges.clone()));
    let old = Question {
        block: first - 1,
        ..there.question(world, stored()).await
    };
    let error: BeforeFirstBlock = there.refused_with(&old, vec![]).await;
    assert_eq!((error.firstBlock, error.sourceBlock), (first, first - 1));
    let number = World::numberCall {}.abi_encode();
    let error: UnsupportedInstruction = there.refused(world, number).await;
    assert_eq!(error.instruction, 0x43);
    for account in [high, Address::repeat_byte(0x9a)] {
        let error: NativeAccount = there.refused(world, ask(account, vec![])).await;
        assert_eq!(error.account, account);
    }
    let clz = World::leadingZerosCall {
        word: U256::from(1),
    }
    .abi_encode();
    let p256 = Address::from_word(U256::from(0x100).into());
    let error: UnsupportedInstruction = there.refused(world, clz.clone()).await;
    assert_eq!(error.instruction, 0x1e);
    let error: NativeAccount = there.refused(world, ask(p256, vec![1; 160])).await;
    assert_eq!(error.account, p256);
    while there.stage.source.block_number().await.unwrap() < later {
        there.stage.source.mine().await.unwrap();
    }
    there.assert_exact(world, clz).await;
    there.assert_exact(world, ask(p256, vec![1; 160])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_empty_when_it_has_neither_nonce_nor_balance_nor_code() {
    let proven = Proven::start().await;
    let (source, world) = (&proven.stage.source, proven.world().await);
    let accounts = [0xa1, 0xa2, 0xa3].map(Address::repeat_byte);
    for (method, account, value) in [
        ("anvil_setNonce", accounts[0], "0x1"),
        ("anvil_setBalance", accounts[1], "0x1"),
        ("anvil_setCode", accounts[2], "0x00"),
    ] {
        source.rpc(method, json!([account, value])).await.unwrap();
    }
    source.mine().await.unwrap();
    for account in accounts {
        let hash = World::hashOfCall { account }.abi_encode();
        let (_, answer) = proven
            .expected(&proven.question(world, hash.clone()).await)
            .await;
        assert_ne!(answer, B256::ZERO.abi_encode(), "{account}");
        proven.assert_exact(world, hash).await;
    }
    let nobody = World::hashOfCall {
        account: Address::repeat_byte(0xa4),
    };
    proven.assert_exact(world, nobody.abi_encode()).await;
}

/// Accounts from before EIP-161 are there until somebody touches them; no dev chain has any.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_proven_to_be_there_and_has_nothing_is_empty() {
    let proven = Proven::start().await;
    let (stage, world) = (&proven.stage, proven.world().await);
    let told = stage.deploy_told_prover().await.unwrap();
    let code = stage.source.code(world).await.unwrap();
    let account = Address::repeat_byte(0xa5);
    let leaf = |code_hash, balance| {
        alloy_rlp::encode(TrieAccount {
            nonce: 0,
            balance,
            storage_root: EMPTY_ROOT,
            code_hash,
        })
    };
    for (block, balance, expected) in [(1, U256::ZERO, B256::ZERO), (2, U256::ONE, KECCAK256_EMPTY)]
    {
        let leaves = [
            (keccak256(world), leaf(keccak256(&code), U256::ZERO)),
            (keccak256(account), leaf(KECCAK256_EMPTY, balance)),
        ];
        let (state_root, nodes) = deep_trie(&leaves, STATE_NODES - 1);
        let accounts = [world, account].map(|address| AccountProof {
            address,
            nodes: nodes.clone(),
            ..AccountProof::default()
        });
        let witness = build_witness(state_root, &accounts, std::slice::from_ref(&code)).unwrap();
        let root_source = told.root_source;
        stage.tell(root_source, block, state_root, 1).await.unwrap();
        let question = Question {
            block,
            from: proven.asker,
            to: world,
            data: World::hashOfCall { account }.abi_encode().into(),
        };
        let call = question.with(witness);
        let answer = stage.target.view(told.prover, call).await.unwrap();
        assert_eq!(
            (answer.success, answer.answer),
            (true, expected.abi_encode().into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runner_or_codes_fail_to_answer_is_no_answer() {
    let proven = Proven::start().await;
    let (stage, world) = (&proven.stage, proven.world().await);
    let runner = IProver::runnerCall {};
    let runner = stage.target.view(proven.prover, runner).await.unwrap();
    let question = proven.question(world, stored()).await;
    let mut touched = Touched::default();
    let expected = stage.prove(proven.prover, &question, &mut touched).await;
    let complete = stage.witness(question.block, &touched).await.unwrap();
    touched.codes.clear();
    let without_code = stage.witness(question.block, &touched).await.unwrap();
    for (account, witness, code) in [
        (stage.codes, &without_code, "0xfe"),
        (stage.codes, &without_code, "0x5f5ffd"),
        // Nothing; a flag alone; a flag that is none; a flag and half of what is announced.
        (runner, &complete, "0xfe"),
        (runner, &complete, "0x5f5ffd"),
        (runner, &complete, "0x00"),
        (runner, &complete, "0x60015f5360015ff3"),
        (runner, &complete, "0x60025f5360055ff3"),
        (runner, &complete, "0x60015f53602060045360085ff3"),
    ] {
        let snapshot = stage.target.rpc("evm_snapshot", json!([])).await.unwrap();
        stage.target.set_code(account, code).await.unwrap();
        let _: NotAnswered = proven.refused_with(&question, witness.clone()).await;
        let revert = stage.target.rpc("evm_revert", json!([snapshot]));
        revert.await.unwrap();
    }
    let call = question.with(complete);
    let answer = stage.target.view(proven.prover, call).await.unwrap();
    assert_eq!(Ok((answer.success, answer.answer)), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_is_constructed_once_of_accounts_with_code_and_takes_no_value() {
    let stage = Stage::start().await.unwrap();
    let facts = stage.prover_initialize().await.unwrap();
    let prover =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::PROVER, facts.clone())
            .await
            .unwrap();
    let construct = |facts: &IProver::initializeCall| -> Bytes {
        let arguments = facts.abi_encode();
        [&smartsync_abi::CONSTRUCTOR_SELECTOR[..], &arguments[4..]]
            .concat()
            .into()
    };
    let error = stage.target.call(prover, construct(&facts)).await;
    error.unwrap_err().expect::<AlreadyInitialized>();
    let fresh = System::deploy_program(&stage.target, &smartsync_artifacts::PROVER)
        .await
        .unwrap();
    let nobody = Address::repeat_byte(0x0b);
    for wrong in [
        IProver::initializeCall {
            rootSource: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            registry: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            runner: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            chainId: 0,
            ..facts.clone()
        },
        IProver::initializeCall {
            nativeRanges: vec![nobody],
            ..facts.clone()
        },
    ] {
        let error = stage.target.call(fresh, construct(&wrong)).await;
        error.unwrap_err().expect::<InvalidConfiguration>();
    }
    for (view, expected) in [
        (IProver::rootSourceCall {}.abi_encode(), facts.rootSource),
        (IProver::registryCall {}.abi_encode(), facts.registry),
        (IProver::runnerCall {}.abi_encode(), facts.runner),
    ] {
        let answer = stage.target.call(prover, view).await.unwrap();
        assert_eq!(answer, expected.abi_encode());
    }
    let error = stage.target.call(prover, vec![1, 2, 3, 4]).await;
    error.unwrap_err().expect::<UnknownSelector>();
    let paid = request(prover, IProver::registryCall {}.abi_encode().into()).value(U256::ONE);
    let error = stage.target.call_with(paid).await.unwrap_err();
    assert_eq!(error.expect::<WrongValue>().got, U256::ONE);
}

/// What the prover tells the runner is believed there. From whoever calls it himself it is a story.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_is_told_a_story_proves_nothing() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let world = proven.world().await;
    let question = proven.question(world, stored()).await;
    let code = stage.source.code(world).await.unwrap();
    let account = ToldAccount {
        code,
        slots: [(U256::ZERO, U256::from(666))].into(),
        ..ToldAccount::default()
    };
    let story = ToldState {
        keeper: stage.codes,
        block: question.block,
        accounts: [(world, account)].into(),
        supplies_codes: true,
        ..ToldState::default()
    };
    let story = story.message(question.from, world, &question.data);
    let runner = stage.target.view(proven.prover, IProver::runnerCall {});
    let runner = runner.await.unwrap();
    let told = stage.target.call(runner, story.clone()).await.unwrap();
    assert!(told.ends_with(&U256::from(666).abi_encode()));
    let error: MalformedWitness = proven.refused_with(&question, story).await;
    assert_eq!(error.offset, 0);
    // It is no prover: a feed that asks it, and a rollup, cannot be made.
    let error = stage.target.view(runner, IProver::rootSourceCall {}).await;
    let _: MalformedCalldata = error.unwrap_err().expect();
}

#[tokio::test(flavor = "multi_thread")]
async fn little_gas_is_no_failure_of_a_precompiled_contract() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let source = stage.on_source(&many_rounds(), []).await.unwrap();
    let question = proven.question(source, vec![]).await;
    let mut touched = Touched::default();
    let expected = stage.prove(proven.prover, &question, &mut touched).await;
    let expected = expected.unwrap();
    let witness = stage.witness(question.block, &touched).await.unwrap();
    let data: Bytes = question.with(witness).abi_encode().into();
    let (mut answered, mut refused) = (0, 0);
    for gas in (100_000..1_400_000).step_by(50_000) {
        let call = request(proven.prover, data.clone()).gas_limit(gas);
        match stage.target.call_with(call).await {
            Ok(output) => {
                let answer = IProver::callCall::abi_decode_returns(&output).unwrap();
                assert_eq!((answer.success, answer.answer), expected, "{gas}");
                answered += 1;
            }
            Err(CallError::Reverted(data)) => {
                let ours = data.is_empty() || NotAnswered::abi_decode(&data).is_ok();
                assert!(ours, "{gas}: {data}");
                refused += 1;
            }
            // Less than the transaction itself takes.
            Err(CallError::Failed(reason)) => assert!(reason.contains("gas"), "{gas}: {reason}"),
        }
    }
    assert!(answered > 0 && refused > 0, "{answered} {refused}");
}
