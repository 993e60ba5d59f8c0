//! What a registry was told about its source chain, and what is proven of accounts by it.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    IReader::{BlocksDiffer, NativeAccount, NotMirrored, UnsupportedInstruction},
    IRegistry::{self, BeforeFirstBlock, Knowledge, NotNewer},
};
use smartsync_tests::{Chain, Stage, System, World, account_proof, request};

/// The same chains with a registry that was told something else about the source.
async fn told(stage: &Stage, change: impl FnOnce(&mut IRegistry::initializeCall)) -> System {
    let mut initialize = System::initialize(U256::from(77), stage.notary, stage.programs());
    change(&mut initialize);
    let registry =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::REGISTRY, initialize);
    let mut system: System = (**stage).clone();
    system.registry = registry.await.unwrap();
    system
}

/// Whether a registry was told that code is permanent, and that `NUMBER` is the header's.
async fn told_facts(system: &System) -> (bool, bool) {
    let facts = IRegistry::sourceChainCall {};
    let facts = system.target.view(system.registry, facts).await.unwrap();
    (facts.permanentCode, facts.numberIsHeaders)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proof_makes_an_account_of_a_precompiled_contract_above_2_20() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    // On the target a contract stands for it, which answers 42. In the state of the source there is nothing.
    let precompiled = Address::repeat_byte(0x99);
    stage
        .target
        .set_code(precompiled, "0x602a5f5260205ff3")
        .await
        .unwrap();
    let lists = (
        [precompiled, Address::repeat_byte(0x98)]
            .map(|account| U256::from_be_bytes(account.into_word().0))
            .to_vec(),
        vec![Address::repeat_byte(0x10), Address::repeat_byte(0x11)],
    );
    let system = told(&stage, |facts| {
        (facts.precompiles, facts.nativeRanges) = lists.clone();
        facts.numberIsHeaders = false;
    })
    .await;
    // Whoever relies on the registry sees who answers.
    let precompiles = stage
        .target
        .view(system.registry, IRegistry::precompilesCall {});
    let ranges = stage
        .target
        .view(system.registry, IRegistry::nativeRangesCall {});
    assert_eq!((precompiles.await.unwrap(), ranges.await.unwrap()), lists);
    assert_eq!(told_facts(&system).await, (false, false));
    let mirror = system.migrate(source).await.unwrap();
    let block = system.record(mirror).await.unwrap().sourceBlock;
    let ask = World::askCall {
        account: precompiled,
        data: Bytes::new(),
    };
    let answered = async || {
        let answer = stage.target.view(mirror.proxy, ask.clone()).await.unwrap();
        (answer.success, answer.answer)
    };
    let expected = (true, Bytes::from(U256::from(42).abi_encode()));
    assert_eq!(answered().await, expected);
    // It is proven that there is no account: that is no fact about it.
    let proof = stage.source.proof(precompiled, &[], block).await.unwrap();
    let prove = IRegistry::proveBalanceCall {
        account: precompiled,
        sourceBlock: block,
        accountProof: account_proof(&proof),
    };
    let sent = stage
        .target
        .transact(request(system.registry, prove.abi_encode().into()));
    assert!(!sent.await.unwrap().status());
    assert_eq!(answered().await, expected);
    let error = system.refused(prove).await.expect::<NativeAccount>();
    assert_eq!(error.account, precompiled);
    let balance = World::balanceOfCall {
        account: precompiled,
    };
    let answer = stage.target.view(mirror.proxy, balance).await;
    answer.unwrap_err().expect::<NativeAccount>();
    // An account that is not listed is one like others.
    system
        .prove_balance(Chain::account(1), block)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_about_the_source_chain_are_believed_from_their_block_on() {
    let stage = Stage::start().await.unwrap();
    // Block 0 is nobody's: there are others before this one.
    stage.self_reader(1).await.unwrap();
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    // Older blocks are refused.
    let late = told(&stage, |facts| facts.firstBlock = block + 1).await;
    let create = IRegistry::createCall {
        source,
        sourceBlock: block,
        accountProof: Vec::new(),
    };
    let call = request(late.registry, create.abi_encode().into()).value(U256::ONE);
    let error = stage.target.call_with(call).await.unwrap_err();
    let error = error.expect::<BeforeFirstBlock>();
    assert_eq!((error.firstBlock, error.sourceBlock), (block + 1, block));

    // Code that is proven once is known from then on where code is permanent, else at that block.
    for permanent in [false, true] {
        let facts = (permanent, !permanent);
        let system = told(&stage, |told| {
            (told.permanentCode, told.numberIsHeaders) = facts;
        })
        .await;
        assert_eq!(told_facts(&system).await, facts);
        system.prove_code(source, block).await.unwrap();
        for (at, known) in [(block - 1, false), (block, true), (block + 1, permanent)] {
            let ask = IRegistry::accountAtCall {
                account: source,
                sourceBlock: at,
            };
            let answer = stage.target.view(system.registry, ask).await.unwrap();
            let expected = if known {
                Knowledge::Code
            } else {
                Knowledge::Unknown
            };
            assert_eq!(
                answer.knowledge, expected,
                "permanent: {permanent}, at {at}"
            );
        }
    }

    // CLZ, NUMBER and further precompiled contracts are unknown where nobody vouches for them.
    let p256 = Address::left_padding_from(&[0x01, 0x00]);
    let since = |block: u64| vec![U256::from(0x100) | (U256::from(block) << 192)];
    for known in [false, true] {
        let since_block = if known { block } else { block + 1 };
        let system = told(&stage, |facts| {
            facts.numberIsHeaders = known;
            facts.clzBlock = since_block;
            facts.precompiles = since(since_block);
        })
        .await;
        let mirror = system.migrate(source).await.unwrap();
        let clz = World::leadingZerosCall { word: U256::ONE }.abi_encode();
        let number = World::numberCall {}.abi_encode();
        let verify = World::askCall {
            account: p256,
            data: Bytes::from(vec![1; 160]),
        }
        .abi_encode();
        let chain = stage.target.view(mirror.proxy, World::chainCall {}).await;
        assert_eq!(chain, Ok(U256::from(77)), "as the constructor was told");
        let at = system.record(mirror).await.unwrap().sourceBlock;
        assert_eq!(at, block);
        for (call, instruction, right) in [(&clz, 0x1e, 255), (&number, 0x43, at)] {
            let answer = stage.target.call(mirror.proxy, call.clone()).await;
            match known {
                true => assert_eq!(answer, Ok(Bytes::from(U256::from(right).abi_encode()))),
                false => assert_eq!(
                    answer
                        .unwrap_err()
                        .expect::<UnsupportedInstruction>()
                        .instruction,
                    instruction
                ),
            }
        }
        let answer = stage.target.call(mirror.proxy, verify.clone()).await;
        match known {
            true => assert_eq!(answer, stage.source.call(source, verify).await),
            false => _ = answer.unwrap_err().expect::<NativeAccount>(),
        }
    }
}

/// Where code is permanent, one proof says what an account has from its block on; a proof of an older block says so of more, and one of
/// another code, which there should not be, ends what was known.
#[tokio::test(flavor = "multi_thread")]
async fn permanent_code_is_known_from_the_oldest_block_that_it_was_proven_at() {
    let stage = Stage::start().await.unwrap();
    let system = told(&stage, |facts| facts.permanentCode = true).await;
    let account = stage.self_reader(1).await.unwrap();
    let first = stage.submit_head().await.unwrap();
    stage.source.mine().await.unwrap();
    let second = stage.submit_head().await.unwrap();
    let known = async |block: u64| {
        let ask = IRegistry::accountAtCall {
            account,
            sourceBlock: block,
        };
        let answer = stage.target.view(system.registry, ask).await.unwrap();
        (answer.knowledge, answer.original)
    };
    let unknown = (Knowledge::Unknown, Address::ZERO);
    let events = async |block: u64| {
        let receipt = system.prove_code(account, block).await.unwrap();
        receipt.logs().len()
    };
    assert_eq!(events(second).await, 1);
    let code = system.deploy_code(account).await.unwrap();
    let has = (Knowledge::Code, code.original);
    assert_eq!((known(first).await, known(second).await), (unknown, has));
    assert_eq!(events(first).await, 1);
    assert_eq!((known(first).await, known(second).await), (has, has));
    assert_eq!(events(second).await, 0);
    assert_eq!(known(first).await, has);

    stage
        .source
        .set_code(account, "0x602a5f5260205ff3")
        .await
        .unwrap();
    let third = stage.submit_head().await.unwrap();
    assert_eq!((events(third).await, events(third).await), (1, 0));
    let other = system.deploy_code(account).await.unwrap();
    assert_ne!(other.original, code.original);
    let has = (Knowledge::Code, other.original);
    assert_eq!((known(second).await, known(third).await), (unknown, has));
    let proof = stage.source.proof(account, &[], second).await.unwrap();
    let older = IRegistry::proveCodeCall {
        account,
        sourceBlock: second,
        accountProof: account_proof(&proof),
    };
    let error = system.refused(older).await.expect::<NotNewer>();
    assert_eq!((error.recorded, error.sourceBlock), (third, second));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_precompiled_contract_is_lent_like_any_and_has_no_code_to_prove() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let account = Address::left_padding_from(&[0x01, 0x00]);
    let list = vec![U256::from_be_bytes(account.into_word().0)];
    let system = told(&stage, |facts| facts.precompiles = list).await;
    let mirror = system.migrate(source).await.unwrap();
    let data = Bytes::from(vec![1; 160]);
    for call in [
        World::askCall {
            account,
            data: data.clone(),
        }
        .abi_encode(),
        World::lendCall { account, data }.abi_encode(),
    ] {
        let there = stage.source.call(source, call.clone()).await.unwrap();
        assert_eq!(stage.target.call(mirror.proxy, call).await.unwrap(), there);
    }
    for call in [
        World::sizeOfCall { account }.abi_encode(),
        World::hashOfCall { account }.abi_encode(),
        World::codeOfCall { account }.abi_encode(),
        World::balanceOfCall { account }.abi_encode(),
    ] {
        let error = stage.target.call(mirror.proxy, call).await.unwrap_err();
        assert_eq!(error.expect::<NativeAccount>().account, account);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_is_left_behind_does_not_end_reads_of_what_is_proven() {
    let stage = Stage::start().await.unwrap();
    let system = told(&stage, |facts| facts.permanentCode = true).await;
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let other = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let mirror = system.migrate(source).await.unwrap();
    let block = system.record(mirror).await.unwrap().sourceBlock;
    system.prove_code(other, block).await.unwrap();
    let ask = |data: Vec<u8>| {
        let data = data.into();
        World::askCall {
            account: other,
            data,
        }
        .abi_encode()
    };
    let here = ask(World::hereCall {}.abi_encode());
    let stored = ask(World::storedCall {}.abi_encode());
    let right = stage.source.call(source, here.clone()).await.unwrap();
    let answer = async |call: &Vec<u8>| stage.target.call(mirror.proxy, call.clone()).await;
    assert_eq!(answer(&here).await.unwrap(), right);
    let error = answer(&stored).await.unwrap_err().expect::<NotMirrored>();
    assert_eq!(error.account, other);

    // Anybody makes a mirror of it, once.
    let left = system.migrate(other).await.unwrap();
    let left = system.record(left).await.unwrap().sourceBlock;
    for _ in 0..2 {
        stage.source.mine().await.unwrap();
        let (block, _) = system.sync_all(mirror).await.unwrap();
        assert_eq!(answer(&here).await.unwrap(), right);
        // Its storage is another matter, and another cure.
        let error = answer(&stored).await.unwrap_err().expect::<BlocksDiffer>();
        assert_eq!(
            (error.account, error.accountBlock, error.sourceBlock),
            (other, left, block)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_an_account_that_is_gone_does_not_end_reads_of_what_is_proven() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let other = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    stage.migrate(other).await.unwrap();
    let ask = World::askCall {
        account: other,
        data: Bytes::new(),
    }
    .abi_encode();
    stage.source.set_code(other, "0x").await.unwrap();
    stage.source.mine().await.unwrap();
    let (block, _) = stage.sync_all(mirror).await.unwrap();
    let answer = stage.target.call(mirror.proxy, ask.clone()).await;
    answer.unwrap_err().expect::<BlocksDiffer>();
    stage.prove_balance(other, block).await.unwrap();
    let there = stage.source.call(source, ask.clone()).await.unwrap();
    let answer = stage.target.call(mirror.proxy, ask).await;
    assert_eq!(answer.unwrap(), there);
}
