use alloy_primitives::{Address, U256};

use super::scene::Scene;
use crate::{Chain, args};

const UNIT: u128 = 1_000_000_000_000_000_000;

/// Balancer v2: vault and authorizer; voting escrow, gauge controller and delegation in Vyper.
pub async fn balancer(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let zero = Chain::account(0);
    let package = "@balancer-labs/v2-deployments";
    let path = |task: &str, name: &str| format!("dist/tasks/{task}/artifact/{name}");
    let authorizer = path("20210418-authorizer", "Authorizer");
    let authorizer = scene.deploy(package, &authorizer, args![zero]).await;
    let weth = scene
        .deploy("canonical-weth", "build/contracts/WETH9", args![])
        .await;
    let vault = path("20210418-vault", "Vault");
    let arguments = args![authorizer.address, weth.address, 7_776_000, 2_592_000];
    let vault = scene.deploy(package, &vault, arguments).await;
    vault
        .send(
            &chain,
            "setRelayerApproval",
            args![zero, Chain::account(1), true],
        )
        .await;
    scene.ask(&vault, "hasApprovedRelayer", args![zero, Chain::account(1)]);
    let adaptor = path("20220325-authorizer-adaptor", "AuthorizerAdaptor");
    let adaptor = scene.deploy(package, &adaptor, args![vault.address]).await;
    let token = path("20220325-test-balancer-token", "TestBalancerToken");
    let token = scene
        .deploy(package, &token, args![zero, "Pool token", "BPT"])
        .await;
    let role = token.ask(&chain, "MINTER_ROLE", args![]).await;
    let role = role
        .first()
        .and_then(|role| role.as_fixed_bytes())
        .map(|(role, _)| U256::from_be_slice(role));
    let role = alloy_primitives::B256::from(role.unwrap_or_default());
    token.send(&chain, "grantRole", args![role, zero]).await;
    token.send(&chain, "mint", args![zero, 1_000 * UNIT]).await;

    // The first account plays a pool.
    let register = vault.encode("registerPool", args![0]);
    let id = chain.call(vault.address, register).await;
    let id = id.unwrap_or_else(|error| panic!("{error:?}"));
    vault.send(&chain, "registerPool", args![0]).await;
    let mut assets = [token.address, weth.address];
    assets.sort();
    let tokens = format!("[{},{}]", assets[0], assets[1]);
    vault
        .send(
            &chain,
            "registerTokens",
            args![id, tokens, format!("[{zero},{zero}]")],
        )
        .await;
    scene.ask(&vault, "getPool", args![id]);
    scene.ask(&vault, "getPoolTokens", args![id]);
    scene.ask(&vault, "getPoolTokenInfo", args![id, token.address]);

    let gauges = "20220325-gauge-controller";
    let arguments = args![token.address, "Vote escrow", "veBPT", adaptor.address];
    let escrow = scene
        .deploy(package, &path(gauges, "VotingEscrow"), arguments)
        .await;
    token
        .send(&chain, "approve", args![escrow.address, U256::MAX])
        .await;
    let block = chain.block_number().await.unwrap_or_default();
    let now = match chain.header(block).await {
        Ok((header, _)) => header.timestamp,
        Err(error) => panic!("{error}"),
    };
    let until = now + 26 * 7 * 86_400;
    escrow
        .send(&chain, "create_lock", args![100 * UNIT, until])
        .await;
    escrow.send(&chain, "checkpoint", args![]).await;
    escrow.send(&chain, "increase_amount", args![UNIT]).await;
    let block = chain.block_number().await.unwrap_or_default();
    scene.ask(&escrow, "balanceOf(address)", args![zero]);
    scene.ask(
        &escrow,
        "balanceOf(address,uint256)",
        args![zero, now + 10_000_000],
    );
    scene.ask(&escrow, "balanceOfAt", args![zero, block - 1]);
    scene.ask(&escrow, "totalSupplyAt", args![block - 1]);
    scene.ask(&escrow, "totalSupply(uint256)", args![now + 1_000_000]);
    scene.ask(&escrow, "user_point_history", args![zero, 1]);
    scene.ask(
        &escrow,
        "slope_changes",
        args![until / (7 * 86_400) * (7 * 86_400)],
    );
    let arguments = args![escrow.address, adaptor.address];
    scene
        .deploy(package, &path(gauges, "GaugeController"), arguments)
        .await;
    let delegation = path("20220325-ve-delegation", "VotingEscrowDelegation");
    let arguments = args![
        escrow.address,
        "Boost",
        "veBoost",
        "https://boost.example/",
        adaptor.address
    ];
    let delegation = scene.deploy(package, &delegation, arguments).await;
    scene.ask(&delegation, "adjusted_balance_of", args![zero]);
    scene.ask(&delegation, "get_token_id", args![zero, 1]);
    let admin = path("20220325-balancer-token-admin", "BalancerTokenAdmin");
    scene
        .deploy(package, &admin, args![vault.address, token.address])
        .await;
    scene.words = vec![role];
    scene.accounts = vec![Address::repeat_byte(0xba)];
    scene.numbers = vec![U256::from(now), U256::from(block - 1)];
}
