use futures::{StreamExt, stream::FuturesUnordered};

use super::refusal::Refusal;
use crate::{chain::Chain, error::Error, header::RawHeader, relayer::Finality};

/// The nodes of the source chain that must agree before anything is signed.
#[derive(Debug)]
pub struct SourceNodes {
    nodes: Vec<Chain>,
    quorum: usize,
    finality: Finality,
}

/// What is wrong with a choice of nodes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodesError {
    /// Two different headers could each have a quorum, or none could.
    #[error(
        "--quorum {quorum} is not more than half of {nodes} source nodes and at most all of them"
    )]
    Quorum {
        /// The quorum.
        quorum: usize,
        /// Number of nodes.
        nodes: usize,
    },
    /// The nodes are of different chains.
    #[error("the source nodes are of different chains: {one} and {other}")]
    Chains {
        /// Chain id of one.
        one: u64,
        /// Chain id of another.
        other: u64,
    },
}

impl SourceNodes {
    /// Nodes of which `quorum` must agree, all if it is not given. It must be a majority: then no two headers can both
    /// have one.
    pub fn new(
        nodes: Vec<Chain>,
        quorum: Option<usize>,
        finality: Finality,
    ) -> Result<Self, NodesError> {
        let quorum = quorum.unwrap_or(nodes.len());
        if quorum > nodes.len() || quorum <= nodes.len() / 2 {
            return Err(NodesError::Quorum {
                quorum,
                nodes: nodes.len(),
            });
        }
        for pair in nodes.windows(2) {
            if let [one, other] = pair
                && one.chain_id() != other.chain_id()
            {
                return Err(NodesError::Chains {
                    one: one.chain_id(),
                    other: other.chain_id(),
                });
            }
        }
        Ok(Self {
            nodes,
            quorum,
            finality,
        })
    }

    /// Chain id of the source chain.
    pub fn chain_id(&self) -> u64 {
        self.nodes.first().map_or(0, Chain::chain_id)
    }

    /// The newest block that is final on as many nodes as must agree.
    pub async fn final_block(&self) -> Result<u64, Refusal> {
        let mut answers: FuturesUnordered<_> = self
            .nodes
            .iter()
            .map(|node| async move { (node, self.finality.newest(node).await) })
            .collect();
        let mut blocks = Vec::new();
        while let Some((node, answer)) = answers.next().await {
            match answer {
                Ok(block) => blocks.push(block),
                Err(error) => warn(node, &error),
            }
        }
        blocks.sort_unstable_by(|one, other| other.cmp(one));
        self.quorum
            .checked_sub(1)
            .and_then(|index| blocks.get(index))
            .copied()
            .ok_or(Refusal::NodesUnavailable {
                answered: blocks.len(),
                quorum: self.quorum,
            })
    }

    /// The header of a block on which as many nodes agree as must, each calling it final. Waits no longer than until so
    /// many do.
    pub async fn header(&self, block: u64) -> Result<RawHeader, Refusal> {
        let mut answers: FuturesUnordered<_> = self
            .nodes
            .iter()
            .map(|node| async move { (node, self.vote(node, block).await) })
            .collect();
        let mut votes: Vec<(RawHeader, usize)> = Vec::new();
        let mut answered = 0;
        while let Some((node, answer)) = answers.next().await {
            match answer {
                Ok(Some(header)) => {
                    answered += 1;
                    let index = votes
                        .iter()
                        .position(|(other, _)| other.header.hash == header.header.hash)
                        .unwrap_or_else(|| {
                            votes.push((header, 0));
                            votes.len() - 1
                        });
                    if let Some((header, count)) = votes.get_mut(index) {
                        *count += 1;
                        if *count >= self.quorum {
                            return Ok(header.clone());
                        }
                    }
                }
                Ok(None) => answered += 1,
                Err(error) => warn(node, &error),
            }
        }
        let in_favour: usize = votes.iter().map(|(_, count)| count).sum();
        Err(match votes.len() {
            0 | 1 if answered < self.quorum => Refusal::NodesUnavailable {
                answered,
                quorum: self.quorum,
            },
            0 | 1 => Refusal::NotFinal {
                block,
                votes: in_favour,
                quorum: self.quorum,
            },
            _ => Refusal::NodesDisagree {
                block,
                votes: votes
                    .iter()
                    .map(|(header, count)| (header.header.hash, *count))
                    .collect(),
            },
        })
    }

    /// A node's header of a block that is final on it.
    async fn vote(&self, node: &Chain, block: u64) -> Result<Option<RawHeader>, Error> {
        if self.finality.newest(node).await? < block {
            return Ok(None);
        }
        RawHeader::fetch(node, block).await.map(Some)
    }
}

fn warn(node: &Chain, error: &Error) {
    tracing::warn!(node = node.url(), "source node skipped: {error}");
}
