//! `smartsync-estimate` against what the dev chain takes.

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry;
use smartsync_estimate::{
    StorageProof, SyncShape, calldata_gas, copy_gas, header_gas, parts_gas, sync_gas,
};
use smartsync_tests::{
    Chain, PRIVATE_KEYS, Stage, System, Workload,
    measure::{ChangeKind, cache, migrations, mirror_of, sync},
};

/// A stage with the programs cached, and a verifier.
async fn cached_stage() -> (Stage, Address) {
    let stage = Stage::start().await.unwrap();
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER)
        .await
        .unwrap();
    let programs = [stage.registry, stage.notary, stage.program, verifier];
    cache(&stage.target, &programs, true).await.unwrap();
    (stage, verifier)
}

#[track_caller]
fn assert_within(percent: f64, estimated: u64, measured: u64, what: &str) {
    let off = (estimated as f64 / measured as f64 - 1.0) * 100.0;
    assert!(
        off.abs() <= percent,
        "{what}: estimated {estimated}, measured {measured}: {off:.2} %"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_estimate_of_a_sync_is_within_one_percent_of_the_measured_gas() {
    let (stage, verifier) = cached_stage().await;
    let mut workload = Workload::default();
    for slots in [1, 100, 2_000] {
        let mut state = workload.state(slots);
        let (mirror, _) = mirror_of(&stage, &state).await.unwrap();
        for (kind, count) in [
            (ChangeKind::Change, 1),
            (ChangeKind::Change, 100),
            (ChangeKind::Change, 1_000),
            (ChangeKind::Add, 10),
        ] {
            if count > slots {
                continue;
            }
            let changes = kind.changes(&mut workload, &state, count);
            let measured = sync(&stage, verifier, mirror, &changes).await.unwrap();
            state.extend(&changes);
            let sent = measured.sent.unwrap();
            let shape = SyncShape {
                changed: count as u64,
                added: if kind == ChangeKind::Add {
                    count as u64
                } else {
                    0
                },
                multi_proof_bytes: sent.bytes as u64,
                account_proof_bytes: sent.account_proof as u64,
                calldata_gas: sent.calldata_gas,
                account_calldata_gas: 0,
            };
            let what = format!("{count} {kind:?} of {slots}");
            assert_within(1.0, sync_gas(&shape), sent.gas, &what);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_multi_proof_is_as_long_as_one_of_a_real_contract() {
    let (stage, verifier) = cached_stage().await;
    let mut workload = Workload::default();
    let state = workload.state(2_000);
    let (mirror, _) = mirror_of(&stage, &state).await.unwrap();
    for (count, percent) in [(10, 25.0), (100, 5.0), (1_000, 2.0)] {
        let changes = workload.changes(&state, count);
        let measured = sync(&stage, verifier, mirror, &changes).await.unwrap();
        let drawn = StorageProof::draw(2_000, count, 0, 3, 1).unwrap();
        let what = format!("{count} of 2,000");
        let bytes = measured.sent.unwrap().bytes as u64;
        assert_within(percent, drawn.multi_proof.len() as u64, bytes, &what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_estimate_of_a_header_is_within_one_percent_of_the_measured_gas() {
    let (stage, _) = cached_stage().await;
    for signers in [1, 3] {
        // A notary wants its signers in the order of their addresses.
        let mut keys: Vec<(Address, &str)> = (0..signers)
            .map(|signer| (Chain::account(signer), PRIVATE_KEYS[signer]))
            .collect();
        keys.sort_unstable();
        let (accounts, keys): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        let system = stage.with_signers(accounts, signers as u64).await.unwrap();
        let programs = [system.registry, system.notary];
        cache(&stage.target, &programs, true).await.unwrap();
        // The first header of a notary also writes what the others find.
        for first in [true, false] {
            let block = stage.source.mine().await.unwrap();
            let (header, rlp) = stage.source.header(block).await.unwrap();
            let submission = system.signed(&rlp, header.hash_slow(), &keys, 0);
            let call = IRegistry::submitHeaderCall { submission };
            let data = call.abi_encode();
            let receipt = system.target.send(system.registry, call).await.unwrap();
            if !first {
                let estimated = header_gas(calldata_gas(&data), signers as u64);
                let what = format!("{signers} signers");
                assert_within(1.0, estimated, receipt.gas_used, &what);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_estimates_of_parts_and_of_a_first_copy_are_within_two_percent_of_the_measured_gas() {
    let (stage, verifier) = cached_stage().await;
    let mut workload = Workload::default();
    for migration in migrations(&stage, &mut workload, 5_000).await.unwrap() {
        if migration.way.starts_with("parts") {
            assert_within(2.0, copy_gas(5_000, 0), migration.gas, "first copy");
        }
    }
    let state = workload.state(20_000);
    let (mirror, _) = mirror_of(&stage, &state).await.unwrap();
    let changes = workload.changes(&state, 500);
    let measured = sync(&stage, verifier, mirror, &changes).await.unwrap();
    let parts = measured.sent.unwrap_err();
    // Of hashes, one byte of 256 is zero.
    let hashes = |bytes: u64| bytes * 16 - bytes * 12 / 256;
    let shape = SyncShape {
        changed: 500,
        added: 0,
        multi_proof_bytes: parts.proof_bytes as u64,
        account_proof_bytes: 562,
        calldata_gas: hashes(parts.proof_bytes as u64),
        account_calldata_gas: 11_400,
    };
    let estimated = parts_gas(&shape, parts.count as u64);
    assert_within(2.0, estimated, parts.gas, "500 of 20,000 in parts");
}
