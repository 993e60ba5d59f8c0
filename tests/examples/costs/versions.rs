use devchain::ArbOs;
use smartsync_tests::{
    Error, Stage, Workload,
    measure::{ChangeKind, cache, deployed, mirror_of, sync},
};

/// Slots of the mirror.
const SLOTS: usize = 1_000;

/// Prints what a sync costs under each version of ArbOS.
pub async fn report() -> Result<(), Error> {
    println!("\n## Versions of ArbOS\n");
    println!(
        "One changed slot of {SLOTS}, in a block of its own. From ArbOS 60 a program that was entered before in the same block counts as cached: whoever reads or"
    );
    println!(
        "syncs several times in one transaction pays each program's entry as a cached one from the second time on. One sync enters each program once, and"
    );
    println!(
        "nothing else that the programs use has another price, so it costs the same under all three.\n"
    );
    println!("| ArbOS | gas, not cached | gas, cached |");
    println!("| --- | --- | --- |");
    for arbos in ArbOs::ALL {
        let stage = Stage::start_on(arbos).await?;
        let programs = deployed(&stage).await?;
        let [.., verifier] = programs;
        let mut workload = Workload::default();
        let mut state = workload.state(SLOTS);
        let (mirror, _) = mirror_of(&stage, &state).await?;
        let mut gas = Vec::new();
        for cached in [false, true] {
            cache(&stage.target, &programs, cached).await?;
            let changes = ChangeKind::Change.changes(&mut workload, &state, 1);
            gas.push(match sync(&stage, verifier, mirror, &changes).await?.sent {
                Ok(sync) => sync.gas.to_string(),
                Err(_parts) => "in parts".to_owned(),
            });
            state.extend(&changes);
        }
        println!("| {arbos} | {} |", gas.join(" | "));
    }
    Ok(())
}
