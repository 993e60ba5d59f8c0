use super::{contract::Contract, scene::Scene};
use crate::{Chain, args};

/// Chainlink: a proxy over an aggregator that oracles submit to, and what stands around it. Returns the proxy.
pub async fn chainlink(scene: &mut Scene) -> Contract {
    let chain = scene.chain.clone();
    let package = "@chainlink/contracts";
    let (zero, one) = (Chain::account(0), Chain::account(1));
    let none = alloy_primitives::Address::ZERO;
    let link = scene.deploy(package, "abi/v0.4/LinkToken", args![]).await;
    let arguments = args![link.address, 1, 180, none, 1, 1_000_000, 8, "LINK / USD"];
    let flux = scene
        .deploy(package, "abi/v0.6/FluxAggregator", arguments)
        .await;
    link.send(&chain, "transfer", args![flux.address, 1_000_000])
        .await;
    flux.send(&chain, "updateAvailableFunds", args![]).await;
    let oracles = format!("[{zero},{one}]");
    let change = args!["[]", oracles, oracles, 1, 2, 0];
    flux.send(&chain, "changeOracles", change).await;
    for (round, answers) in [(1, [1_200, 1_300]), (2, [1_400, 1_500])] {
        for (oracle, answer) in answers.into_iter().enumerate() {
            flux.send_as(&chain, oracle, 0, "submit", args![round, answer])
                .await;
        }
    }
    let access = scene
        .deploy(package, "abi/v0.6/SimpleReadAccessController", args![])
        .await;
    let arguments = args![flux.address, none];
    let proxy = scene
        .deploy(package, "abi/v0.6/EACAggregatorProxy", arguments)
        .await;
    let other = scene
        .deploy(package, "abi/v0.6/MockV3Aggregator", args![8, 1_700])
        .await;
    proxy
        .send(&chain, "proposeAggregator", args![other.address])
        .await;
    let round = (1_u128 << 64) | 2;
    scene.ask(&proxy, "getRoundData", args![round]);
    scene.ask(&proxy, "getAnswer", args![round]);
    scene.ask(&proxy, "getTimestamp", args![round]);
    scene.ask(&proxy, "proposedGetRoundData", args![1]);
    scene.ask(&flux, "getRoundData", args![2]);
    scene.ask(&flux, "getAdmin", args![one]);
    scene.ask(&flux, "withdrawablePayment", args![one]);
    // For node operators alone: it asks who began the transaction.
    scene.ask(&flux, "oracleRoundState", args![one, 3]);

    let flags = scene
        .deploy(package, "abi/v0.6/Flags", args![access.address])
        .await;
    flags.send(&chain, "raiseFlag", args![flux.address]).await;
    flags.send(&chain, "addAccess", args![one]).await;
    flags.send(&chain, "disableAccessCheck", args![]).await;
    let threshold = args![flags.address, 10_000];
    let validator = scene
        .deploy(package, "abi/v0.6/DeviationFlaggingValidator", threshold)
        .await;
    scene.ask(&validator, "isValid", args![1, 1_000, 2, 1_050]);
    scene.ask(&validator, "isValid", args![1, 1_000, 2, 1_500]);
    let store = scene
        .deploy(package, "abi/v0.6/BlockhashStore", args![])
        .await;
    let block = scene.block().await;
    store.send(&chain, "store", args![block]).await;
    scene.ask(&store, "getBlockhash", args![block]);
    let arguments = args![link.address, store.address];
    scene
        .deploy(package, "abi/v0.6/VRFCoordinator", arguments)
        .await;
    let operator = scene
        .deploy(package, "abi/v0.7/Operator", args![link.address, zero])
        .await;
    operator
        .send(&chain, "setAuthorizedSenders", args![oracles])
        .await;
    proxy
}
