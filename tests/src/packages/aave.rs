use alloy_primitives::{Address, U256};

use super::scene::Scene;
use crate::{Chain, args};

const UNIT: u128 = 1_000_000_000_000_000_000;

/// Aave v2: pool, configurator and tokens behind proxies, linked libraries, oracles, rates and readers over all of them.
pub async fn aave(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (zero, none) = (Chain::account(0), Address::ZERO);
    let package = "@aave/protocol-v2";
    let path = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        format!("artifacts/contracts/{name}.sol/{file}")
    };
    let provider = path("protocol/configuration/LendingPoolAddressesProvider");
    let provider = scene.deploy(package, &provider, args!["A market"]).await;
    let registry = path("protocol/configuration/LendingPoolAddressesProviderRegistry");
    let registry = scene.deploy(package, &registry, args![]).await;
    registry
        .send(
            &chain,
            "registerAddressesProvider",
            args![provider.address, 1],
        )
        .await;

    let library = path("protocol/libraries/logic/GenericLogic");
    let generic = scene.raise(package, &library, args![]).await;
    let library = path("protocol/libraries/logic/ReserveLogic");
    let reserve = scene.raise(package, &library, args![]).await;
    let linked = [("GenericLogic", generic.address)];
    let library = path("protocol/libraries/logic/ValidationLogic");
    let validation = scene
        .raise_linked(package, &library, args![], &linked)
        .await;
    let linked = [
        ("GenericLogic", generic.address),
        ("ReserveLogic", reserve.address),
        ("ValidationLogic", validation.address),
    ];
    let logic = path("protocol/lendingpool/LendingPool");
    let logic = scene.raise_linked(package, &logic, args![], &linked).await;
    provider.send(&chain, "setPoolAdmin", args![zero]).await;
    provider
        .send(&chain, "setEmergencyAdmin", args![zero])
        .await;
    provider
        .send(&chain, "setLendingPoolImpl", args![logic.address])
        .await;
    let pool = provider.address_of(&chain, "getLendingPool", args![]).await;
    let pool = logic.at("LendingPool behind its proxy", pool);
    scene.show(&pool);
    let configurator = path("protocol/lendingpool/LendingPoolConfigurator");
    let logic = scene.raise(package, &configurator, args![]).await;
    provider
        .send(
            &chain,
            "setLendingPoolConfiguratorImpl",
            args![logic.address],
        )
        .await;
    let at = provider
        .address_of(&chain, "getLendingPoolConfigurator", args![])
        .await;
    let configurator = logic.at("LendingPoolConfigurator", at);

    let rates = scene
        .deploy(package, &path("mocks/oracle/LendingRateOracle"), args![])
        .await;
    provider
        .send(&chain, "setLendingRateOracle", args![rates.address])
        .await;
    let asset = scene
        .raise("@uniswap/v2-core", "build/ERC20", args![1_000 * UNIT])
        .await;
    scene.show(&asset);
    rates
        .send(
            &chain,
            "setMarketBorrowRate",
            args![asset.address, UNIT * 1_000_000_000 / 20],
        )
        .await;
    let feed = path("mocks/oracle/CLAggregators/MockAggregator");
    let feed = scene.deploy(package, &feed, args![UNIT / 1_000]).await;
    let (assets, feeds) = (
        format!("[{}]", asset.address),
        format!("[{}]", feed.address),
    );
    let oracle = path("misc/AaveOracle");
    let oracle = scene
        .deploy(package, &oracle, args![assets, feeds, none, zero])
        .await;
    provider
        .send(&chain, "setPriceOracle", args![oracle.address])
        .await;
    // What the reader of everything takes for a dollar.
    let dollar = args!["[0x10F7Fc1F91Ba351f9C629c5947AD69bD03C05b96]", feeds];
    oracle.send(&chain, "setAssetSources", dollar).await;
    scene.ask(&oracle, "getAssetPrice", args![asset.address]);
    scene.ask(&oracle, "getAssetsPrices", args![assets]);

    let ray = UNIT * 1_000_000_000;
    let strategy = path("protocol/lendingpool/DefaultReserveInterestRateStrategy");
    let arguments = args![
        provider.address,
        ray * 8 / 10,
        0,
        ray / 25,
        ray * 6 / 10,
        ray / 50,
        ray
    ];
    let strategy = scene.deploy(package, &strategy, arguments).await;
    let arguments = args![
        pool.address,
        asset.address,
        zero,
        "Interest bearing",
        "aAST",
        none
    ];
    let a_token = scene
        .raise(package, &path("protocol/tokenization/AToken"), arguments)
        .await;
    let arguments = args![pool.address, asset.address, "Debt", "dAST", none];
    let stable = path("protocol/tokenization/StableDebtToken");
    let stable = scene.raise(package, &stable, arguments).await;
    let variable = path("protocol/tokenization/VariableDebtToken");
    let variable = scene.raise(package, &variable, arguments).await;
    let reserve = args![
        a_token.address,
        stable.address,
        variable.address,
        18,
        strategy.address
    ];
    configurator.send(&chain, "initReserve", reserve).await;
    let collateral = args![asset.address, 7_500, 8_000, 10_500];
    configurator
        .send(&chain, "configureReserveAsCollateral", collateral)
        .await;
    configurator
        .send(
            &chain,
            "enableBorrowingOnReserve",
            args![asset.address, true],
        )
        .await;

    let reader = path("misc/AaveProtocolDataProvider");
    let reader = scene
        .deploy(package, &reader, args![provider.address])
        .await;
    let tokens = reader
        .ask(&chain, "getReserveTokensAddresses", args![asset.address])
        .await;
    for (logic, token) in [&a_token, &stable, &variable].into_iter().zip(&tokens) {
        let address = token.as_address().unwrap_or_default();
        scene.show(&logic.at(&format!("{} behind its proxy", logic.name), address));
    }
    asset
        .send(&chain, "approve", args![pool.address, U256::MAX])
        .await;
    pool.send(&chain, "deposit", args![asset.address, 50 * UNIT, zero, 0])
        .await;
    pool.send(&chain, "borrow", args![asset.address, 5 * UNIT, 2, 0, zero])
        .await;

    for name in [
        "getReserveData",
        "getConfiguration",
        "getReserveNormalizedIncome",
        "getReserveNormalizedVariableDebt",
    ] {
        scene.ask(&pool, name, args![asset.address]);
    }
    scene.ask(&pool, "getUserAccountData", args![zero]);
    scene.ask(&pool, "getUserConfiguration", args![zero]);
    scene.ask(&reader, "getReserveData", args![asset.address]);
    scene.ask(&reader, "getUserReserveData", args![asset.address, zero]);
    scene.ask(&reader, "getReserveConfigurationData", args![asset.address]);
    let wallets = scene
        .deploy(package, &path("misc/WalletBalanceProvider"), args![])
        .await;
    scene.ask(
        &wallets,
        "getUserWalletBalances",
        args![provider.address, zero],
    );
    let batch = args![format!("[{zero}]"), assets];
    scene.ask(&wallets, "batchBalanceOf", batch);
    let ui = scene
        .deploy(package, &path("misc/UiPoolDataProvider"), args![])
        .await;
    scene.ask(&ui, "getReservesData", args![provider.address, zero]);
    scene.numbers = vec![U256::from(UNIT)];
}
