use alloy_primitives::U256;

use super::{scene::Scene, tokens::OPENZEPPELIN};
use crate::{Chain, args};

/// Proxies of every pattern: transparent, UUPS, beacon, minimal (EIP-1167), with immutable arguments, a diamond, and those of Optimism.
pub async fn proxies(scene: &mut Scene) {
    let chain = scene.chain.clone();
    let (zero, one) = (Chain::account(0), Chain::account(1));
    let (_, logic) = super::tokens::upgradeable_token(scene).await;
    let initialize = logic.encode("initialize", args!["Proxied", "PRX"]);

    let admin = scene
        .deploy(OPENZEPPELIN, "build/contracts/ProxyAdmin", args![])
        .await;
    let arguments = args![logic.address, admin.address, initialize];
    let path = "build/contracts/TransparentUpgradeableProxy";
    let proxy = scene.raise(OPENZEPPELIN, path, arguments).await;
    let transparent = logic.at(
        "UupsToken behind TransparentUpgradeableProxy",
        proxy.address,
    );
    scene.show(&transparent);
    transparent.send(&chain, "mint", args![one, 5_000]).await;
    scene.ask(&admin, "getProxyAdmin", args![proxy.address]);
    scene.ask(&admin, "getProxyImplementation", args![proxy.address]);

    // A beacon with three proxies.
    let path = "build/contracts/UpgradeableBeacon";
    let beacon = scene.deploy(OPENZEPPELIN, path, args![logic.address]).await;
    for number in 1..=3 {
        let arguments = args![beacon.address, initialize];
        let proxy = scene
            .raise(OPENZEPPELIN, "build/contracts/BeaconProxy", arguments)
            .await;
        let token = logic.at(
            &format!("UupsToken behind BeaconProxy {number}"),
            proxy.address,
        );
        token.send(&chain, "mint", args![one, 100 * number]).await;
        scene.show(&token);
    }

    let factory = scene
        .deploy_compiled(OPENZEPPELIN, "CloneFactory", args![])
        .await;
    factory.send(&chain, "clone", args![logic.address]).await;
    let clone = factory.address_of(&chain, "clones", args![0]).await;
    let clone = logic.at("UupsToken behind EIP-1167", clone);
    clone
        .send(&chain, "initialize", args!["Clone", "CLN"])
        .await;
    clone.send(&chain, "mint", args![one, 42]).await;
    scene.show(&clone);

    let terms = scene.compiled("solady", "OptionTerms", args![]).await;
    let factory = scene
        .deploy_compiled("solady", "OptionFactory", args![])
        .await;
    factory
        .send(&chain, "create", args![terms.address, clone.address, 1_500])
        .await;
    let option = factory.address_of(&chain, "options", args![0]).await;
    let option = terms.at("OptionTerms behind immutable arguments", option);
    option.send_as(&chain, 1, 0, "write", args![3]).await;
    scene.show(&option);
    factory.send(&chain, "proxy", args![logic.address]).await;
    let minimal = factory.address_of(&chain, "proxies", args![0]).await;
    let minimal = logic.at("UupsToken behind a minimal ERC-1967 proxy", minimal);
    minimal
        .send(&chain, "initialize", args!["Minimal", "MIN"])
        .await;
    scene.show(&minimal);

    // A diamond of two facets: its own functions and a counter.
    let diamond = scene
        .deploy_compiled("@solidstate/contracts", "Diamond", args![])
        .await;
    let facet = scene
        .compiled("@solidstate/contracts", "CounterFacet", args![])
        .await;
    let selectors: Vec<String> = facet
        .abi
        .functions()
        .map(|function| function.selector().to_string())
        .collect();
    let cut = format!("[({},0,[{}])]", facet.address, selectors.join(","));
    let none = alloy_primitives::Address::ZERO;
    diamond
        .send(&chain, "diamondCut", args![cut, none, "0x"])
        .await;
    let counter = facet.at("CounterFacet of the diamond", diamond.address);
    counter.send_as(&chain, 2, 0, "increment", args![5]).await;
    scene.show(&counter);
    scene.ask(&diamond, "facetAddress", args![selectors[0]]);
    scene.ask(&diamond, "facetFunctionSelectors", args![facet.address]);

    let optimism = "@eth-optimism/contracts";
    let path = "artifacts/contracts/libraries/resolver/Lib_AddressManager.sol/Lib_AddressManager";
    let manager = scene.deploy(optimism, path, args![]).await;
    manager
        .send(&chain, "setAddress", args!["Token", logic.address])
        .await;
    scene.ask(&manager, "getAddress", args!["Token"]);
    let path = "artifacts/contracts/libraries/resolver/Lib_ResolvedDelegateProxy.sol/Lib_ResolvedDelegateProxy";
    let resolved = scene
        .raise(optimism, path, args![manager.address, "Token"])
        .await;
    let resolved = logic.at(
        "UupsToken behind Lib_ResolvedDelegateProxy",
        resolved.address,
    );
    scene.show(&resolved);
    let path = "artifacts/contracts/chugsplash/L1ChugSplashProxy.sol/L1ChugSplashProxy";
    let chug = scene.deploy(optimism, path, args![zero]).await;
    let code = chain.code(logic.address).await;
    let code = code.unwrap_or_else(|error| panic!("{error}"));
    chug.send(&chain, "setCode", args![code]).await;
    scene.ask(&chug, "getOwner", args![]);
    scene.ask(&chug, "getImplementation", args![]);
    scene.show(&logic.at("UupsToken behind L1ChugSplashProxy", chug.address));
    let path = "artifacts/contracts/standards/L2StandardERC20.sol/L2StandardERC20";
    let bridged = scene
        .deploy(optimism, path, args![zero, logic.address, "Bridged", "BRG"])
        .await;
    bridged.send(&chain, "mint", args![one, 10]).await;
    let path = "artifacts/contracts/L2/predeploys/OVM_GasPriceOracle.sol/OVM_GasPriceOracle";
    let oracle = scene.deploy(optimism, path, args![zero]).await;
    oracle
        .send(&chain, "setL1BaseFee", args![30_000_000_000_u64])
        .await;
    oracle.send(&chain, "setOverhead", args![2_100]).await;
    oracle.send(&chain, "setScalar", args![1_000_000]).await;
    oracle.send(&chain, "setDecimals", args![6]).await;

    // The implementation itself, which nobody has initialized.
    scene.show(&logic.at("UupsToken, the implementation", logic.address));
    scene.numbers = vec![U256::from(100)];
}
