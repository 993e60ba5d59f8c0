//! Every way of finding changes gives the same set of the same blocks, on every source client that installs from a
//! package. What changed is known from what was sent, not from any of them.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, U64, U256, address};
use alloy_sol_types::SolCall;
use devchain::{Config, DevChain, Kind};
use serde_json::json;
use smartsync_chain::Side;
use smartsync_finder::{ChangeFinder, Finders, Query, Span};
use smartsync_tests::{
    Anvil, Chain, ChangeLab, Ganache, PRIVATE_KEYS, SlotTable, request, smartsync,
};

/// EIP-2935: written by a system call at the start of each block.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
const HISTORY_WINDOW: u64 = 8_191;

type Pairs = [(u64, u64)];

fn words(pairs: &Pairs) -> (Vec<U256>, Vec<U256>) {
    pairs
        .iter()
        .map(|(slot, value)| (U256::from(*slot), U256::from(*value)))
        .unzip()
}

fn slots(numbers: &[u64]) -> BTreeSet<U256> {
    numbers.iter().copied().map(U256::from).collect()
}

/// A source chain with a contract whose storage changes in every way.
struct Lab {
    chain: Chain,
    lab: Address,
}

impl Lab {
    async fn set_up(url: &str) -> Self {
        let chain = Chain::at(url);
        let lab = chain.deploy(&ChangeLab::BYTECODE, []).await.unwrap();
        Self { chain, lab }
    }

    async fn write(&self, pairs: &Pairs) {
        let (slots, values) = words(pairs);
        self.send(ChangeLab::writeCall { slots, values }).await;
    }

    async fn send(&self, call: impl SolCall) {
        self.chain.send(self.lab, call).await.unwrap();
    }

    /// A call that fails, with all that it wrote.
    async fn fail(&self, call: impl SolCall) {
        let receipt = self
            .chain
            .transact(request(self.lab, call.abi_encode().into()))
            .await
            .unwrap();
        assert!(!receipt.status());
    }

    async fn spawn(&self, pairs: &Pairs, destroys: bool) -> Address {
        let (slots, values) = words(pairs);
        let call = ChangeLab::spawnCall {
            salt: B256::ZERO,
            slots,
            values,
            destroys,
        };
        let spawned = self.chain.view(self.lab, call.clone()).await.unwrap();
        self.send(call).await;
        spawned
    }

    async fn value(&self, contract: Address, slot: U256, block: u64) -> U256 {
        let place = json!([contract, B256::from(slot), U64::from(block)]);
        let value = self.chain.rpc("eth_getStorageAt", place).await.unwrap();
        // ganache shows zero as no bytes at all.
        let bytes: Bytes = serde_json::from_value(value).unwrap();
        U256::from_be_slice(&bytes)
    }

    /// What a way finds, without what is the same at both ends; an error if the node does not offer it.
    async fn net(
        &self,
        way: &dyn ChangeFinder,
        query: &Query,
    ) -> Result<BTreeSet<U256>, smartsync_finder::Error> {
        let found = way.find(query).await?;
        let mut changed = BTreeSet::new();
        for slot in found {
            let pre = match query.span.from {
                Some(from) => self.value(query.contract, slot, from).await,
                None => U256::ZERO,
            };
            if self.value(query.contract, slot, query.span.to).await != pre {
                changed.insert(slot);
            }
        }
        Ok(changed)
    }

    /// Each way that the node offers finds exactly these slots; returns their names.
    async fn all_find(
        &self,
        contract: Address,
        from: Option<u64>,
        expected: &BTreeSet<U256>,
    ) -> Vec<&'static str> {
        let source = smartsync_chain::Chain::connect(Side::Source, self.chain.url())
            .await
            .unwrap();
        let query = Query {
            source: source.clone(),
            contract,
            span: Span {
                from,
                from_root: None,
                // geth and ganache list the end of a block as the start of the next transaction.
                to: self.chain.block_number().await.unwrap() - 1,
                to_root: None,
            },
            // The contract's own past stands for its mirror. Nothing is there before it was created.
            target: source,
            proxy: contract,
            target_block: from.unwrap_or_default(),
        };
        let mut offered = Vec::new();
        for way in Finders::default().all() {
            match self.net(way, &query).await {
                Ok(found) => {
                    assert_eq!(&found, expected, "{} on {contract}", way.name());
                    offered.push(way.name());
                }
                Err(error) => eprintln!("{}: {error}", way.name()),
            }
        }
        offered
    }
}

/// Everything at once. `deletes`: whether the client's storage roots are right after a slot was set to zero.
async fn same_changes(url: &str, deletes: bool, ways: &[&str]) {
    let lab = Lab::set_up(url).await;
    let library = lab.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    lab.write(&[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)])
        .await;
    let from = lab.chain.block_number().await.unwrap();

    lab.write(&[(1, 11), (7, 7)]).await;
    // Changed and changed back, by two blocks and within one call.
    lab.write(&[(3, 33)]).await;
    lab.write(&[(3, 3)]).await;
    lab.write(&[(4, 44), (4, 4)]).await;
    let (slots_, values) = words(&[(5, 55), (20, 20)]);
    lab.fail(ChangeLab::writeAndRevertCall {
        slots: slots_.clone(),
        values: values.clone(),
    })
    .await;
    let (kept, kept_values) = words(&[(8, 8)]);
    lab.send(ChangeLab::tryWriteCall {
        undone: slots_,
        undoneValues: values,
        slots: kept,
        values: kept_values,
    })
    .await;
    let by_library = |pairs: &Pairs| {
        let (slots, values) = words(pairs);
        SlotTable::writeCall { slots, values }.abi_encode().into()
    };
    lab.send(ChangeLab::throughCall {
        library_: library,
        data: by_library(&[(9, 9), (6, 66)]),
    })
    .await;
    // Another contract's storage, in the same slots.
    lab.send(ChangeLab::elsewhereCall {
        other: library,
        data: by_library(&[(2, 22), (30, 30)]),
    })
    .await;
    let mut expected = slots(&[1, 6, 7, 8, 9]);
    if deletes {
        lab.write(&[(2, 0)]).await;
        expected.insert(U256::from(2));
    }
    let other = async || {
        lab.chain
            .send(
                library,
                SlotTable::writeCall {
                    slots: vec![],
                    values: vec![],
                },
            )
            .await
            .unwrap();
    };
    other().await;
    let offered = lab.all_find(lab.lab, Some(from), &expected).await;
    assert_eq!(offered, ways);

    // Created and destroyed in one transaction, then created at the same address to stay.
    let gone = lab.spawn(&[(1, 1), (2, 2)], true).await;
    let spawned = lab.spawn(&[(1, 1), (2, 2)], false).await;
    assert_eq!(gone, spawned);
    other().await;
    let offered = lab.all_find(spawned, None, &slots(&[1, 2])).await;
    // With nothing before it there is no past to list: all else works as before.
    let others: Vec<&str> = ways
        .iter()
        .copied()
        .filter(|way| *way != "full listing")
        .collect();
    assert!(
        others.iter().all(|way| offered.contains(way)),
        "{offered:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dev_chain_offers_every_way_and_all_find_the_same_changes() {
    let chain = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
    let ways = [
        "block access lists",
        "block traces",
        "transaction traces",
        "struct logs",
        "local replay",
        "full listing",
    ];
    same_changes(&chain.url(), true, &ways).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_that_anvil_offers_find_the_same_changes() {
    let anvil = Anvil::start().unwrap();
    // Its struct logs have no steps.
    let ways = ["block traces", "transaction traces", "local replay"];
    same_changes(&anvil.url(), false, &ways).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_that_ganache_offers_find_the_same_changes() {
    let ganache = Ganache::start().unwrap();
    let ways = ["struct logs", "local replay", "full listing"];
    same_changes(&ganache.url(), true, &ways).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_by_system_calls_are_in_access_lists_and_listings_and_in_no_trace() {
    let chain = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
    let lab = Lab::set_up(&chain.url()).await;
    let from = lab.chain.block_number().await.unwrap();
    lab.write(&[(1, 1)]).await;
    let written = slots(&[from % HISTORY_WINDOW]);
    let source = smartsync_chain::Chain::connect(Side::Source, lab.chain.url())
        .await
        .unwrap();
    let query = Query {
        source: source.clone(),
        contract: HISTORY,
        span: Span {
            from: Some(from),
            from_root: None,
            to: from + 1,
            to_root: None,
        },
        target: source,
        proxy: HISTORY,
        target_block: from,
    };
    for way in Finders::default().all() {
        let found = lab.net(way, &query).await.unwrap();
        let sees = ["block access lists", "full listing"].contains(&way.name());
        let expected = if sees { written.clone() } else { slots(&[]) };
        assert_eq!(found, expected, "{}", way.name());
    }
}

/// The checks of `smartsync doctor --json` that are about something and do not work.
async fn doctor(arguments: &[&str]) -> (serde_json::Value, Vec<String>) {
    let report = smartsync([&["doctor", "--json"], arguments].concat())
        .await
        .json();
    let broken = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["works"] == json!(false))
        .map(|check| format!("{}: {}", check["about"], check["name"]).replace('"', ""))
        .collect();
    (report, broken)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_nodes_and_contracts_offer() {
    let source = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
    let target = DevChain::spawn(Config::new(Kind::Stylus)).await.unwrap();
    let lab = Lab::set_up(&source.url()).await;
    lab.write(&[(1, 1)]).await;
    let directory = tempfile::tempdir().unwrap();
    let deployment = directory.path().join("deployment.json");
    let told = directory.path().join("told.json");
    let (source, target) = (source.url(), target.url());
    let connection = [
        "--source-rpc",
        &source,
        "--target-rpc",
        &target,
        "--private-key",
        PRIVATE_KEYS[0],
        "--deployment",
        deployment.to_str().unwrap(),
    ];
    smartsync([&["deploy", "--json"], connection.as_slice()].concat())
        .await
        .json();
    let (report, broken) = doctor(&connection).await;
    assert_eq!(broken, [""; 0], "{report}");
    assert_eq!(report["findsChangesBy"], json!("block access lists"));
    for clue in [
        "31337",
        "412346",
        "1024 at least",
        "version 3",
        "more days",
        "ETH of 0x",
        "that of this release",
        "code not permanent, NUMBER the header's, as is known",
        "precompiled beyond 1 to 9: none; native beyond 2^20: none",
    ] {
        assert!(report.to_string().contains(clue), "{clue}: {report}");
    }

    // Code that is another release's, and a registry that was told what is not so.
    let anew = [
        "--deployment",
        told.to_str().unwrap(),
        "--permanent-code",
        "true",
        "--precompile",
        "0x9999999999999999999999999999999999999999@0",
    ];
    let told_wrong = [&["deploy", "--json"], &connection[..6], &anew[..]].concat();
    let deployed = smartsync(told_wrong).await.json();
    let verifier = deployed["verifier"].as_str().expect("an address");
    let (chain, verifier) = (Chain::at(&target), verifier.parse().unwrap());
    chain.set_code(verifier, "0xeff00000").await.unwrap();
    let (report, broken) = doctor(&[&connection[..6], &anew[..2]].concat()).await;
    for what in [
        "facts about the source chain",
        "precompiled contracts and native accounts",
        "code of verifier",
    ] {
        assert!(broken.contains(&format!("contracts: {what}")), "{report}");
    }
    // A registry that was told another list is another registry.
    let without = [&["deploy", "--json"], &connection[..6], &anew[..4]].concat();
    let deployed_again = smartsync(without).await.json();
    assert_ne!(deployed_again["registry"], deployed["registry"]);

    // A source that is no target, and a way that is not offered.
    let ganache = Ganache::start().unwrap();
    Lab::set_up(&ganache.url()).await.write(&[(1, 1)]).await;
    let (report, broken) = doctor(&["--source-rpc", &ganache.url()]).await;
    assert_eq!(report["findsChangesBy"], json!("struct logs"), "{report}");
    assert!(
        broken.contains(&"source: finding changes by block traces".to_owned()),
        "{report}"
    );
    let (report, broken) = doctor(&["--target-rpc", &ganache.url()]).await;
    assert!(broken.contains(&"target: Stylus".to_owned()), "{report}");

    let output = smartsync(["doctor"]).await;
    assert!(output.code.is_some_and(|code| code != 0), "{output:?}");
    assert!(output.stderr.contains("--source-rpc"), "{output:?}");
    assert_eq!(output.stderr.trim_end().lines().count(), 1);
}
