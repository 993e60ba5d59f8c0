use alloy_primitives::U256;

use super::scene::Scene;
use crate::{Chain, args};

/// Accounts that are contracts (ERC-4337): entry point, factory, an account behind its proxy.
pub async fn accounts(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let package = "@account-abstraction/contracts";
    let entry = scene.deploy(package, "artifacts/EntryPoint", args![]).await;
    let factory = scene
        .deploy(
            package,
            "artifacts/SimpleAccountFactory",
            args![entry.address],
        )
        .await;
    let owner = Chain::account(1);
    factory.send(&chain, "createAccount", args![owner, 7]).await;
    let at = factory
        .address_of(&chain, "getAddress", args![owner, 7])
        .await;
    let account = scene.interface(package, "artifacts/SimpleAccount");
    let account = account.at("SimpleAccount behind ERC1967Proxy", at);
    scene.show(&account);
    entry
        .send_as(&chain, 0, 1_234_567, "depositTo", args![at])
        .await;
    entry
        .send_as(&chain, 2, 0, "incrementNonce", args![9])
        .await;
    scene.ask(&entry, "getNonce", args![Chain::account(2), 9]);
    scene.ask(&entry, "getDepositInfo", args![at]);
    scene.ask(&account, "getDeposit", args![]);
    scene.ask(&account, "getNonce", args![]);
    let operation = format!("({at},0,0x,0x1234,100000,100000,50000,1,1,0x,0x)");
    scene.ask(&entry, "getUserOpHash", args![operation]);
    scene.ask(&entry, "_validateSenderAndPaymaster", args!["0x", at, "0x"]);
    scene.numbers = vec![U256::from(7)];
}
