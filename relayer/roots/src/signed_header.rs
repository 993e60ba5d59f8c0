use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use smartsync_chain::RawHeader;

use crate::{
    root_source_error::SignatureFault,
    typed_data::{Domain, NotaryMessage, recover},
};

/// A source header with one signature: what a notary's service answers, and what a signature file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedHeader {
    /// EIP-712 domain of the signed message.
    pub domain: Domain,
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// Number of the source block.
    pub block_number: u64,
    /// Its hash: what is signed.
    pub block_hash: B256,
    /// RLP of its header, which hashes to it.
    pub header: Bytes,
    /// The notary's epoch in which it counts.
    pub epoch: u64,
    /// Who signed.
    pub signer: Address,
    /// r, s, v: 65 bytes, low s, v 27 or 28.
    pub signature: Bytes,
}

/// What signatures a notary wants for a header.
#[derive(Clone, Debug)]
pub struct Request {
    /// Domain of the notary.
    pub domain: Domain,
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// Current epoch.
    pub epoch: u64,
    /// Current signers, ascending.
    pub signers: Vec<Address>,
    /// Signatures needed.
    pub threshold: u64,
    /// Number of the source block.
    pub block_number: u64,
    /// Its hash.
    pub block_hash: B256,
}

impl Request {
    /// A request for a header.
    pub fn of(mut self, header: &RawHeader) -> Self {
        self.block_number = header.header.number;
        self.block_hash = header.header.hash;
        self
    }

    /// The message to sign.
    pub fn message(&self) -> NotaryMessage {
        NotaryMessage::header(
            &self.domain,
            U256::from(self.source_chain_id),
            self.block_hash,
            self.epoch,
        )
    }

    /// The digest of that message.
    pub fn digest(&self) -> B256 {
        self.message().digest()
    }

    /// Who signed the wanted message. Only the signature counts: whatever else the answer claims is compared to say what
    /// is wrong, never believed.
    pub fn check(&self, signed: &SignedHeader) -> Result<Address, SignatureFault> {
        if signed.block_number == self.block_number && signed.block_hash != self.block_hash {
            return Err(SignatureFault::OtherHeader {
                block: self.block_number,
                got: signed.block_hash,
                expected: self.block_hash,
            });
        }
        let other = |field, got: String, expected: String| SignatureFault::OtherMessage {
            field,
            got,
            expected,
        };
        if signed.block_number != self.block_number {
            return Err(other(
                "source block",
                signed.block_number.to_string(),
                self.block_number.to_string(),
            ));
        }
        if signed.domain != self.domain {
            return Err(other(
                "notary",
                format!(
                    "{} on chain {}",
                    signed.domain.verifying_contract, signed.domain.chain_id
                ),
                format!(
                    "{} on chain {}",
                    self.domain.verifying_contract, self.domain.chain_id
                ),
            ));
        }
        if signed.source_chain_id != self.source_chain_id {
            return Err(other(
                "source chain",
                signed.source_chain_id.to_string(),
                self.source_chain_id.to_string(),
            ));
        }
        if signed.epoch != self.epoch {
            return Err(other(
                "epoch",
                signed.epoch.to_string(),
                self.epoch.to_string(),
            ));
        }
        self.signer_of(&signed.signature)
    }

    /// The signer whose signature of the wanted message this is.
    pub fn signer_of(&self, signature: &[u8]) -> Result<Address, SignatureFault> {
        let recovered = recover(&self.digest(), signature).ok_or(SignatureFault::NotASignature)?;
        match self.signers.contains(&recovered) {
            true => Ok(recovered),
            false => Err(SignatureFault::NotASigner { recovered }),
        }
    }
}
