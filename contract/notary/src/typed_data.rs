//! The signed messages (EIP-712).

use alloc::vec::Vec;

use alloy_primitives::{B256, keccak256};
use keccak_const::Keccak256;
use smartsync_program::{Arguments, Reply, ToWord, encode, host};

use crate::settings::{self, Settings};

const fn hash(text: &str) -> B256 {
    B256::new(Keccak256::new().update(text.as_bytes()).finalize())
}

const DOMAIN_TYPE: B256 =
    hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
const NAME: B256 = hash("SmartSync Notary");
const VERSION: B256 = hash("1");
const HEADER_TYPE: B256 = hash("Header(uint256 sourceChainId,bytes32 blockHash,uint64 epoch)");
const ROTATION_TYPE: B256 = hash("Rotation(address[] signers,uint64 threshold,uint64 epoch)");

fn hash_words(words: &[B256]) -> B256 {
    keccak256(encode(words))
}

fn digest(message: &B256) -> B256 {
    let domain = hash_words(&[
        DOMAIN_TYPE,
        NAME,
        VERSION,
        host::chain_id().to_word(),
        host::this().into_word(),
    ]);
    let mut preimage = Vec::with_capacity(66);
    preimage.extend_from_slice(&[0x19, 0x01]);
    preimage.extend_from_slice(domain.as_slice());
    preimage.extend_from_slice(message.as_slice());
    keccak256(preimage)
}

/// Digest to sign for a header of the source chain.
pub fn header_digest(block_hash: &B256, epoch: u64) -> B256 {
    digest(&hash_words(&[
        HEADER_TYPE,
        settings::source_chain_id().to_word(),
        *block_hash,
        epoch.to_word(),
    ]))
}

/// Digest to sign for a rotation.
pub fn rotation_digest(signers: &[[u8; 32]], threshold: u64, epoch: u64) -> B256 {
    let members = keccak256(signers.as_flattened());
    digest(&hash_words(&[
        ROTATION_TYPE,
        members,
        threshold.to_word(),
        epoch.to_word(),
    ]))
}

/// `headerDigest`, in the current epoch.
pub fn header_digest_of(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&[header_digest(
        &arguments.word(0)?,
        Settings::load().epoch,
    )]))
}

/// `rotationDigest`, in the current epoch.
pub fn rotation_digest_of(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&[rotation_digest(
        arguments.words(0)?,
        arguments.uint64(1)?,
        Settings::load().epoch,
    )]))
}
