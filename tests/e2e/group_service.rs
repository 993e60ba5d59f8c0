//! Groups in the service: what it shows of them, and what they cost.

use alloy_primitives::U256;
use serde_json::{Value, json};
use smartsync_tests::{DoubledShares, UpgradeableProxy};

use crate::{
    feed_service::{fees, get, shows, watch, wei},
    vault::{ASSETS, RATE, Vault},
};

/// Whether the mirror is at a block, and a round is over.
fn at(block: u64) -> impl Fn(&Value) -> bool {
    move |status| {
        if status["rounds"] == json!(0) {
            return false;
        }
        let mirror = &status["mirrors"][0];
        mirror["sourceBlock"] == json!(block) && mirror["condition"] == "current"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_group_is_shown_with_what_is_apart_and_all_that_it_takes_is_spent_on_its_mirror()
{
    let vault = Vault::start().await;
    let calls = ["--call", &format!("{RATE} 1"), "--call", ASSETS];
    vault.run("migrate", &calls).await;
    let (source, target) = (&vault.relayed.source, &vault.relayed.target);
    let config = format!(
        "[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[watch]\npoll = \"200ms\"\npace = \"50ms\"\n\
         [service]\nlisten = \"127.0.0.1:0\"\n[[mirror]]\nname = \"vault\"\naddress = \"{}\"\n",
        source.url(),
        target.url(),
        vault.vault
    );
    let (mut watching, url) = watch(&vault.relayed, &config).await;
    let block = source.block_number().await.unwrap();
    let before = shows(&url, at(block)).await;
    let group = &before["mirrors"][0]["group"];
    assert_eq!(
        group["members"].as_array().map(Vec::len),
        Some(3),
        "{before}"
    );
    assert_eq!(
        (&group["reads"], &group["failing"]),
        (&json!(2), &json!([]))
    );

    // An upgrade: the new code is brought and proven, and all members move. That is spent on the mirror that is read.
    let target_block = target.block_number().await.unwrap();
    let implementation = source.deploy(&DoubledShares::BYTECODE, []).await.unwrap();
    let upgrade = UpgradeableProxy::upgradeToCall { implementation };
    source.send(vault.token, upgrade).await.unwrap();
    let block = source.block_number().await.unwrap();
    let after = shows(&url, at(block)).await;
    let sent: U256 = (fees(target, target_block).await.iter())
        .map(|(_, fee)| fee)
        .sum();
    let spent = |status: &Value| wei(&status["mirrors"][0]["spentDay"]);
    assert_eq!(spent(&after) - spent(&before), sent);
    let common = |status: &Value| wei(&status["wallet"]["spentDay"]);
    assert_eq!(common(&after) - common(&before), sent);
    let metrics = get(&format!("{url}/metrics")).await;
    for line in [
        "smartsync_group_members{mirror=\"vault\"} 3.0",
        "smartsync_group_members_apart{mirror=\"vault\"} 0.0",
        "smartsync_group_reads{mirror=\"vault\"} 2.0",
        "smartsync_group_reads_failing{mirror=\"vault\"} 0.0",
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
    watching.start_kill().unwrap();
    watching.wait().await.unwrap();

    // Somebody moves the oracle's mirror alone, and the wallet has a limit that is used up: the group stays apart, and it is shown.
    source.mine().await.unwrap();
    let oracle = vault.oracle.to_string();
    vault.relayed.run(&["sync", &oracle]).await;
    let (mut poor, url) = watch(
        &vault.relayed,
        &format!("{config}spending_limit = \"1 wei\"\n"),
    )
    .await;
    let held = |status: &Value| {
        let mirror = &status["mirrors"][0];
        mirror["hold"]["reason"] == "spending" && mirror["group"]["failing"] != json!([])
    };
    let torn = shows(&url, held).await;
    let group = &torn["mirrors"][0]["group"];
    let apart: Vec<&Value> = (group["members"].as_array().expect("members").iter())
        .filter(|member| member["apart"] == true)
        .map(|member| &member["source"])
        .collect();
    assert_eq!(apart, [&json!(vault.oracle)], "{torn}");
    let error = group["failing"][0]["error"].as_str();
    assert!(
        error.is_some_and(|error| error.starts_with("BlocksDiffer(")),
        "{torn}"
    );
    poor.start_kill().unwrap();
    poor.wait().await.unwrap();
}
