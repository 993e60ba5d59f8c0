//! The relayer against every source client that installs from a package: the dev chain, anvil and ganache.

use std::collections::BTreeMap;

use crate::relayed::Relayed;
use alloy::rpc::types::BlockId;
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use devchain::{Config, DevChain, Kind};
use serde_json::json;
use smartsync_tests::{Anvil, Chain, ExchangePair, Ganache, MirrorReader, NameRegistry, SlotTable};

/// A name registry changes through its own functions; with and without deletions.
async fn names(relayed: &Relayed, deletions: bool) {
    let (source, target) = (&relayed.source, &relayed.target);
    let names = source.deploy(&NameRegistry::BYTECODE, []).await.unwrap();
    let register = |name: &str| NameRegistry::registerCall {
        name: name.into(),
        resolved: Chain::account(1),
    };
    let text = |name: &str, value: &str| NameRegistry::setTextCall {
        name: name.into(),
        key: "about".into(),
        value: value.into(),
    };
    source.send(names, register("alice")).await.unwrap();
    source.send(names, register("bob")).await.unwrap();
    source
        .send(
            names,
            text(
                "alice",
                "A text that is longer than the thirty-two bytes of one slot.",
            ),
        )
        .await
        .unwrap();
    let proxy = relayed.migrate(names).await;
    assert_eq!(
        target.storage_root(proxy).await.unwrap(),
        source.storage_root(names).await.unwrap()
    );

    source.send(names, register("carol")).await.unwrap();
    let resolved = Address::repeat_byte(0x77);
    source
        .send(
            names,
            NameRegistry::setAddressCall {
                name: "bob".into(),
                resolved,
            },
        )
        .await
        .unwrap();
    let report = relayed.sync(names, proxy).await;
    assert!(
        report["changes"]
            .as_u64()
            .is_some_and(|changes| changes >= 5),
        "{report}"
    );
    assert_eq!(
        target
            .view(proxy, NameRegistry::addressOfCall { name: "bob".into() })
            .await
            .unwrap(),
        resolved
    );

    if deletions {
        source.send(names, text("alice", "short")).await.unwrap();
        source
            .send(names, NameRegistry::removeCall { name: "bob".into() })
            .await
            .unwrap();
        relayed.sync(names, proxy).await;
        assert_eq!(
            target
                .view(proxy, NameRegistry::namesCall {})
                .await
                .unwrap(),
            ["alice", "carol"]
        );
        for name in ["alice", "carol"] {
            source
                .send(names, NameRegistry::removeCall { name: name.into() })
                .await
                .unwrap();
        }
        relayed.sync(names, proxy).await;
        assert_eq!(
            target.storage_root(proxy).await.unwrap(),
            smartsync_proof::EMPTY_ROOT
        );
    }

    // Nothing changed: the empty multi-proof moves the block.
    source.rpc("evm_mine", json!([])).await.unwrap();
    let report = relayed.sync(names, proxy).await;
    assert_eq!(
        (&report["changes"], &report["proofBytes"]),
        (&json!(0), &json!(3))
    );
    let status = relayed.run(&["status"]).await;
    assert!(
        status
            .to_string()
            .to_lowercase()
            .contains(&format!("{proxy:#x}")),
        "{status}"
    );
}

/// An exchange pair is traded on the source and quoted by a contract on the target.
async fn trades(relayed: &Relayed) {
    let (source, target) = (&relayed.source, &relayed.target);
    let pair = source
        .deploy(&ExchangePair::BYTECODE, "Pair".to_string().abi_encode())
        .await
        .unwrap();
    for asset in [0, 1] {
        source
            .send(
                pair,
                ExchangePair::depositCall {
                    asset,
                    amount: U256::from(10u64.pow(12)),
                },
            )
            .await
            .unwrap();
    }
    let liquidity = U256::from(10u64.pow(9));
    source
        .send(
            pair,
            ExchangePair::addLiquidityCall {
                amount0: liquidity,
                maximum1: liquidity,
            },
        )
        .await
        .unwrap();
    let proxy = relayed.migrate(pair).await;
    let registry: Address = serde_json::from_value(relayed.deployment["registry"].clone()).unwrap();
    let reader = target
        .deploy(&MirrorReader::BYTECODE, registry.abi_encode())
        .await
        .unwrap();
    for asset in [0, 1, 0] {
        let amount = U256::from(10_000_000);
        let swap = ExchangePair::swapCall {
            assetIn: asset,
            amountIn: amount,
            minimumOut: U256::ONE,
        };
        source.send(pair, swap).await.unwrap();
        relayed.sync(pair, proxy).await;
        let quote = ExchangePair::quoteCall {
            assetIn: asset,
            amountIn: amount,
        };
        let expected = source.view(pair, quote).await.unwrap();
        let read = MirrorReader::freshQuoteCall {
            pair: proxy,
            assetIn: asset,
            amountIn: amount,
            maxAgeSeconds: 600,
            maxBlocksBehind: 0,
        };
        assert_eq!(target.view(reader, read).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dev_chain_is_a_source() {
    let source = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
    let relayed = Relayed::from(&source.url()).await;
    names(&relayed, true).await;
    trades(&relayed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ganache_is_a_source_without_a_prestate_tracer() {
    let ganache = Ganache::start().unwrap();
    let relayed = Relayed::from(&ganache.url()).await;
    names(&relayed, true).await;
    trades(&relayed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anvil_is_a_source_while_nothing_is_deleted() {
    let anvil = Anvil::start().unwrap();
    let relayed = Relayed::from(&anvil.url()).await;
    names(&relayed, false).await;
    trades(&relayed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_anvil_keeps_as_a_zero_leaf_is_noticed_and_said_in_one_line() {
    // anvil 1.7 leaves a slot that was set to zero in its trie, so its storage root is not Ethereum's from then on.
    let anvil = Anvil::start().unwrap();
    let relayed = Relayed::from(&anvil.url()).await;
    let (source, target) = (&relayed.source, &relayed.target);
    let table = source.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let write = |pairs: &[(u64, u64)]| SlotTable::writeCall {
        slots: pairs.iter().map(|(slot, _)| U256::from(*slot)).collect(),
        values: pairs.iter().map(|(_, value)| U256::from(*value)).collect(),
    };
    source
        .send(table, write(&[(1, 1), (2, 2), (3, 3)]))
        .await
        .unwrap();
    let proxy = relayed.migrate(table).await;
    source.send(table, write(&[(2, 0)])).await.unwrap();
    let canonical: BTreeMap<U256, U256> = [(1, 1), (3, 3)]
        .into_iter()
        .map(|(slot, value)| (U256::from(slot), U256::from(value)))
        .collect();
    let served = source
        .proof(table, &[], BlockId::latest())
        .await
        .unwrap()
        .storage_hash;
    assert_ne!(
        served,
        smartsync_tests::storage_root(&canonical),
        "this anvil has canonical storage roots: drop this test"
    );

    let before = target.storage_root(proxy).await.unwrap();
    let output = relayed.output(&["sync", &table.to_string()]).await;
    assert!(output.code.is_some_and(|code| code != 0), "{output:?}");
    assert_eq!(output.stdout, "");
    let lines: Vec<&str> = output.stderr.trim_end().lines().collect();
    assert_eq!(lines.len(), 1, "{}", output.stderr);
    assert!(
        lines[0].contains("zero") && lines[0].contains("canonical"),
        "{}",
        lines[0]
    );
    assert_eq!(target.storage_root(proxy).await.unwrap(), before);
}
