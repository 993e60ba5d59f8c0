use alloc::vec::Vec;

use alloy_primitives::{Address, B256, address, b256};
use smartsync_abi::INotary::{
    InvalidSignature, NotASigner, SignersNotAscending, WrongSignatureCount,
};
use smartsync_program::{host, revert};

use crate::settings::{Settings, is_member};

const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");

/// Half the order of secp256k1: a signature with a higher s is the malleable twin of one with a lower (EIP-2).
const HALF_ORDER: B256 = b256!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

const LENGTH: usize = 65;

/// Checks exactly `threshold` signatures (r, s, v) of a digest, by members, strictly ascending by address.
pub fn check(digest: &B256, signatures: &[u8], settings: &Settings) -> Result<(), Vec<u8>> {
    let (chunks, rest) = signatures.as_chunks::<LENGTH>();
    let got = chunks.len() as u64;
    // Before the constructor the threshold is 0, and nothing may pass.
    if !rest.is_empty() || got != settings.threshold || settings.threshold == 0 {
        return Err(revert(WrongSignatureCount {
            required: settings.threshold,
            got,
        }));
    }
    let mut before = Address::ZERO;
    for (index, signature) in (0..).zip(chunks) {
        let signer =
            recover(digest, signature).ok_or_else(|| revert(InvalidSignature { index }))?;
        if signer <= before {
            return Err(revert(SignersNotAscending { index }));
        }
        if !is_member(&signer, settings.epoch) {
            return Err(revert(NotASigner { recovered: signer }));
        }
        before = signer;
    }
    Ok(())
}

/// Who signed; `None` for a high s, a v other than 27 and 28, and what recovers to nobody.
fn recover(digest: &B256, signature: &[u8; LENGTH]) -> Option<Address> {
    let (r, rest) = signature.split_first_chunk::<32>()?;
    let (s, v) = rest.split_first_chunk::<32>()?;
    if *s > HALF_ORDER.0 || !matches!(v, [27 | 28]) {
        return None;
    }
    let mut input = Vec::with_capacity(128);
    input.extend_from_slice(digest.as_slice());
    input.extend_from_slice(B256::left_padding_from(v).as_slice());
    input.extend_from_slice(r);
    input.extend_from_slice(s);
    let output = host::static_call(&ECRECOVER, &input).ok()?;
    let signer = Address::from_word(B256::new(*output.first_chunk::<32>()?));
    (!signer.is_zero()).then_some(signer)
}
