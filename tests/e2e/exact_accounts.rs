//! What a view through a mirror sees of other accounts: what the source sees, or an error that names the account.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    IReader::{
        BalanceUnknown, BlocksDiffer, CodeUnknown, NativeAccount, NotMirrored,
        UnsupportedInstruction,
    },
    IRegistry::{self, CodeNotDeployed, Knowledge, NotAContract, NotAtBlock, Synced, UnknownProxy},
    management::{NO_CODE, RETURNED, UNLIMITED},
};
use smartsync_tests::{Chain, Leaf, World, account_proof};

use crate::exact::{assert_exact, readers, refused, world};

#[tokio::test(flavor = "multi_thread")]
async fn balances_and_accounts_without_code_are_known_when_they_are_proven() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    let (wallet, absent) = (Chain::account(1), Address::repeat_byte(0xab));
    // Spent to the last wei, and not empty for that (EIP-161).
    let spent = Address::repeat_byte(0xac);
    let set = json!([spent, "0x1"]);
    stage.source.rpc("anvil_setNonce", set).await.unwrap();
    stage.source.mine().await.unwrap();
    let (block, _) = stage.sync_all(mirror).await.unwrap();
    let own = World::ownBalanceCall {}.abi_encode();
    let error: BalanceUnknown = refused(&stage, reader, mirror, &own).await;
    assert_eq!(error.account, mirror.source);
    stage.prove_balance(mirror.source, block).await.unwrap();
    assert_exact(&stage, reader, mirror, &own).await;

    // Nothing is implemented at the address zero nor from 2^20 on: these are accounts like others.
    let end_of_low = Address::from_word(U256::from(1 << 20).into());
    for account in [wallet, absent, spent, Address::ZERO, end_of_low] {
        let asked = World::askCall {
            account,
            data: Bytes::new(),
        }
        .abi_encode();
        let of = |account| {
            [
                World::balanceOfCall { account }.abi_encode(),
                World::sizeOfCall { account }.abi_encode(),
                World::hashOfCall { account }.abi_encode(),
                World::codeOfCall { account }.abi_encode(),
            ]
        };
        let error: NotMirrored = refused(&stage, reader, mirror, &asked).await;
        assert_eq!(error.account, account);
        let error: BalanceUnknown = refused(&stage, reader, mirror, &of(account)[0]).await;
        assert_eq!(error.account, account);
        for call in &of(account)[1..] {
            let error: CodeUnknown = refused(&stage, reader, mirror, call).await;
            assert_eq!(error.account, account);
        }
        // The code of an account without any is not to be proven.
        let proof = stage.source.proof(account, &[], block).await.unwrap();
        let prove = IRegistry::proveCodeCall {
            account,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        };
        let error = stage.refused(prove).await;
        if account == wallet {
            error.expect::<NotAContract>();
        }
        stage.prove_balance(account, block).await.unwrap();
        for call in of(account).iter().chain([&asked]) {
            assert_exact(&stage, reader, mirror, call).await;
        }
    }
    // What is proven at one block says nothing of the next.
    stage.source.mine().await.unwrap();
    stage.sync_all(mirror).await.unwrap();
    let error: BalanceUnknown = refused(&stage, reader, mirror, &own).await;
    assert_eq!(error.account, mirror.source);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_needs_its_code_and_no_mirror_until_it_reads_storage() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    let leaf = stage.on_source(&Leaf::BYTECODE, []).await.unwrap();
    let other = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let (block, _) = stage.sync_all(mirror).await.unwrap();
    let ask = |account, data: Vec<u8>| {
        World::askCall {
            account,
            data: data.into(),
        }
        .abi_encode()
    };
    let lend = |account, data: Vec<u8>| {
        World::lendCall {
            account,
            data: data.into(),
        }
        .abi_encode()
    };
    let pure_ = ask(leaf, Leaf::pure_Call {}.abi_encode());
    let caller = ask(leaf, Leaf::callerCall {}.abi_encode());
    let lent = lend(leaf, Leaf::callerCall {}.abi_encode());
    let error: NotMirrored = refused(&stage, reader, mirror, &pure_).await;
    assert_eq!(error.account, leaf);
    let error: CodeUnknown = refused(&stage, reader, mirror, &lent).await;
    assert_eq!(error.account, leaf);
    // Whoever catches reverts does not catch that.
    let swallow = World::swallowCall {
        account: leaf,
        data: Leaf::pure_Call {}.abi_encode().into(),
    }
    .abi_encode();
    let _: NotMirrored = refused(&stage, reader, mirror, &swallow).await;

    // Code that nobody brought is not proven.
    let proof = stage.source.proof(leaf, &[], block).await.unwrap();
    let prove = IRegistry::proveCodeCall {
        account: leaf,
        sourceBlock: block,
        accountProof: account_proof(&proof),
    };
    stage.refused(prove).await.expect::<CodeNotDeployed>();
    stage.prove_code(leaf, block).await.unwrap();
    for call in [&pure_, &caller, &lent, &swallow] {
        assert_exact(&stage, reader, mirror, call).await;
    }
    for call in [
        World::sizeOfCall { account: leaf }.abi_encode(),
        World::hashOfCall { account: leaf }.abi_encode(),
        World::codeOfCall { account: leaf }.abi_encode(),
    ] {
        assert_exact(&stage, reader, mirror, &call).await;
    }
    // Its storage is another matter.
    stage.prove_code(other, block).await.unwrap();
    assert_exact(
        &stage,
        reader,
        mirror,
        &ask(other, World::hereCall {}.abi_encode()),
    )
    .await;
    let stored = ask(other, World::storedCall {}.abi_encode());
    let error: NotMirrored = refused(&stage, reader, mirror, &stored).await;
    assert_eq!(error.account, other);
    assert_exact(
        &stage,
        reader,
        mirror,
        &lend(other, World::storedCall {}.abi_encode()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mirrors_that_are_at_one_block_read_each_other_and_others_do_not() {
    let (stage, first, _) = world().await;
    let reader = readers(&stage).await;
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let second = stage.migrate(source).await.unwrap();
    let ask = |account, data: Vec<u8>| {
        World::askCall {
            account,
            data: data.into(),
        }
        .abi_encode()
    };
    let stored = ask(second.source, World::storedCall {}.abi_encode());
    let error: BlocksDiffer = refused(&stage, reader, first, &stored).await;
    let (at, of) = (
        stage.record(first).await.unwrap(),
        stage.record(second).await.unwrap(),
    );
    assert_eq!(
        (error.account, error.accountBlock, error.sourceBlock),
        (second.source, of.sourceBlock, at.sourceBlock)
    );

    // All or nothing: both to one block.
    let set = World::setCall {
        value: U256::from(11),
    };
    stage.source.send(second.source, set).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let together = async |all: bool| {
        let mut call = IRegistry::syncManyCall {
            sourceBlock: block,
            allOrNothing: all,
            nodes: Vec::new(),
            items: Vec::new(),
        };
        for mirror in [first, second] {
            let slots = stage.slots(mirror).await.unwrap();
            let built = stage.build(mirror, block, &slots).await.unwrap();
            let sync = stage
                .sync_call(mirror, block, built.multi_proof)
                .await
                .unwrap();
            let from = call.nodes.len() as u16;
            call.items.push(IRegistry::SyncItem {
                proxy: mirror.proxy,
                fromBlock: stage.record(mirror).await.unwrap().sourceBlock,
                accountProof: (from..from + sync.accountProof.len() as u16)
                    .flat_map(u16::to_be_bytes)
                    .collect(),
                multiProof: sync.multiProof,
            });
            call.nodes.extend(sync.accountProof);
        }
        call
    };
    let (all, some) = (together(true).await, together(false).await);
    // Somebody moves one of them in between.
    stage.submit_header(block - 1).await.unwrap();
    let alone = stage.proven_sync(first, block - 1, &[]).await.unwrap();
    stage.target.send(stage.registry, alone).await.unwrap();
    let error = stage.refused(all).await.expect::<NotAtBlock>();
    assert_eq!(error.recorded, block - 1);
    let receipt = stage.target.send(stage.registry, some).await.unwrap();
    let moved = receipt.inner.logs().iter().filter(|log| {
        alloy_sol_types::SolEvent::decode_log(&log.inner)
            .is_ok_and(|event: alloy_primitives::Log<Synced>| event.proxy == second.proxy)
    });
    assert_eq!(moved.count(), 1, "the other one moves all the same");
    // One that is there already is no reason to fail.
    let again = together(true).await;
    stage.target.send(stage.registry, again).await.unwrap();

    for call in [
        stored,
        ask(second.source, World::hereCall {}.abi_encode()),
        // Across and back, and twice across: who calls is the contract on the source.
        ask(
            second.source,
            ask(first.source, World::storedCall {}.abi_encode()),
        ),
        World::swallowCall {
            account: second.source,
            data: World::storedCall {}.abi_encode().into(),
        }
        .abi_encode(),
        // What the other one reverts with is an answer.
        ask(second.source, World::imitateCall {}.abi_encode()),
        ask(second.source, World::emptyRevertCall {}.abi_encode()),
        World::sizeOfCall {
            account: second.source,
        }
        .abi_encode(),
    ] {
        assert_exact(&stage, reader, first, &call).await;
    }
    // The block travels with the read. (An `eth_call` at a dev chain's newest block is in the next one.)
    let number = ask(second.source, World::numberCall {}.abi_encode());
    let answer = stage.target.call(first.proxy, number).await.unwrap();
    let answer = World::askCall::abi_decode_returns(&answer).unwrap();
    assert_eq!(answer.answer, Bytes::from(U256::from(block).abi_encode()));
    // What the other mirror does not know, this one does not; whoever catches reverts does not catch that.
    for call in [
        ask(second.source, World::minerCall {}.abi_encode()),
        World::swallowCall {
            account: second.source,
            data: World::minerCall {}.abi_encode().into(),
        }
        .abi_encode(),
    ] {
        let error: UnsupportedInstruction = refused(&stage, reader, first, &call).await;
        assert_eq!(error.account, second.source);
    }
    // The block that stands for the asking mirror's own has no meaning for anybody else.
    let asked = IRegistry::readCall {
        account: second.source,
        from: first.source,
        sourceBlock: 0,
        gas: u64::MAX,
        depth: 1,
        data: World::storedCall {}.abi_encode().into(),
    };
    let stranger = stage.refused(asked).await.expect::<UnknownProxy>();
    assert_eq!(stranger.proxy, Chain::account(0));
    // A locked mirror is none.
    let opened = stage.force(second.proxy, 1).await;
    opened.unwrap();
    assert_exact(
        &stage,
        reader,
        first,
        &ask(second.source, World::storedCall {}.abi_encode()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_the_registry_itself_is_answered_in_the_abi_s_own_encoding() {
    let (stage, mirror, block) = world().await;
    let at = IRegistry::balanceAtCall {
        account: mirror.source,
        sourceBlock: block,
    };
    let answer = stage.target.view(stage.registry, at.clone()).await;
    answer.unwrap_err().expect::<BalanceUnknown>();
    // The mirror is one at its own block, and says nothing of others.
    for (source_block, knowledge) in [
        (block - 1, Knowledge::Unknown),
        (block, Knowledge::Mirror),
        (block + 1, Knowledge::Unknown),
    ] {
        let account = mirror.source;
        let of = IRegistry::accountAtCall {
            account,
            sourceBlock: source_block,
        };
        let known = stage.target.view(stage.registry, of).await.unwrap();
        assert_eq!(known.knowledge, knowledge, "at {source_block} of {block}");
    }
    stage.prove_balance(Chain::account(1), block).await.unwrap();
    let code_of_world = stage.source.code(mirror.source).await.unwrap();
    let hash = World::hashOfCall {
        account: mirror.source,
    };
    let own_hash = [&[RETURNED][..], keccak256(&code_of_world).as_slice()].concat();
    for (account, data, answer) in [
        (mirror.source, hash.abi_encode(), own_hash),
        (Chain::account(1), Vec::new(), vec![NO_CODE]),
    ] {
        let read = IRegistry::readCall {
            account,
            from: Chain::account(0),
            sourceBlock: block,
            gas: UNLIMITED,
            depth: 0,
            data: data.into(),
        };
        let found = stage.target.call(stage.registry, read.abi_encode()).await;
        assert_eq!(found, Ok(Bytes::from(answer).abi_encode().into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn native_accounts_are_never_answered_for() {
    let (stage, mirror, block) = world().await;
    let reader = readers(&stage).await;
    let native = Address::with_last_byte(0x64);
    for call in [
        World::askCall {
            account: native,
            data: Bytes::new(),
        }
        .abi_encode(),
        World::sizeOfCall { account: native }.abi_encode(),
        World::balanceOfCall { account: native }.abi_encode(),
        World::sizeOfCall {
            account: Address::with_last_byte(4),
        }
        .abi_encode(),
        World::balanceOfCall {
            account: Address::with_last_byte(4),
        }
        .abi_encode(),
        World::balanceOfCall {
            account: Address::from_word(U256::from((1 << 20) - 1).into()),
        }
        .abi_encode(),
    ] {
        let _: NativeAccount = refused(&stage, reader, mirror, &call).await;
    }
    // Dummy code in the state makes no contract of it, wherever a proof is taken.
    stage.source.set_code(native, "0x5b00").await.unwrap();
    let head = stage.submit_head().await.unwrap();
    let proof = account_proof(&stage.source.proof(native, &[], head).await.unwrap());
    let create = IRegistry::createCall {
        source: native,
        sourceBlock: head,
        accountProof: proof.clone(),
    };
    let error = stage.refused_request(stage.with_lock(&create)).await;
    assert_eq!(error.expect::<NativeAccount>().account, native);
    let prove = IRegistry::proveCodeCall {
        account: native,
        sourceBlock: head,
        accountProof: proof.clone(),
    };
    stage.refused(prove).await.expect::<NativeAccount>();
    let prove = IRegistry::proveBalanceCall {
        account: native,
        sourceBlock: head,
        accountProof: proof,
    };
    stage.refused(prove).await.expect::<NativeAccount>();
    assert!(block < head);
}
