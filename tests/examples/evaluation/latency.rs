use std::path::Path;

use alloy::signers::local::PrivateKeySigner;
use relayer::{Deployed, Deployment, Elapsed, Relayer, SyncOptions, sync};
use smartsync_chain::{Chain as RelayerChain, Side, Submitter};
use smartsync_tests::{PRIVATE_KEYS, Stage, Workload, measure::mirror_of};

use crate::{Failure, Plan, table::Table};

/// Runs of one number of values, beside one that warms caches.
const RUNS: usize = 9;
/// The contract whose number of changed values varies.
const SLOTS: usize = 1_000;

/// Times syncs of the relayer, from the source block to the receipt, by number of values and by depth.
pub async fn latency(plan: &Plan, directory: &Path) -> Result<(), Failure> {
    let stage = Stage::start().await?;
    let relayer = over(&stage).await?;
    let mut workload = Workload::default();
    let mut table = Table::new(&[
        "slots", "changed", "figure", "find_ms", "prove_ms", "build_ms", "send_ms", "total_ms",
    ]);
    for &slots in &plan.slots {
        eprintln!("latency of {slots} slots");
        let mut state = workload.state(slots);
        let (mirror, _) = mirror_of(&stage, &state).await?;
        let counts: Vec<usize> = match slots {
            SLOTS => plan.changed.clone(),
            _ => vec![1],
        };
        for count in counts {
            let mut runs = Vec::new();
            for run in 0..=RUNS {
                let changes = workload.changes(&state, count);
                state.extend(&changes);
                stage.write(mirror.source, changes).await?;
                let report = sync(&relayer, mirror.source, &SyncOptions::default()).await?;
                if report.changes != count {
                    return Err(format!("{} changes, not {count}", report.changes).into());
                }
                if run > 0 {
                    runs.push(steps(&report.elapsed_ms));
                }
            }
            // By the total, so that the steps of a row add up.
            runs.sort_by(|a, b| a[4].total_cmp(&b[4]));
            for (figure, run) in [("minimum", runs[0]), ("median", runs[RUNS / 2])] {
                let [find, prove, build, send, total] = run.map(|step| format!("{step:.1}"));
                table.push(&[
                    &slots, &count, &figure, &find, &prove, &build, &send, &total,
                ]);
            }
        }
    }
    table.write(directory, "latency")?;
    Ok(())
}

/// Find, prove, build, send, and all of it, in milliseconds.
fn steps(elapsed: &Elapsed) -> [f64; 5] {
    let steps = [
        elapsed.look_up + elapsed.find,
        elapsed.fetch,
        elapsed.build,
        elapsed.simulate + elapsed.submit,
    ];
    let [find, prove, build, send] = steps;
    [find, prove, build, send, steps.iter().sum()]
}

/// A relayer over what a stage has deployed.
async fn over(stage: &Stage) -> Result<Relayer, Failure> {
    let key: PrivateKeySigner = PRIVATE_KEYS[0].parse()?;
    let source = RelayerChain::connect(Side::Source, stage.source.url()).await?;
    let target = RelayerChain::connect(Side::Target, stage.target.url()).await?;
    let deployed = |address| {
        Some(Deployed {
            address,
            block: 0,
            tx_hash: Default::default(),
            gas_used: 0,
            code_bytes: 0,
        })
    };
    let deployment = Deployment {
        source_chain_id: source.chain_id(),
        target_chain_id: target.chain_id(),
        proxy: deployed(stage.program),
        reader: deployed(stage.reader),
        codes: deployed(stage.codes),
        notary: deployed(stage.notary),
        registry: deployed(stage.registry),
        ..Deployment::default()
    };
    let submitter = Submitter::new(target, key.clone());
    Ok(Relayer::new(
        source,
        submitter,
        vec![key],
        &deployment,
        Path::new("deployment"),
    )?)
}
