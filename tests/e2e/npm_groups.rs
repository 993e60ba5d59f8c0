//! What reads over several contracts of packages take is found, mirrored, kept together and followed: through changes, upgrades and new dependencies.

use alloy_primitives::{Address, B256, keccak256};
use smartsync_tests::{
    Chain, args,
    packages::{self, Contract},
};

use crate::followed::Followed;

const UNIT: u128 = 1_000_000_000_000_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn ens_names_are_followed_through_resolver_registries_and_what_the_names_point_to() {
    let mut followed = Followed::start().await;
    let (resolver, alice) = packages::ens(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let registry = followed.contract("ENSRegistry");
    let later = followed.contract("ENSRegistryWithFallback");
    let reverse = followed.contract("DefaultReverseResolver");
    let registrar = followed.contract("ReverseRegistrar");
    let node = registrar.encode("node", args![Chain::account(1)]);
    let node = B256::from_slice(&chain.call(registrar.address, node).await.unwrap());
    let of_names = followed
        .migrate(
            resolver.address,
            &[
                resolver.encode("addr", args![alice]),
                resolver.encode("text", args![alice, "description"]),
                resolver.encode("interfaceImplementer", args![alice, "0x01ffc9a7"]),
                resolver.encode("interfaceImplementer", args![alice, "0x5a05180f"]),
            ],
        )
        .await;
    let of_registry = followed
        .migrate(
            later.address,
            &[
                later.encode("owner", args![alice]),
                later.encode("resolver", args![alice]),
            ],
        )
        .await;
    let of_reverse = followed
        .migrate(reverse.address, &[reverse.encode("name", args![node])])
        .await;
    let groups = [&of_names, &of_registry, &of_reverse];
    let mut watch = followed.watch(&groups);
    resolver
        .send(&chain, "setText", args![alice, "description", "other"])
        .await;
    registry
        .send(&chain, "setResolver", args![alice, Address::repeat_byte(9)])
        .await;
    let name = args!["a name that is longer than a word of storage.eth"];
    registrar.send_as(&chain, 1, 0, "setName", name).await;
    followed.follows(&groups, &mut watch).await;
    // The name now points at a contract, which is asked what it implements; and the registry no longer asks the older one.
    let point = args![alice, resolver.address];
    resolver
        .send(&chain, "setAddr(bytes32,address)", point)
        .await;
    followed.follows(&groups, &mut watch).await;
    let eth = args![B256::ZERO, keccak256("eth"), Chain::account(0)];
    later.send(&chain, "setSubnodeOwner", eth).await;
    let eth = packages::child(B256::ZERO, "eth");
    let own = args![eth, keccak256("alice"), Chain::account(2)];
    later.send(&chain, "setSubnodeOwner", own).await;
    followed.follows(&groups, &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_s_rate_is_followed_through_its_token_s_upgrade_and_another_feed() {
    let mut followed = Followed::start().await;
    packages::vaults(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let vault = followed.contract("RatedVault");
    let token = followed.contract("UupsToken behind ERC1967Proxy");
    let feed = followed.contract("MockV3Aggregator");
    let reads = [
        vault.encode("convertToAssets", args![UNIT]),
        vault.encode("totalAssets", args![]),
        vault.encode("maxWithdraw", args![Chain::account(1)]),
    ];
    let group = followed.migrate(vault.address, &reads).await;
    let mut watch = followed.watch(&[&group]);
    feed.send(&chain, "updateAnswer", args![170_000_000]).await;
    followed.follows(&[&group], &mut watch).await;
    let package = "@openzeppelin/contracts-upgradeable";
    let twice = followed
        .scene
        .compiled(package, "UupsTokenTwice", args![])
        .await;
    token.send(&chain, "upgradeTo", args![twice.address]).await;
    followed.follows(&[&group], &mut watch).await;
    let other = packages::rate(&followed.scene, 90_000_000).await;
    vault.send(&chain, "setRate", args![other.address]).await;
    followed.follows(&[&group], &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_s_quotes_are_followed_over_factory_and_pairs() {
    let mut followed = Followed::start().await;
    let (router, tokens) = packages::uniswap(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let path = |hops: &[usize]| {
        let hops: Vec<String> = hops
            .iter()
            .map(|at| tokens[*at].address.to_string())
            .collect();
        format!("[{}]", hops.join(","))
    };
    let around = path(&[0, 1, 2]);
    // Of a pair that is not there yet: the router reverts.
    let weth = followed.contract("WETH9");
    let later = format!("[{},{}]", tokens[0].address, weth.address);
    let reads = [
        router.encode("getAmountsOut", args![UNIT / 7, around]),
        router.encode("getAmountsIn", args![UNIT / 9, path(&[2, 0])]),
        router.encode("getAmountsOut", args![UNIT / 11, later]),
    ];
    let group = followed.migrate(router.address, &reads).await;
    let factory = followed.contract("UniswapV2Factory");
    let (one, two) = (tokens[0].address, tokens[1].address);
    let pair = args![one, two];
    let of_factory = followed
        .migrate(factory.address, &[factory.encode("getPair", pair)])
        .await;
    let groups = [&group, &of_factory];
    let mut watch = followed.watch(&groups);
    let late = 4_000_000_000_u64;
    let swap = args![UNIT / 3, 0, around, Chain::account(1), late];
    router.send(&chain, "swapExactTokensForTokens", swap).await;
    followed.follows(&groups, &mut watch).await;
    let remove = args![one, two, UNIT, 0, 0, Chain::account(0), late];
    let liquidity = followed.contract("UniswapV2Pair 1");
    liquidity
        .send(&chain, "approve", args![router.address, UNIT])
        .await;
    router.send(&chain, "removeLiquidity", remove).await;
    followed.follows(&groups, &mut watch).await;
    // The pair is made, and what the router asks from now on has a mirror.
    let wei = u64::try_from(UNIT).expect("an ether");
    weth.send_as(&chain, 0, wei, "deposit", args![]).await;
    weth.send(&chain, "approve", args![router.address, UNIT])
        .await;
    let add = args![one, weth.address, UNIT, UNIT, 0, 0, Chain::account(0), late];
    router.send(&chain, "addLiquidity", add).await;
    followed.follows(&groups, &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_pool_of_uniswap_v3_are_followed_through_swaps_and_new_positions() {
    let mut followed = Followed::start().await;
    let (pool, lens) = packages::uniswap_v3(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let positions = followed.contract("NonfungiblePositionManager");
    let router = followed.contract("SwapRouter");
    let ticks = lens.encode("getPopulatedTicksInWord", args![pool.address, 0]);
    let of_ticks = followed.migrate(lens.address, &[ticks]).await;
    let reads = [
        positions.encode("positions", args![1]),
        positions.encode("tokenURI", args![1]),
    ];
    let of_positions = followed.migrate(positions.address, &reads).await;
    let groups = [&of_ticks, &of_positions];
    let mut watch = followed.watch(&groups);
    let (zero, late) = (Chain::account(0), 4_000_000_000_u64);
    let one = pool.address_of(&chain, "token0", args![]).await;
    let two = pool.address_of(&chain, "token1", args![]).await;
    let swap = format!("({two},{one},3000,{zero},{late},{},0,0)", UNIT / 20);
    router.send(&chain, "exactInputSingle", args![swap]).await;
    followed.follows(&groups, &mut watch).await;
    let mint = format!("({one},{two},3000,-1200,1200,{UNIT},{UNIT},0,0,{zero},{late})");
    positions.send(&chain, "mint", args![mint]).await;
    followed.follows(&groups, &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_safe_is_followed_through_its_modules_and_another_handler_which_asks_it_back() {
    let mut followed = Followed::start().await;
    let (safe, handler) = packages::safe(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let first = Address::with_last_byte(1);
    let reads = [
        safe.encode("getModulesPaginated", args![first, 10]),
        safe.encode("getThreshold", args![]),
        handler.encode("getModules", args![]),
        handler.encode("isValidSignature(bytes,bytes)", args!["0x1234", "0x"]),
    ];
    let group = followed.migrate(safe.address, &reads).await;
    let mut watch = followed.watch(&[&group]);
    let run = async |data| packages::execute(&chain, &safe, safe.address, data).await;
    run(safe.encode("enableModule", args![Address::repeat_byte(0x77)])).await;
    followed.follows(&[&group], &mut watch).await;
    let path = "build/artifacts/contracts/handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler";
    let other = followed
        .scene
        .raise("@gnosis.pm/safe-contracts", path, args![])
        .await;
    run(safe.encode("setFallbackHandler", args![other.address])).await;
    run(safe.encode("addOwnerWithThreshold", args![Chain::account(2), 2])).await;
    followed.follows(&[&group], &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_proxies_of_a_beacon_are_followed_through_its_upgrade() {
    let mut followed = Followed::start().await;
    packages::proxies(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let beacon = followed.contract("UpgradeableBeacon");
    let one = Chain::account(1);
    let (mut proxies, mut groups) = (Vec::new(), Vec::new());
    for number in 1..=3 {
        let token = followed.contract(&format!("UupsToken behind BeaconProxy {number}"));
        let reads = [
            token.encode("balanceOf", args![one]),
            token.encode("symbol", args![]),
        ];
        groups.push(followed.migrate(token.address, &reads).await);
        proxies.push(token);
    }
    let groups: Vec<_> = groups.iter().collect();
    let mut watch = followed.watch(&groups);
    proxies[1].send(&chain, "mint", args![one, 7_000]).await;
    followed.follows(&groups, &mut watch).await;
    let package = "@openzeppelin/contracts-upgradeable";
    let twice = followed
        .scene
        .compiled(package, "UupsTokenTwice", args![])
        .await;
    beacon.send(&chain, "upgradeTo", args![twice.address]).await;
    followed.follows(&groups, &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_followed_through_its_rounds_and_another_aggregator() {
    let mut followed = Followed::start().await;
    let proxy = packages::chainlink(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let flux = followed.contract("FluxAggregator");
    let next = followed.contract("MockV3Aggregator");
    let reads =
        ["latestRoundData", "latestAnswer", "description"].map(|name| proxy.encode(name, args![]));
    let group = followed.migrate(proxy.address, &reads).await;
    let mut watch = followed.watch(&[&group]);
    for oracle in 0..2 {
        flux.send_as(&chain, oracle, 0, "submit", args![3, 1_900 + oracle])
            .await;
    }
    followed.follows(&[&group], &mut watch).await;
    proxy
        .send(&chain, "confirmAggregator", args![next.address])
        .await;
    followed.follows(&[&group], &mut watch).await;
    next.send(&chain, "updateAnswer", args![2_100]).await;
    followed.follows(&[&group], &mut watch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_money_market_is_followed_through_interest_loans_and_new_code() {
    let mut followed = Followed::start().await;
    let market = packages::compound(&mut followed.scene).await;
    let chain = followed.scene.chain.clone();
    let zero = Chain::account(0);
    let beacon = followed.contract("UpgradeableBeacon");
    let reads = [
        market.encode("exchangeRateStored", args![]),
        market.encode("getAccountSnapshot", args![zero]),
        market.encode("borrowRatePerBlock", args![]),
    ];
    let group = followed.migrate(market.address, &reads).await;
    let mut watch = followed.watch(&[&group]);
    market.send(&chain, "borrow", args![UNIT]).await;
    followed.follows(&[&group], &mut watch).await;
    market.send(&chain, "repayBorrow", args![UNIT / 2]).await;
    let path = "artifacts/contracts/test/UpgradedVToken.sol/UpgradedVToken";
    let package = "@venusprotocol/isolated-pools";
    let upgraded = followed.scene.raise(package, path, args![]).await;
    beacon
        .send(&chain, "upgradeTo", args![upgraded.address])
        .await;
    followed.follows(&[&group], &mut watch).await;
    // The rates are another contract's.
    let (access, rates) = (
        followed.contract("AccessControlManager"),
        followed.contract("JumpRateModelV2"),
    );
    let grant = args![market.address, "setInterestRateModel(address)", zero];
    access.send(&chain, "giveCallPermission", grant).await;
    let set = args![rates.address];
    market.send(&chain, "setInterestRateModel", set).await;
    followed.follows(&[&group], &mut watch).await;
}

impl Followed {
    /// A contract of the scene by its name: the last of that name.
    fn contract(&self, name: &str) -> Contract {
        let mut all = self.scene.contracts.iter().rev();
        match all.find(|contract| contract.name == name) {
            Some(contract) => contract.clone(),
            None => panic!("no {name}"),
        }
    }
}
