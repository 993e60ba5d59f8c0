//! Proven reads of protocols, by contracts of npm packages, with tries as deep as mainnet's.

use smartsync_tests::{
    Stage,
    measure::{Claims, Protocol, ProvenRead, cache, proven_claim, proven_read},
};

use crate::op_stack::BYTES_GOAL;

/// The answers are the source's, on its own tries and on deep ones; checking and interpreting are less than a third of what it costs.
async fn proven(protocol: Protocol) -> ProvenRead {
    let stage = Stage::start().await.unwrap();
    let told = stage.deploy_told_prover().await.unwrap();
    let programs = [told.prover, told.runner, stage.codes];
    cache(&stage.target, &programs, true).await.unwrap();
    let read = protocol.set_up(&stage).await.unwrap();
    let cost = proven_read(&stage, &told, &read).await.unwrap();
    println!("{}: {} gas, {cost:?}", protocol.name(), cost.gas());
    assert!((cost.verification + cost.execution) * 3 < cost.gas());
    cost
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slot_of_a_plain_contract() {
    let cost = proven(Protocol::Slot).await;
    assert_eq!((cost.accounts, cost.slots), (1, 1));
    assert!(cost.gas() < 150_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_through_aragon_s_proxy_and_kernel() {
    let cost = proven(Protocol::AragonRate).await;
    // Wrapper, proxy, kernel's proxy, kernel, pool.
    assert_eq!(cost.accounts, 5);
    assert!(cost.gas() < 750_000 && cost.witness < 30_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_through_an_erc_1967_proxy() {
    // Proxy, pool; the pool's address and its four slots.
    let cost = proven(Protocol::UupsRate).await;
    assert_eq!((cost.accounts, cost.slots), (2, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_through_a_beacon_s_proxy() {
    // Proxy, beacon, pool; the beacon's address, the pool's in the beacon, four slots.
    let cost = proven(Protocol::BeaconRate).await;
    assert_eq!((cost.accounts, cost.slots), (3, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn cumulative_ticks_of_a_uniswap_pool() {
    proven(Protocol::UniswapObserve).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_an_aave_reserve() {
    proven(Protocol::AaveReserve).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_a_name_has_in_ens() {
    // The registry and its slot of the resolver, the resolver and its slots of the address.
    let cost = proven(Protocol::EnsAddress).await;
    assert_eq!(cost.accounts, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_of_a_safe() {
    // Proxy and singleton; its address, the count, the sentinel's and the two owners' slots.
    let cost = proven(Protocol::SafeOwners).await;
    assert_eq!((cost.accounts, cost.slots), (2, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_rollups_fit_a_transaction() {
    for claims in [Claims::optimism().await, Claims::nitro().await] {
        let cost = proven_claim(&claims).await.unwrap();
        println!("{cost:?}");
        assert!(cost.bytes < BYTES_GOAL, "{}", cost.bytes);
        assert!(cost.verification * 3 < cost.gas);
    }
}
