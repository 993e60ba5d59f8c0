use std::str::FromStr;

use crate::{
    chain::Chain,
    error::{AnswerProblem, Error},
};

/// Which source blocks count as final: the notary must sign no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// `latest` on the chain ids that dev chains use (31337 and 1337), else `finalized`.
    Automatic,
    /// What the source node calls finalized.
    Finalized,
    /// What the source node calls safe.
    Safe,
    /// The newest block.
    Latest,
    /// So many blocks below the newest.
    Depth(u64),
}

impl FromStr for Finality {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Automatic),
            "finalized" => Ok(Self::Finalized),
            "safe" => Ok(Self::Safe),
            "latest" => Ok(Self::Latest),
            depth => match depth.parse() {
                Ok(depth) => Ok(Self::Depth(depth)),
                Err(_not_a_number) => Err(format!(
                    "`{depth}` is none of auto, finalized, safe, latest, or a number of blocks"
                )),
            },
        }
    }
}

impl Finality {
    /// The newest block of a chain that counts as final.
    pub async fn newest(self, chain: &Chain) -> Result<u64, Error> {
        const DEV_CHAINS: [u64; 2] = [31_337, 1_337];
        let finality = match self {
            Self::Automatic if DEV_CHAINS.contains(&chain.chain_id()) => Self::Latest,
            Self::Automatic => Self::Finalized,
            chosen => chosen,
        };
        match finality {
            Self::Automatic | Self::Finalized => newest_of(chain, "finalized").await,
            Self::Safe => newest_of(chain, "safe").await,
            Self::Latest => chain.head().await,
            Self::Depth(depth) => Ok(chain.head().await?.saturating_sub(depth)),
        }
    }
}

/// The block of a tag. Nodes that have none refuse it, or answer null.
async fn newest_of(chain: &Chain, tag: &'static str) -> Result<u64, Error> {
    match chain.tagged_block(tag).await {
        Ok(block) => Ok(block.number.to()),
        Err(error) if error.is_refusal() => {
            tracing::debug!(%error, tag, "the node refuses the tag");
            Err(chain.bad_answer("eth_getBlockByNumber", AnswerProblem::NoBlock(tag)))
        }
        Err(error) => Err(error),
    }
}
