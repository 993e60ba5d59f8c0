use std::sync::Arc;

use alloy_primitives::Address;
use alloy_sol_types::SolValue;
use smartsync_abi::ICombined;
use smartsync_chain::{Chain, RawHeader};
use tokio::sync::OnceCell;

use crate::{
    bring_up::BringUp,
    error::Error,
    known::{known_root, require_same},
    member::Member,
    root_source_error::RootSourceError,
    signatures::SignatureSources,
};

/// A root source over M of N others.
#[derive(Clone, Debug)]
pub struct Combined {
    /// The contract.
    pub address: Address,
    /// Where the signatures of its notaries come from.
    pub sources: SignatureSources,
    /// They never change.
    members: Arc<OnceCell<Members>>,
}

#[derive(Debug)]
struct Members {
    members: Vec<Member>,
    threshold: u64,
}

/// The newest block up to `final_block` that a member can be brought up to; none where it does not say.
async fn usable(member: &Member, source: &Chain, target: &Chain, final_block: u64) -> Option<u64> {
    let usable = member.usable_block(source, target, final_block).await;
    usable.unwrap_or_else(|error| {
        tracing::warn!(member = %member.address(), "does not say what it knows: {error}");
        None
    })
}

impl Combined {
    /// A combined root source; its members are read from it when they are first needed.
    pub fn new(address: Address, sources: SignatureSources) -> Self {
        Self {
            address,
            sources,
            members: Arc::default(),
        }
    }

    /// What it takes to make enough members know a header. Members that cannot be brought up do not matter as long as
    /// enough others can.
    pub(crate) async fn bring_up(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<BringUp, Error> {
        let Members { members, threshold } = self.members(target).await?;
        let mut bring_up = BringUp::default();
        let mut problems = Vec::new();
        let mut unknowing = Vec::new();
        let mut got = 0_u64;
        for (index, member) in (0_u64..).zip(members) {
            let address = member.address();
            match known_root(target, address, header.header.number).await {
                Ok(Some(state_root)) => match require_same(address, header, state_root) {
                    Ok(()) => got += 1,
                    Err(error) => problems.push(error.to_string()),
                },
                Ok(None) => unknowing.push((index, member)),
                Err(error) => problems.push(format!("{address}: {error}")),
            }
        }
        for (index, member) in unknowing {
            if got >= *threshold {
                break;
            }
            let brought = member.bring_up(source, target, header).await;
            match brought {
                Ok(Some(BringUp {
                    before,
                    submissions,
                })) => {
                    bring_up.before.extend(before);
                    bring_up.submissions.extend(
                        submissions
                            .into_iter()
                            .map(|inner| (index, inner).abi_encode_params().into()),
                    );
                    got += 1;
                }
                Ok(None) => problems.push(format!(
                    "{} does not know it and is no kind known here",
                    member.address()
                )),
                Err(error) => {
                    tracing::warn!(member = %member.address(), "cannot be brought up: {error}");
                    problems.push(error.to_string());
                }
            }
        }
        match got >= *threshold {
            true => Ok(bring_up),
            false => Err(RootSourceError::TooFewMembers {
                combined: self.address,
                block: header.header.number,
                threshold: *threshold,
                got: usize::try_from(got).unwrap_or(usize::MAX),
                problems,
            }
            .into()),
        }
    }

    /// The newest block up to `final_block` that enough members can be brought up to.
    pub(crate) async fn usable_block(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<u64, Error> {
        let Members { members, threshold } = self.members(target).await?;
        let mut blocks = Vec::new();
        for member in members {
            blocks.extend(usable(member, source, target, final_block).await);
        }
        blocks.sort_unstable_by(|one, other| other.cmp(one));
        let last = usize::try_from(*threshold)
            .ok()
            .and_then(|count| count.checked_sub(1));
        Ok(last
            .and_then(|last| blocks.get(last))
            .copied()
            .unwrap_or(final_block))
    }

    /// The buffer of a member that lacks a block, if the members would be enough with it.
    pub(crate) async fn unpushed(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<Address>, Error> {
        let Members { members, threshold } = self.members(target).await?;
        let mut knowing = 0_u64;
        let mut lacking = None;
        for member in members {
            let usable = usable(member, source, target, final_block).await;
            match member {
                _ if usable >= Some(final_block) => knowing += 1,
                Member::ParentChain(parent_chain) => lacking = Some(parent_chain),
                Member::Notary(_) | Member::Foreign(_) => {}
            }
        }
        match lacking {
            Some(parent_chain) if knowing + 1 == *threshold => {
                Ok(Some(parent_chain.buffer(target).await?))
            }
            _ => Ok(None),
        }
    }

    /// The buffer of a member that has one.
    pub(crate) async fn buffer(&self, target: &Chain) -> Result<Option<Address>, Error> {
        for member in &self.members(target).await?.members {
            if let Member::ParentChain(parent_chain) = member {
                return Ok(Some(parent_chain.buffer(target).await?));
            }
        }
        Ok(None)
    }

    async fn members(&self, target: &Chain) -> Result<&Members, Error> {
        self.members
            .get_or_try_init(|| async {
                let (addresses, threshold) = futures::try_join!(
                    target.view(self.address, &ICombined::membersCall {}),
                    target.view(self.address, &ICombined::thresholdCall {})
                )?;
                let mut members = Vec::new();
                for address in addresses {
                    members.push(Member::recognise(target, address, &self.sources).await?);
                }
                Ok(Members { members, threshold })
            })
            .await
    }
}
