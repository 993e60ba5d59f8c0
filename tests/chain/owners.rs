//! Owners, debug chains, gas prices and the program cache, as Arbitrum's precompiled contracts show them.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    providers::Provider,
    sol,
    sol_types::{SolCall, SolError, SolEvent},
};
use devchain::{Config, Kind, wasm::StylusParams};

use crate::fixture::{self, ACTOR, Fixture};

sol! {
    interface ArbDebug {
        function becomeChainOwner() external;
        function events(bool flag, bytes32 value) external payable returns (address, uint256);
        function customRevert(uint64 number) external pure;
        function legacyError() external pure;
        event Basic(bool flag, bytes32 indexed value);
        event Mixed(bool indexed flag, bool not, bytes32 indexed value, address conn, address indexed caller);
        error Custom(uint64 number, string message, bool flag);
    }
    interface ArbOwner {
        function addChainOwner(address newOwner) external;
        function removeChainOwner(address ownerToRemove) external;
        function addWasmCacheManager(address manager) external;
        function removeWasmCacheManager(address manager) external;
        event OwnerActs(bytes4 indexed method, address indexed owner, bytes data);
    }
    interface ArbOwnerPublic {
        function isChainOwner(address addr) external view returns (bool);
        function getAllChainOwners() external view returns (address[] memory);
        function isCalldataPriceIncreaseEnabled() external view returns (bool);
    }
    interface ArbGasInfo {
        function getMinimumGasPrice() external view returns (uint256);
        function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getMaxTxGasLimit() external view returns (uint256);
        function getL1RewardRate() external view returns (uint64);
        function getGasPricingConstraints() external view returns (uint64[3][] memory constraints);
    }
    interface Cache {
        function isCacheManager(address manager) external view returns (bool);
        function allCacheManagers() external view returns (address[] memory managers);
        function codehashIsCached(bytes32 codehash) external view returns (bool);
    }
    interface CacheManager {
        struct Entry { bytes32 code; uint64 size; uint192 bid; }
        function cacheSize() external view returns (uint64);
        function queueSize() external view returns (uint64);
        function decay() external view returns (uint64);
        function isPaused() external view returns (bool);
        function getEntries() external view returns (Entry[] memory);
        function placeBid(address program) external payable;
        function getMinBid(address program) external view returns (uint192 min);
        error AlreadyCached(bytes32 codehash);
    }
    interface CacheManagerBySize {
        function getMinBid(uint64 size) external view returns (uint192 min);
        error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    }
}

const ARB_OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const ARB_GAS_INFO: Address = Address::with_last_byte(0x6c);
const ARB_OWNER: Address = Address::with_last_byte(0x70);
const ARB_DEBUG: Address = Address::with_last_byte(0xff);

async fn debug_chain() -> Fixture {
    let config = Config {
        stylus: Arc::new(StylusParams {
            debug: true,
            ..StylusParams::default()
        }),
        ..Config::new(Kind::Stylus)
    };
    Fixture::start_with(config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn arb_debug_fails_unless_the_chain_is_a_debug_chain() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let become_owner = ArbDebug::becomeChainOwnerCall {}.abi_encode();
    let (_, message, data) = fixture
        .call(ARB_DEBUG, become_owner.clone())
        .await
        .expect_err("disabled");
    assert!(
        message.contains("debug precompiles are disabled"),
        "{message}"
    );
    assert_eq!(data, None);
    let receipt = fixture
        .send_with_gas(Some(ARB_DEBUG), become_owner, 0, 100_000)
        .await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 100_000);
    assert!(
        fixture
            .view(ARB_OWNER_PUBLIC, ArbOwnerPublic::getAllChainOwnersCall {})
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn arb_debug_emits_and_reverts_as_nitro_does() {
    let fixture = debug_chain().await;
    let value = B256::repeat_byte(7);
    let events = ArbDebug::eventsCall { flag: true, value };
    let receipt = fixture.send(Some(ARB_DEBUG), events.abi_encode(), 5).await;
    assert!(receipt.status());
    let logs = receipt.inner.logs();
    let basic = ArbDebug::Basic::decode_log(&logs[0].inner).expect("Basic");
    assert_eq!((basic.flag, basic.value), (false, value));
    let mixed = ArbDebug::Mixed::decode_log(&logs[1].inner).expect("Mixed");
    assert_eq!(
        (mixed.flag, mixed.not, mixed.conn),
        (true, false, ARB_DEBUG)
    );
    assert_eq!(mixed.caller, fixture.account(0));
    let (code, _, data) = fixture
        .call(
            ARB_DEBUG,
            ArbDebug::customRevertCall { number: 9 }.abi_encode(),
        )
        .await
        .expect_err("a revert");
    assert_eq!(code, 3);
    let data: alloy::primitives::Bytes = serde_json::from_value(data.expect("data")).expect("hex");
    let custom = ArbDebug::Custom::abi_decode(&data).expect("Custom");
    assert_eq!((custom.number, custom.flag), (9, true));
    assert!(
        custom
            .message
            .starts_with("This spider family wards off bugs")
    );
    // An error that is no Solidity error gives no data, and keeps the rest of the gas: 21,000, and four bytes of calldata that
    // are not zero.
    let legacy = ArbDebug::legacyErrorCall {}.abi_encode();
    let receipt = fixture
        .send_with_gas(Some(ARB_DEBUG), legacy, 0, 60_000)
        .await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 21_064));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_chain_owner_acts_and_pays_no_gas_for_it() {
    let fixture = debug_chain().await;
    let (me, other) = (fixture.account(0), fixture.account(1));
    let add = ArbOwner::addChainOwnerCall { newOwner: other }.abi_encode();
    assert!(!fixture.send(Some(ARB_OWNER), add.clone(), 0).await.status());
    let become_owner = ArbDebug::becomeChainOwnerCall {}.abi_encode();
    assert!(
        fixture
            .send(Some(ARB_DEBUG), become_owner, 0)
            .await
            .status()
    );
    let receipt = fixture.send(Some(ARB_OWNER), add.clone(), 0).await;
    assert!(receipt.status());
    // Nothing for what it does.
    assert_eq!(receipt.gas_used, fixture::intrinsic(&add));
    let acts = ArbOwner::OwnerActs::decode_log(&receipt.inner.logs()[0].inner).expect("OwnerActs");
    assert_eq!(acts.method, ArbOwner::addChainOwnerCall::SELECTOR);
    assert_eq!((acts.owner, acts.data.data.to_vec()), (me, add));
    let owners = ArbOwnerPublic::getAllChainOwnersCall {};
    assert_eq!(
        fixture.view(ARB_OWNER_PUBLIC, owners.clone()).await,
        [me, other]
    );
    let remove = ArbOwner::removeChainOwnerCall { ownerToRemove: me };
    assert!(
        fixture
            .send(Some(ARB_OWNER), remove.abi_encode(), 0)
            .await
            .status()
    );
    assert_eq!(fixture.view(ARB_OWNER_PUBLIC, owners).await, [other]);
    let am_i = ArbOwnerPublic::isChainOwnerCall { addr: me };
    assert!(!fixture.view(ARB_OWNER_PUBLIC, am_i).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_precompile_takes_value_only_where_it_asks_for_some() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let view = ArbOwnerPublic::isCalldataPriceIncreaseEnabledCall {};
    assert!(!fixture.view(ARB_OWNER_PUBLIC, view.clone()).await);
    let receipt = fixture
        .send(Some(ARB_OWNER_PUBLIC), view.abi_encode(), 1)
        .await;
    assert!(!receipt.status());
    let balance = fixture.client.get_balance(ARB_OWNER_PUBLIC).await;
    assert_eq!(balance.expect("a balance"), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_prices_are_those_of_the_configured_base_fee() {
    let base_fee = 123_456_789;
    let fixture = Fixture::start_with(Config {
        base_fee,
        ..Config::new(Kind::Stylus)
    })
    .await;
    let price = fixture.client.get_gas_price().await.expect("a price");
    assert_eq!(price, u128::from(base_fee));
    let minimum = fixture
        .view(ARB_GAS_INFO, ArbGasInfo::getMinimumGasPriceCall {})
        .await;
    assert_eq!(minimum, U256::from(base_fee));
    let prices = fixture
        .view(ARB_GAS_INFO, ArbGasInfo::getPricesInWeiCall {})
        .await;
    // For each transaction and byte of data on the parent chain nothing; a stored word costs 20,000 gas.
    assert_eq!((prices._0, prices._1), (U256::ZERO, U256::ZERO));
    assert_eq!(prices._2, U256::from(20_000 * base_fee));
    assert_eq!(prices._5, U256::from(base_fee));
    let limit = ArbGasInfo::getMaxTxGasLimitCall {};
    assert_eq!(
        fixture.view(ARB_GAS_INFO, limit).await,
        U256::from(32_000_000)
    );
    let rate = ArbGasInfo::getL1RewardRateCall {};
    assert_eq!(fixture.view(ARB_GAS_INFO, rate).await, 10);
    let constraints = ArbGasInfo::getGasPricingConstraintsCall {};
    assert!(fixture.view(ARB_GAS_INFO, constraints).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_at_the_cache_manager_caches_a_program() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let cache = fixture::ARB_WASM_CACHE;
    let managers = fixture.view(cache, Cache::allCacheManagersCall {}).await;
    let [manager] = managers[..] else {
        panic!("one manager, got {managers:?}");
    };
    assert!(
        fixture
            .view(cache, Cache::isCacheManagerCall { manager })
            .await
    );
    let nobody = Cache::isCacheManagerCall {
        manager: fixture.account(0),
    };
    assert!(!fixture.view(cache, nobody).await);
    assert!(!fixture.view(manager, CacheManager::isPausedCall {}).await);
    let size = fixture.view(manager, CacheManager::cacheSizeCall {}).await;

    let unactivated = fixture
        .deploy(&fixture::compressed(&wat::parse_str(ACTOR).expect("WAT")))
        .await;
    let (_, _, data) = fixture
        .call(
            manager,
            CacheManager::getMinBidCall {
                program: unactivated,
            }
            .abi_encode(),
        )
        .await
        .expect_err("not activated");
    let selector = alloy::hex::encode_prefixed(fixture::ArbWasm::ProgramNotActivated::SELECTOR);
    assert_eq!(data, Some(selector.into()));

    fixture.activate(unactivated).await;
    let program = unactivated;
    let min = CacheManager::getMinBidCall { program };
    assert!(fixture.view(manager, min).await.is_zero());
    let bid = CacheManager::placeBidCall { program }.abi_encode();
    assert!(fixture.send(Some(manager), bid.clone(), 77).await.status());
    let code = fixture.client.get_code_at(program).await.expect("code");
    let codehash = keccak256(code);
    assert!(
        fixture
            .view(cache, Cache::codehashIsCachedCall { codehash })
            .await
    );
    let entries = fixture.view(manager, CacheManager::getEntriesCall {}).await;
    assert_eq!((entries.len(), entries[0].code), (1, codehash));
    let queue = fixture.view(manager, CacheManager::queueSizeCall {}).await;
    assert_eq!(queue, entries[0].size);
    // A bid counts the time of bidding: bids made later win over equal ones.
    let block = fixture.client.get_block_by_number(2.into()).await;
    let decay = fixture.view(manager, CacheManager::decayCall {}).await;
    let timestamp = block.expect("a block").expect("a block").header.timestamp;
    let least = U256::from(77 + u128::from(timestamp) * u128::from(decay));
    assert!(entries[0].bid.to::<U256>() >= least);
    let (_, _, data) = fixture.call(manager, bid).await.expect_err("cached");
    let already = CacheManager::AlreadyCached { codehash }.abi_encode();
    assert_eq!(data, Some(alloy::hex::encode_prefixed(already).into()));

    let too_large = CacheManagerBySize::getMinBidCall { size: size + 1 };
    let (_, _, data) = fixture
        .call(manager, too_large.abi_encode())
        .await
        .expect_err("too large");
    let expected = CacheManagerBySize::AsmTooLarge {
        asm: U256::from(size + 1),
        queueSize: U256::ZERO,
        cacheSize: U256::from(size),
    };
    assert_eq!(
        data,
        Some(alloy::hex::encode_prefixed(expected.abi_encode()).into())
    );
    // The whole cache: what is in it must go, so its bid, without its time, is the price.
    let whole = CacheManagerBySize::getMinBidCall { size };
    let price: U256 = fixture.view(manager, whole).await.to();
    assert!(price <= U256::from(77), "{price}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_adds_and_removes_cache_managers() {
    let fixture = debug_chain().await;
    let manager = fixture.account(3);
    let become_owner = ArbDebug::becomeChainOwnerCall {}.abi_encode();
    assert!(
        fixture
            .send(Some(ARB_DEBUG), become_owner, 0)
            .await
            .status()
    );
    let cache = fixture::ARB_WASM_CACHE;
    let before = fixture.view(cache, Cache::allCacheManagersCall {}).await;
    let add = ArbOwner::addWasmCacheManagerCall { manager }.abi_encode();
    assert!(fixture.send(Some(ARB_OWNER), add, 0).await.status());
    let after = fixture.view(cache, Cache::allCacheManagersCall {}).await;
    assert_eq!(after, [before[0], manager]);
    let remove = ArbOwner::removeWasmCacheManagerCall { manager }.abi_encode();
    assert!(
        fixture
            .send(Some(ARB_OWNER), remove.clone(), 0)
            .await
            .status()
    );
    assert!(
        !fixture
            .view(cache, Cache::isCacheManagerCall { manager })
            .await
    );
    assert!(!fixture.send(Some(ARB_OWNER), remove, 0).await.status());
}
