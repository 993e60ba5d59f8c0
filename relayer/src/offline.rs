//! Multi-proofs between two states in files, without any chain.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use alloy_primitives::{B256, Bytes, U256, hex};
use serde::{Deserialize, Serialize};
use smartsync_proof::{Slots, build_from_states, storage_root, transition_roots};

use crate::{
    error::{Error, FileProblem},
    state_file,
};

/// The multi-proof of no change.
pub const EMPTY_MULTI_PROOF: [u8; 3] = [1, 0, 0];

/// What `proof build` gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildReport {
    /// Storage root of the old state.
    pub pre_storage_root: B256,
    /// Storage root of the new state.
    pub post_storage_root: B256,
    /// Number of slots that differ.
    pub changes: usize,
    /// Length of the multi-proof.
    pub bytes: usize,
    /// The multi-proof.
    pub multi_proof: Bytes,
}

/// What `proof verify` gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// Storage root of the old state: that of the file, and what the multi-proof folds to with its values.
    pub pre_storage_root: B256,
    /// Storage root that the multi-proof folds to with the new values.
    pub post_storage_root: B256,
    /// Number of slots that differ.
    pub changes: usize,
    /// Length of the multi-proof.
    pub bytes: usize,
}

/// Builds the multi-proof that leads from one state file to another.
pub fn build(pre: &Path, post: &Path) -> Result<BuildReport, Error> {
    let (pre, post) = (state_file::load(pre)?, state_file::load(post)?);
    let built = build_from_states(&pre, &post)?;
    Ok(BuildReport {
        pre_storage_root: built.pre_storage_root,
        post_storage_root: built.post_storage_root,
        changes: built.changes,
        bytes: built.multi_proof.len(),
        multi_proof: built.multi_proof.into(),
    })
}

/// Verifies a multi-proof against the state file it starts from, and applies it.
pub fn verify(pre: &Path, proof: &Path) -> Result<VerifyReport, Error> {
    let multi_proof = load_multi_proof(proof)?;
    let mut state = State(state_file::load(pre)?);
    let recorded = storage_root(&state.0);
    if *multi_proof == EMPTY_MULTI_PROOF {
        let bytes = multi_proof.len();
        return Ok(VerifyReport {
            pre_storage_root: recorded,
            post_storage_root: recorded,
            changes: 0,
            bytes,
        });
    }
    let transition = transition_roots(&multi_proof, &mut state)?;
    if transition.pre_storage_root != recorded {
        return Err(smartsync_proof::MultiProofError::PreRootMismatch {
            expected: recorded,
            computed: transition.pre_storage_root,
        }
        .into());
    }
    let applied = storage_root(&state.0);
    if transition.post_storage_root != applied {
        return Err(smartsync_proof::MultiProofError::PostRootMismatch {
            expected: applied,
            computed: transition.post_storage_root,
        }
        .into());
    }
    Ok(VerifyReport {
        pre_storage_root: transition.pre_storage_root,
        post_storage_root: transition.post_storage_root,
        changes: transition.changes.into(),
        bytes: multi_proof.len(),
    })
}

struct State(HashMap<U256, U256>);

impl Slots for State {
    fn load(&mut self, slot: &B256) -> B256 {
        self.0
            .get(&U256::from_be_bytes(slot.0))
            .copied()
            .unwrap_or_default()
            .into()
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        let (slot, value) = (U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
        match value.is_zero() {
            true => self.0.remove(&slot),
            false => self.0.insert(slot, value),
        };
    }
}

/// Writes a multi-proof as it is, in one step.
pub fn store_multi_proof(path: &Path, multi_proof: &[u8]) -> Result<(), Error> {
    let file_error = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    std::fs::write(&draft, multi_proof).map_err(file_error)?;
    std::fs::rename(&draft, path).map_err(file_error)
}

/// Reads a multi-proof: its bytes, hexadecimal text, or the JSON of `proof build`.
pub fn load_multi_proof(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    let problem = |problem| Error::FileContent {
        path: path.to_owned(),
        problem,
    };
    // Bytes begin with the version, 01; text cannot.
    if bytes
        .first()
        .is_none_or(|first| *first < b' ' && !first.is_ascii_whitespace())
    {
        return Ok(bytes);
    }
    let text = str::from_utf8(&bytes)
        .map_err(|_binary| problem(FileProblem::NotAMultiProof))?
        .trim();
    if text.starts_with('{') {
        let report: BuildReport =
            serde_json::from_str(text).map_err(|error| problem(error.into()))?;
        return Ok(report.multi_proof.into());
    }
    hex::decode(text).map_err(|_not_hexadecimal| problem(FileProblem::NotAMultiProof))
}
