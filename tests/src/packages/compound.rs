use alloy_primitives::{Address, U256};

use super::{contract::Contract, scene::Scene, tokens::OPENZEPPELIN};
use crate::{Chain, args};

const UNIT: u128 = 1_000_000_000_000_000_000;

/// A money market in Compound's style, Venus: a market behind a beacon, what it lends, its rates, its comptroller and oracle. Returns the market.
pub async fn compound(scene: &mut Scene) -> Contract {
    let chain = scene.chain.clone();
    let (zero, none) = (Chain::account(0), Address::ZERO);
    let package = "@venusprotocol/isolated-pools";
    let path = |name: &str| format!("artifacts/contracts/{name}");
    let access = "artifacts/@venusprotocol/governance-contracts/contracts/Governance/AccessControlManager.sol/AccessControlManager";
    let access = scene.deploy(package, access, args![]).await;
    let token = path("test/Mocks/MockToken.sol/MockToken");
    let token = scene
        .deploy(package, &token, args!["Coin", "COIN", 18])
        .await;
    let oracle = path("test/Mocks/MockPriceOracle.sol/MockPriceOracle");
    let oracle = scene.deploy(package, &oracle, args![]).await;
    let rates = path("WhitePaperInterestRateModel.sol/WhitePaperInterestRateModel");
    let rates = scene
        .deploy(package, &rates, args![UNIT / 50, UNIT / 5])
        .await;
    let jump = path("JumpRateModelV2.sol/JumpRateModelV2");
    let arguments = args![UNIT / 50, UNIT / 5, UNIT, UNIT / 2, access.address];
    scene.deploy(package, &jump, arguments).await;

    // The comptroller is told by its pool registry; the first account plays that part.
    let logic = scene
        .raise(package, &path("Comptroller.sol/Comptroller"), args![zero])
        .await;
    let initialize = logic.encode("initialize", args![50, access.address]);
    let admin = scene
        .raise(OPENZEPPELIN, "build/contracts/ProxyAdmin", args![])
        .await;
    let arguments = args![logic.address, admin.address, initialize];
    let proxy = "build/contracts/TransparentUpgradeableProxy";
    let proxy = scene.raise(OPENZEPPELIN, proxy, arguments).await;
    let comptroller = logic.at("Comptroller behind a proxy", proxy.address);
    scene.show(&comptroller);
    comptroller
        .send(&chain, "setPriceOracle", args![oracle.address])
        .await;
    let grants = [
        "setCloseFactor(uint256)",
        "setLiquidationIncentive(uint256)",
        "setCollateralFactor(address,uint256,uint256)",
        "setMarketSupplyCaps(address[],uint256[])",
        "setMarketBorrowCaps(address[],uint256[])",
    ];
    for function in grants {
        let grant = args![comptroller.address, function, zero];
        access.send(&chain, "giveCallPermission", grant).await;
    }

    let market = scene
        .raise(package, &path("VToken.sol/VToken"), args![])
        .await;
    let beacon = scene
        .deploy(
            OPENZEPPELIN,
            "build/contracts/UpgradeableBeacon",
            args![market.address],
        )
        .await;
    let initialize = market.encode(
        "initialize",
        args![
            token.address,
            comptroller.address,
            rates.address,
            UNIT,
            "Market of coins",
            "vCOIN",
            8,
            zero,
            access.address,
            format!("({zero},{zero})"),
            UNIT / 10
        ],
    );
    let arguments = args![beacon.address, initialize];
    let proxy = scene
        .raise(OPENZEPPELIN, "build/contracts/BeaconProxy", arguments)
        .await;
    let market = market.at("VToken behind a beacon", proxy.address);
    scene.show(&market);
    oracle
        .send(&chain, "setPrice", args![token.address, UNIT])
        .await;
    comptroller
        .send(&chain, "supportMarket", args![market.address])
        .await;
    let markets = format!("[{}]", market.address);
    for caps in ["setMarketSupplyCaps", "setMarketBorrowCaps"] {
        comptroller
            .send(&chain, caps, args![markets, format!("[{}]", 1_000 * UNIT)])
            .await;
    }
    let factor = args![market.address, UNIT / 2, UNIT * 3 / 5];
    comptroller
        .send(&chain, "setCollateralFactor", factor)
        .await;

    token.send(&chain, "faucet", args![1_000 * UNIT]).await;
    token
        .send(&chain, "approve", args![market.address, U256::MAX])
        .await;
    market.send(&chain, "mint", args![100 * UNIT]).await;
    comptroller
        .send(&chain, "enterMarkets", args![markets])
        .await;
    market.send(&chain, "borrow", args![10 * UNIT]).await;
    for _ in 0..3 {
        scene.mine().await;
    }
    market.send(&chain, "accrueInterest", args![]).await;
    scene.ask(&market, "exchangeRateStored", args![]);
    scene.ask(&market, "getAccountSnapshot", args![zero]);
    scene.ask(&market, "borrowBalanceStored", args![zero]);
    scene.ask(&comptroller, "getAccountLiquidity", args![zero]);
    let what_if = args![zero, market.address, UNIT, UNIT];
    scene.ask(&comptroller, "getHypotheticalAccountLiquidity", what_if);
    let seize = args![market.address, market.address, UNIT];
    scene.ask(&comptroller, "liquidateCalculateSeizeTokens", seize);
    scene.ask(&comptroller, "checkMembership", args![zero, market.address]);
    scene.accounts = vec![none];
    scene.numbers = vec![U256::from(UNIT)];
    market
}
