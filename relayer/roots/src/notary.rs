use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolValue;
use futures::{StreamExt, TryStreamExt, stream};
use smartsync_abi::INotary;
use smartsync_chain::{Chain, RawHeader};

use crate::{
    bring_up::BringUp,
    error::Error,
    extension::{LONGEST_EXTENSION, extension},
    known::{known_root, latest_block, require_same},
    root_source_error::RootSourceError,
    signatures::SignatureSources,
    signed_header::Request,
    typed_data::Domain,
};

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
pub async fn request(
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

/// Signatures, or where there are too few, the way down from a block after it that the notary knows.
pub(crate) async fn notary_bring_up(
    notary: &Notary,
    source: &Chain,
    target: &Chain,
    header: &RawHeader,
) -> Result<BringUp, Error> {
    let refused = match notary.submission(source, target, header).await {
        Ok(submission) => {
            return Ok(BringUp {
                before: Vec::new(),
                submissions: vec![submission],
            });
        }
        Err(
            error @ Error::RootSource(
                RootSourceError::NotASigner { .. } | RootSourceError::TooFewSignatures { .. },
            ),
        ) => error,
        Err(error) => return Err(error),
    };
    let block = header.header.number;
    let latest = latest_block(target, notary.address).await?;
    let mut known = stream::iter(block + 1..=latest.min(block.saturating_add(LONGEST_EXTENSION)))
        .map(|number| async move {
            let known = known_root(target, notary.address, number).await?;
            Ok::<_, Error>(known.map(|state_root| (number, state_root)))
        })
        .buffered(16)
        .try_filter_map(|known| async move { Ok(known) })
        .boxed();
    let Some((number, state_root)) = known.try_next().await? else {
        return Err(refused);
    };
    let known = RawHeader::fetch(source, number).await?;
    require_same(notary.address, &known, state_root)?;
    Ok(BringUp {
        before: extension(source, notary.address, known, header).await?,
        submissions: Vec::new(),
    })
}
