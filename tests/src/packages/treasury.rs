use alloy_primitives::{B256, U256};

use super::{scene::Scene, tokens::OPENZEPPELIN};
use crate::{Chain, args, request};

/// What asks for balances, for the time, and for who it is itself: wallets that vest, split and forward.
pub async fn treasury(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (zero, one, two) = (Chain::account(0), Chain::account(1), Chain::account(2));
    let path = "build/contracts/ERC20PresetFixedSupply";
    let token = scene
        .deploy(OPENZEPPELIN, path, args!["Fixed", "FIX", 1_000_000, zero])
        .await;
    let now = scene.now().await;
    for package in [OPENZEPPELIN, "openzeppelin-5"] {
        let path = "build/contracts/VestingWallet";
        let wallet = scene
            .deploy(package, path, args![one, now - 500, 100_000])
            .await;
        token
            .send(&chain, "transfer", args![wallet.address, 90_000])
            .await;
        fund(&chain, wallet.address, 1_000_000).await;
        scene.ask(&wallet, "vestedAmount", args![now + 10]);
        scene.ask(&wallet, "vestedAmount", args![token.address, now + 5_000]);
        scene.ask(&wallet, "releasable", args![token.address]);
    }
    let payees = format!("[{one},{two}]");
    let path = "build/contracts/PaymentSplitter";
    let splitter = scene
        .deploy(OPENZEPPELIN, path, args![payees, "[30,70]"])
        .await;
    fund(&chain, splitter.address, 10_000).await;
    token
        .send(&chain, "transfer", args![splitter.address, 1_000])
        .await;
    splitter.send(&chain, "release(address)", args![one]).await;
    fund(&chain, splitter.address, 5_000).await;
    scene.ask(&splitter, "releasable", args![two]);
    scene.ask(&splitter, "releasable", args![token.address, one]);

    let forwarder = scene
        .deploy(OPENZEPPELIN, "build/contracts/MinimalForwarder", args![])
        .await;
    let request = format!("({zero},{},0,100000,0,0x)", token.address);
    scene.ask(
        &forwarder,
        "verify",
        args![request, format!("0x{}1b", "11".repeat(64))],
    );
    let path = "build/contracts/ERC2771Forwarder";
    let forwarder = scene
        .deploy("openzeppelin-5", path, args!["Forwarder"])
        .await;
    let request = format!(
        "({zero},{},0,100000,4000000000,0x,0x{})",
        token.address,
        "11".repeat(65)
    );
    scene.ask(&forwarder, "verify", args![request]);

    let path = "build/contracts/TokenTimelock";
    let lock = args![token.address, one, now + 1_000_000];
    scene.deploy(OPENZEPPELIN, path, lock).await;

    // Tokens of conditions: points on an elliptic curve, computed by precompiled contracts.
    let path = "build/contracts/ConditionalTokens";
    let tokens = scene
        .deploy("@gnosis.pm/conditional-tokens-contracts", path, args![])
        .await;
    let question = B256::repeat_byte(7);
    tokens
        .send(&chain, "prepareCondition", args![zero, question, 3])
        .await;
    let condition = args![zero, question, 3];
    let condition = tokens.word_of(&chain, "getConditionId", condition).await;
    token
        .send(&chain, "approve", args![tokens.address, U256::MAX])
        .await;
    let split = args![token.address, B256::ZERO, condition, "[1,2,4]", 100];
    tokens.send(&chain, "splitPosition", split).await;
    tokens
        .send(&chain, "reportPayouts", args![question, "[1,0,1]"])
        .await;
    scene.ask(&tokens, "getCollectionId", args![B256::ZERO, condition, 1]);
    scene.ask(&tokens, "getCollectionId", args![B256::ZERO, condition, 5]);
    scene.ask(&tokens, "getOutcomeSlotCount", args![condition]);
    scene.ask(&tokens, "payoutNumerators", args![condition, 2]);
    scene.words = vec![condition, question];
    scene.numbers = vec![U256::from(now), U256::from(now + 1_000)];
}

async fn fund(chain: &Chain, account: alloy_primitives::Address, wei: u64) {
    let transfer = request(account, Default::default()).value(U256::from(wei));
    if let Err(error) = chain.send_request(transfer).await {
        panic!("{error}");
    }
}
