//! Whatever is called in whatever order, a mirror goes along the edges of its state machine and no other, holds its lock until
//! it is proven, and answers with the source's proven state or not at all.

use std::collections::{BTreeMap, BTreeSet};

use alloy::rpc::types::TransactionRequest;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use smartsync_abi::{
    IProxy::{NotVerified, SyncInProgress},
    IRegistry::{
        self, NotCreator, NotNewer, OpeningTooEarly, PartBlockHeld, PartTooSmall, Status,
        StorageRootMismatch, WrongStatus,
    },
};
use smartsync_tests::{CallError, Chain, Mirror, SlotTable, Stage, State, request, storage_root};

/// Slots of every source: enough that all of them open an active mirror.
const SLOTS: u64 = 520;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Sync,
    SmallPart,
    LargePart,
    Load,
    StrangersLoad,
    Complete,
    Sweep,
    Force,
}

const STEPS: [Step; 8] = [
    Step::Sync,
    Step::SmallPart,
    Step::LargePart,
    Step::Load,
    Step::StrangersLoad,
    Step::Complete,
    Step::Sweep,
    Step::Force,
];

/// A mirror, and what it must be.
struct Walk<'a> {
    stage: &'a Stage,
    mirror: Mirror,
    reader: Address,
    random: StdRng,
    /// The source's storage at `block`, which the root source knows.
    source: State,
    block: u64,
    /// What the mirror must hold.
    held: State,
    status: Status,
    recorded: u64,
    /// Block of the update in parts; 0 when none is under way.
    part_block: u64,
    balance: u64,
    /// Times of the source's blocks, in seconds.
    times: BTreeMap<u64, u64>,
    /// Parts that came too early: to open the mirror, and of another block.
    early: [u32; 2],
}

impl<'a> Walk<'a> {
    async fn new(stage: &'a Stage, reader: Address, seed: u64) -> Self {
        let table = stage.slot_table([]).await.unwrap();
        let mirror = stage.create(table).await.unwrap();
        let mut walk = Self {
            stage,
            mirror,
            reader,
            random: StdRng::seed_from_u64(seed),
            source: State::new(),
            block: 0,
            held: State::new(),
            status: Status::Created,
            recorded: 0,
            part_block: 0,
            balance: 1,
            times: BTreeMap::new(),
            early: [0; 2],
        };
        walk.change(3).await;
        walk
    }

    /// Changes some of the source's slots, or all of them, at once, after some minutes or after more than an hour.
    async fn change(&mut self, count: u64) {
        let seconds = [0, 700, 4_000].choose(&mut self.random);
        self.stage.pass(*seconds.unwrap()).await.unwrap();
        let first = self.random.random_range(0..=SLOTS - count);
        let salt = self.random.random_range(1..1_000_000u64);
        let changes: State = (first..first + count)
            .map(|slot| (U256::from(slot), U256::from(slot * 1_000_000 + salt)))
            .collect();
        let table = self.mirror.source;
        self.stage.write(table, changes.clone()).await.unwrap();
        self.source.extend(changes);
        self.block = self.stage.submit_head().await.unwrap();
        let (header, _) = self.stage.source.header(self.block).await.unwrap();
        self.times.insert(self.block, header.timestamp);
    }

    fn time(&self, block: u64) -> u64 {
        self.times.get(&block).copied().unwrap_or_default()
    }

    /// Slots in which source and mirror differ.
    fn differing(&self) -> Vec<U256> {
        let slots = self.source.keys().chain(self.held.keys());
        let mut slots: Vec<U256> = slots
            .filter(|slot| self.source.get(*slot) != self.held.get(*slot))
            .copied()
            .collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    fn take_over(&mut self, slots: &[U256]) {
        for slot in slots {
            match self.source.get(slot) {
                Some(value) => self.held.insert(*slot, *value),
                None => self.held.remove(slot),
            };
        }
    }

    async fn send(&self, call: TransactionRequest) {
        self.stage.target.send_request(call).await.unwrap();
    }

    async fn refused<E: SolError>(&self, call: impl SolCall) -> E {
        self.stage.refused(call).await.expect::<E>()
    }

    async fn wrong_status(&self, call: impl SolCall) {
        let error = self.refused::<WrongStatus>(call).await;
        assert_eq!(error.status, self.status as u8);
    }

    /// Takes a step, or is refused it as the model says.
    async fn step(&mut self, step: Step) {
        match step {
            Step::Sync => self.sync().await,
            Step::SmallPart | Step::LargePart => self.part(step == Step::LargePart).await,
            Step::Load => self.load(Chain::account(0)).await,
            Step::StrangersLoad => self.load(Chain::account(1)).await,
            Step::Complete => self.complete().await,
            Step::Sweep => self.sweep().await,
            Step::Force => self.force().await,
        }
    }

    async fn sync(&mut self) {
        let (mirror, block) = (self.mirror, self.block);
        let differing = self.differing();
        let call = self.stage.proven_sync(mirror, block, &differing).await;
        let call = call.unwrap();
        if self.status == Status::Open {
            return self.wrong_status(call).await;
        }
        if block <= self.recorded {
            self.refused::<NotNewer>(call).await;
            return;
        }
        self.send(request(self.stage.registry, call.abi_encode().into()))
            .await;
        self.take_over(&differing);
        if self.status == Status::Created {
            self.balance = 0;
        }
        (self.status, self.recorded) = (Status::Active, block);
    }

    async fn part(&mut self, large: bool) {
        let mut slots = self.differing();
        if large && slots.len() < 500 && self.status == Status::Active {
            self.change(SLOTS).await;
            slots = self.differing();
        }
        if !large {
            slots.truncate(4);
        }
        // Nothing to prove: some slot that is the same on both sides.
        let nothing = slots.is_empty();
        if nothing {
            slots.push(self.source.keys().next().copied().unwrap_or_default());
        }
        let part = self.stage.part_call(self.mirror, self.block, &slots).await;
        let part = part.unwrap();
        if self.block <= self.recorded {
            self.refused::<NotNewer>(part).await;
            return;
        }
        let opens = self.status == Status::Active;
        if opens && slots.len() < 500 {
            self.refused::<PartTooSmall>(part).await;
            return;
        }
        if opens
            && self.block - self.recorded != 1
            && self.time(self.block) < self.time(self.recorded) + 3_600
        {
            let call = self.stage.with_lock(&part);
            let error = self.stage.refused_request(call).await;
            let until = error.expect::<OpeningTooEarly>().until;
            assert_eq!(until, self.time(self.recorded) + 3_600);
            self.early[0] += 1;
            return;
        }
        if ![0, self.block].contains(&self.part_block)
            && self.time(self.block) < self.time(self.part_block) + 600
        {
            let error = self.refused::<PartBlockHeld>(part).await;
            let until = self.time(self.part_block) + 600;
            assert_eq!((error.partBlock, error.until), (self.part_block, until));
            self.early[1] += 1;
            return;
        }
        if nothing {
            let call = request(self.stage.registry, part.abi_encode().into());
            let error = self.stage.refused_request(call).await;
            error.expect::<smartsync_abi::IProofErrors::SlotUnchanged>();
            return;
        }
        let call = match opens {
            true => self.stage.with_lock(&part),
            false => request(self.stage.registry, part.abi_encode().into()),
        };
        self.send(call).await;
        self.balance += u64::from(opens);
        self.take_over(&slots);
        (self.status, self.part_block) = (Status::Open, self.block);
    }

    async fn load(&mut self, sender: Address) {
        // True values or made-up ones.
        let mut loaded: State = self
            .differing()
            .into_iter()
            .take(self.random.random_range(1..600))
            .map(|slot| (slot, self.source.get(&slot).copied().unwrap_or_default()))
            .collect();
        if loaded.is_empty() || self.random.random_ratio(1, 3) {
            loaded.insert(U256::from(9_999), U256::from(0xbad));
        }
        let call = self.stage.load_call(self.mirror, &loaded);
        if self.status == Status::Active || self.recorded != 0 {
            return self.wrong_status(call).await;
        }
        let call = request(self.stage.registry, call.abi_encode().into()).from(sender);
        if sender != Chain::account(0) {
            let error = self.stage.refused_request(call).await;
            error.expect::<NotCreator>();
            return;
        }
        self.send(call).await;
        self.held.extend(loaded);
        self.held.retain(|_, value| !value.is_zero());
        self.status = Status::Open;
    }

    async fn complete(&mut self) {
        let call = self.stage.complete_call_now(self.mirror, self.block).await;
        let call = call.unwrap();
        if self.status != Status::Open {
            return self.wrong_status(call).await;
        }
        if self.block <= self.recorded {
            self.refused::<NotNewer>(call).await;
            return;
        }
        if self.held != self.source {
            let error = self.refused::<StorageRootMismatch>(call).await;
            assert_eq!(error.source, storage_root(&self.source));
            assert_eq!(error.proxy, storage_root(&self.held));
            return;
        }
        self.send(request(self.stage.registry, call.abi_encode().into()))
            .await;
        (self.balance, self.part_block) = (0, 0);
        (self.status, self.recorded) = (Status::Active, self.block);
    }

    async fn sweep(&mut self) {
        let call = IRegistry::sweepCall {
            proxy: self.mirror.proxy,
        };
        if self.status != Status::Active {
            return self.wrong_status(call).await;
        }
        self.send(request(self.stage.registry, call.abi_encode().into()))
            .await;
        self.balance = 0;
    }

    async fn force(&mut self) {
        let wei = self.random.random_range(1..5u64);
        self.stage.force(self.mirror.proxy, wei).await.unwrap();
        self.balance += wei;
    }

    /// Record, lock, storage and answers are what the model says.
    async fn check(&mut self, after: Step) {
        let record = self.stage.record(self.mirror).await.unwrap();
        assert_eq!(record.status, self.status, "{after:?}");
        assert_eq!(record.sourceBlock, self.recorded, "{after:?}");
        assert_eq!(record.partBlock, self.part_block, "{after:?}");
        let balance = self.stage.target.balance(self.mirror.proxy).await.unwrap();
        assert_eq!(balance, U256::from(self.balance), "{after:?}");
        if self.status != Status::Active {
            assert!(!balance.is_zero(), "{after:?} opened the lock");
        }
        let root = self.stage.target.storage_root(self.mirror.proxy).await;
        assert_eq!(root.unwrap(), storage_root(&self.held), "{after:?}");
        if self.status == Status::Active {
            assert_eq!(record.storageRoot, storage_root(&self.held), "{after:?}");
        }

        let slot = U256::from(self.random.random_range(0..SLOTS));
        let data = Bytes::from(SlotTable::readCall { slot }.abi_encode());
        let expected = match (self.status, self.recorded) {
            (Status::Active, _) => {
                let value = self.held.get(&slot).copied().unwrap_or_default();
                (true, Bytes::from(value.abi_encode()))
            }
            (_, 0) => (false, NotVerified {}.abi_encode().into()),
            _ => (false, SyncInProgress {}.abi_encode().into()),
        };
        let (reader, mirror) = (self.reader, self.mirror);
        let answer = self.stage.read_statically(reader, mirror, data.clone());
        assert_eq!(answer.await, expected, "{after:?}");
        let answer = match self.stage.target.call(mirror.proxy, data).await {
            Ok(answer) => (true, answer),
            Err(CallError::Reverted(data)) => (false, data),
            Err(error) => panic!("{after:?}: {error:?}"),
        };
        assert_eq!(answer, expected, "{after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_calls_leaves_the_edges_of_the_state_machine_or_opens_the_lock() {
    let stage = Stage::start().await.unwrap();
    let reader = stage.reader().await.unwrap();
    let mut met = BTreeSet::new();
    let mut early = [0; 2];
    for seed in 0..8 {
        let mut walk = Walk::new(&stage, reader, seed).await;
        for _ in 0..24 {
            let changed = walk.random.random_ratio(1, 2);
            if changed {
                let count = walk.random.random_range(1..8);
                walk.change(count).await;
            }
            // What was not called in this state yet, or anything.
            let state = (walk.status as u8, walk.recorded != 0);
            let new: Vec<Step> = STEPS
                .into_iter()
                .filter(|step| !met.contains(&(state, *step)))
                .collect();
            let steps = if new.is_empty() { &STEPS[..] } else { &new };
            let step = *steps.choose(&mut walk.random).unwrap();
            met.insert((state, step));
            walk.step(step).await;
            walk.check(step).await;
        }
        for (sum, count) in early.iter_mut().zip(walk.early) {
            *sum += count;
        }
    }
    assert!(early.iter().all(|count| *count > 0), "{early:?}");
    // Every call was met in every state that there is: never active and created or open; active; open again.
    for (status, was_active) in [
        (Status::Created, false),
        (Status::Open, false),
        (Status::Active, true),
        (Status::Open, true),
    ] {
        for step in STEPS {
            let state = ((status as u8, was_active), step);
            assert!(met.contains(&state), "not met: {state:?}");
        }
    }
}
