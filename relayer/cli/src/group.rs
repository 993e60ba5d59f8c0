//! Groups, as the deployment file keeps them.

use std::path::Path;

use alloy_primitives::Address;
use relayer::{Deployment, FileProblem, Group, GroupRead, Relayer};
use smartsync_execution::Read;
use smartsync_groups::{GroupReport, Question, group_state, require_knowable};
use smartsync_service::WatchOptions;

use crate::{coordinate::Coordinate, error::Error};

/// The group of a contract, if there is one.
fn of(path: &Path, source: Address) -> Result<Option<Group>, Error> {
    let deployment = Deployment::load(path)?;
    let mut groups = deployment.groups.into_iter();
    Ok(groups.find(|group| group.source == source))
}

/// The contract that is moved as a group where this address, its own or its mirror's, is named.
pub async fn named(
    relayer: &Relayer,
    path: &Path,
    address: Address,
) -> Result<Option<Address>, Error> {
    let groups = Deployment::load(path)?.groups;
    let of = |source| groups.iter().any(|group| group.source == source);
    if groups.is_empty() || of(address) {
        return Ok(of(address).then_some(address));
    }
    let source = source_of(relayer, address).await?;
    Ok(of(source).then_some(source))
}

/// The contract of which an address is the mirror of record; else the address itself.
async fn source_of(relayer: &Relayer, address: Address) -> Result<Address, Error> {
    let mirror = async |of| relayer.registry.mirror(relayer.target(), of).await;
    let Some(named) = mirror(address).await? else {
        return Ok(address);
    };
    let source = named.record.source;
    if source == address {
        return Ok(address);
    }
    let of_record = mirror(source).await?.map(|mirror| mirror.proxy);
    Ok(match of_record == Some(named.proxy) {
        true => source,
        false => address,
    })
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

/// Adds to what is watched the reads that `migrate` has kept for it. What is named by its mirror is read under its own
/// address.
pub async fn known(
    relayer: &Relayer,
    path: &Path,
    options: &mut WatchOptions,
) -> Result<(), Error> {
    let groups = Deployment::load(path)?.groups;
    for watched in &mut options.mirrors {
        let of = |source| groups.iter().filter(move |group| group.source == source);
        let alone = groups.is_empty() && watched.reads.is_empty();
        let source = match alone || of(watched.address).next().is_some() {
            true => watched.address,
            false => source_of(relayer, watched.address).await?,
        };
        for read in &mut watched.reads {
            read.to = source;
        }
        for group in of(source) {
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
    let mut asked = Vec::new();
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
            asked.push(question.read.clone());
        }
    }
    if !asked.is_empty() {
        require_knowable(relayer, source, &asked, block).await?;
    }
    // Before anything is sent: a run that is killed is known of, and the next one goes on.
    keep(path, &group)?;
    let reads = reads(&group);
    let report = coordinate.bring_up(relayer, source, &reads, block).await?;
    group.members.clone_from(&report.members);
    keep(path, &group)?;
    tell_failing(relayer, &report, &reads).await;
    Ok(report)
}

/// Warns of reads that fail although all is there that they take: what a view asks for besides may be nothing that a mirror knows.
async fn tell_failing(relayer: &Relayer, report: &GroupReport, reads: &[Read]) {
    let state = async {
        let head = relayer
            .target()
            .head()
            .await
            .map_err(relayer::Error::from)?;
        group_state(relayer, report.source, &report.members, reads, head).await
    };
    match state.await {
        Ok(state) => {
            for read in state.failing {
                tracing::warn!("{} fails: {}: {}", read.data, read.error, read.advice);
            }
        }
        // The group is moved all the same.
        Err(error) => tracing::warn!("the reads were not tried: {error}"),
    }
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

/// Writes what a group is.
fn keep(path: &Path, group: &Group) -> Result<(), Error> {
    // Read anew: another run may have written its own.
    let mut deployment = Deployment::load(path)?;
    let groups = &mut deployment.groups;
    match groups.iter_mut().find(|known| known.source == group.source) {
        Some(known) if known == group => return Ok(()),
        Some(known) => known.clone_from(group),
        None => groups.push(group.clone()),
    }
    Ok(deployment.store(path)?)
}
