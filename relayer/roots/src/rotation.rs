use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::{Deserialize, Serialize};
use smartsync_abi::INotary;
use smartsync_chain::{Chain, Key, Receipt, Submitter, Transaction};

use crate::{
    error::Error,
    root_source_error::{Origin, RootSourceError, SignatureFault, SignatureProblem},
    typed_data::{Domain, NotaryMessage, recover, rotation_digest},
};

/// A new signer set with the signature of one present signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedRotation {
    /// EIP-712 domain of the notary.
    pub domain: Domain,
    /// The new signers, ascending.
    pub signers: Vec<Address>,
    /// Signatures that a header will need.
    pub threshold: u64,
    /// The epoch that the rotation ends.
    pub epoch: u64,
    /// Who signed.
    pub signer: Address,
    /// r, s, v: 65 bytes.
    pub signature: Bytes,
}

/// A new signer set as a notary takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSet {
    signers: Vec<Address>,
    threshold: u64,
}

impl SignerSet {
    /// Sorts the signers. Fails unless 1 <= threshold <= N <= 255 and none is zero.
    pub fn new(mut signers: Vec<Address>, threshold: u64) -> Result<Self, RootSourceError> {
        signers.sort_unstable();
        signers.dedup();
        let count = signers.len();
        match count <= 255
            && threshold >= 1
            && threshold <= count as u64
            && !signers.contains(&Address::ZERO)
        {
            true => Ok(Self { signers, threshold }),
            false => Err(RootSourceError::InvalidSignerSet { count, threshold }),
        }
    }
}

/// Signs a rotation of a notary's present epoch.
pub async fn sign_rotation(
    target: &Chain,
    notary: Address,
    set: &SignerSet,
    key: &Key,
) -> Result<SignedRotation, Error> {
    let (signers, epoch) = futures::try_join!(
        target.view(notary, &INotary::signersCall {}),
        target.view(notary, &INotary::epochCall {}),
    )?;
    if !signers.contains(&key.address()) {
        let threshold = target.view(notary, &INotary::thresholdCall {}).await?;
        return Err(RootSourceError::NotASigner {
            notary,
            threshold,
            signers,
        }
        .into());
    }
    let domain = Domain::new(target.chain_id(), notary);
    let message = NotaryMessage::rotation(&domain, set.signers.clone(), set.threshold, epoch);
    let signature = message.sign(key).await?;
    Ok(SignedRotation {
        domain,
        signers: set.signers.clone(),
        threshold: set.threshold,
        epoch,
        signer: key.address(),
        signature: Bytes::from(signature.as_bytes()),
    })
}

/// Replaces a notary's signers. Each signature is checked by recovery before anything is sent; those that do not fit are
/// named, and the rest must be enough.
pub async fn rotate(
    submitter: &Submitter,
    notary: Address,
    set: &SignerSet,
    signed: Vec<(Origin, SignedRotation)>,
) -> Result<Receipt, Error> {
    let target = submitter.chain();
    let (signers, threshold, epoch) = futures::try_join!(
        target.view(notary, &INotary::signersCall {}),
        target.view(notary, &INotary::thresholdCall {}),
        target.view(notary, &INotary::epochCall {}),
    )?;
    let digest = rotation_digest(
        target.chain_id(),
        notary,
        set.signers.clone(),
        set.threshold,
        epoch,
    );
    let mut signatures: BTreeMap<Address, Bytes> = BTreeMap::new();
    let mut problems = Vec::new();
    for (origin, signed) in signed {
        let fault = if signed.signers != set.signers || signed.threshold != set.threshold {
            SignatureFault::OtherSignerSet
        } else if signed.epoch != epoch {
            SignatureFault::OtherMessage {
                field: "epoch",
                got: signed.epoch.to_string(),
                expected: epoch.to_string(),
            }
        } else {
            match recover(&digest, &signed.signature) {
                Some(signer) if signers.contains(&signer) => {
                    signatures.insert(signer, signed.signature);
                    continue;
                }
                Some(recovered) => SignatureFault::NotASigner { recovered },
                None => SignatureFault::NotASignature,
            }
        };
        problems.push(SignatureProblem { origin, fault });
    }
    let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
    if signatures.len() < needed {
        return Err(RootSourceError::TooFewForRotation {
            notary,
            threshold,
            got: signatures.len(),
            problems,
        }
        .into());
    }
    let signatures: Vec<u8> = signatures.into_values().take(needed).flatten().collect();
    let call = INotary::rotateCall {
        signers: set.signers.clone(),
        threshold: set.threshold,
        signatures: signatures.into(),
    };
    Ok(submitter
        .send(Transaction {
            call: "rotate",
            to: Some(notary),
            value: U256::ZERO,
            data: call.abi_encode().into(),
        })
        .await?)
}
