//! The test vectors that other implementations are checked with: what `contract/proof/vectors.json` holds, as
//! `docs/proof-format.md` describes it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use smartsync_proof::{HeaderError, MultiProofError, ProofError, Witness, WitnessError};

/// A storage, by slot; zero values are left out.
pub type Slots = BTreeMap<U256, U256>;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vectors {
    pub transitions: Vec<Transition>,
    pub inclusions: Vec<Inclusion>,
    pub storage_proofs: Vec<StorageProof>,
    pub account_proofs: Vec<AccountProof>,
    pub headers: Vec<HeaderCase>,
    pub witnesses: Vec<WitnessCase>,
}

/// What a verifier must say.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Outcome<T> {
    Accepted(T),
    Refused(Refusal),
}

/// Why it refuses.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    pub name: String,
    pub number: u8,
    /// The byte of a multi-proof or a witness, the node of an EIP-1186 proof or the field of a header at which it does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<u32>,
}

/// A multi-proof in both lanes. Accepted: the storage after it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transition {
    pub name: String,
    pub multi_proof: Bytes,
    pub pre_storage_root: B256,
    pub post_storage_root: B256,
    /// The contract's own storage before.
    pub storage: Slots,
    pub outcome: Outcome<Slots>,
}

/// A multi-proof in one lane. Accepted: the listed slots and their values, in the proof's order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inclusion {
    pub name: String,
    pub multi_proof: Bytes,
    pub storage_root: B256,
    /// The storage of that root.
    pub storage: Slots,
    pub outcome: Outcome<Vec<(U256, U256)>>,
}

/// An EIP-1186 proof of a slot. Accepted: its value, zero when it is absent.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageProof {
    pub name: String,
    pub storage_root: B256,
    pub slot: U256,
    pub nodes: Vec<Bytes>,
    pub outcome: Outcome<U256>,
}

/// An EIP-1186 proof of an account. Accepted: the account, null when it is absent.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountProof {
    pub name: String,
    pub state_root: B256,
    pub address: Address,
    pub nodes: Vec<Bytes>,
    pub outcome: Outcome<Option<Account>>,
}

/// An account's fields.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    pub nonce: u64,
    pub balance: U256,
    pub storage_root: B256,
    pub code_hash: B256,
}

impl From<smartsync_proof::Account> for Account {
    fn from(account: smartsync_proof::Account) -> Self {
        Self {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: account.storage_root,
            code_hash: account.code_hash,
        }
    }
}

/// A witness. Accepted: what it lists.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessCase {
    pub name: String,
    pub state_root: B256,
    pub witness: Bytes,
    pub outcome: Outcome<Witnessed>,
}

/// What a witness lists, in its order.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witnessed {
    pub accounts: Vec<WitnessedAccount>,
    /// Hashes of the codes.
    pub codes: Vec<B256>,
}

/// An account, null when it is absent, and its slots: hash and value of each.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessedAccount {
    pub address: Address,
    pub account: Option<Account>,
    pub slots: Vec<(B256, U256)>,
}

impl From<Witness<'_>> for Witnessed {
    fn from(witness: Witness<'_>) -> Self {
        let accounts = witness.accounts().iter().map(|listed| WitnessedAccount {
            address: *listed.address(),
            account: listed.account().copied().map(Into::into),
            slots: listed
                .slots()
                .iter()
                .map(|(hashed, value)| (*hashed, (*value).into()))
                .collect(),
        });
        Self {
            accounts: accounts.collect(),
            codes: witness.codes().iter().map(|(hash, _)| *hash).collect(),
        }
    }
}

/// A block header. Accepted: what is read of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeaderCase {
    pub name: String,
    pub header: Bytes,
    pub outcome: Outcome<Header>,
}

/// What is read of a header.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    pub hash: B256,
    pub parent_hash: B256,
    pub state_root: B256,
    pub number: u64,
    pub timestamp: u64,
}

impl From<smartsync_proof::Header> for Header {
    fn from(header: smartsync_proof::Header) -> Self {
        Self {
            hash: header.hash,
            parent_hash: header.parent_hash,
            state_root: header.state_root,
            number: header.number,
            timestamp: header.timestamp,
        }
    }
}

/// An error's name, without its fields.
fn name(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let end = text.find(|character: char| !character.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

impl From<MultiProofError> for Refusal {
    fn from(error: MultiProofError) -> Self {
        let (name, at) = match &error {
            MultiProofError::Malformed { reason, offset } => (name(reason), Some(*offset)),
            error => (name(error), None),
        };
        Self {
            name,
            number: error.reason(),
            at,
        }
    }
}

impl From<WitnessError> for Refusal {
    fn from(error: WitnessError) -> Self {
        let (name, at) = match &error {
            WitnessError::Malformed { reason, offset } => (name(reason), Some(*offset)),
            error => (name(error), None),
        };
        Self {
            name,
            number: error.reason(),
            at,
        }
    }
}

impl From<ProofError> for Refusal {
    fn from(error: ProofError) -> Self {
        Self {
            name: name(&error.check),
            number: error.reason(),
            at: Some(error.node),
        }
    }
}

impl From<HeaderError> for Refusal {
    fn from(error: HeaderError) -> Self {
        let at = match error {
            HeaderError::NotAList => None,
            HeaderError::MissingField { field }
            | HeaderError::MalformedField { field }
            | HeaderError::FieldWidth { field, .. }
            | HeaderError::Integer { field } => Some(field.into()),
        };
        Self {
            name: name(&error),
            number: error.reason(),
            at,
        }
    }
}

impl<T> Outcome<T> {
    /// What this crate's verifier says.
    pub fn of<E: Into<Refusal>>(result: Result<T, E>) -> Self {
        match result {
            Ok(accepted) => Self::Accepted(accepted),
            Err(error) => Self::Refused(error.into()),
        }
    }
}
