//! What the scripts of Offchain Labs' devnode do to a fresh chain.

use alloy::{
    consensus::{SignableTransaction, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718,
    network::TxSignerSync,
    primitives::{Address, B256, Bytes, TxKind, U256, address, hex},
    providers::Provider,
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolCall,
};
use devchain::{Kind, devnode_account};
use serde_json::json;

use crate::fixture::Fixture;

sol! {
    function becomeChainOwner() external;
    function setL1PricePerUnit(uint256 pricePerUnit) external;
    function addWasmCacheManager(address manager) external;
    function isChainOwner(address addr) external view returns (bool);
    function isCacheManager(address manager) external view returns (bool);
    function getL1BaseFeeEstimate() external view returns (uint256);
    function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
    function getPricesInArbGas() external view returns (uint256, uint256, uint256);
}

const DEVELOPER: Address = address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");
const ARB_OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const ARB_GAS_INFO: Address = Address::with_last_byte(0x6c);
const ARB_OWNER: Address = Address::with_last_byte(0x70);
const ARB_WASM_CACHE: Address = Address::with_last_byte(0x72);
const ARB_DEBUG: Address = Address::with_last_byte(0xff);

/// Who deploys the CREATE2 factory by Nick's method, and the transaction that does it on every chain.
const FACTORY_DEPLOYER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
const FACTORY_DEPLOYMENT: &str = "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";

/// Sends a transaction that the devnode's key signs.
async fn send(fixture: &Fixture, to: Address, input: Vec<u8>, value: u128) -> TransactionReceipt {
    let account = devnode_account().expect("a valid key");
    let signer = PrivateKeySigner::from_bytes(&account.private_key).expect("a valid key");
    let nonce = fixture
        .client
        .get_transaction_count(DEVELOPER)
        .await
        .expect("a nonce");
    let mut transaction = TxLegacy {
        chain_id: Some(412_346),
        nonce,
        gas_price: 100_000_000,
        gas_limit: 1_000_000,
        to: TxKind::Call(to),
        value: U256::from(value),
        input: input.into(),
    };
    let signature = signer
        .sign_transaction_sync(&mut transaction)
        .expect("signed");
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    publish(fixture, envelope.encoded_2718().into()).await
}

async fn publish(fixture: &Fixture, raw: Bytes) -> TransactionReceipt {
    let hash = fixture
        .request("eth_sendRawTransaction", json!([raw]))
        .await;
    let hash: B256 = serde_json::from_value(hash).expect("a hash");
    fixture
        .client
        .get_transaction_receipt(hash)
        .await
        .expect("a receipt")
        .expect("mined at once")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_devnodes_scripts_find_a_chain_that_they_can_set_up() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let become_owner = becomeChainOwnerCall {}.abi_encode();
    assert!(send(&fixture, ARB_DEBUG, become_owner, 0).await.status());
    let owner = isChainOwnerCall { addr: DEVELOPER };
    assert!(fixture.view(ARB_OWNER_PUBLIC, owner).await);

    let price = setL1PricePerUnitCall {
        pricePerUnit: U256::ZERO,
    };
    let receipt = send(&fixture, ARB_OWNER, price.abi_encode(), 0).await;
    assert!(receipt.status());
    assert_eq!(
        fixture
            .view(ARB_GAS_INFO, getL1BaseFeeEstimateCall {})
            .await,
        U256::ZERO
    );

    let manager = Address::repeat_byte(7);
    let add = addWasmCacheManagerCall { manager };
    assert!(
        send(&fixture, ARB_OWNER, add.abi_encode(), 0)
            .await
            .status()
    );
    let is_manager = isCacheManagerCall { manager };
    assert!(fixture.view(ARB_WASM_CACHE, is_manager).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_data_for_the_parent_chain_is_reported_as_nitro_reports_it() {
    let fixture = Fixture::start(Kind::Stylus).await;
    send(&fixture, ARB_DEBUG, becomeChainOwnerCall {}.abi_encode(), 0).await;
    // 50 gwei a unit: 16 units a byte are 800 gwei, 140 bytes are 112,000 gwei; at 0.1 gwei, 8,000 and 1,120,000 gas.
    let price = setL1PricePerUnitCall {
        pricePerUnit: U256::from(50_000_000_000_u64),
    };
    send(&fixture, ARB_OWNER, price.abi_encode(), 0).await;
    let wei = fixture.view(ARB_GAS_INFO, getPricesInWeiCall {}).await;
    assert_eq!(wei._0, U256::from(112_000_000_000_000_u64));
    assert_eq!(wei._1, U256::from(800_000_000_000_u64));
    let gas = fixture.view(ARB_GAS_INFO, getPricesInArbGasCall {}).await;
    assert_eq!((gas._0, gas._1), (U256::from(1_120_000), U256::from(8_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_without_a_chain_id_are_mined_on_both_kinds() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        fixture
            .send(Some(FACTORY_DEPLOYER), Bytes::new(), 10_u128.pow(18))
            .await;
        let raw: Bytes = hex::decode(FACTORY_DEPLOYMENT).expect("hex").into();
        let receipt = publish(&fixture, raw).await;
        assert_eq!(receipt.from, FACTORY_DEPLOYER);
        // The factory stands there already, so the creation collides and takes its gas.
        assert!(!receipt.status());
        assert_eq!(receipt.gas_used, 100_000);
        assert_eq!(
            receipt.contract_address,
            Some(address!("4e59b44847b379578588920ca78fbf26c0b4956c"))
        );
    }
}
