//! The messages that a notary's signers sign (EIP-712).

use alloy_primitives::{Address, B256, Signature, U256, b256};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain, sol};
use serde::{Deserialize, Serialize};
use smartsync_chain::Key;

/// Name in the EIP-712 domain.
pub const DOMAIN_NAME: &str = "SmartSync Notary";
/// Version in the EIP-712 domain.
pub const DOMAIN_VERSION: &str = "1";

/// Half the order of secp256k1: a signature with a higher s is the malleable twin of one with a lower (EIP-2).
const HALF_ORDER: B256 = b256!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

sol! {
    #[derive(Debug)]
    struct Header {
        uint256 sourceChainId;
        bytes32 blockHash;
        uint64 epoch;
    }

    #[derive(Debug)]
    struct Rotation {
        address[] signers;
        uint64 threshold;
        uint64 epoch;
    }
}

/// EIP-712 domain of a notary, as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// `SmartSync Notary`.
    pub name: String,
    /// `1`.
    pub version: String,
    /// Chain id of the target chain.
    pub chain_id: u64,
    /// The notary.
    pub verifying_contract: Address,
}

impl Domain {
    /// The domain of a notary on a target chain.
    pub fn new(target_chain_id: u64, notary: Address) -> Self {
        Self {
            name: DOMAIN_NAME.to_owned(),
            version: DOMAIN_VERSION.to_owned(),
            chain_id: target_chain_id,
            verifying_contract: notary,
        }
    }
}

fn eip712(target_chain_id: u64, notary: Address) -> Eip712Domain {
    eip712_domain! {
        name: DOMAIN_NAME,
        version: DOMAIN_VERSION,
        chain_id: target_chain_id,
        verifying_contract: notary,
    }
}

/// A message that a notary's signers sign.
#[derive(Clone, Debug)]
pub struct NotaryMessage {
    domain: Eip712Domain,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Header(Header),
    Rotation(Rotation),
}

impl NotaryMessage {
    /// That a source block is final.
    pub fn header(domain: &Domain, source_chain_id: U256, block_hash: B256, epoch: u64) -> Self {
        Self {
            domain: eip712(domain.chain_id, domain.verifying_contract),
            content: Content::Header(Header {
                sourceChainId: source_chain_id,
                blockHash: block_hash,
                epoch,
            }),
        }
    }

    /// That these are the new signers, ascending, with their threshold, from the end of this epoch on.
    pub fn rotation(domain: &Domain, signers: Vec<Address>, threshold: u64, epoch: u64) -> Self {
        Self {
            domain: eip712(domain.chain_id, domain.verifying_contract),
            content: Content::Rotation(Rotation {
                signers,
                threshold,
                epoch,
            }),
        }
    }

    /// What is signed (EIP-712).
    pub fn digest(&self) -> B256 {
        match &self.content {
            Content::Header(header) => header.eip712_signing_hash(&self.domain),
            Content::Rotation(rotation) => rotation.eip712_signing_hash(&self.domain),
        }
    }

    /// Signs it. The signature has a low s, as the notary wants it.
    pub async fn sign(&self, key: &Key) -> Result<Signature, alloy::signers::Error> {
        match &self.content {
            Content::Header(header) => key.sign(header, &self.domain).await,
            Content::Rotation(rotation) => key.sign(rotation, &self.domain).await,
        }
    }
}

/// Digest of a header message.
pub fn header_digest(
    target_chain_id: u64,
    notary: Address,
    source_chain_id: U256,
    block_hash: B256,
    epoch: u64,
) -> B256 {
    let domain = Domain::new(target_chain_id, notary);
    NotaryMessage::header(&domain, source_chain_id, block_hash, epoch).digest()
}

/// Digest of a rotation message: the new signers, ascending, their threshold, and the epoch that it ends.
pub fn rotation_digest(
    target_chain_id: u64,
    notary: Address,
    signers: Vec<Address>,
    threshold: u64,
    epoch: u64,
) -> B256 {
    let domain = Domain::new(target_chain_id, notary);
    NotaryMessage::rotation(&domain, signers, threshold, epoch).digest()
}

/// Who signed a digest, by the notary's own rules: 65 bytes (r, s, v), low s, v 27 or 28. `None` for anything else.
pub fn recover(digest: &B256, signature: &[u8]) -> Option<Address> {
    let (r, rest) = signature.split_first_chunk::<32>()?;
    let (s, v) = rest.split_first_chunk::<32>()?;
    let odd = match v {
        [27] => false,
        [28] => true,
        _ => return None,
    };
    if *s > HALF_ORDER.0 {
        return None;
    }
    Signature::from_scalars_and_parity(B256::new(*r), B256::new(*s), odd)
        .recover_address_from_prehash(digest)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::signers::{SignerSync, local::PrivateKeySigner};

    #[test]
    fn a_signature_recovers_to_its_signer_and_every_malleable_twin_to_nobody() {
        let key = PrivateKeySigner::random();
        let digest = B256::repeat_byte(7);
        let signature = key.sign_hash_sync(&digest).expect("signed").as_bytes();
        assert_eq!(recover(&digest, &signature), Some(key.address()));

        // n - s with the other parity signs the same message, and the contract refuses it.
        let order = U256::from_be_bytes(HALF_ORDER.0) * U256::from(2) + U256::ONE;
        let s = U256::from_be_slice(&signature[32..64]);
        let mut twin = signature;
        twin[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
        twin[64] = 27 + 28 - twin[64];
        assert_eq!(recover(&digest, &twin), None);

        let mut parity = signature;
        parity[64] -= 27;
        assert_eq!(recover(&digest, &parity), None);
        assert_eq!(recover(&digest, &signature[..64]), None);
        assert_eq!(recover(&digest, &[&signature[..], &[0]].concat()), None);
    }

    #[tokio::test]
    async fn a_key_signs_the_notary_s_messages_as_its_account_with_a_low_s() {
        let key = Key::from(PrivateKeySigner::random());
        let (notary, hash) = (Address::repeat_byte(5), B256::repeat_byte(7));
        let message = NotaryMessage::header(&Domain::new(1, notary), U256::from(2), hash, 3);
        let signature = message.sign(&key).await.expect("signed");
        assert_eq!(signature.normalize_s(), None);
        let digest = header_digest(1, notary, U256::from(2), hash, 3);
        assert_eq!(
            signature
                .recover_address_from_prehash(&digest)
                .expect("an address"),
            key.address()
        );
    }
}
