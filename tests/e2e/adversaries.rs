//! Adversaries of an update in parts: whoever opens, repeats, interleaves or races parts pays for it, and stops nobody.

use std::collections::HashMap;

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::json;
use smartsync_abi::{
    IProgramErrors::WrongValue,
    IProofErrors::{InvalidProof, PostRootMismatch, SlotUnchanged},
    IRegistry::{
        self, BelowPartBlock, OpeningTooEarly, PartBlockHeld, PartTooSmall, Status,
        StorageRootMismatch, TargetHeaderTooOld, WrongStatus,
    },
};
use smartsync_tests::{Chain, Mirror, Stage, numbered, request, storage_root};

use crate::moves::least_gas;

/// Gas of changing a slot that is not zero, cold (EIP-2929, EIP-2200).
const CHANGE_GAS: u64 = 5_000;

/// A mirror of 600 slots, of which the source has changed all since.
struct Changed {
    stage: Stage,
    mirror: Mirror,
    slots: Vec<U256>,
    block: u64,
}

impl Changed {
    async fn new() -> Self {
        let stage = Stage::start().await.unwrap();
        let mirror = stage.mirrored_table(&numbered(0..600, 3)).await.unwrap();
        // Slot 0 is 1 with any factor: change it too.
        let mut state = numbered(0..600, 7);
        state.insert(U256::ZERO, U256::from(7));
        stage.write(mirror.source, state.clone()).await.unwrap();
        let block = stage.submit_head().await.unwrap();
        let slots = state.into_keys().collect();
        Self {
            stage,
            mirror,
            slots,
            block,
        }
    }

    async fn part(&self, block: u64, slots: &[U256]) -> IRegistry::partCall {
        let part = self.stage.part_call(self.mirror, block, slots);
        part.await.unwrap()
    }

    /// Sends a part as the adversary, with `value` wei.
    async fn attack(&self, part: &IRegistry::partCall, value: u64) -> TransactionReceipt {
        let request = request(self.stage.registry, part.abi_encode().into())
            .from(Chain::account(1))
            .value(U256::from(value));
        self.stage.target.send_request(request).await.unwrap()
    }

    async fn send(&self, call: impl SolCall) {
        let sent = self.stage.target.send(self.stage.registry, call).await;
        sent.unwrap();
    }

    async fn status(&self) -> Status {
        self.stage.record(self.mirror).await.unwrap().status
    }

    async fn root(&self) -> B256 {
        let root = self.stage.target.storage_root(self.mirror.proxy);
        root.await.unwrap()
    }

    /// Completes at a block, and the mirror is the source.
    async fn completes(&self, block: u64) {
        self.stage.complete(self.mirror, block).await.unwrap();
        let record = self.stage.record(self.mirror).await.unwrap();
        assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
        let state = self.stage.source.storage(self.mirror.source).await.unwrap();
        assert_eq!(record.storageRoot, storage_root(&state));
        assert_eq!(self.root().await, record.storageRoot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_a_mirror_pays_for_real_progress_and_anyone_finishes_the_rest() {
    let it = Changed::new().await;
    // Neither a small part nor an unpaid one opens it, and no wei is kept for more than the lock.
    let small = it.part(it.block, &it.slots[..499]).await;
    assert!(small.multiProof.len() < 40_000);
    let error = it.stage.refused(small).await.expect::<PartTooSmall>();
    assert_eq!(error.changesGiven, 499);
    let opening = it.part(it.block, &it.slots[..500]).await;
    for value in [0, 2] {
        let request = request(it.stage.registry, opening.abi_encode().into());
        let error = it.stage.refused_request(request.value(U256::from(value)));
        let error = error.await.expect::<WrongValue>();
        assert_eq!((error.required, error.got), (U256::ONE, U256::from(value)));
    }
    // One slot that is the same in both, among as many as are asked for, is none.
    let same = U256::from(10_000);
    let padded = it
        .part(it.block, &[&it.slots[..500], &[same]].concat())
        .await;
    let padded = it.stage.with_lock(&padded);
    let error = it.stage.refused_request(padded).await;
    assert_eq!(error.expect::<SlotUnchanged>().slot, same);
    let receipt = it.attack(&opening, 1).await;
    assert!(
        receipt.gas_used > 500 * CHANGE_GAS,
        "{} gas",
        receipt.gas_used
    );
    // A second lock is not taken.
    let rest = it.part(it.block, &it.slots[500..]).await;
    let request = request(it.stage.registry, rest.abi_encode().into()).value(U256::ONE);
    let error = it.stage.refused_request(request).await;
    assert_eq!(error.expect::<WrongValue>().required, U256::ZERO);
    // What is left for the others is what he did not pay for.
    it.send(rest).await;
    it.completes(it.block).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_is_kept_up_opens_for_one_large_block_and_for_no_backlog() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_table(&numbered(0..600, 3)).await.unwrap();
    let recorded = stage.record(mirror).await.unwrap();
    // A block with a small change, and one with a large one.
    let small = [(U256::from(700), U256::ONE)];
    stage.write(mirror.source, small).await.unwrap();
    let first = stage.submit_head().await.unwrap();
    let step: Vec<(U256, U256)> = (0..520u64)
        .map(|slot| (U256::from(slot), U256::from(slot + 1_000)))
        .collect();
    stage.write(mirror.source, step).await.unwrap();
    let second = stage.submit_head().await.unwrap();
    assert_eq!(second, first + 1);
    let slots: Vec<U256> = (0..520).map(U256::from).collect();

    // Two blocks behind, and not for an hour.
    let part = stage.part_call(mirror, second, &slots).await.unwrap();
    let error = stage.refused_request(stage.with_lock(&part)).await;
    let until = error.expect::<OpeningTooEarly>().until;
    assert_eq!(until, recorded.sourceTimestamp + 3_600);
    assert_eq!(stage.record(mirror).await.unwrap(), recorded);

    // One block behind.
    let sync = stage.proven_sync(mirror, first, &[U256::from(700)]).await;
    let sync = sync.unwrap();
    stage.target.send(stage.registry, sync).await.unwrap();
    let opening = stage.with_lock(&part);
    stage.target.send_request(opening).await.unwrap();
    stage.complete(mirror, second).await.unwrap();

    // A second short of an hour behind, and an hour.
    let recorded = stage.record(mirror).await.unwrap();
    stage.source.mine().await.unwrap();
    let later = json!([4_000]);
    stage.target.rpc("evm_increaseTime", later).await.unwrap();
    stage.target.mine().await.unwrap();
    for (seconds, opens) in [(3_599, false), (3_600, true)] {
        let at = json!([recorded.sourceTimestamp + seconds]);
        let set = stage.source.rpc("evm_setNextBlockTimestamp", at).await;
        set.unwrap();
        let sum = U256::from(seconds);
        let step = slots.iter().map(|slot| (*slot, *slot + sum));
        stage.write(mirror.source, step).await.unwrap();
        let block = stage.submit_head().await.unwrap();
        let part = stage.part_call(mirror, block, &slots).await.unwrap();
        let call = stage.with_lock(&part);
        if opens {
            stage.target.send_request(call).await.unwrap();
            stage.complete(mirror, block).await.unwrap();
        } else {
            let error = stage.refused_request(call).await;
            error.expect::<OpeningTooEarly>();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_was_overtaken_by_an_opening_part_goes_on_in_parts() {
    let it = Changed::new().await;
    let sync = it
        .stage
        .proven_sync(it.mirror, it.block, &it.slots)
        .await
        .unwrap();
    it.attack(&it.part(it.block, &it.slots[..500]).await, 1)
        .await;
    let error = it.stage.refused(sync).await.expect::<WrongStatus>();
    assert_eq!(error.status, Status::Open as u8);
    it.send(it.part(it.block, &it.slots[500..]).await).await;
    it.completes(it.block).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_several_senders_interleave_in_any_order_and_none_counts_twice() {
    let it = Changed::new().await;
    it.attack(&it.part(it.block, &it.slots[50..560]).await, 1)
        .await;
    // Whoever comes late with slots that are done changes nothing.
    let root = it.root().await;
    let late = it.part(it.block, &it.slots[540..560]).await;
    let error = it.stage.refused(late).await.expect::<SlotUnchanged>();
    assert!(it.slots[540..560].contains(&error.slot));
    assert_eq!(it.root().await, root);
    // With others among them it is not in vain: nobody voids a large part by a small one of the same slots.
    it.attack(&it.part(it.block, &it.slots[570..571]).await, 0)
        .await;
    it.send(it.part(it.block, &it.slots[540..600]).await).await;
    // Backwards, by turns, one slot at a time where he likes.
    it.attack(&it.part(it.block, &it.slots[49..50]).await, 0)
        .await;
    it.send(it.part(it.block, &it.slots[20..49]).await).await;
    it.attack(&it.part(it.block, &it.slots[..20]).await, 0)
        .await;
    it.completes(it.block).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_repeated_or_out_of_date_changes_nothing() {
    let it = Changed::new().await;
    let opening = it.part(it.block, &it.slots[..510]).await;
    it.attack(&opening, 1).await;
    let root = it.root().await;
    it.stage
        .refused(opening.clone())
        .await
        .expect::<SlotUnchanged>();
    // The source moves on, and so does the mirror: then no old value comes back.
    it.stage.pass(600).await.unwrap();
    let step = [(it.slots[3], U256::from(0xbeef))];
    it.stage.write(it.mirror.source, step).await.unwrap();
    let newer = it.stage.submit_head().await.unwrap();
    it.send(it.part(newer, &[it.slots[3]]).await).await;
    for old in [opening, it.part(it.block, &it.slots[3..4]).await] {
        let error = it.stage.refused(old).await.expect::<BelowPartBlock>();
        assert_eq!((error.partBlock, error.sourceBlock), (newer, it.block));
    }
    assert_ne!(it.root().await, root);
    it.send(it.part(newer, &it.slots[510..]).await).await;
    it.completes(newer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_lies_opens_nothing_and_writes_nothing() {
    let it = Changed::new().await;
    let root = it.root().await;
    let honest = it.part(it.block, &it.slots[..505]).await;
    // One value of another state than the source's, proven under that state's root.
    let state = it.stage.source.storage(it.mirror.source).await.unwrap();
    let mut state: HashMap<U256, U256> = state.into_iter().collect();
    state.insert(it.slots[7], U256::from(0xbad));
    let trie = smartsync_proof::build_from_states(&HashMap::new(), &state).unwrap();
    let lie = IRegistry::partCall {
        multiProof: trie.multi_proof.into(),
        ..honest.clone()
    };
    let with_lock = |call: &IRegistry::partCall| it.stage.with_lock(call);
    let error = it.stage.refused_request(with_lock(&lie)).await;
    error.expect::<PostRootMismatch>();
    // The account proof of another contract, or of another block.
    let other = it.stage.source.proof(Chain::account(0), &[], it.block);
    let older = it.stage.source.proof(it.mirror.source, &[], it.block - 1);
    for account_proof in [
        other.await.unwrap().account_proof,
        older.await.unwrap().account_proof,
    ] {
        let call = IRegistry::partCall {
            accountProof: account_proof,
            ..honest.clone()
        };
        let error = it.stage.refused_request(with_lock(&call)).await;
        error.expect::<InvalidProof>();
    }
    assert_eq!((it.status().await, it.root().await), (Status::Active, root));
    let balance = it.stage.target.balance(it.mirror.proxy);
    assert_eq!(balance.await.unwrap(), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_slipped_in_before_the_completion_only_delays_it_to_the_block_it_proves() {
    let it = Changed::new().await;
    it.attack(&it.part(it.block, &it.slots[..505]).await, 1)
        .await;
    it.send(it.part(it.block, &it.slots[505..]).await).await;
    let completion = it
        .stage
        .complete_call_now(it.mirror, it.block)
        .await
        .unwrap();
    // While the source rests, the adversary has no change left to race with.
    for slots in [&it.slots[..1], &it.slots[..600]] {
        let call = it.part(it.block, slots).await;
        it.stage.refused(call).await.expect::<SlotUnchanged>();
    }
    // The source moves; for ten minutes that gives him nothing.
    let step = [(it.slots[8], U256::from(0xbeef))];
    it.stage.write(it.mirror.source, step).await.unwrap();
    let newer = it.stage.submit_head().await.unwrap();
    let early = it.part(newer, &[it.slots[8]]).await;
    let error = it.stage.refused(early).await.expect::<PartBlockHeld>();
    let (begun, _) = it.stage.source.header(it.block).await.unwrap();
    let held = (it.block, begun.timestamp + 600);
    assert_eq!((error.partBlock, error.until), held);
    // Then he gets in first, in the very block of the completion.
    it.stage.pass(600).await.unwrap();
    let step = [(it.slots[9], U256::from(0xbeef))];
    it.stage.write(it.mirror.source, step).await.unwrap();
    let newer = it.stage.submit_head().await.unwrap();
    let slipped = it.part(newer, &it.slots[8..10]).await;
    let target = &it.stage.target;
    target.rpc("evm_setAutomine", json!([false])).await.unwrap();
    let mut hashes = Vec::new();
    for (sender, data) in [(1, slipped.abi_encode()), (0, completion.abi_encode())] {
        let request = request(it.stage.registry, data.into()).from(Chain::account(sender));
        let sent = target.rpc("eth_sendTransaction", json!([request])).await;
        hashes.push(sent.unwrap());
    }
    target.mine().await.unwrap();
    target.rpc("evm_setAutomine", json!([true])).await.unwrap();
    let mut statuses = Vec::new();
    for hash in hashes {
        let receipt = target.rpc("eth_getTransactionReceipt", json!([hash]));
        statuses.push(receipt.await.unwrap()["status"].clone());
    }
    assert_eq!(statuses, [json!("0x1"), json!("0x0")], "in that order");
    let error = it.stage.refused(completion).await;
    error.expect::<TargetHeaderTooOld>();
    let call = it.stage.complete_call_now(it.mirror, it.block).await;
    let error = it.stage.refused(call.unwrap()).await;
    error.expect::<StorageRootMismatch>();
    // What he proved is proven: at his block nothing is left to do.
    it.completes(newer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_completions_the_second_one_only_pays() {
    let it = Changed::new().await;
    it.attack(&it.part(it.block, &it.slots[..505]).await, 1)
        .await;
    it.send(it.part(it.block, &it.slots[505..]).await).await;
    let call = it
        .stage
        .complete_call_now(it.mirror, it.block)
        .await
        .unwrap();
    it.send(call.clone()).await;
    let error = it.stage.refused(call).await.expect::<WrongStatus>();
    assert_eq!(error.status, Status::Active as u8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_or_part_that_runs_out_of_gas_anywhere_leaves_no_trace() {
    let it = Changed::new().await;
    let sync = it
        .stage
        .proven_sync(it.mirror, it.block, &it.slots)
        .await
        .unwrap();
    let part = it.part(it.block, &it.slots[..505]).await;
    let before = it.stage.record(it.mirror).await.unwrap();
    let root = it.root().await;
    let sync = request(it.stage.registry, sync.abi_encode().into());
    for request in [it.stage.with_lock(&part), sync] {
        let least = least_gas(&it.stage.target, &request).await;
        for gas in [least / 5, least / 2, least - 2_000, least - 100, least - 1] {
            let request = request.clone().gas_limit(gas);
            let receipt = it.stage.target.transact(request).await.unwrap();
            assert!(!receipt.status(), "{gas} of {least} gas is too little");
            assert_eq!(receipt.inner.logs().len(), 0);
            assert_eq!(it.stage.record(it.mirror).await.unwrap(), before);
            assert_eq!(it.root().await, root);
            let balance = it.stage.target.balance(it.mirror.proxy);
            assert_eq!(balance.await.unwrap(), U256::ZERO);
        }
        // So much was not missing.
        let snapshot = it
            .stage
            .target
            .rpc("evm_snapshot", json!([]))
            .await
            .unwrap();
        let receipt = it.stage.target.transact(request.gas_limit(least)).await;
        assert!(receipt.unwrap().status(), "{least} gas");
        assert_ne!(it.root().await, root);
        let revert = it.stage.target.rpc("evm_revert", json!([snapshot]));
        revert.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_given_the_lock_back_finds_a_mirror_that_is_done() {
    use smartsync_tests::{Reenterer, SlotTable};

    let it = Changed::new().await;
    let (stage, mirror) = (&it.stage, it.mirror);
    let creation = Bytes::from_static(&Reenterer::BYTECODE);
    let reenterer: Address = stage.target.create(creation, U256::from(10)).await.unwrap();
    it.attack(&it.part(it.block, &it.slots[..505]).await, 1)
        .await;
    it.send(it.part(it.block, &it.slots[505..]).await).await;
    // The next update, all proven, to open it again in the middle of its completion.
    stage
        .write(mirror.source, numbered(0..600, 9))
        .await
        .unwrap();
    let newer = stage.submit_head().await.unwrap();
    let opening = it.part(newer, &it.slots).await;
    let completion = it.stage.complete_call_now(mirror, it.block).await.unwrap();

    let inner = |to: Address, value: u64, data: Vec<u8>| Reenterer::Call {
        to,
        value: U256::from(value),
        data: data.into(),
    };
    let read = SlotTable::readCall { slot: it.slots[5] };
    let sweep = IRegistry::sweepCall {
        proxy: mirror.proxy,
    };
    let run = Reenterer::runCall {
        to: stage.registry,
        value: U256::ZERO,
        data: completion.abi_encode().into(),
        inner: vec![
            inner(mirror.proxy, 0, read.abi_encode()),
            inner(stage.registry, 0, completion.abi_encode()),
            inner(stage.registry, 0, sweep.abi_encode()),
            inner(stage.registry, 1, opening.abi_encode()),
            inner(mirror.proxy, 0, read.abi_encode()),
        ],
    };
    stage.target.send(reenterer, run).await.unwrap();
    let outcomes = stage.target.view(reenterer, Reenterer::outcomesCall {});
    let outcomes = outcomes.await.unwrap();
    let successes: Vec<bool> = outcomes.iter().map(|outcome| outcome.success).collect();
    assert_eq!(successes, [true, false, true, true, false]);
    // Slot 5 of the state that was completed; then the registry's and the mirror's refusals.
    assert_eq!(U256::from_be_slice(&outcomes[0].result), U256::from(36));
    let refusals = [&outcomes[1].result, &outcomes[4].result];
    let expected = [
        smartsync_tests::revert_data(&WrongStatus {
            status: Status::Active as u8,
        }),
        smartsync_tests::revert_data(&smartsync_abi::IProxy::SyncInProgress {}),
    ];
    assert_eq!(refusals, [&expected[0], &expected[1]]);
    // Opened again by his own lock, and complete at the newer block.
    assert_eq!(it.status().await, Status::Open);
    let balance = stage.target.balance(mirror.proxy);
    assert_eq!(balance.await.unwrap(), U256::ONE);
    it.completes(newer).await;
}
