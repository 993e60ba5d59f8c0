//! Arbitrum's precompiled contracts from outside: who may call what and how, what it costs, and what owners may change.

use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, hex},
    sol,
    sol_types::{SolCall, SolError},
};
use devchain::{Config, Kind, wasm::StylusParams};
use serde_json::json;

use crate::fixture::{ARB_SYS, ARB_WASM, ARB_WASM_CACHE, ArbSys, Fixture, compressed, intrinsic};

sol! {
    interface Debug {
        function becomeChainOwner() external;
        function legacyError() external pure;
        function eventsView() external view;
        function overwriteContractCode(address target, bytes calldata newCode) external returns (bytes memory oldCode);
    }
    interface Owner {
        function isChainOwner(address addr) external view returns (bool);
        function removeChainOwner(address ownerToRemove) external;
        function setInkPrice(uint32 price) external;
        function setWasmMaxStackDepth(uint32 depth) external;
        function setWasmFreePages(uint16 pages) external;
        function setWasmPageGas(uint16 gas) external;
        function setWasmPageLimit(uint16 limit) external;
        function setWasmMaxSize(uint32 size) external;
        function setWasmMinInitGas(uint8 gas, uint16 cached) external;
        function setWasmInitCostScalar(uint64 percent) external;
        function setWasmExpiryDays(uint16 _days) external;
        function setWasmKeepaliveDays(uint16 _days) external;
        function setWasmBlockCacheSize(uint16 count) external;
    }
    interface Wasm {
        function inkPrice() external view returns (uint32 price);
        function maxStackDepth() external view returns (uint32 depth);
        function freePages() external view returns (uint16 pages);
        function pageGas() external view returns (uint16 gas);
        function pageLimit() external view returns (uint16 limit);
        function minInitGas() external view returns (uint64 gas, uint64 cached);
        function initCostScalar() external view returns (uint64 percent);
        function expiryDays() external view returns (uint16 _days);
        function keepaliveDays() external view returns (uint16 _days);
        function blockCacheSize() external view returns (uint16 count);
    }
    interface Table {
        function addressExists(address addr) external view returns (bool);
        function compress(address addr) external view returns (bytes memory);
        function decompress(bytes calldata buf, uint256 offset) external view returns (address, uint256);
        function lookup(address addr) external view returns (uint256);
        function lookupIndex(uint256 index) external view returns (address);
        function register(address addr) external returns (uint256);
        function size() external view returns (uint256);
    }
    interface Retryable {
        function redeem(bytes32 ticketId) external returns (bytes32);
        function getLifetime() external view returns (uint256);
        function getTimeout(bytes32 ticketId) external view returns (uint256);
        error NoTicketWithID();
    }
    interface Aggregator {
        function getPreferredAggregator(address addr) external view returns (address, bool);
        function getBatchPosters() external view returns (address[] memory);
        function getFeeCollector(address batchPoster) external view returns (address);
    }
    interface Statistics {
        function getStats() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
    }
    interface OwnerPublic {
        function isChainOwner(address addr) external view returns (bool);
    }
}

const TABLE: Address = Address::with_last_byte(0x66);
const OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const AGGREGATOR: Address = Address::with_last_byte(0x6d);
const RETRYABLE: Address = Address::with_last_byte(0x6e);
const STATISTICS: Address = Address::with_last_byte(0x6f);
const OWNER: Address = Address::with_last_byte(0x70);
const DEBUG: Address = Address::with_last_byte(0xff);
const SEQUENCER: Address = address!("a4b000000000000000000073657175656e636572");

/// Reading a slot of ArbOS's state, which opening it does once, and writing one.
const READ: u64 = 800;
const WRITE: u64 = 20_000;

/// What a transaction to a contract uses beside its intrinsic gas, and whether it succeeds.
async fn cost(fixture: &Fixture, to: Address, call: impl SolCall) -> (bool, u64) {
    let calldata = call.abi_encode();
    let receipt = fixture
        .send_with_gas(Some(to), calldata.clone(), 0, 300_000)
        .await;
    (receipt.status(), receipt.gas_used - intrinsic(&calldata))
}

/// What is used when all gas is taken.
fn all(call: &impl SolCall) -> (bool, u64) {
    (false, 300_000 - intrinsic(&call.abi_encode()))
}

/// A debug chain whose owner is the first dev account.
async fn owned() -> Fixture {
    let fixture = Fixture::start_with(Config {
        stylus: Arc::new(StylusParams {
            debug: true,
            ..StylusParams::default()
        }),
        ..Config::new(Kind::Stylus)
    })
    .await;
    // opened; whether it is an owner; the size; its position and itself; the size read again and written
    assert_eq!(
        cost(&fixture, DEBUG, Debug::becomeChainOwnerCall {}).await,
        (true, READ + READ + READ + 2 * WRITE + READ + WRITE)
    );
    fixture
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_changes_the_stylus_parameters_and_programs_cost_accordingly() {
    let fixture = owned().await;
    macro_rules! set {
        ($call:expr) => {
            assert_eq!(cost(&fixture, OWNER, $call).await, (true, 0))
        };
    }
    macro_rules! get {
        ($call:ident) => {
            fixture.view(ARB_WASM, Wasm::$call {}).await
        };
    }
    let minimal = r#"(module (memory (export "memory") 3 3)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;
    let program = fixture.deploy_program(minimal).await;
    let len = wat::parse_str(minimal).expect("valid WAT").len() as u64;

    set!(Owner::setInkPriceCall { price: 1 });
    assert_eq!(get!(inkPriceCall), 1);
    set!(Owner::setWasmFreePagesCall { pages: 1 });
    assert_eq!(get!(freePagesCall), 1);
    set!(Owner::setWasmPageGasCall { gas: 77 });
    assert_eq!(get!(pageGasCall), 77);
    // kept in steps of 128 and 32 gas, rounded up
    set!(Owner::setWasmMinInitGasCall {
        gas: 129,
        cached: 33
    });
    let min = get!(minInitGasCall);
    assert_eq!((min.gas, min.cached), (256, 64));
    // kept in steps of 2 %
    set!(Owner::setWasmInitCostScalarCall { percent: 199 });
    assert_eq!(get!(initCostScalarCall), 200);
    // cached: 64, 4 globals of the meters 6, 3 pages 15; init: 256, and double (one function 8, two types 2, 0.1286 a byte);
    // two pages that are not free; the block [const end] is 2,452 ink, each of them a gas now
    let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
    let cached = 64 + 6 + 15 + len * 122 / 100_000;
    let init = 256 + 2 * (8 + 2 + len * 1_286 / 10_000);
    assert_eq!(receipt.gas_used, 21_000 + cached + init + 2 * 77 + 2_452);

    // the frame is of six words (two operands of the meters and four more), and there must be one more
    set!(Owner::setWasmMaxStackDepthCall { depth: 6 });
    assert_eq!(get!(maxStackDepthCall), 6);
    assert!(!fixture.send(Some(program), Bytes::new(), 0).await.status());
    set!(Owner::setWasmMaxStackDepthCall { depth: 7 });
    assert!(fixture.send(Some(program), Bytes::new(), 0).await.status());

    set!(Owner::setWasmKeepaliveDaysCall { _days: 3 });
    assert_eq!(get!(keepaliveDaysCall), 3);
    set!(Owner::setWasmBlockCacheSizeCall { count: 9 });
    assert_eq!(get!(blockCacheSizeCall), 9);
    set!(Owner::setWasmExpiryDaysCall { _days: 1 });
    assert_eq!(get!(expiryDaysCall), 1);
    fixture
        .request("evm_increaseTime", json!([2 * 86_400]))
        .await;
    fixture.request("evm_mine", json!([])).await;
    let (_, message, _) = fixture
        .call(program, Bytes::new())
        .await
        .expect_err("expired");
    assert!(message.contains("expired"), "{message}");

    // what is deployed from now on must fit
    set!(Owner::setWasmPageLimitCall { limit: 2 });
    assert_eq!(get!(pageLimitCall), 2);
    let activate = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("valid WAT");
        let program = fixture.deploy(&compressed(&wasm)).await;
        let call = crate::fixture::ArbWasm::activateProgramCall { program };
        let request = json!([{ "from": fixture.account(0), "to": ARB_WASM, "value": "0x16345785d8a0000",
            "data": Bytes::from(call.abi_encode()) }, "latest"]);
        fixture.refused("eth_call", request).await.1
    };
    let reason = activate(minimal).await;
    assert!(reason.contains("memory exceeds limit: 3 > 2"), "{reason}");
    set!(Owner::setWasmMaxSizeCall { size: 50 });
    let reason = activate(minimal).await;
    assert!(reason.contains("larger than 50 bytes"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_pays_nothing_for_what_fails_and_others_all() {
    let fixture = owned().await;
    // no price, more than 24 bits, and nobody to remove
    for price in [0, 1 << 24] {
        assert_eq!(
            cost(&fixture, OWNER, Owner::setInkPriceCall { price }).await,
            (false, 0)
        );
    }
    let remove = Owner::removeChainOwnerCall {
        ownerToRemove: SEQUENCER,
    };
    assert_eq!(cost(&fixture, OWNER, remove).await, (false, 0));
    let limit = Owner::setWasmPageLimitCall { limit: 1 };
    let receipt = fixture
        .send_with_gas(Some(OWNER), limit.abi_encode(), 1, 100_000)
        .await;
    assert_eq!(
        (receipt.status(), receipt.gas_used),
        (false, intrinsic(&limit.abi_encode())),
        "value that the method does not take"
    );
    // even a view is recorded
    let view = Owner::isChainOwnerCall {
        addr: fixture.account(0),
    };
    let receipt = fixture.send(Some(OWNER), view.abi_encode(), 0).await;
    assert_eq!(receipt.inner.logs().len(), 1);

    let stranger = Fixture::start(Kind::Stylus).await;
    assert_eq!(cost(&stranger, OWNER, limit.clone()).await, all(&limit));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_pure_may_be_delegate_called_and_only_what_writes_nothing_called_statically() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let delegator = fixture
        .deploy(&crate::fixture::forwarder(crate::fixture::DELEGATECALL))
        .await;
    let viewer = fixture
        .deploy(&crate::fixture::forwarder(crate::fixture::STATICCALL))
        .await;
    let through = |to: Address, call: &[u8]| [to.as_slice(), call].concat();
    let alias = ArbSysAlias::mapL1SenderContractAddressToL2AliasCall {
        sender: Address::ZERO,
        unused: Address::ZERO,
    };
    let output = fixture
        .call(delegator, through(ARB_SYS, &alias.abi_encode()))
        .await
        .expect("pure");
    assert_eq!(
        Address::from_slice(&output[12..]),
        address!("1111000000000000000000000000000000001111")
    );
    let number = ArbSys::arbBlockNumberCall {}.abi_encode();
    fixture
        .call(viewer, through(ARB_SYS, &number))
        .await
        .expect("a view");
    fixture
        .call(delegator, through(ARB_SYS, &number))
        .await
        .expect_err("a view under another's address");
    let register = Table::registerCall {
        addr: Address::ZERO,
    };
    fixture
        .call(viewer, through(TABLE, &register.abi_encode()))
        .await
        .expect_err("a write in a static context");
}

sol! {
    interface ArbSysAlias {
        function mapL1SenderContractAddressToL2Alias(address sender, address unused) external pure returns (address);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_fails_keeps_the_gas_and_one_that_is_not_there_takes_it() {
    let fixture = owned().await;
    // pure: nothing is opened
    assert_eq!(
        cost(&fixture, DEBUG, Debug::legacyErrorCall {}).await,
        (false, 0)
    );
    assert_eq!(
        cost(&fixture, DEBUG, Debug::eventsViewCall {}).await,
        (false, READ)
    );
    let missing = Debug::overwriteContractCodeCall {
        target: Address::ZERO,
        newCode: Bytes::new(),
    };
    assert_eq!(
        cost(&fixture, ARB_SYS, missing.clone()).await,
        all(&missing)
    );
    // ArbOS 51 has cacheProgram only
    sol! {
        function cacheCodehash(bytes32 codehash) external;
    }
    let old = cacheCodehashCall {
        codehash: B256::ZERO,
    };
    assert_eq!(cost(&fixture, ARB_WASM_CACHE, old.clone()).await, all(&old));
    // one word in, the owner looked up, one word out
    let public = OwnerPublic::isChainOwnerCall {
        addr: fixture.account(0),
    };
    assert_eq!(
        cost(&fixture, OWNER_PUBLIC, public).await,
        (true, READ + 3 + READ + 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debug_chain_overwrites_code() {
    let fixture = owned().await;
    let target = fixture.deploy(&hex!("00")).await;
    let overwrite = Debug::overwriteContractCodeCall {
        target,
        newCode: hex!("602a5f5260205ff3").into(),
    };
    let old = fixture.view(DEBUG, overwrite.clone()).await;
    assert_eq!(old, Bytes::from(hex!("00")));
    let receipt = fixture.send(Some(DEBUG), overwrite.abi_encode(), 0).await;
    assert!(receipt.status());
    let output = fixture.call(target, Bytes::new()).await.expect("an answer");
    assert_eq!(U256::from_be_slice(&output), U256::from(42));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_table_numbers_accounts_and_shortens_them() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let (first, second) = (Address::repeat_byte(1), Address::repeat_byte(2));
    // a word in and out; whether it is there; the size read and written, the address and its number written
    let register = READ + 3 + READ + READ + 3 * WRITE + 3;
    for addr in [first, second] {
        assert_eq!(
            cost(&fixture, TABLE, Table::registerCall { addr }).await,
            (true, register)
        );
    }
    // a second time nothing is written
    assert_eq!(
        cost(&fixture, TABLE, Table::registerCall { addr: first }).await,
        (true, READ + 3 + READ + 3)
    );
    assert_eq!(fixture.view(TABLE, Table::sizeCall {}).await, U256::from(2));
    assert!(
        fixture
            .view(TABLE, Table::addressExistsCall { addr: second })
            .await
    );
    let lookup = Table::lookupCall { addr: second };
    assert_eq!(fixture.view(TABLE, lookup).await, U256::ONE);
    let index = Table::lookupIndexCall { index: U256::ONE };
    assert_eq!(fixture.view(TABLE, index).await, second);
    // RLP: the number where there is one, else the 20 bytes behind 0x94
    let nobody = Address::repeat_byte(3);
    let long = [&hex!("94")[..], nobody.as_slice()].concat();
    for (addr, short) in [
        (first, hex!("80").to_vec()),
        (second, hex!("01").to_vec()),
        (nobody, long.clone()),
    ] {
        let compressed = fixture.view(TABLE, Table::compressCall { addr }).await;
        assert_eq!(compressed, Bytes::from(short.clone()));
        // behind three other bytes
        let decompress = Table::decompressCall {
            buf: [&[9; 3][..], &short].concat().into(),
            offset: U256::from(3),
        };
        let back = fixture.view(TABLE, decompress).await;
        assert_eq!((back._0, back._1), (addr, U256::from(short.len())));
    }
    // what is not there reverts without data, and the rest of the gas is kept
    let lookup = Table::lookupCall { addr: nobody };
    assert_eq!(
        cost(&fixture, TABLE, lookup).await,
        (false, READ + 3 + READ)
    );
    let index = Table::lookupIndexCall {
        index: U256::from(2),
    };
    assert_eq!(cost(&fixture, TABLE, index).await, (false, READ + 3 + READ));
    for (buf, offset) in [
        (hex!("05").to_vec(), 0),
        (hex!("8100").to_vec(), 0),
        (hex!("820001").to_vec(), 0),
        (hex!("c0").to_vec(), 0),
        (long[..20].to_vec(), 0),
        (Vec::new(), 0),
        (hex!("80").to_vec(), 2),
    ] {
        let decompress = Table::decompressCall {
            buf: buf.clone().into(),
            offset: U256::from(offset),
        };
        let refused = fixture.call(TABLE, decompress.abi_encode()).await;
        assert!(refused.is_err(), "{} at {offset}", hex::encode(&buf));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_parent_chain_would_send_and_take_is_answered() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let life = fixture.view(RETRYABLE, Retryable::getLifetimeCall {}).await;
    assert_eq!(life, U256::from(7 * 86_400));
    let timeout = Retryable::getTimeoutCall {
        ticketId: B256::ZERO,
    };
    let (code, _, data) = fixture
        .call(RETRYABLE, timeout.abi_encode())
        .await
        .expect_err("no ticket");
    let error = hex::encode_prefixed(Retryable::NoTicketWithID::SELECTOR);
    assert_eq!((code, data), (3, Some(error.into())));
    // a word in; the timeout, twice for a redemption; the error's four bytes out
    assert_eq!(
        cost(&fixture, RETRYABLE, timeout).await,
        (false, READ + 3 + READ + 3)
    );
    let redeem = Retryable::redeemCall {
        ticketId: B256::ZERO,
    };
    assert_eq!(
        cost(&fixture, RETRYABLE, redeem).await,
        (false, READ + 3 + 2 * READ + 3)
    );

    let preferred = Aggregator::getPreferredAggregatorCall {
        addr: Address::ZERO,
    };
    let preferred = fixture.view(AGGREGATOR, preferred).await;
    assert_eq!((preferred._0, preferred._1), (SEQUENCER, true));
    let posters = Aggregator::getBatchPostersCall {};
    assert_eq!(fixture.view(AGGREGATOR, posters).await, [SEQUENCER]);
    let collector = Aggregator::getFeeCollectorCall {
        batchPoster: SEQUENCER,
    };
    assert_eq!(fixture.view(AGGREGATOR, collector).await, SEQUENCER);
    let unknown = Aggregator::getFeeCollectorCall { batchPoster: OWNER };
    assert_eq!(
        cost(&fixture, AGGREGATOR, unknown).await,
        (false, READ + 3 + READ)
    );

    let stats = fixture.view(STATISTICS, Statistics::getStatsCall {}).await;
    let number = fixture.view(ARB_SYS, ArbSys::arbBlockNumberCall {}).await;
    assert_eq!(
        (stats._0, stats._1, stats._5),
        (number, U256::ZERO, U256::ZERO)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_precompiled_contract_has_code_and_is_warm() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let low = (0x64..=0x6d).chain([0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0xff]);
    let acts = address!("00000000000000000000000000000000000a4b05");
    for address in low
        .filter(|byte| *byte != 0x6a)
        .map(Address::with_last_byte)
        .chain([acts])
    {
        let code = fixture
            .request("eth_getCode", json!([address, "latest"]))
            .await;
        assert_eq!(code, json!("0xfe"), "{address}");
        // PUSH20 address, EXTCODESIZE, POP: 3 + 100 + 2
        let toucher = [&hex!("73")[..], address.as_slice(), &hex!("3b50")].concat();
        let toucher = fixture.deploy(&toucher).await;
        let receipt = fixture.send(Some(toucher), Bytes::new(), 0).await;
        assert_eq!(receipt.gas_used, 21_000 + 105, "{address}");
    }
}
