//! What `status` shows: both chains, all mirrors, and the groups of the deployment file.

use std::path::Path;

use relayer::{Deployment, Relayer, StatusReport};
use serde::Serialize;
use smartsync_groups::{GroupState, group_state};

use crate::{
    error::Error,
    group,
    report::{Report, grouped, several},
};

/// The state of both chains and all mirrors, and how the groups are.
#[derive(Debug, Serialize)]
pub struct Status {
    #[serde(flatten)]
    pub chains: StatusReport,
    pub groups: Vec<GroupState>,
}

/// Reads the state of both chains, all mirrors and the groups of the deployment file.
pub async fn status(relayer: &Relayer, path: &Path) -> Result<Status, Error> {
    let chains = relayer::status(relayer).await?;
    let mut groups = Vec::new();
    for group in &Deployment::load(path)?.groups {
        let (members, reads) = (&group.members, group::reads(group));
        let head = chains.target_head;
        groups.push(group_state(relayer, group.source, members, &reads, head).await?);
    }
    Ok(Status { chains, groups })
}

impl Report for Status {
    fn text(&self) -> String {
        let chains = &self.chains;
        let mut lines = vec![
            format!(
                "source chain {}  block {}",
                chains.source_chain_id,
                grouped(chains.source_head)
            ),
            format!(
                "target chain {}  block {}",
                chains.target_chain_id,
                grouped(chains.target_head)
            ),
            format!("registry     {}", chains.registry),
            format!(
                "root source  {}  knows up to block {}",
                chains.root_source,
                grouped(chains.latest_known_block)
            ),
        ];
        if chains.mirrors.is_empty() {
            lines.push("no mirrors yet".to_owned());
        }
        for mirror in &chains.mirrors {
            lines.push(format!(
                "{} -> {}  {:<7} block {} ({} behind{}){}",
                mirror.source,
                mirror.proxy,
                mirror.status,
                grouped(mirror.source_block),
                grouped(mirror.blocks_behind),
                match mirror.up_to_date {
                    Some(true) => ", storage unchanged since",
                    Some(false) => ", storage changed since",
                    None => "",
                },
                if mirror.primary {
                    ""
                } else {
                    "  not the mirror of record"
                },
            ));
        }
        for group in &self.groups {
            lines.extend(group_lines(group));
        }
        lines.join("\n")
    }
}

/// A group in one line, and one more for each member that is apart and each read that fails.
fn group_lines(group: &GroupState) -> Vec<String> {
    let apart = match group.apart() {
        0 => "all at its block".to_owned(),
        apart => format!("{apart} apart"),
    };
    let failing = match group.failing.len() {
        0 => "all answered".to_owned(),
        failing => format!("{failing} failing"),
    };
    let mut lines = vec![format!(
        "group {}  block {}  {}, {apart}; {}, {failing}",
        group.source,
        grouped(group.source_block),
        several(group.members.len(), "mirror"),
        several(group.reads, "read"),
    )];
    let members = group.members.iter().filter(|member| member.apart);
    lines.extend(members.map(|member| match member.proxy {
        Some(_) => format!(
            "  apart    {}  {} at block {}",
            member.source,
            member.status,
            grouped(member.source_block)
        ),
        None => format!("  apart    {}  has no mirror", member.source),
    }));
    lines.extend(
        group
            .failing
            .iter()
            .map(|read| format!("  failing  {}: {}: {}", read.data, read.error, read.advice)),
    );
    lines
}
