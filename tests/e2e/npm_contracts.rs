//! Contracts of other people, compiled by them, from pinned npm packages: used through their own functions, mirrored,
//! changed, synced; and every view function compared between source and mirror.
//!
//! Not compared, because they depend on more than storage and arguments:
//! - `WETH9.totalSupply()`: it answers the contract's balance, and balances are not mirrored (the mirror's is 0).

use alloy::dyn_abi::DynSolValue;
use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::IReader::BalanceUnknown;
use smartsync_tests::{Artifact, Stage};

use crate::foreign_contract::{
    account, compare, no_write, same_root, send, send_as, text, uint, weth, word,
};

const BALANCE_NOT_MIRRORED: &str = "answers the contract's balance";

#[tokio::test(flavor = "multi_thread")]
async fn wrapped_ether_from_canonical_weth_is_mirrored() {
    let stage = Stage::start().await.unwrap();
    let (weth, source) = weth(&stage).await;
    let mirror = stage.migrate(source).await.unwrap();
    let skipped = [("totalSupply", BALANCE_NOT_MIRRORED)];
    let mut compared = compare(&stage, &weth, mirror, &[], &skipped).await;

    send(
        &stage,
        &weth,
        source,
        "transfer",
        &[account(2), uint(1_000_000)],
    )
    .await; // changes and adds
    send_as(&stage, &weth, source, 1, "withdraw", &[uint(7_777)]).await; // deletes
    send_as(
        &stage,
        &weth,
        source,
        2,
        "transferFrom",
        &[account(0), account(1), uint(999)],
    )
    .await; // deletes an allowance
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    compared += compare(&stage, &weth, mirror, &[], &skipped).await;
    // What is skipped is refused until the balance is proven, and then the same.
    let supply = weth.encode("totalSupply", &[]);
    let answer = stage.target.call(mirror.proxy, supply.clone()).await;
    assert_eq!(
        answer.unwrap_err().expect::<BalanceUnknown>().account,
        source
    );
    let block = stage.record(mirror).await.unwrap().sourceBlock;
    stage.prove_balance(source, block).await.unwrap();
    assert_eq!(
        stage.target.call(mirror.proxy, supply.clone()).await,
        stage.source.call(source, supply).await
    );
    no_write(&stage, &weth, mirror, "approve", &[account(1), uint(1)]).await;
    no_write(&stage, &weth, mirror, "transfer", &[account(1), uint(0)]).await;
    println!("WETH9: {compared} calls compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ens_registry_is_mirrored() {
    let stage = Stage::start().await.unwrap();
    let ens = Artifact::npm("@ensdomains/ens/build/contracts/ENSRegistry.json").unwrap();
    let source = stage.on_source(&ens.creation(&[]), []).await.unwrap();
    let node = |parent: B256, label: &str| {
        keccak256([parent.as_slice(), keccak256(label).as_slice()].concat())
    };
    let (eth, test) = (node(B256::ZERO, "eth"), node(B256::ZERO, "test"));
    let (alice, bob) = (node(eth, "alice"), node(eth, "bob"));
    let words = [eth, test, alice, bob];
    for label in ["eth", "test"] {
        let arguments = [word(B256::ZERO), word(keccak256(label)), account(0)];
        send(&stage, &ens, source, "setSubnodeOwner", &arguments).await;
    }
    for (label, owner) in [("alice", 0), ("bob", 1)] {
        let arguments = [word(eth), word(keccak256(label)), account(owner)];
        send(&stage, &ens, source, "setSubnodeOwner", &arguments).await;
    }
    send(
        &stage,
        &ens,
        source,
        "setResolver",
        &[
            word(alice),
            DynSolValue::Address(Address::repeat_byte(0x5a)),
        ],
    )
    .await;
    send(
        &stage,
        &ens,
        source,
        "setTTL",
        &[word(alice), DynSolValue::Uint(U256::from(3_600), 64)],
    )
    .await;
    send(
        &stage,
        &ens,
        source,
        "setApprovalForAll",
        &[account(2), DynSolValue::Bool(true)],
    )
    .await;
    let mirror = stage.migrate(source).await.unwrap();
    let mut compared = compare(&stage, &ens, mirror, &words, &[]).await;

    send_as(
        &stage,
        &ens,
        source,
        1,
        "setOwner",
        &[word(bob), account(2)],
    )
    .await;
    send(
        &stage,
        &ens,
        source,
        "setResolver",
        &[word(alice), DynSolValue::Address(Address::ZERO)],
    )
    .await;
    send(
        &stage,
        &ens,
        source,
        "setApprovalForAll",
        &[account(2), DynSolValue::Bool(false)],
    )
    .await;
    let arguments = [word(eth), word(keccak256("carol")), account(1)];
    send(&stage, &ens, source, "setSubnodeOwner", &arguments).await;
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    let words = [words.as_slice(), &[node(eth, "carol")]].concat();
    compared += compare(&stage, &ens, mirror, &words, &[]).await;
    no_write(&stage, &ens, mirror, "setOwner", &[word(alice), account(1)]).await;
    println!("ENSRegistry: {compared} calls compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_openzeppelin_token_is_mirrored() {
    let stage = Stage::start().await.unwrap();
    let token =
        Artifact::npm("@openzeppelin/contracts/build/contracts/ERC20PresetMinterPauser.json")
            .unwrap();
    let source = stage
        .on_source(
            &token.creation(&[
                text("A token with a name too long for one slot"),
                text("LONG"),
            ]),
            [],
        )
        .await
        .unwrap();
    let (minter, pauser) = (keccak256("MINTER_ROLE"), keccak256("PAUSER_ROLE"));
    let words = [minter, pauser];
    send(
        &stage,
        &token,
        source,
        "mint",
        &[account(0), uint(1_000_000)],
    )
    .await;
    send(&stage, &token, source, "mint", &[account(1), uint(5)]).await;
    send(&stage, &token, source, "approve", &[account(1), uint(77)]).await;
    send(
        &stage,
        &token,
        source,
        "grantRole",
        &[word(minter), account(1)],
    )
    .await;
    let mirror = stage.migrate(source).await.unwrap();
    let mut compared = compare(&stage, &token, mirror, &words, &[]).await;

    send_as(
        &stage,
        &token,
        source,
        1,
        "transfer",
        &[account(2), uint(5)],
    )
    .await; // deletes and adds
    send_as(
        &stage,
        &token,
        source,
        1,
        "transferFrom",
        &[account(0), account(2), uint(77)],
    )
    .await;
    send(
        &stage,
        &token,
        source,
        "revokeRole",
        &[word(minter), account(1)],
    )
    .await;
    send(
        &stage,
        &token,
        source,
        "grantRole",
        &[word(pauser), account(2)],
    )
    .await;
    send_as(&stage, &token, source, 2, "pause", &[]).await;
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    compared += compare(&stage, &token, mirror, &words, &[]).await;
    send(&stage, &token, source, "unpause", &[]).await;
    send(&stage, &token, source, "burn", &[uint(1_000_000 - 77)]).await;
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    compared += compare(&stage, &token, mirror, &words, &[]).await;
    no_write(&stage, &token, mirror, "approve", &[account(1), uint(1)]).await;
    no_write(&stage, &token, mirror, "pause", &[]).await;
    println!("ERC20PresetMinterPauser: {compared} calls compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uniswap_pair_is_mirrored_with_its_tokens_and_its_factory() {
    let stage = Stage::start().await.unwrap();
    let factory = Artifact::npm("@uniswap/v2-core/build/UniswapV2Factory.json").unwrap();
    let pair = Artifact::npm("@uniswap/v2-core/build/UniswapV2Pair.json").unwrap();
    let token = Artifact::npm("@uniswap/v2-core/build/ERC20.json").unwrap();
    let supply = 10u128.pow(24);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(
            stage
                .on_source(&token.creation(&[uint(supply)]), [])
                .await
                .unwrap(),
        );
    }
    let factory_at = stage
        .on_source(&factory.creation(&[account(0)]), [])
        .await
        .unwrap();
    let arguments = [
        DynSolValue::Address(tokens[0]),
        DynSolValue::Address(tokens[1]),
    ];
    send(&stage, &factory, factory_at, "createPair", &arguments).await;
    let created = stage
        .source
        .call(factory_at, factory.encode("getPair", &arguments))
        .await
        .unwrap();
    let [DynSolValue::Address(pair_at)] = factory.decode("getPair", &created)[..] else {
        panic!("{created}")
    };

    for (token_at, amount) in [(tokens[0], 5 * 10u128.pow(20)), (tokens[1], 10u128.pow(21))] {
        send(
            &stage,
            &token,
            token_at,
            "transfer",
            &[DynSolValue::Address(pair_at), uint(amount)],
        )
        .await;
    }
    send(&stage, &pair, pair_at, "mint", &[account(0)]).await;
    let mirror = stage.migrate(pair_at).await.unwrap();
    let words: Vec<B256> = [pair_at, factory_at, tokens[0], tokens[1]]
        .map(|address| address.into_word())
        .to_vec();
    let mut compared = compare(&stage, &pair, mirror, &words, &[]).await;

    // A swap an hour later moves reserves and cumulative prices; approvals and liquidity come and go.
    let swap = |amount: u128, zero_for_one: bool| {
        let (stage, pair, token, tokens) = (&stage, &pair, &token, &tokens);
        async move {
            // Both clocks: a header from the target's future is refused.
            for chain in [&stage.source, &stage.target] {
                chain
                    .rpc("evm_increaseTime", serde_json::json!([3_600]))
                    .await
                    .unwrap();
            }
            let reserves = stage
                .source
                .call(pair_at, pair.encode("getReserves", &[]))
                .await
                .unwrap();
            let reserves = pair.decode("getReserves", &reserves);
            let reserve = |at: usize| reserves[at].as_uint().expect("a reserve is a number").0;
            let token0 = stage
                .source
                .call(pair_at, pair.encode("token0", &[]))
                .await
                .unwrap();
            let token0 = Address::from_slice(&token0[12..]);
            let token1 = if token0 == tokens[0] {
                tokens[1]
            } else {
                tokens[0]
            };
            let (token_in, reserve_in, reserve_out) = if zero_for_one {
                (token0, reserve(0), reserve(1))
            } else {
                (token1, reserve(1), reserve(0))
            };
            send(
                stage,
                token,
                token_in,
                "transfer",
                &[DynSolValue::Address(pair_at), uint(amount)],
            )
            .await;
            let after_fee = U256::from(amount) * U256::from(997);
            let out = after_fee * reserve_out / (reserve_in * U256::from(1_000) + after_fee);
            let out = DynSolValue::Uint(out, 256);
            let (out0, out1) = if zero_for_one {
                (uint(0), out)
            } else {
                (out, uint(0))
            };
            send(
                stage,
                pair,
                pair_at,
                "swap",
                &[out0, out1, account(1), DynSolValue::Bytes(vec![])],
            )
            .await;
        }
    };
    swap(10u128.pow(19), true).await;
    swap(3 * 10u128.pow(18), false).await;
    send(
        &stage,
        &pair,
        pair_at,
        "approve",
        &[account(2), uint(123_456)],
    )
    .await;
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    compared += compare(&stage, &pair, mirror, &words, &[]).await;

    send(&stage, &pair, pair_at, "approve", &[account(2), uint(0)]).await; // deletes
    send(
        &stage,
        &pair,
        pair_at,
        "transfer",
        &[DynSolValue::Address(pair_at), uint(10u128.pow(18))],
    )
    .await;
    send(&stage, &pair, pair_at, "burn", &[account(1)]).await;
    stage.sync_all(mirror).await.unwrap();
    same_root(&stage, mirror).await;
    compared += compare(&stage, &pair, mirror, &words, &[]).await;
    no_write(&stage, &pair, mirror, "approve", &[account(1), uint(1)]).await;
    no_write(&stage, &pair, mirror, "sync", &[]).await;

    // Factory and token have their mirrors too.
    let mirrored = stage.migrate(factory_at).await.unwrap();
    compared += compare(&stage, &factory, mirrored, &words, &[]).await;
    let mirrored = stage.migrate(tokens[0]).await.unwrap();
    compared += compare(&stage, &token, mirrored, &words, &[]).await;
    println!("Uniswap v2: {compared} calls compared");
}
