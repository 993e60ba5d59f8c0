use alloy::signers::{SignerSync, local::PrivateKeySigner};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolStruct, SolValue, eip712_domain, sol};
use smartsync_abi::{INotary, IRootSource};

use crate::{chain::Chain, error::Error, header::RawHeader};

sol! {
    /// What a notary's signer signs (EIP-712).
    struct Header {
        uint256 sourceChainId;
        bytes32 blockHash;
        uint64 epoch;
    }
}

/// A notary contract and the keys that sign for it here.
#[derive(Debug)]
pub struct Notary {
    /// The contract.
    pub address: Address,
    /// Keys; those that are no signers are not used.
    pub keys: Vec<PrivateKeySigner>,
}

impl Notary {
    /// Whether the root source knows a source block already.
    pub async fn knows(&self, target: &Chain, source_block: u64) -> Result<bool, Error> {
        match target
            .view(
                self.address,
                &IRootSource::stateRootCall {
                    blockNumber: source_block,
                },
            )
            .await
        {
            Ok(_answer) => Ok(true),
            Err(error) if error.is_revert("UnknownBlock") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Signs a header: `abi.encode(bytes header, bytes signatures)`, as `submitHeader` takes it.
    pub async fn submission(&self, target: &Chain, header: &RawHeader) -> Result<Bytes, Error> {
        let (signers, threshold, epoch, source_chain_id) = futures::try_join!(
            target.view(self.address, &INotary::signersCall {}),
            target.view(self.address, &INotary::thresholdCall {}),
            target.view(self.address, &INotary::epochCall {}),
            target.view(self.address, &INotary::sourceChainIdCall {}),
        )?;
        let mut keys: Vec<&PrivateKeySigner> = self
            .keys
            .iter()
            .filter(|key| signers.contains(&key.address()))
            .collect();
        keys.sort_by_key(|key| key.address());
        keys.dedup_by_key(|key| key.address());
        if keys.is_empty() {
            return Err(Error::NotASigner {
                notary: self.address,
                threshold,
                signers,
            });
        }
        if (keys.len() as u64) < threshold {
            return Err(Error::TooFewSigners {
                notary: self.address,
                threshold,
                got: keys.len(),
            });
        }
        let digest = header_digest(
            target.chain_id(),
            self.address,
            source_chain_id,
            header.header.hash,
            epoch,
        );
        let mut signatures = Vec::new();
        for key in keys
            .into_iter()
            .take(usize::try_from(threshold).unwrap_or(usize::MAX))
        {
            signatures.extend_from_slice(&key.sign_hash_sync(&digest)?.as_bytes());
        }
        Ok((header.rlp.clone(), Bytes::from(signatures))
            .abi_encode_params()
            .into())
    }
}

/// EIP-712 digest of a header message.
pub fn header_digest(
    target_chain_id: u64,
    notary: Address,
    source_chain_id: U256,
    block_hash: B256,
    epoch: u64,
) -> B256 {
    let domain = eip712_domain! {
        name: "SmartSync Notary",
        version: "1",
        chain_id: target_chain_id,
        verifying_contract: notary,
    };
    Header {
        sourceChainId: source_chain_id,
        blockHash: block_hash,
        epoch,
    }
    .eip712_signing_hash(&domain)
}
