//! What the signers of the notary sign.

use alloy::{
    rpc::types::TransactionReceipt,
    signers::{SignerSync, local::PrivateKeySigner},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use smartsync_abi::{INotary, IRegistry};

use crate::{Error, PRIVATE_KEYS, System};

sol! {
    /// What a signer of the notary signs (EIP-712).
    struct Header {
        uint256 sourceChainId;
        bytes32 blockHash;
        uint64 epoch;
    }

    /// What the signers of the notary sign to hand over to others.
    struct Rotation {
        address[] signers;
        uint64 threshold;
        uint64 epoch;
    }
}

impl System {
    /// A header of the source with the signer's signature over its hash, as the notary takes it.
    pub fn submission(&self, header: &Bytes, block_hash: B256) -> Bytes {
        self.signed(header, block_hash, &PRIVATE_KEYS[..1], 0)
    }

    /// The same, signed with any keys, in any epoch. Signatures are in the order of the keys.
    pub fn signed(
        &self,
        header: &Bytes,
        block_hash: B256,
        private_keys: &[&str],
        epoch: u64,
    ) -> Bytes {
        let message = Header {
            sourceChainId: self.source_chain_id,
            blockHash: block_hash,
            epoch,
        };
        (header.clone(), self.signatures(&message, private_keys))
            .abi_encode_params()
            .into()
    }

    /// A rotation of this notary's signers, signed with these keys at the epoch.
    pub fn rotation(
        &self,
        signers: Vec<Address>,
        threshold: u64,
        epoch: u64,
        private_keys: &[&str],
    ) -> INotary::rotateCall {
        let message = Rotation {
            signers: signers.clone(),
            threshold,
            epoch,
        };
        INotary::rotateCall {
            signers,
            threshold,
            signatures: self.signatures(&message, private_keys),
        }
    }

    /// Signatures of an EIP-712 message for this notary, one after the other.
    pub fn signatures(&self, message: &impl SolStruct, private_keys: &[&str]) -> Bytes {
        let domain = Eip712Domain::new(
            Some("SmartSync Notary".into()),
            Some("1".into()),
            Some(self.target_chain_id),
            Some(self.notary),
            None,
        );
        let hash = message.eip712_signing_hash(&domain);
        let sign = |private_key: &&str| {
            let signer: PrivateKeySigner = private_key
                .parse()
                .expect("a private key of the development mnemonic");
            signer
                .sign_hash_sync(&hash)
                .expect("a local key signs")
                .as_bytes()
        };
        private_keys.iter().flat_map(sign).collect()
    }

    /// Makes a source block known to the notary.
    pub async fn submit_header(&self, block: u64) -> Result<TransactionReceipt, Error> {
        let (header, rlp) = self.source.header(block).await?;
        let submission = self.submission(&rlp, header.hash_slow());
        self.target
            .send(self.registry, IRegistry::submitHeaderCall { submission })
            .await
    }

    /// Makes the newest source block known; returns its number.
    pub async fn submit_head(&self) -> Result<u64, Error> {
        let block = self.source.block_number().await?;
        self.submit_header(block).await?;
        Ok(block)
    }
}
