use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolValue;
use smartsync_abi::INotary;

use super::{
    error::RootSourceError, signatures::SignatureSources, signed_header::Request,
    typed_data::Domain,
};
use crate::{chain::Chain, error::Error, header::RawHeader};

/// A notary contract and what signs for it.
#[derive(Clone, Debug)]
pub struct Notary {
    /// The contract.
    pub address: Address,
    /// Where its signatures come from.
    pub sources: SignatureSources,
}

impl Notary {
    /// What the notary wants signed at present, for a block yet to be named.
    pub async fn request(&self, source: &Chain, target: &Chain) -> Result<Request, Error> {
        request(self.address, source.chain_id(), target).await
    }

    /// Gathers the signatures of a header: `abi.encode(bytes header, bytes signatures)`, as `submitHeader` takes it.
    pub async fn submission(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<Bytes, Error> {
        let request = self.request(source, target).await?.of(header);
        let gathered = self.sources.gather(&request).await;
        let got = gathered.signatures.len();
        if (got as u64) < request.threshold {
            let keys_only = self.sources.files.is_empty() && self.sources.endpoints.is_empty();
            return Err(
                match got == 0 && keys_only && gathered.problems.is_empty() {
                    true => RootSourceError::NotASigner {
                        notary: self.address,
                        threshold: request.threshold,
                        signers: request.signers,
                    },
                    false => RootSourceError::TooFewSignatures {
                        notary: self.address,
                        block: request.block_number,
                        threshold: request.threshold,
                        got,
                        problems: gathered.problems,
                    },
                }
                .into(),
            );
        }
        let signatures: Vec<u8> = gathered.signatures.into_values().flatten().collect();
        Ok((header.rlp.clone(), Bytes::from(signatures))
            .abi_encode_params()
            .into())
    }

    /// The newest block up to `final_block` that enough signers would sign: their nodes may be behind ours.
    pub(crate) async fn usable_block(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<u64, Error> {
        if self.sources.endpoints.is_empty() {
            return Ok(final_block);
        }
        let request = self.request(source, target).await?;
        let held = request
            .signers
            .iter()
            .filter(|signer| {
                let mut keys = self.sources.keys.iter();
                keys.any(|key| key.address() == **signer)
            })
            .count();
        let wanted = usize::try_from(request.threshold)
            .unwrap_or(usize::MAX)
            .saturating_sub(held);
        if wanted == 0 {
            return Ok(final_block);
        }
        Ok(match self.sources.latest(wanted).await {
            Some(latest) => latest.min(final_block),
            None => final_block,
        })
    }
}

/// What a notary contract wants signed at present, for a block yet to be named.
pub(crate) async fn request(
    notary: Address,
    source_chain_id: u64,
    target: &Chain,
) -> Result<Request, Error> {
    let (signers, threshold, epoch, expected) = futures::try_join!(
        target.view(notary, &INotary::signersCall {}),
        target.view(notary, &INotary::thresholdCall {}),
        target.view(notary, &INotary::epochCall {}),
        target.view(notary, &INotary::sourceChainIdCall {}),
    )?;
    if expected != source_chain_id {
        return Err(RootSourceError::OtherSourceChain {
            notary,
            expected,
            got: source_chain_id,
        }
        .into());
    }
    Ok(Request {
        domain: Domain::new(target.chain_id(), notary),
        source_chain_id,
        epoch,
        signers,
        threshold,
        block_number: 0,
        block_hash: B256::ZERO,
    })
}
