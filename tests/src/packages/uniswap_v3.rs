use alloy_primitives::U256;

use super::{
    contract::Contract,
    scene::Scene,
    uniswap::{LATE, UNIT},
};
use crate::{Chain, args};

const CORE: &str = "@uniswap/v3-core";
const PERIPHERY: &str = "@uniswap/v3-periphery";

/// Uniswap v3: factory, pool, positions, readers and quoters. Returns the pool and the quoter.
pub async fn uniswap_v3(scene: &mut Scene) -> (Contract, Contract) {
    let chain = scene.chain.clone();
    let zero = Chain::account(0);
    let path = |name: &str| format!("artifacts/contracts/{name}");
    let (mut tokens, token) = (Vec::new(), "build/ERC20");
    for _ in 0..2 {
        tokens.push(
            scene
                .raise("@uniswap/v2-core", token, args![1_000_000 * UNIT])
                .await,
        );
    }
    tokens.sort_by_key(|token| token.address);
    let weth = scene
        .deploy("canonical-weth", "build/contracts/WETH9", args![])
        .await;
    let factory = path("UniswapV3Factory.sol/UniswapV3Factory");
    let factory = scene.deploy(CORE, &factory, args![]).await;
    let library = path("libraries/NFTDescriptor.sol/NFTDescriptor");
    let library = scene.deploy(PERIPHERY, &library, args![]).await;
    let descriptor =
        path("NonfungibleTokenPositionDescriptor.sol/NonfungibleTokenPositionDescriptor");
    let label = format!("0x{:0<64}", alloy_primitives::hex::encode("ETH"));
    let libraries = [("NFTDescriptor", library.address)];
    let arguments = args![weth.address, label];
    let descriptor = scene
        .raise_linked(PERIPHERY, &descriptor, arguments, &libraries)
        .await;
    scene.show(&descriptor);
    let arguments = args![factory.address, weth.address, descriptor.address];
    let positions = path("NonfungiblePositionManager.sol/NonfungiblePositionManager");
    let positions = scene.deploy(PERIPHERY, &positions, arguments).await;
    let arguments = args![factory.address, weth.address];
    let router = path("SwapRouter.sol/SwapRouter");
    let router = scene.deploy(PERIPHERY, &router, arguments).await;
    let quoter = path("lens/Quoter.sol/Quoter");
    let quoter = scene.deploy(PERIPHERY, &quoter, arguments).await;
    let quoter_2 = path("lens/QuoterV2.sol/QuoterV2");
    let quoter_2 = scene.deploy(PERIPHERY, &quoter_2, arguments).await;
    let lens = scene
        .deploy(PERIPHERY, &path("lens/TickLens.sol/TickLens"), args![])
        .await;
    let multicall = path("lens/UniswapInterfaceMulticall.sol/UniswapInterfaceMulticall");
    let multicall = scene.deploy(PERIPHERY, &multicall, args![]).await;

    let (one, two) = (tokens[0].address, tokens[1].address);
    let create = args![one, two, 3_000, "79228162514264337593543950336"];
    positions
        .send(&chain, "createAndInitializePoolIfNecessary", create)
        .await;
    let pool = path("UniswapV3Pool.sol/UniswapV3Pool");
    let pool_code = scene.interface(CORE, &pool);
    let at = factory
        .address_of(&chain, "getPool", args![one, two, 3_000])
        .await;
    let pool = pool_code.at("UniswapV3Pool", at);
    scene.show(&pool);
    for token in &tokens {
        token
            .send(&chain, "approve", args![positions.address, U256::MAX])
            .await;
        token
            .send(&chain, "approve", args![router.address, U256::MAX])
            .await;
    }
    for (lower, upper) in [(-600, 600), (-60, 120)] {
        let mint = format!("({one},{two},3000,{lower},{upper},{UNIT},{UNIT},0,0,{zero},{LATE})");
        positions.send(&chain, "mint", args![mint]).await;
    }
    pool.send(&chain, "increaseObservationCardinalityNext", args![4])
        .await;
    let swap = format!("({one},{two},3000,{zero},{LATE},{},0,0)", UNIT / 50);
    router.send(&chain, "exactInputSingle", args![swap]).await;
    positions
        .send(&chain, "approve", args![Chain::account(1), 1])
        .await;

    scene.ask(&pool, "tickBitmap", args![0]);
    scene.ask(&pool, "tickBitmap", args![-1]);
    for tick in [-600, -60, 120, 600] {
        scene.ask(&pool, "ticks", args![tick]);
    }
    scene.ask(&pool, "observe", args!["[0,1]"]);
    scene.ask(&pool, "snapshotCumulativesInside", args![-60, 120]);
    scene.ask(&lens, "getPopulatedTicksInWord", args![pool.address, 0]);
    scene.ask(&lens, "getPopulatedTicksInWord", args![pool.address, -1]);
    scene.ask(&positions, "positions", args![2]);
    scene.ask(&positions, "ownerOf", args![1]);
    scene.ask(&positions, "tokenByIndex", args![1]);
    scene.ask(&descriptor, "tokenURI", args![positions.address, 1]);
    scene.ask(&factory, "getPool", args![two, one, 3_000]);
    let pool_at = pool.address;
    let position = format!("(7,{two},{one},Quote,Base,18,6,false,-600,600,-30,60,3000,{pool_at})");
    scene.ask(&library, "constructTokenURI", args![position]);
    // Quoters change state and revert; asked statically they fail, as the source's do.
    scene.ask(
        &quoter,
        "quoteExactInputSingle",
        args![one, two, 3_000, 1_000, 0],
    );
    let quote = format!("({one},{two},1000,3000,0)");
    scene.ask(&quoter_2, "quoteExactInputSingle", args![quote]);
    let slot0 = pool.encode("slot0", args![]);
    let calls = format!("[({},1000000,{slot0})]", pool.address);
    scene.ask(&multicall, "multicall", args![calls]);
    scene.accounts = vec![one, two];
    scene.numbers = vec![U256::from(3_000)];
    (pool, lens)
}
