//! A multi-proof taken apart, so that tests can put it together wrongly.

use alloy_primitives::{B256, U256};
use smartsync_proof::{Check, MultiProofError, build_from_states, prove_inclusion};

use crate::oracle::{State, alloy_nodes, confirm};

/// The bytes of a multi-proof by part.
#[derive(Clone)]
pub struct Forgery {
    pub version: u8,
    pub count: u16,
    pub changes: Vec<Vec<u8>>,
    pub places: Vec<u8>,
}

impl Forgery {
    /// Takes a valid proof apart.
    pub fn of(proof: &[u8]) -> Self {
        let count = u16::from_be_bytes([proof[1], proof[2]]);
        let mut rest = &proof[3..];
        let mut changes = Vec::new();
        for _ in 0..count {
            let value = usize::from(rest[0] & 0x3f);
            let length = if rest[0] & 0x80 != 0 {
                33
            } else {
                2 + usize::from(rest[1])
            } + value;
            changes.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        Self {
            version: proof[0],
            count,
            changes,
            places: rest.to_vec(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.version];
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.changes.concat());
        bytes.extend(&self.places);
        bytes
    }

    /// Where the first change begins.
    pub const CHANGES: u32 = 3;

    /// Where the places begin.
    pub fn places_offset(&self) -> u32 {
        Self::CHANGES + self.changes.concat().len() as u32
    }
}

/// A valid transition, with its roots by alloy.
#[derive(Clone)]
pub struct Valid {
    pub pre: State,
    pub post: State,
    pub pre_root: B256,
    pub post_root: B256,
    pub proof: Vec<u8>,
}

impl Valid {
    pub fn new(pre: &State, post: &State) -> Self {
        let (pre_root, _) = alloy_nodes(pre, &[]);
        let (post_root, _) = alloy_nodes(post, &[]);
        let proof = build_from_states(pre, post).unwrap().multi_proof;
        assert!(confirm(&proof, &pre_root, &post_root, pre).is_ok());
        Self {
            pre: pre.clone(),
            post: post.clone(),
            pre_root,
            post_root,
            proof,
        }
    }

    /// Slot 1 goes from 1 to 2; nothing else is there.
    pub fn lone_leaf() -> Self {
        Self::new(&state([(1, 1)]), &state([(1, 2)]))
    }

    /// A branch of two leaves at the root, one of which changes.
    pub fn two_leaves() -> Self {
        Self::new(&state([(1, 1), (2, 2)]), &state([(1, 1), (2, 3)]))
    }

    /// The branch of slots 1 and 2 collapses onto slot 1, which is revealed.
    pub fn collapse() -> Self {
        Self::new(&state([(1, 1), (2, 2)]), &state([(1, 1)]))
    }

    /// The valid proof, taken apart.
    pub fn forgery(&self) -> Forgery {
        Forgery::of(&self.proof)
    }

    pub fn refusal(&self, proof: &[u8]) -> MultiProofError {
        confirm(proof, &self.pre_root, &self.post_root, &self.pre)
            .expect_err("a forgery was confirmed")
    }

    /// The forged bytes must fail this check at this byte, in both modes.
    pub fn assert_malformed(&self, forged: &[u8], reason: Check, offset: u32) {
        let error = MultiProofError::Malformed { reason, offset };
        assert_eq!(self.refusal(forged), error);
        assert_eq!(
            prove_inclusion(forged, &self.post_root, |_, _| Ok(())),
            Err(error)
        );
    }
}

/// A state of small numbers.
pub fn state(values: impl IntoIterator<Item = (u32, u64)>) -> State {
    values
        .into_iter()
        .map(|(slot, value)| (U256::from(slot), U256::from(value)))
        .collect()
}
