use alloy::rpc::types::Header as RpcHeader;
use alloy_primitives::{B256, Bytes, U64, keccak256};
use serde_json::Value;

use crate::{
    chain::Chain,
    error::{AnswerProblem, Error},
};

/// A block header, as RLP that hashes to the block's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawHeader {
    /// The RLP.
    pub rlp: Bytes,
    /// The fields that the contracts read.
    pub header: smartsync_proof::Header,
}

impl RawHeader {
    /// Fetches a header: by `debug_getRawHeader`, else encoded from `eth_getBlockByNumber`. Either way it must hash to
    /// the block's hash, and as many nodes as the chain's quorum must have that block.
    pub async fn fetch(chain: &Chain, number: u64) -> Result<Self, Error> {
        let header = chain.verified(|| Self::fetch_once(chain, number)).await?;
        chain.confirm(number, header.header.hash).await?;
        Ok(header)
    }

    async fn fetch_once(chain: &Chain, number: u64) -> Result<Self, Error> {
        let block = chain.raw_block(number).await?;
        let malformed =
            |problem| chain.bad_answer("eth_getBlockByNumber", AnswerProblem::Shape(problem));
        let expected: B256 = block
            .get("hash")
            .and_then(Value::as_str)
            .and_then(|hash| hash.parse().ok())
            .ok_or_else(|| malformed("the block has no hash"))?;
        // Encoding costs no request, so it comes first; a chain with fields that alloy does not know needs the second.
        let mut computed = B256::ZERO;
        if let Ok(header) = serde_json::from_value::<RpcHeader>(block) {
            let rlp = alloy::rlp::encode(&header.inner);
            computed = keccak256(&rlp);
            if computed == expected {
                return Self::decode(chain, number, rlp.into());
            }
        }
        match chain
            .request::<_, Bytes>("debug_getRawHeader", (U64::from(number),))
            .await
        {
            Ok(rlp) => {
                computed = keccak256(&rlp);
                if computed == expected {
                    return Self::decode(chain, number, rlp);
                }
                Err(Error::HeaderMismatch {
                    side: chain.side(),
                    block: number,
                    expected,
                    computed,
                })
            }
            Err(error) if error.is_refusal() => Err(Error::HeaderMismatch {
                side: chain.side(),
                block: number,
                expected,
                computed,
            }),
            Err(error) => Err(error),
        }
    }

    fn decode(chain: &Chain, number: u64, rlp: Bytes) -> Result<Self, Error> {
        let header = smartsync_proof::Header::decode(&rlp).map_err(|problem| Error::Header {
            side: chain.side(),
            block: number,
            problem,
        })?;
        if header.number != number {
            return Err(chain.bad_answer(
                "eth_getBlockByNumber",
                AnswerProblem::Shape("another block than asked for"),
            ));
        }
        Ok(Self { rlp, header })
    }
}
