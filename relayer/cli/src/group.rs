//! Groups, as the deployment file keeps them.

use std::path::Path;

use alloy_primitives::Address;
use relayer::{Deployment, FileProblem, Group, GroupRead, Relayer};
use smartsync_execution::Read;
use smartsync_groups::{GroupReport, Question};
use smartsync_service::WatchOptions;

use crate::{coordinate::Coordinate, error::Error};

/// The group of a contract, if there is one.
pub fn of(path: &Path, source: Address) -> Result<Option<Group>, Error> {
    let deployment = Deployment::load(path)?;
    let mut groups = deployment.groups.into_iter();
    Ok(groups.find(|group| group.source == source))
}

/// The prover of a deployment.
pub fn prover(path: &Path) -> Result<Address, Error> {
    let deployment = Deployment::load(path)?;
    let prover = deployment.prover.map(|prover| prover.address);
    prover.ok_or_else(|| incomplete(path, "prover (`smartsync deploy --prover`)"))
}

/// The program that creates feeds, of a deployment.
pub fn feeds(path: &Path) -> Result<Address, Error> {
    let deployment = Deployment::load(path)?;
    let feeds = deployment.feeds.map(|feeds| feeds.address);
    feeds.ok_or_else(|| incomplete(path, "program of feeds (`smartsync deploy --prover`)"))
}

fn incomplete(path: &Path, what: &'static str) -> Error {
    relayer::Error::FileContent {
        path: path.to_owned(),
        problem: FileProblem::Incomplete(what),
    }
    .into()
}

/// Adds to what is watched the reads that `migrate` has kept for it.
pub fn known(path: &Path, options: &mut WatchOptions) -> Result<(), Error> {
    let groups = Deployment::load(path)?.groups;
    for watched in &mut options.mirrors {
        let of = groups
            .iter()
            .filter(|group| group.source == watched.address);
        for group in of {
            watched.members.clone_from(&group.members);
            for read in reads(group) {
                if !watched.reads.contains(&read) {
                    watched.reads.push(read);
                }
            }
        }
    }
    Ok(())
}

/// Brings a group to a block, those reads that are known of it and these, and keeps what it is in the deployment file.
pub async fn move_to(
    relayer: &Relayer,
    path: &Path,
    source: Address,
    questions: &[Question],
    block: Option<u64>,
    coordinate: &Coordinate,
) -> Result<GroupReport, Error> {
    let mut group = of(path, source)?.unwrap_or_else(|| Group {
        source,
        ..Group::default()
    });
    for question in questions {
        let read = GroupRead {
            from: question.read.from,
            data: question.read.data.clone(),
            function: question
                .function
                .as_ref()
                .map(|function| function.signature()),
        };
        if !group.reads.contains(&read) {
            group.reads.push(read);
        }
    }
    // Before anything is sent: a run that is killed is known of, and the next one goes on.
    keep(path, &group)?;
    let reads = reads(&group);
    let report = coordinate.bring_up(relayer, source, &reads, block).await?;
    group.members.clone_from(&report.members);
    keep(path, &group)?;
    Ok(report)
}

/// The reads of a group.
pub fn reads(group: &Group) -> Vec<Read> {
    let read = |read: &GroupRead| Read {
        from: read.from,
        to: group.source,
        data: read.data.clone(),
    };
    group.reads.iter().map(read).collect()
}

fn keep(path: &Path, group: &Group) -> Result<(), Error> {
    // Read anew: another run may have written its own.
    let mut deployment = Deployment::load(path)?;
    match deployment
        .groups
        .iter_mut()
        .find(|known| known.source == group.source)
    {
        Some(known) if known == group => return Ok(()),
        Some(known) => known.clone_from(group),
        None => deployment.groups.push(group.clone()),
    }
    Ok(deployment.store(path)?)
}
