//! Multi-proofs between two states in files, without any chain.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use alloy_primitives::{B256, Bytes, U256, hex};
use serde::{Deserialize, Serialize};
use smartsync_chain::progress;
use smartsync_proof::{
    MultiProofError, Slots, build_from_states, confirm_transition, storage_root,
};

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
    const STEP: &str = "building the multi-proof";
    progress(STEP, 0, 3);
    let pre = state_file::load(pre)?;
    progress(STEP, 1, 3);
    let post = state_file::load(post)?;
    progress(STEP, 2, 3);
    let built = build_from_states(&pre, &post)?;
    progress(STEP, 3, 3);
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
    const STEP: &str = "verifying the multi-proof";
    progress(STEP, 0, 3);
    let mut state = State(state_file::load(pre)?);
    progress(STEP, 1, 3);
    let recorded = storage_root(&state.0);
    if *multi_proof == EMPTY_MULTI_PROOF {
        progress(STEP, 3, 3);
        let bytes = multi_proof.len();
        return Ok(VerifyReport {
            pre_storage_root: recorded,
            post_storage_root: recorded,
            changes: 0,
            bytes,
        });
    }
    // One walk compares the pre root, applies the changes, and tells the post root: no contract's root is zero, so it
    // is refused in the end. It then has to be that of the state itself.
    let changes = count(&multi_proof);
    let computed = match confirm_transition(&multi_proof, &recorded, &B256::ZERO, &mut state) {
        Err(MultiProofError::PostRootMismatch { computed, .. }) => computed,
        Err(error) => return Err(error.into()),
        Ok(_changes) => B256::ZERO,
    };
    progress(STEP, 2, 3);
    let applied = storage_root(&state.0);
    progress(STEP, 3, 3);
    if computed != applied {
        return Err(MultiProofError::PostRootMismatch {
            expected: applied,
            computed,
        }
        .into());
    }
    Ok(VerifyReport {
        pre_storage_root: recorded,
        post_storage_root: computed,
        changes,
        bytes: multi_proof.len(),
    })
}

/// Number of changes that a multi-proof lists: two bytes after the version.
fn count(multi_proof: &[u8]) -> usize {
    match multi_proof {
        [_, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
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

/// Writes a multi-proof as it is, in one step: the file is there as a whole or as it was. What is no file, such as a
/// pipe, is written directly.
pub fn store_multi_proof(path: &Path, multi_proof: &[u8]) -> Result<(), Error> {
    let file_error = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).is_ok_and(|existing| !existing.is_file()) {
        return std::fs::write(path, multi_proof).map_err(file_error);
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = PathBuf::from(draft);
    let stored = std::fs::write(&draft, multi_proof).and_then(|()| std::fs::rename(&draft, path));
    if stored.is_err() {
        // It may not even have come into being; what went wrong is said below.
        let _cleared = std::fs::remove_file(&draft);
    }
    stored.map_err(file_error)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A state file may change, grow and shrink at once; what was built from two files verifies against the first.
    #[test]
    fn a_built_multi_proof_verifies_and_a_state_it_does_not_start_from_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("writable");
            path
        };
        let pre = file(
            "pre.json",
            r#"{ "0x1": "0x2", "0x3": "0x4", "0x5": "0x6" }"#,
        );
        let post = file("post.csv", "slot,value\n1,7\n3,4\n9,1\n");
        let built = build(&pre, &post).expect("builds");
        assert_eq!(built.changes, 3);
        let proof = file("proof", &built.multi_proof.to_string());
        let verified = verify(&pre, &proof).expect("verifies");
        assert_eq!(verified.pre_storage_root, built.pre_storage_root);
        assert_eq!(verified.post_storage_root, built.post_storage_root);
        assert_eq!(verified.changes, built.changes);
        assert!(
            matches!(verify(&post, &proof), Err(Error::MultiProof(_))),
            "{:?}",
            verify(&post, &proof)
        );
    }

    #[test]
    fn an_output_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let entries = || fs::read_dir(folder.path()).expect("readable").count();
        let out = folder.path().join("proof");
        fs::write(&out, b"older").expect("writable");
        store_multi_proof(&out, &[1, 0, 0]).expect("written");
        assert_eq!(fs::read(&out).expect("readable"), [1, 0, 0]);
        assert_eq!(entries(), 1);
        let missing = folder.path().join("missing").join("proof");
        assert!(matches!(
            store_multi_proof(&missing, &[1, 0, 0]),
            Err(Error::File { .. })
        ));
        // A folder in the way.
        assert!(matches!(
            store_multi_proof(folder.path(), &[1, 0, 0]),
            Err(Error::File { .. })
        ));
        assert_eq!(entries(), 1);
    }
}
