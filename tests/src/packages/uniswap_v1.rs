use alloy_primitives::U256;

use super::scene::Scene;
use crate::{Chain, args};

/// Uniswap v1, which is written in Vyper: an exchange behind a forwarder.
pub async fn uniswap_v1(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let periphery = "@uniswap/v2-periphery";
    let token = scene
        .deploy("@uniswap/v2-core", "build/ERC20", args![1_000_000])
        .await;
    let factory = scene
        .deploy(periphery, "build/UniswapV1Factory", args![])
        .await;
    let template = scene
        .raise(periphery, "build/UniswapV1Exchange", args![])
        .await;
    factory
        .send(&chain, "initializeFactory", args![template.address])
        .await;
    factory
        .send(&chain, "createExchange", args![token.address])
        .await;
    let exchange = factory
        .address_of(&chain, "getExchange", args![token.address])
        .await;
    let exchange = template.at("UniswapV1Exchange behind its forwarder", exchange);
    token
        .send(&chain, "approve", args![exchange.address, U256::MAX])
        .await;
    let add = args![0, 500_000, 4_000_000_000_u64];
    exchange
        .send_as(&chain, 0, 2_000_000_000, "addLiquidity", add)
        .await;
    scene.show(&exchange);
    scene.ask(&exchange, "balanceOf", args![Chain::account(0)]);
    scene.ask(&exchange, "getEthToTokenInputPrice", args![1_000_000]);
    scene.ask(&exchange, "getEthToTokenOutputPrice", args![1_000]);
    scene.ask(&exchange, "getTokenToEthInputPrice", args![1_000]);
    scene.ask(&exchange, "getTokenToEthOutputPrice", args![1_000_000]);
    scene.ask(&factory, "getTokenWithId", args![1]);
}
