//! What reads take is found, priced, mirrored, kept together, and read through.

use std::{
    collections::BTreeSet,
    process::Stdio,
    time::{Duration, Instant},
};

use alloy::{providers::Provider as _, rpc::types::BlockId};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::{Value, json};
use smartsync_abi::IRegistry;
use smartsync_tests::{DoubledShares, Oracle, RateVault, Shares, UpgradeableProxy, request};

use crate::{
    feed_service::{shows, watch},
    vault::{ASSETS, RATE, Vault},
};

fn addresses(accounts: impl IntoIterator<Item = Address>) -> Value {
    let mut accounts: Vec<Address> = accounts.into_iter().collect();
    accounts.sort_unstable();
    json!(accounts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_planned_migrated_changed_upgraded_pointed_elsewhere_and_read_as_on_the_source()
{
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1000"), "--call", ASSETS];
    let target = &vault.relayed.target;
    let before = target.block_number().await.unwrap();
    let plan = vault
        .run("plan", &[&calls[..], &["--blocks", "0"]].concat())
        .await;
    assert_eq!(
        target.block_number().await.unwrap(),
        before,
        "nothing is sent"
    );
    let role = |account: Address| {
        let accounts = plan["accounts"].as_array().expect("accounts");
        let found = accounts
            .iter()
            .find(|each| each["account"] == json!(account));
        found.map(|each| each["role"].clone())
    };
    for member in [vault.vault, vault.token, vault.oracle] {
        assert_eq!(role(member), Some(json!("mirror")), "{plan}");
    }
    let accounts = plan["accounts"].as_array().expect("accounts");
    let codes = accounts.iter().filter(|each| each["role"] == "code");
    assert_eq!(codes.count(), 1, "{plan}");

    let migrated = vault.run("migrate", &calls).await;
    let members = addresses([vault.vault, vault.token, vault.oracle]);
    assert_eq!(migrated["members"], members, "{migrated}");
    // What was planned is what it cost, within 5 %.
    let (planned, cost) = (&plan["copy"], &migrated["gasUsed"]);
    let (planned, cost) = (planned["gas"].as_u64().unwrap(), cost.as_u64().unwrap());
    assert!(
        planned.abs_diff(cost) * 20 <= cost,
        "{planned} planned, {cost} used"
    );
    assert_eq!(vault.equal(RATE, &["1000"]).await, "3000");
    assert_eq!(vault.equal(ASSETS, &[]).await, "700");
    let again = vault.run("migrate", &calls).await;
    assert_eq!(again["steps"], json!([]), "a second run does nothing");

    // Changed, upgraded, and pointed at another oracle.
    let source = &vault.relayed.source;
    let rate = Oracle::setCall {
        rate_: U256::from(5_000_000_000_000_000_000_u64),
    };
    source.send(vault.oracle, rate).await.unwrap();
    let doubled = source.deploy(&DoubledShares::BYTECODE, []).await.unwrap();
    let upgrade = UpgradeableProxy::upgradeToCall {
        implementation: doubled,
    };
    source.send(vault.token, upgrade).await.unwrap();
    let synced = vault.run("sync", &[]).await;
    assert_eq!(synced["codes"], json!([doubled]), "{synced}");
    assert_eq!(vault.equal(RATE, &["1000"]).await, "5000");
    assert_eq!(vault.equal(ASSETS, &[]).await, "1400");

    let ten = U256::from(10_000_000_000_000_000_000_u64);
    let other = source
        .deploy(&Oracle::BYTECODE, ten.abi_encode())
        .await
        .unwrap();
    let point = RateVault::setOracleCall { oracle_: other };
    source.send(vault.vault, point).await.unwrap();
    let synced = vault.run("sync", &[]).await;
    let members = addresses([vault.vault, vault.token, other]);
    assert_eq!(synced["members"], members, "{synced}");
    assert_eq!(vault.equal(RATE, &["1000"]).await, "10000");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_group_are_moved_in_one_transaction_unchanged_ones_too() {
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1"), "--call", ASSETS];
    vault.run("migrate", &calls).await;
    let source = &vault.relayed.source;
    let amount = U256::from(1);
    let mint = Shares::mintCall {
        to: vault.vault,
        amount,
    };
    source.send(vault.token, mint).await.unwrap();
    let block = source.block_number().await.unwrap();
    let synced = vault.run("sync", &[]).await;
    assert_eq!(synced["sourceBlock"], json!(block));
    // On a chain whose code is not known to be permanent, the token's is proven again at each block: in the same transaction.
    let steps = synced["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 1, "{synced}");
    assert_eq!(vault.equal(ASSETS, &[]).await, "701");
    let status = vault.relayed.run(&["status"]).await;
    let blocks: Vec<&Value> = status["mirrors"]
        .as_array()
        .expect("mirrors")
        .iter()
        .map(|mirror| &mirror["sourceBlock"])
        .collect();
    assert_eq!(blocks, [&json!(block); 3], "{status}");
}

/// Named by its mirror, a group had its mirror moved alone, and the source was asked at an address where nothing is.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_moved_watched_and_read_by_its_mirror_s_address_as_by_its_contract_s() {
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1"), "--call", ASSETS];
    let migrated = vault.run("migrate", &calls).await;
    let status = vault.relayed.run(&["status"]).await;
    let mirrors = status["mirrors"].as_array().expect("mirrors");
    let of_vault = mirrors
        .iter()
        .find(|mirror| mirror["source"] == json!(vault.vault));
    let proxy = of_vault.expect("the vault's")["proxy"].clone();
    let proxy = proxy.as_str().expect("an address");

    let source = &vault.relayed.source;
    source.mine().await.unwrap();
    let block = source.block_number().await.unwrap();
    let synced = vault.relayed.run(&["sync", proxy]).await;
    assert_eq!(
        (&synced["members"], &synced["sourceBlock"]),
        (&migrated["members"], &json!(block)),
        "{synced}"
    );
    let read = ["call", proxy, RATE, "1000", "--compare"];
    let answer = vault.relayed.run(&read).await;
    assert_eq!(
        (&answer["values"][0], &answer["to"]),
        (&json!("3000"), &json!(vault.vault)),
        "{answer}"
    );
    assert_eq!(answer["comparison"]["equal"], true, "{answer}");

    // Calls of a configuration are about the contract, too, and those that `migrate` has kept are among them.
    let config = format!(
        "[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[watch]\npoll = \"200ms\"\npace = \"50ms\"\n\
         [service]\nlisten = \"127.0.0.1:0\"\n[[mirror]]\naddress = \"{proxy}\"\ncalls = [\"{RATE} 2\"]\n",
        source.url(),
        vault.relayed.target.url(),
    );
    source.mine().await.unwrap();
    let block = source.block_number().await.unwrap();
    let (mut watching, url) = watch(&vault.relayed, &config).await;
    let moved = |status: &Value| {
        let group = &status["mirrors"][0]["group"];
        group["sourceBlock"] == json!(block)
    };
    let group = &shows(&url, moved).await["mirrors"][0]["group"];
    let members = group["members"].as_array().expect("members");
    assert_eq!(members.len(), 3, "{group}");
    assert!(members.iter().all(|member| member["apart"] == false));
    assert_eq!(
        (&group["reads"], &group["failing"]),
        (&json!(3), &json!([]))
    );
    watching.start_kill().unwrap();
    watching.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_groups_members_apart_and_reads_that_fail() {
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1"), "--call", ASSETS];
    vault.run("migrate", &calls).await;
    let group = async || {
        let status = vault.relayed.run(&["status"]).await;
        let groups = status["groups"].as_array().expect("groups").clone();
        assert_eq!(groups.len(), 1, "{status}");
        groups[0].clone()
    };
    let whole = group().await;
    assert_eq!(whole["source"], json!(vault.vault));
    assert_eq!(
        (&whole["reads"], &whole["failing"]),
        (&json!(2), &json!([]))
    );
    let apart = |group: &Value| -> Vec<Value> {
        let members = group["members"].as_array().expect("members").iter();
        let apart = members.filter(|member| member["apart"] == true);
        apart.map(|member| member["source"].clone()).collect()
    };
    assert_eq!(whole["members"].as_array().map(Vec::len), Some(3));
    assert!(apart(&whole).is_empty(), "{whole}");

    // The oracle's mirror goes on alone: it is apart, and the read that asks it fails by name.
    let source = &vault.relayed.source;
    source.mine().await.unwrap();
    let oracle = vault.oracle.to_string();
    vault.relayed.run(&["sync", &oracle]).await;
    let torn = group().await;
    assert_eq!(apart(&torn), [json!(vault.oracle)], "{torn}");
    let failing = torn["failing"].as_array().expect("reads");
    assert_eq!(failing.len(), 1, "{torn}");
    let error = failing[0]["error"].as_str().expect("an error");
    assert!(error.starts_with("BlocksDiffer("), "{error}");
    let text = vault.relayed.text(&["status"]).await;
    for line in [
        "1 apart; 2 reads, 1 failing",
        "  failing  0x07a2d13a",
        "smartsync migrate",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }

    vault.run("sync", &[]).await;
    let whole = group().await;
    assert!(
        apart(&whole).is_empty() && whole["failing"] == json!([]),
        "{whole}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_and_absent_accounts_are_proven_where_a_read_asks_for_them() {
    let vault = Vault::start().await;
    let source = &vault.relayed.source;
    let nobody = Address::repeat_byte(0x99).to_string();
    let oracle = vault.oracle.to_string();
    source
        .rpc("anvil_setBalance", json!([vault.vault, "0x309"]))
        .await
        .unwrap();
    let is_contract = "isContract(address)(bool)";
    vault.run("migrate", &[]).await;
    let (answer, line) = vault.fails("wei_()(uint256)", &[]).await;
    assert!(line.contains("BalanceUnknown"), "{line}");
    let advice = answer["advice"].as_str().expect("advice");
    assert!(advice.contains("smartsync migrate"), "{advice}");
    let calls = [
        "--call",
        "wei_()(uint256)",
        "--call",
        &format!("{is_contract} {nobody}"),
        "--call",
        &format!("{is_contract} {oracle}"),
    ];
    let migrated = vault.run("migrate", &calls).await;
    let balances = addresses([vault.vault, Address::repeat_byte(0x99)]);
    assert_eq!(migrated["balances"], balances, "{migrated}");
    assert_eq!(vault.equal("wei_()(uint256)", &[]).await, "777");
    assert_eq!(vault.equal(is_contract, &[&nobody]).await, "false");
    assert_eq!(vault.equal(is_contract, &[&oracle]).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_in_one_line_and_what_differs_fails() {
    let vault = Vault::start().await;
    vault
        .run("migrate", &["--call", &format!("{RATE} 1")])
        .await;
    let (_, line) = vault.fails("random()(uint256)", &[]).await;
    assert!(line.contains("UnsupportedInstruction"), "{line}");
    let (_, line) = vault.fails(ASSETS, &[]).await;
    assert!(line.contains("NotMirrored"), "{line}");
    // A refusal is no answer, with or without the source's beside it; a function that writes has another one there.
    let (answer, line) = vault.fails("random()(uint256)", &["--compare"]).await;
    assert!(line.contains("UnsupportedInstruction"), "{line}");
    assert_eq!(answer["refused"], true, "{answer}");
    let oracle = vault.oracle.to_string();
    let (answer, line) = vault
        .fails("setOracle(address)", &[&oracle, "--compare"])
        .await;
    assert!(line.contains("not the source's"), "{line}");
    assert_eq!(answer["refused"], false, "{answer}");
    let advice = answer["advice"].as_str().expect("advice");
    assert!(advice.contains("only views"), "{advice}");
    // An answer that is not of the types that were given is shown as it is, and said to be.
    for (function, said) in [
        ("convertToAssets(uint256)(bool)", "not of the types"),
        ("convertToAssets(uint256)(uint8)", "not of the types"),
    ] {
        let answer = vault.run("call", &[function, "1000"]).await;
        assert_eq!(answer["values"], Value::Null, "{answer}");
        let advice = answer["advice"].as_str().expect("advice");
        assert!(advice.contains(said), "{advice}");
    }
    // A question that cannot be asked is not.
    for (arguments, clue) in [
        (&["convertToAssets(uint256)"][..], "takes 1"),
        (&["convertToAssets(uint256)", "many"], "many"),
        (&["convertToAssets"], "no parentheses"),
        (&["0xzz"], "not calldata"),
    ] {
        let source = vault.vault.to_string();
        let output = vault
            .relayed
            .output(&[&["call", &source], arguments].concat())
            .await;
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
        assert!(output.stderr.contains(clue), "{}", output.stderr);
        assert_eq!(output.stderr.trim_end().lines().count(), 1);
    }
    let unused = Address::repeat_byte(0x77).to_string();
    let output = vault.relayed.output(&["plan", &unused]).await.json();
    assert_eq!(output["accounts"][0]["role"], "unknowable", "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_come_from_options_a_file_and_an_abi_and_are_asked_by_whom_it_is_said() {
    const ABI: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/artifacts/RateVault.json"
    );
    let vault = Vault::start().await;
    let asker = Address::repeat_byte(0x5a);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls");
    let lines = format!("# rates\n{RATE} 1000\n\n{RATE} 2000\n");
    std::fs::write(&file, lines).unwrap();
    let is_contract = format!("isContract(address)(bool) {}", vault.oracle);
    let calls = [
        "--call",
        &is_contract,
        "--calls",
        file.to_str().unwrap(),
        "--abi",
        ABI,
        "--from",
        &asker.to_string(),
    ];
    let migrated = vault.run("migrate", &calls).await;
    let members = addresses([vault.vault, vault.token, vault.oracle]);
    assert_eq!(migrated["members"], members, "{migrated}");
    let status = vault.relayed.run(&["status"]).await;
    let group = &status["groups"][0];
    // One option, two lines, and of the ABI: token, oracle, label, totalAssets, wei_, random.
    assert_eq!(group["reads"], 1 + 2 + 6, "{status}");
    // The last of them is what no mirror answers.
    let failing = group["failing"].as_array().expect("reads");
    assert_eq!(failing.len(), 1, "{status}");
    assert_eq!(failing[0]["from"], json!(asker), "{status}");
    let error = failing[0]["error"].as_str().expect("an error");
    assert!(error.starts_with("UnsupportedInstruction("), "{error}");
}

/// What a reader sees: the mirror's source block before and after, and the answer between.
async fn look(vault: &Vault, registry: Address, proxy: Address) -> Option<(u64, U256)> {
    let target = &vault.relayed.target;
    let record = async || {
        let record = target.view(registry, IRegistry::recordCall { proxy });
        record.await.unwrap().sourceBlock
    };
    let before = record().await;
    let read = RateVault::convertToAssetsCall {
        shares: U256::from(1_000),
    };
    let rate = target.view(proxy, read).await;
    let assets = target.view(proxy, RateVault::totalAssetsCall {}).await;
    if record().await != before {
        return None;
    }
    // A read that fails says why; one that answers is right.
    Some((before, rate.ok()? + assets.ok()?))
}

/// The same of the source, at a block.
async fn truth(vault: &Vault, block: u64) -> U256 {
    let at = BlockId::number(block);
    let provider = vault.relayed.source.provider();
    let ask = async |data: Vec<u8>| {
        let call = request(vault.vault, data.into());
        let answer = provider.call(call).block(at).await.unwrap();
        U256::from_be_slice(&answer)
    };
    let read = RateVault::convertToAssetsCall {
        shares: U256::from(1_000),
    };
    ask(read.abi_encode()).await + ask(RateVault::totalAssetsCall {}.abi_encode()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_group_follows_changes_upgrades_and_new_dependencies_and_is_never_read_mixed() {
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1000"), "--call", ASSETS];
    vault.run("migrate", &calls).await;
    let status = vault.relayed.run(&["status"]).await;
    let mirrors = status["mirrors"].as_array().expect("mirrors");
    let of_vault = mirrors
        .iter()
        .find(|mirror| mirror["source"] == json!(vault.vault))
        .expect("the vault's");
    let proxy: Address = serde_json::from_value(of_vault["proxy"].clone()).unwrap();
    let registry: Address =
        serde_json::from_value(vault.relayed.deployment["registry"].clone()).unwrap();
    let address = vault.vault.to_string();
    let mut watch = vault
        .relayed
        .command(&["watch", &address, "--every", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let source = &vault.relayed.source;
    let eighteen = U256::from(1_000_000_000_000_000_000_u64);
    let (mut seen, mut reads) = (BTreeSet::new(), 0);
    for step in 1..=4_u64 {
        match step {
            1 => {
                let rate_ = eighteen * U256::from(7);
                source
                    .send(vault.oracle, Oracle::setCall { rate_ })
                    .await
                    .unwrap();
            }
            2 => {
                let implementation = source.deploy(&DoubledShares::BYTECODE, []).await.unwrap();
                let upgrade = UpgradeableProxy::upgradeToCall { implementation };
                source.send(vault.token, upgrade).await.unwrap();
            }
            3 => {
                let rate = eighteen * U256::from(11);
                let oracle_ = source
                    .deploy(&Oracle::BYTECODE, rate.abi_encode())
                    .await
                    .unwrap();
                source
                    .send(vault.vault, RateVault::setOracleCall { oracle_ })
                    .await
                    .unwrap();
            }
            _ => {
                source.mine().await.unwrap();
            }
        }
        let wanted = source.block_number().await.unwrap();
        let expected = truth(&vault, wanted).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < deadline, "step {step} never arrives");
            assert!(watch.try_wait().unwrap().is_none(), "the watch ended");
            let Some((block, answer)) = look(&vault, registry, proxy).await else {
                tokio::task::yield_now().await;
                continue;
            };
            reads += 1;
            assert_eq!(
                answer,
                truth(&vault, block).await,
                "at source block {block}"
            );
            seen.insert(block);
            if block >= wanted {
                assert_eq!(answer, expected);
                break;
            }
        }
    }
    assert!(seen.len() >= 4 && reads >= 4, "{reads} reads of {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_view_is_proven_without_a_mirror_of_what_it_reads() {
    let vault = Vault::start().await;
    let nobody = Address::repeat_byte(0x99).to_string();
    let asked = vault.vault.to_string();
    let ask = ["call", &asked, ASSETS, "--proven"];
    let output = vault.relayed.output(&ask).await;
    assert!(output.stderr.contains("deploy --prover"), "{output:?}");
    let deployed = vault.relayed.run(&["deploy", "--prover"]).await;
    assert_eq!(deployed["deployed"], json!(["runner", "prover", "feeds"]));
    let again = vault.relayed.run(&["deploy", "--prover"]).await;
    assert_eq!(again["deployed"], json!([]), "what stands is kept");

    // A mirror of something else makes the root source know a block.
    let source = &vault.relayed.source;
    source
        .rpc("anvil_setBalance", json!([vault.vault, "0x309"]))
        .await
        .unwrap();
    source.mine().await.unwrap();
    let unrelated = source.deploy(&Shares::BYTECODE, []).await.unwrap();
    vault.relayed.migrate(unrelated).await;
    for (function, argument, expected) in [
        (RATE, Some("1000"), "3000"),
        (ASSETS, None, "700"),
        ("wei_()(uint256)", None, "777"),
        ("isContract(address)(bool)", Some(nobody.as_str()), "false"),
        ("label()(string)", None, "\"a vault\""),
    ] {
        let arguments: Vec<&str> = argument.into_iter().chain(["--proven"]).collect();
        assert_eq!(vault.equal(function, &arguments).await, expected);
    }
    let (_, line) = vault.fails("random()(uint256)", &["--proven"]).await;
    assert!(line.contains("UnsupportedInstruction"), "{line}");
    // A block that the root source does not know.
    let block = source.block_number().await.unwrap() + 1;
    source.mine().await.unwrap();
    let block = block.to_string();
    let (_, line) = vault.fails(ASSETS, &["--proven", "--block", &block]).await;
    assert!(line.contains("UnknownBlock"), "{line}");
}
