//! What becomes of a group when one of its reads has no answer on the target any more.

use alloy_primitives::{Address, B256, U256, hex};
use alloy_sol_types::SolValue;
use serde_json::json;
use smartsync_abi::IRegistry;
use smartsync_clone::data_init_code;
use smartsync_tests::{Oracle, RateVault, Shares};

use crate::vault::{ASSETS, RATE, Vault};

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_on_when_one_of_its_reads_comes_to_what_cannot_be_known() {
    let vault = Vault::start().await;
    let source = &vault.relayed.source;
    // A wallet with delegated code (EIP-7702), and an account that a chain implements itself.
    let wallet = Address::repeat_byte(0x77);
    let delegation = format!("0xef0100{}", "33".repeat(20));
    source.set_code(wallet, delegation).await.unwrap();
    let point = async |oracle_: Address| {
        let point = RateVault::setOracleCall { oracle_ };
        source.send(vault.vault, point).await.unwrap();
    };
    // It is refused where nothing is there yet.
    point(wallet).await;
    let at = vault.vault.to_string();
    let rate = |amount| format!("{RATE} {amount}");
    let (known, unknown) = (rate(1000), rate(7));
    let refused = ["migrate", &at, "--call", &known];
    let output = vault.relayed.output(&refused).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("EIP-7702"), "{}", output.stderr);
    point(vault.oracle).await;
    vault
        .run("migrate", &["--call", &known, "--call", ASSETS])
        .await;
    assert_eq!(vault.equal(RATE, &["1000"]).await, "3000");

    let mut assets = 700_u64;
    for (oracle, error) in [
        (wallet, "NotMirrored"),
        (Address::with_last_byte(0xc8), "NativeAccount"),
    ] {
        point(oracle).await;
        let mint = Shares::mintCall {
            to: vault.vault,
            amount: U256::ONE,
        };
        source.send(vault.token, mint).await.unwrap();
        assets += 1;
        let synced = vault.run("sync", &[]).await;
        assert_ne!(synced["steps"], json!([]), "{synced}");
        // What needs nothing of that is up to date.
        assert_eq!(vault.equal(ASSETS, &[]).await, assets.to_string());
        let (_, line) = vault.fails(RATE, &["1000"]).await;
        assert!(line.contains(error), "{line}");
        // Moving the group again would not help, and is not paid for.
        let status = vault.relayed.run(&["status"]).await;
        let failing = &status["groups"][0]["failing"];
        assert_eq!(failing[0]["mendable"], false, "{status}");
        assert_eq!(failing.as_array().map(Vec::len), Some(1), "{status}");
        // Nor is it asked for anew.
        let again = vault.relayed.output(&refused).await;
        assert_eq!(again.code, Some(0), "it is known: {again:?}");
        let other = ["migrate", &at, "--call", &unknown];
        let output = vault.relayed.output(&other).await;
        assert_eq!(output.code, Some(1), "{output:?}");
    }
    let five = U256::from(5_000_000_000_000_000_000_u64).abi_encode();
    let oracle = source.deploy(&Oracle::BYTECODE, five).await.unwrap();
    point(oracle).await;
    vault.run("sync", &[]).await;
    assert_eq!(vault.equal(RATE, &["1000"]).await, "5000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_without_an_end_is_refused_and_does_not_hold_up_what_stands() {
    let vault = Vault::start().await;
    let relayed = &vault.relayed;
    // Reads as many slots as slot 0 says, and answers 42.
    let code = hex!("5f54 5b 8015 6012 57 8054 50 60019003 6002 56 5b 602a5f5260205ff3");
    let walker = data_init_code(&[&code]).into();
    let walker = relayed.source.deploy(&walker, []).await.unwrap();
    let length = async |slots: u64| {
        let word = B256::from(U256::from(slots));
        let set = json!([walker, "0x0", word]);
        relayed.source.rpc("anvil_setStorageAt", set).await.unwrap();
        relayed.source.mine().await.unwrap();
    };
    length(3).await;
    let at = walker.to_string();
    let migrate = ["migrate", &at, "--call", "0x00"];
    relayed.run(&migrate).await;
    length(1_000_000_000_000).await;
    relayed.run(&["sync", &at]).await;
    let registry = serde_json::from_value(relayed.deployment["registry"].clone()).unwrap();
    let mirror = IRegistry::proxyOfCall { source: walker };
    let mirror = relayed.target.view(registry, mirror).await.unwrap();
    let storage = relayed.target.storage(mirror).await.unwrap();
    assert_eq!(storage[&U256::ZERO], U256::from(1_000_000_000_000_u64));
    let status = relayed.run(&["status"]).await;
    let failing = &status["groups"][0]["failing"][0];
    assert_eq!(failing["mendable"], false, "{status}");
    for refused in [
        &["migrate", &at, "--call", "0x01"][..],
        &["call", &at, "0x00", "--compare"],
    ] {
        let output = relayed.output(refused).await;
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(
            output.stderr.contains("takes too much"),
            "{}",
            output.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_halts_on_the_source_is_compared_like_any() {
    let vault = Vault::start().await;
    let relayed = &vault.relayed;
    for code in [&hex!("fe")[..], &hex!("50"), &hex!("6000 56")] {
        let halting = data_init_code(&[code]).into();
        let halting = relayed.source.deploy(&halting, []).await.unwrap();
        let at = halting.to_string();
        relayed.run(&["migrate", &at]).await;
        let output = relayed.output(&["call", &at, "0x00", "--compare"]).await;
        let answer = output.json();
        assert_eq!(answer["comparison"]["equal"], true, "{answer}");
        assert_eq!(answer["success"], false, "{answer}");
    }
}
