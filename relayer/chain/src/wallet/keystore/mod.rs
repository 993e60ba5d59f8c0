//! Keystores: Web3 Secret Storage, version 3, as geth, Foundry, ethers, web3.py and others write it.

mod derivation;
mod member;
#[cfg(test)]
mod tests;

use aes::Aes128;
use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, keccak256};
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use serde_json::Value;

use self::{
    derivation::Derivation,
    member::{bytes, exactly, member, name, object, unknown},
};
use crate::error::KeystoreProblem;

/// A keystore as it is in a file, not opened.
#[derive(Clone, Debug)]
pub struct Keystore {
    iv: [u8; 16],
    ciphertext: Vec<u8>,
    mac: [u8; 32],
    derivation: Derivation,
    address: Option<Address>,
}

impl Keystore {
    /// Reads one. What others write differently is taken: `Crypto`, hexadecimal with `0x`, no `id`, no `address`.
    pub fn parse(text: &str) -> Result<Self, KeystoreProblem> {
        let value: Value =
            serde_json::from_str(text).map_err(|problem| KeystoreProblem::NotJson {
                line: problem.line(),
            })?;
        let Value::Object(whole) = &value else {
            return Err(member("the file", "an object"));
        };
        if whole.get("version").and_then(Value::as_u64) != Some(3) {
            return Err(member("version", "3"));
        }
        let crypto = whole.get("crypto").or_else(|| whole.get("Crypto"));
        let crypto = object(crypto, "crypto")?;
        let cipher = name(crypto, "cipher", "crypto.cipher")?;
        if cipher != "aes-128-ctr" {
            return Err(unknown("cipher", cipher, "aes-128-ctr"));
        }
        let cipher_params = object(crypto.get("cipherparams"), "crypto.cipherparams")?;
        let address = match whole.get("address") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => {
                let address = text.parse();
                Some(address.map_err(|_no_address| member("address", "an address"))?)
            }
            Some(_) => return Err(member("address", "an address")),
        };
        Ok(Self {
            iv: exactly(cipher_params, "iv", "crypto.cipherparams.iv")?,
            ciphertext: bytes(crypto, "ciphertext", "crypto.ciphertext")?,
            mac: exactly(crypto, "mac", "crypto.mac")?,
            derivation: Derivation::of(crypto)?,
            address,
        })
    }

    /// Decrypts the key.
    pub fn open(&self, password: &str) -> Result<PrivateKeySigner, KeystoreProblem> {
        let derived = self.derivation.derive(password.as_bytes())?;
        let (encryption, authentication) = derived.split_at(16);
        if keccak256([authentication, &self.ciphertext].concat()) != self.mac {
            return Err(KeystoreProblem::WrongPassword);
        }
        let mut key = self.ciphertext.clone();
        let mut cipher = Ctr128BE::<Aes128>::new_from_slices(encryption, &self.iv)
            .map_err(|_lengths_are_right| KeystoreProblem::NoKey)?;
        cipher.apply_keystream(&mut key);
        let key = PrivateKeySigner::from_slice(&key).map_err(|_no_key| KeystoreProblem::NoKey)?;
        match self.address {
            Some(said) if said != key.address() => Err(KeystoreProblem::OtherAddress {
                said,
                held: key.address(),
            }),
            _ => Ok(key),
        }
    }
}
