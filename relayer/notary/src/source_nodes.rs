use futures::{StreamExt, stream::FuturesUnordered};
use smartsync_chain::{Chain, Error, Finality, RawHeader, Tally};

use crate::refusal::Refusal;

/// The nodes of the source chain that must agree before anything is signed.
#[derive(Debug)]
pub struct SourceNodes {
    /// All of them, for what is asked with the chain's own quorum.
    chain: Chain,
    /// Each alone: a header needs the vote of nodes that call it final themselves.
    nodes: Vec<Chain>,
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
}

impl SourceNodes {
    /// The nodes of a chain, of which its quorum must agree. It must be a majority: then no two headers can both have one.
    pub fn new(chain: Chain, finality: Finality) -> Result<Self, NodesError> {
        let nodes = chain.nodes();
        let quorum = chain.quorum();
        if quorum > nodes.len() || quorum <= nodes.len() / 2 {
            return Err(NodesError::Quorum {
                quorum,
                nodes: nodes.len(),
            });
        }
        Ok(Self {
            chain,
            nodes,
            finality,
        })
    }

    /// Chain id of the source chain.
    pub fn chain_id(&self) -> u64 {
        self.chain.chain_id()
    }

    /// The newest block that is final on as many nodes as must agree.
    pub async fn final_block(&self) -> Result<u64, Refusal> {
        self.finality
            .newest(&self.chain)
            .await
            .map_err(|error| Refusal::NodesUnavailable(Box::new(error)))
    }

    /// The header of a block on which as many nodes agree as must, each calling it final. Waits no longer than until so
    /// many do.
    pub async fn header(&self, block: u64) -> Result<RawHeader, Refusal> {
        let mut answers: FuturesUnordered<_> = self
            .nodes
            .iter()
            .map(|node| async move { (node, self.vote(node, block).await) })
            .collect();
        let quorum = self.chain.quorum();
        let mut votes = Tally::new(quorum);
        let mut answered = 0;
        while let Some((node, answer)) = answers.next().await {
            match answer {
                Ok(vote) => {
                    answered += 1;
                    if let Some(header) = vote.and_then(|header| votes.count(header)) {
                        return Ok(header);
                    }
                }
                Err(error) => {
                    tracing::warn!(node = node.name(), "source node skipped: {error}");
                }
            }
        }
        let given = votes.given();
        Err(match given.len() {
            0 | 1 if answered < quorum => Refusal::NodesSilent {
                block,
                answered,
                quorum,
            },
            0 | 1 => Refusal::NotFinal {
                block,
                votes: given.iter().map(|(_, votes)| votes).sum(),
                quorum,
            },
            _ => Refusal::NodesDisagree {
                block,
                votes: given
                    .iter()
                    .map(|(header, votes)| (header.header.hash, *votes))
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
