use alloy_primitives::U256;

use super::{contract::Contract, scene::Scene};
use crate::{Chain, args};

const CORE: &str = "@uniswap/v2-core";
const PERIPHERY: &str = "@uniswap/v2-periphery";
pub(super) const UNIT: u128 = 1_000_000_000_000_000_000;
/// A deadline that no block reaches.
pub(super) const LATE: u64 = 4_000_000_000;

/// Uniswap v2: factory, pairs, router, an oracle; asked by the router across all of them. Returns the router and the three tokens, each a pair with the next.
pub async fn uniswap(scene: &mut Scene) -> (Contract, Vec<Contract>) {
    let chain = scene.chain.clone();
    let zero = Chain::account(0);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let token = scene
            .deploy(CORE, "build/ERC20", args![1_000_000 * UNIT])
            .await;
        tokens.push(token);
    }
    let weth = scene.deploy(PERIPHERY, "build/WETH9", args![]).await;
    let factory = scene
        .deploy(CORE, "build/UniswapV2Factory", args![zero])
        .await;
    let pair = scene.raise(CORE, "build/UniswapV2Pair", args![]).await;
    // The first router finds pairs by asking the factory; the second by a constant of the pair's code on mainnet.
    for name in ["build/UniswapV2Router01", "build/UniswapV2Router02"] {
        let arguments = args![factory.address, weth.address];
        let router = scene.deploy(PERIPHERY, name, arguments).await;
        for token in &tokens {
            token
                .send(&chain, "approve", args![router.address, U256::MAX])
                .await;
        }
    }
    let router = scene
        .contracts
        .last()
        .cloned()
        .unwrap_or_else(|| factory.clone());
    for (at, token) in tokens.iter().enumerate() {
        let next = &tokens[(at + 1) % 3];
        let amounts = (5 * UNIT, (at as u128 + 3) * UNIT);
        let (one, two) = (token.address, next.address);
        let add = args![one, two, amounts.0, amounts.1, 0, 0, zero, LATE];
        router.send(&chain, "addLiquidity", add).await;
        let at_ = factory.address_of(&chain, "getPair", args![one, two]).await;
        scene.show(&pair.at(&format!("UniswapV2Pair {}", at + 1), at_));
    }
    let path = format!(
        "[{},{},{}]",
        tokens[0].address, tokens[1].address, tokens[2].address
    );
    let swap = args![UNIT / 10, 0, path, zero, LATE];
    router.send(&chain, "swapExactTokensForTokens", swap).await;
    scene.ask(&router, "getAmountsOut", args![UNIT / 7, path]);
    scene.ask(&router, "getAmountsIn", args![UNIT / 9, path]);
    scene.ask(&router, "quote", args![1_000, 30, 70]);
    scene.ask(&router, "getAmountOut", args![1_000, 30_000, 70_000]);
    scene.ask(
        &factory,
        "getPair",
        args![tokens[0].address, tokens[2].address],
    );
    scene.numbers = vec![U256::from(UNIT)];
    (router, tokens)
}
