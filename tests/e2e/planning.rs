//! What `plan` says of reads: what they cost in each way, how far it looks back, and how many slots there are.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};
use smartsync_tests::{Oracle, RateVault, Shares, UpgradeableProxy};

use crate::vault::{ASSETS, RATE, Vault};

#[tokio::test(flavor = "multi_thread")]
async fn plan_says_what_proven_calls_and_feeds_cost_and_its_figures_are_what_they_then_cost() {
    const CHANGES: u64 = 4;
    let vault = Vault::start().await;
    let source = &vault.relayed.source;
    let set = async |rate: u64| {
        let rate_ = U256::from(1_000_000_000_000_000_000_u64) * U256::from(rate);
        source
            .send(vault.oracle, Oracle::setCall { rate_ })
            .await
            .unwrap();
    };
    for rate in 10..10 + CHANGES {
        set(rate).await;
    }
    let blocks = CHANGES.to_string();
    let call = format!("{RATE} 1000");
    let plan = vault
        .run("plan", &["--call", &call, "--blocks", &blocks])
        .await;
    let read = &plan["reads"][0];
    assert_eq!(read["call"], "convertToAssets(uint256)");
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{plan}"));
    assert_eq!(number(&read["feed"]["changed"]), CHANGES);
    // Cheapest by the table of a day: calls until they cost what the changes do, then the cheaper of feed and mirror.
    let (gas, feed) = (number(&read["proven"]["gas"]), number(&read["feed"]["gas"]));
    let mirror = number(&plan["day"]["gas"]);
    let way = if feed <= mirror { "feed" } else { "mirror" };
    let from = feed.min(mirror) / gas + 1;
    assert_eq!(
        read["cheapest"],
        json!([{ "from": 0, "way": "proven" }, { "from": from, "way": way }])
    );

    let near = |planned: u64, cost: u64| planned.abs_diff(cost) * 20 <= cost;
    vault.run("migrate", &["--call", &call]).await;
    vault.relayed.run(&["deploy", "--prover"]).await;
    let called = vault.run("call", &[RATE, "1000", "--proven"]).await;
    let cost = number(&called["through"]["proof"]["gas"]);
    assert!(near(gas, cost), "{gas} planned, {cost} used");
    let asked = vault.vault.to_string();
    let create = [
        "feed",
        "create",
        &asked,
        RATE,
        "1000",
        "--description",
        "rate",
    ];
    let feed = vault.relayed.run(&create).await["feed"].clone();
    let feed = feed.as_str().expect("an address").to_owned();
    let mut last = 0;
    for rate in [30, 31] {
        set(rate).await;
        // The header comes with the group.
        vault.run("sync", &[]).await;
        let updated = vault.relayed.run(&["feed", "update", &feed]).await;
        last = number(&updated["gasUsed"]);
    }
    let update = number(&read["feed"]["update"]);
    assert!(near(update, last), "{update} planned, {last} used");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_looks_back_no_further_than_to_when_what_is_asked_began_and_says_so() {
    const AGE: u64 = 3;
    let vault = Vault::start().await;
    let source = &vault.relayed.source;
    // Older than any contract, and younger than the blocks that are looked at.
    for _ in 0..20 {
        source.mine().await.unwrap();
    }
    let arguments = (vault.token, vault.oracle).abi_encode();
    let young = source
        .deploy(&RateVault::BYTECODE, arguments)
        .await
        .unwrap();
    let address = young.to_string();
    let plan = ["plan", &address, "--call", ASSETS];
    let text = vault.relayed.text(&plan).await;
    let of_this_block = format!("a day        not known: {young} is of this block");
    assert!(text.contains(&of_this_block), "{text}");
    for _ in 0..AGE {
        let mint = Shares::mintCall {
            to: young,
            amount: U256::from(1),
        };
        source.send(vault.token, mint).await.unwrap();
    }
    let planned = vault.relayed.run(&plan).await;
    let day = &planned["day"];
    assert_eq!(
        (&day["blocks"], &day["youngest"]),
        (&json!(AGE), &json!(young)),
        "{planned}"
    );
    let token = format!("{:?}", vault.token);
    assert_eq!(day["changed"][&token], json!(AGE), "{planned}");
    let text = vault.relayed.text(&plan).await;
    let seen = format!("over the last {AGE} source blocks");
    assert!(
        text.contains(&seen) && text.contains(", all that"),
        "{text}"
    );
    // As many as it has seen, and fewer.
    for (blocks, youngest) in [("3", None), ("2", None), ("4", Some(young))] {
        let fewer = [&plan[..], &["--blocks", blocks]].concat();
        let planned = vault.relayed.run(&fewer).await;
        let said = planned["day"].get("youngest").cloned();
        assert_eq!(said, youngest.map(|young| json!(young)), "{planned}");
    }
    let none = [&plan[..], &["--blocks", "0"]].concat();
    let planned = vault.relayed.run(&none).await;
    assert_eq!(planned["noDay"], "notAsked", "{planned}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_estimates_a_contract_that_is_too_large_to_list_and_says_so() {
    const SLOTS: u64 = 3_000;
    let vault = Vault::start().await;
    let source = &vault.relayed.source;
    let slots: serde_json::Map<String, Value> = (0..SLOTS)
        .map(|slot| (format!("{:#066x}", (1_u64 << 40) + slot), json!("0x07")))
        .collect();
    source
        .rpc("smartsync_setStorage", json!([vault.token, slots]))
        .await
        .unwrap();
    source.mine().await.unwrap();
    let calls = ["--call", ASSETS, "--max-slots", "1000"];
    let plan = vault.run("plan", &calls).await;
    assert_eq!(
        (&plan["estimated"], &plan["day"]),
        (&json!(true), &Value::Null)
    );
    let accounts = plan["accounts"].as_array().expect("accounts");
    let token = accounts
        .iter()
        .find(|each| each["account"] == json!(vault.token));
    let count = &token.expect("the token")["estimate"];
    let number = |name: &str| count[name].as_u64().unwrap_or_else(|| panic!("{plan}"));
    // The slots are drawn by the block's state root: four standard errors are missed once in 16,000 runs, two once in 20.
    let four = number("most") - number("least");
    assert!(number("likely").abs_diff(SLOTS) <= four, "{count}");
    assert!(number("likely").abs_diff(SLOTS) * 5 <= SLOTS, "{count}");
    let text = vault
        .relayed
        .text(&[&["plan", &vault.vault.to_string()], &calls[..]].concat())
        .await;
    for said in ["estimated from 256 proofs", "too large for the dry run"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// It was that of the state before the last blocks, in which a young contract had hardly anything.
#[tokio::test(flavor = "multi_thread")]
async fn plan_prices_the_copy_of_the_state_that_there_is_and_migrate_then_costs_that() {
    const HOLDERS: u8 = 12;
    let vault = Vault::start().await;
    for holder in 1..=HOLDERS {
        let mint = Shares::mintCall {
            to: Address::repeat_byte(holder),
            amount: U256::from(holder),
        };
        vault.relayed.source.send(vault.token, mint).await.unwrap();
    }
    let token = vault.token.to_string();
    let call = format!("balanceOf(address)(uint256) {}", Address::repeat_byte(1));
    let call = ["--call", &call];
    let plan = [&["plan", &token, "--blocks", "12"], &call[..]].concat();
    let planned = vault.relayed.run(&plan).await;
    let migrate = [&["migrate", &token], &call[..]].concat();
    let migrated = vault.relayed.run(&migrate).await;
    let own = planned["accounts"].as_array().and_then(|accounts| {
        accounts
            .iter()
            .find(|own| own["account"] == json!(vault.token))
    });
    assert_eq!(
        own.expect("the token")["slots"],
        migrated["copied"][0]["slots"],
        "{planned} {migrated}"
    );
    let number = |value: &Value| value.as_u64().expect("a number");
    let (gas, cost) = (
        number(&planned["copy"]["gas"]),
        number(&migrated["gasUsed"]),
    );
    assert!(
        gas.abs_diff(cost) * 20 <= cost,
        "{gas} planned, {cost} used"
    );
    // The changes of those blocks are a day's.
    assert_eq!(planned["day"]["changed"][format!("{:?}", vault.token)], 12);
    // Where slots are estimated, too, what stands costs nothing.
    let estimated = [&plan[..], &["--max-slots", "1"]].concat();
    let standing = vault.relayed.run(&estimated).await;
    assert_eq!(
        (&standing["estimated"], &standing["copy"]["gas"]),
        (&json!(true), &json!(0)),
        "{standing}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_says_what_no_way_answers_and_what_cannot_be_copied() {
    let vault = Vault::start().await;
    vault.relayed.source.mine().await.unwrap();
    let asked = vault.vault.to_string();
    let plan = ["plan", &asked, "--call", "random()(uint256)"];
    let planned = vault.relayed.run(&plan).await;
    let read = &planned["reads"][0];
    let refused = read["refused"].as_str().expect("why");
    assert!(refused.starts_with("UnsupportedInstruction("), "{planned}");
    assert_eq!(
        (&read["proven"], &read["cheapest"]),
        (&Value::Null, &json!([]))
    );
    let text = vault.relayed.text(&plan).await;
    assert!(text.contains("does not answer it either: "), "{text}");

    // A proxy whose implementation is none: nothing is kept of what is refused.
    let native = Address::with_last_byte(0xee).abi_encode();
    let source = &vault.relayed.source;
    let lost = source.deploy(&UpgradeableProxy::BYTECODE, native).await;
    let lost = lost.unwrap().to_string();
    let call = ["--call", "anything()(uint256)"];
    let text = vault
        .relayed
        .text(&[&["plan", &lost], &call[..]].concat())
        .await;
    assert!(text.contains("first copy   not possible: "), "{text}");
    let migrate = [&["migrate", &lost], &call[..]].concat();
    let output = vault.relayed.output(&migrate).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    let status = vault.relayed.run(&["status"]).await;
    assert_eq!(status["groups"], json!([]), "{status}");
}
