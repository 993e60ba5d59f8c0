//! Tips, and prices by kind of resource, as owners set them from ArbOS 60 on.

use alloy::{
    primitives::{Address, B256, U256, address},
    providers::Provider,
    sol,
    sol_types::SolCall,
};
use serde_json::json;

use crate::fixture::Fixture;

sol! {
    interface Prices {
        struct WeightedResource { uint8 resource; uint64 weight; }
        struct Constraint { WeightedResource[] resources; uint32 adjustmentWindowSecs; uint64 targetPerSec; uint64 backlog; }
        function becomeChainOwner() external;
        function setCollectTips(bool collectTips) external;
        function getCollectTips() external view returns (bool);
        function setMultiGasPricingConstraints(Constraint[] calldata constraints) external;
        function getMultiGasPricingConstraints() external view returns (Constraint[] memory constraints);
    }
}

const ARB_OWNER: Address = Address::with_last_byte(0x70);
const ARB_OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const ARB_GAS_INFO: Address = Address::with_last_byte(0x6c);
const ARB_DEBUG: Address = Address::with_last_byte(0xff);
const NETWORK_FEE_ACCOUNT: Address = address!("a4b000000000000000000073657175656e636572");

/// A chain whose owner is the first dev account.
async fn owned() -> Fixture {
    let fixture = Fixture::start_debug().await;
    let call = Prices::becomeChainOwnerCall {}.abi_encode();
    assert!(fixture.send(Some(ARB_DEBUG), call, 0).await.status());
    fixture
}

#[tokio::test(flavor = "multi_thread")]
async fn tips_are_paid_once_an_owner_collects_them() {
    let fixture = owned().await;
    // 0.1 gwei is the base fee; 0.3 gwei are offered beside it, of at most 0.35.
    for (collect, price) in [
        (false, 100_000_000),
        (true, 350_000_000_u128),
        (false, 100_000_000),
    ] {
        let set = Prices::setCollectTipsCall {
            collectTips: collect,
        };
        assert!(
            fixture
                .send(Some(ARB_OWNER), set.abi_encode(), 0)
                .await
                .status()
        );
        let tells = fixture
            .view(ARB_OWNER_PUBLIC, Prices::getCollectTipsCall {})
            .await;
        assert_eq!(tells, collect);
        let fees = async || {
            let balance = fixture.client.get_balance(NETWORK_FEE_ACCOUNT).await;
            balance.expect("a balance")
        };
        let before = fees().await;
        let request = json!([{
            "from": fixture.account(1), "to": fixture.account(1), "gas": "0x5208",
            "maxFeePerGas": "0x14dc9380", "maxPriorityFeePerGas": "0x11e1a300",
        }]);
        let hash = fixture.request("eth_sendTransaction", request).await;
        let hash: B256 = serde_json::from_value(hash).expect("a hash");
        let receipt = fixture
            .client
            .get_transaction_receipt(hash)
            .await
            .expect("an answer")
            .expect("mined");
        assert_eq!(receipt.effective_gas_price, price);
        assert_eq!(fees().await - before, U256::from(21_000 * price));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_are_told_as_they_were_set() {
    let fixture = owned().await;
    let constraint = |resource, target, window, backlog| Prices::Constraint {
        resources: vec![
            Prices::WeightedResource {
                resource: 1,
                weight: 1,
            },
            Prices::WeightedResource {
                resource,
                weight: 2,
            },
        ],
        adjustmentWindowSecs: window,
        targetPerSec: target,
        backlog,
    };
    let set = async |constraints: Vec<Prices::Constraint>| {
        let call = Prices::setMultiGasPricingConstraintsCall { constraints }.abi_encode();
        fixture.send(Some(ARB_OWNER), call, 0).await.status()
    };
    let told = async || {
        fixture
            .view(ARB_GAS_INFO, Prices::getMultiGasPricingConstraintsCall {})
            .await
            .abi_encode_all()
    };
    let two = vec![constraint(3, 7_000_000, 12, 0), constraint(8, 5, 6, 7)];
    assert!(set(two.clone()).await);
    assert_eq!(told().await, two.abi_encode_all());
    for wrong in [
        constraint(3, 0, 12, 0),
        constraint(3, 7, 0, 0),
        constraint(200, 7, 12, 0),
        // The heaviest: 8.5 * 7 * 12 = 714 is the most.
        constraint(3, 7, 12, 715),
    ] {
        assert!(!set(vec![wrong]).await);
    }
    assert_eq!(
        told().await,
        two.abi_encode_all(),
        "a refusal changes nothing"
    );
    assert!(set(vec![constraint(3, 7, 12, 714)]).await);
    assert!(set(vec![]).await);
    assert_eq!(
        told().await,
        Vec::<Prices::Constraint>::new().abi_encode_all()
    );
}

/// A list, for comparison.
trait AbiEncodeAll {
    fn abi_encode_all(&self) -> Vec<u8>;
}

impl AbiEncodeAll for Vec<Prices::Constraint> {
    fn abi_encode_all(&self) -> Vec<u8> {
        alloy::sol_types::SolValue::abi_encode(self)
    }
}
