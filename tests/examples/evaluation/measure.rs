use std::{collections::BTreeMap, path::Path};

use alloy_primitives::{Address, U256};
use serde_json::json;
use smartsync_tests::{
    Error, Mirror, Stage, State, Workload,
    measure::{
        ChangeKind, cache, deployed, exact_reads, migrations, mirror_by_fiat, mirror_of,
        native_reads, path_of, sync,
    },
};

use crate::{Failure, Plan, table::Table};

/// Slots that are looked at to find paths of different shapes.
const LOOKED_AT: usize = 1_000;
/// Slots of one shape that are measured.
const OF_A_SHAPE: usize = 3;
/// Draws of a number of values: ten, and three of many values.
const DRAWS: [usize; 2] = [10, 3];
const MANY: usize = 200;
/// What the prototype's proxy adds to a read: docs/costs.md.
const PROTOTYPE_READS: [u64; 2] = [4_178, 1_678];

const VALUES: [&str; 12] = [
    "slots",
    "changed",
    "draw",
    "transactions",
    "gas",
    "gas_per_value",
    "calldata_gas",
    "proof_gas",
    "multi_proof_bytes",
    "floor_bytes",
    "eip1186_bytes",
    "eip1186_distinct_bytes",
];

/// Measures everything whose gas is counted, and writes it as CSV.
pub async fn gas(plan: &Plan, directory: &Path) -> Result<(), Failure> {
    let stage = Stage::start().await?;
    let programs = deployed(&stage).await?;
    let [.., verifier] = programs;
    cache(&stage.target, &programs, true).await?;
    let mut workload = Workload::default();
    syncs(plan, &stage, verifier, &mut workload, directory).await?;
    kinds(plan, &stage, verifier, &mut workload, directory).await?;
    first_copies(plan, &stage, &mut workload, directory).await?;
    reads(&stage, &programs, directory).await
}

/// Syncs of one value by height, and of many values, for every size.
async fn syncs(
    plan: &Plan,
    stage: &Stage,
    verifier: Address,
    workload: &mut Workload,
    directory: &Path,
) -> Result<(), Failure> {
    let mut heights = Table::new(&["slots", "path", "height", "gas", "multi_proof_bytes"]);
    let mut values = Table::new(&VALUES);
    for &slots in &plan.slots {
        eprintln!("{slots} slots");
        let mut state = workload.state(slots);
        let (mirror, _) = mirror_of(stage, &state).await?;
        for (path, slot) in shapes(stage, workload, mirror, &state).await? {
            let changes = changed(&state, [slot]);
            let measured = sync(stage, verifier, mirror, &changes).await?;
            state.extend(&changes);
            if let Ok(sent) = measured.sent {
                heights.push(&[&slots, &path, &path.len(), &sent.gas, &sent.bytes]);
            }
        }
        for &count in plan.changed.iter().filter(|count| **count <= slots) {
            one_count(
                stage,
                verifier,
                workload,
                mirror,
                &mut state,
                count,
                &mut values,
            )
            .await?;
        }
    }
    if plan.by_fiat > 0 {
        eprintln!("{} slots, by fiat", plan.by_fiat);
        let mut state = workload.state(plan.by_fiat);
        let mirror = mirror_by_fiat(stage, &state).await?;
        for count in [1, 10, 100] {
            one_count(
                stage,
                verifier,
                workload,
                mirror,
                &mut state,
                count,
                &mut values,
            )
            .await?;
        }
    }
    heights.write(directory, "height")?;
    values.write(directory, "values")?;
    Ok(())
}

/// Slots of each shape of path, some of each.
async fn shapes(
    stage: &Stage,
    workload: &mut Workload,
    mirror: Mirror,
    state: &State,
) -> Result<Vec<(String, U256)>, Error> {
    let mut shapes: BTreeMap<String, Vec<U256>> = BTreeMap::new();
    let block = stage.source.block_number().await?;
    let looked_at = workload.some(state, LOOKED_AT.min(state.len()));
    for chunk in looked_at.chunks(100) {
        let proof = stage.source.proof(mirror.source, chunk, block).await?;
        for slot in proof.storage_proof {
            let of_shape = shapes.entry(path_of(&slot.proof)).or_default();
            if of_shape.len() < OF_A_SHAPE {
                of_shape.push(slot.key.as_b256().into());
            }
        }
    }
    Ok(shapes
        .into_iter()
        .flat_map(|(path, slots)| slots.into_iter().map(move |slot| (path.clone(), slot)))
        .collect())
}

fn changed(state: &State, slots: impl IntoIterator<Item = U256>) -> State {
    let other = |slot: &U256| state[slot] % U256::from(999_999) + U256::ONE;
    slots.into_iter().map(|slot| (slot, other(&slot))).collect()
}

/// Syncs of so many changed values.
async fn one_count(
    stage: &Stage,
    verifier: Address,
    workload: &mut Workload,
    mirror: Mirror,
    state: &mut State,
    count: usize,
    values: &mut Table,
) -> Result<(), Error> {
    for draw in 0..DRAWS[usize::from(count >= MANY)] {
        let changes = workload.changes(state, count);
        let measured = sync(stage, verifier, mirror, &changes).await?;
        state.extend(&changes);
        // What parts take is not told apart.
        let (transactions, gas, [calldata_gas, proof_gas], bytes) = match &measured.sent {
            Ok(sent) => {
                let of_it = [sent.calldata_gas, sent.proof_gas].map(|gas| gas.to_string());
                (1, sent.gas, of_it, sent.bytes)
            }
            Err(parts) => (
                parts.count + 1,
                parts.gas,
                Default::default(),
                parts.proof_bytes,
            ),
        };
        values.push(&[
            &state.len(),
            &count,
            &draw,
            &transactions,
            &gas,
            &(gas / count as u64),
            &calldata_gas,
            &proof_gas,
            &bytes,
            &measured.proofs.floor,
            &measured.proofs.eip1186,
            &measured.proofs.eip1186_distinct,
        ]);
    }
    Ok(())
}

/// Adds, deletes and mixtures beside changes. Each run begins with the same contract.
async fn kinds(
    plan: &Plan,
    stage: &Stage,
    verifier: Address,
    workload: &mut Workload,
    directory: &Path,
) -> Result<(), Failure> {
    let mut table = Table::new(&[
        "kind",
        "slots",
        "changed",
        "run",
        "gas",
        "multi_proof_bytes",
    ]);
    for slots in [1, 10, 100, 1_000] {
        let state = workload.state(slots);
        let (mirror, _) = mirror_of(stage, &state).await?;
        for kind in [
            "change-1", "add-1", "add-5", "delete-1", "delete-5", "mixed",
        ] {
            if slots == 1 && matches!(kind, "delete-5" | "mixed") {
                continue;
            }
            for run in 0..plan.runs {
                let changes = match kind {
                    "change-1" => ChangeKind::Change.changes(workload, &state, 1),
                    "add-1" => ChangeKind::Add.changes(workload, &state, 1),
                    "add-5" => ChangeKind::Add.changes(workload, &state, 5),
                    "delete-1" => ChangeKind::Delete.changes(workload, &state, 1),
                    "delete-5" => ChangeKind::Delete.changes(workload, &state, 5),
                    _ => mixed(workload, &state, 2 + run % 5),
                };
                let before = (snapshot(stage).await?, changes.len());
                let measured = sync(stage, verifier, mirror, &changes).await?;
                revert(stage, before.0).await?;
                if let Ok(sent) = measured.sent {
                    table.push(&[&kind, &slots, &before.1, &run, &sent.gas, &sent.bytes]);
                }
            }
        }
    }
    table.write(directory, "kinds")?;
    Ok(())
}

/// An add, a delete, a change, and so on in turn.
fn mixed(workload: &mut Workload, state: &State, count: usize) -> State {
    let mut changes = workload.state(count.div_ceil(3));
    let existing = workload.some(state, count - changes.len());
    let (deleted, kept) = existing.split_at((count + 1) / 3);
    changes.extend(deleted.iter().map(|slot| (*slot, U256::ZERO)));
    changes.extend(changed(state, kept.iter().copied()));
    changes
}

type Snapshots = [serde_json::Value; 2];

async fn snapshot(stage: &Stage) -> Result<Snapshots, Error> {
    Ok([
        stage.source.rpc("evm_snapshot", json!([])).await?,
        stage.target.rpc("evm_snapshot", json!([])).await?,
    ])
}

async fn revert(stage: &Stage, [source, target]: Snapshots) -> Result<(), Error> {
    stage.source.rpc("evm_revert", json!([source])).await?;
    stage.target.rpc("evm_revert", json!([target])).await?;
    Ok(())
}

async fn first_copies(
    plan: &Plan,
    stage: &Stage,
    workload: &mut Workload,
    directory: &Path,
) -> Result<(), Failure> {
    let mut table = Table::new(&["way", "slots", "transactions", "gas", "gas_per_slot"]);
    for &slots in &plan.migrated {
        eprintln!("migrations of {slots} slots");
        for row in migrations(stage, workload, slots).await? {
            if row.slots == slots {
                let per_slot = row.gas / slots as u64;
                table.push(&[&row.way, &slots, &row.transactions, &row.gas, &per_slot]);
            }
        }
    }
    table.write(directory, "migration")?;
    Ok(())
}

async fn reads(stage: &Stage, programs: &[Address], directory: &Path) -> Result<(), Failure> {
    let mut table = Table::new(&["lane", "read", "programs_cached", "first", "repeated"]);
    let read = "one slot by STATICCALL from a contract";
    let native = native_reads(stage, programs).await?;
    for cached in [true, false] {
        let added = |repeated: bool| {
            native
                .iter()
                .find(|read| {
                    read.cached == cached
                        && read.context.starts_with("STATICCALL")
                        && read.context.contains("repeated") == repeated
                })
                .map_or(0, |read| read.added)
        };
        table.push(&[&"native", &read, &cached, &added(false), &added(true)]);
    }
    for read in exact_reads(stage, programs).await? {
        table.push(&[&"exact", &read.read, &true, &read.first, &read.repeated]);
    }
    let [first, repeated] = PROTOTYPE_READS;
    table.push(&[&"prototype", &read, &"", &first, &repeated]);
    table.write(directory, "reads")?;
    Ok(())
}
