use alloy_primitives::{Bytes, U256, keccak256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::{SlotChange, build_transition};

use crate::{
    EstimateError,
    skeleton::{Item, draw},
};

/// Tries that are drawn before it is given up: rarely, an added slot splits an extension above an unknown subtree.
const DRAWS: u64 = 20;

/// A real multi-proof of changes of a contract that does not exist.
#[derive(Clone, Debug)]
pub struct StorageProof {
    /// The multi-proof.
    pub multi_proof: Bytes,
    /// Changed slots, the added ones among them.
    pub changed: usize,
    /// Slots that were zero before.
    pub added: usize,
}

impl StorageProof {
    /// Draws it. The slots are those of a mapping, so that they have 32 bytes; the values are of `value_bytes`.
    ///
    /// # Errors
    /// When no multi-proof can be built from the trie.
    pub fn draw(
        slots: u64,
        changed: usize,
        added: usize,
        value_bytes: usize,
        seed: u64,
    ) -> Result<Self, EstimateError> {
        let mut last = Self::draw_once(slots, changed, added, value_bytes, seed);
        for draw in 1..DRAWS {
            if last.is_ok() {
                break;
            }
            let seed = seed.wrapping_add(draw << 32);
            last = Self::draw_once(slots, changed, added, value_bytes, seed);
        }
        last
    }

    fn draw_once(
        slots: u64,
        changed: usize,
        added: usize,
        value_bytes: usize,
        seed: u64,
    ) -> Result<Self, EstimateError> {
        let mut random = StdRng::seed_from_u64(seed);
        let value = |random: &mut StdRng| {
            let mut bytes: [u8; 32] = random.random();
            let zeros = 32usize.saturating_sub(value_bytes.max(1));
            bytes[..zeros].fill(0);
            // Not zero, and of its full length.
            bytes[zeros] |= 1;
            U256::from_be_bytes(bytes)
        };
        let mut changes = Vec::with_capacity(changed);
        for number in 0..changed {
            let slot = U256::from_be_bytes(random.random::<[u8; 32]>());
            let pre = match number < added {
                true => U256::ZERO,
                false => value(&mut random),
            };
            changes.push(SlotChange {
                slot,
                pre,
                post: pre ^ value(&mut random),
            });
        }
        changes.retain(|change| !change.post.is_zero() && change.pre != change.post);
        let items = changes
            .iter()
            .map(|change| Item {
                key: keccak256(change.slot.to_be_bytes::<32>()),
                values: [change.pre, change.post]
                    .map(|value| (!value.is_zero()).then(|| alloy_rlp::encode(value))),
            })
            .collect();
        let existing = changed.saturating_sub(added) as u64;
        let [pre, post] = draw(&mut random, items, slots.saturating_sub(existing));
        let built = build_transition(&changes, pre.root, pre.nodes, post.root, post.nodes)?;
        Ok(Self {
            multi_proof: built.multi_proof.into(),
            changed: built.changes,
            added,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_of_every_size_are_accepted_by_the_verifier() {
        for (slots, changed, added) in [
            (1, 1, 0),
            (10, 10, 0),
            (1_000, 100, 0),
            (1_000, 100, 100),
            (100_000, 50, 10),
            (1_000_000_000, 3, 1),
        ] {
            let proof = StorageProof::draw(slots, changed, added, 3, 7).unwrap();
            assert_eq!(proof.changed, changed, "{slots} slots");
            assert_eq!(
                smartsync_proof::change_count(&proof.multi_proof),
                changed as u16
            );
        }
    }

    #[test]
    fn the_proof_of_one_change_grows_with_the_slots_by_a_branch_for_each_sixteenfold() {
        let length = |slots| -> f64 {
            let lengths = (0..20).map(|seed| {
                let proof = StorageProof::draw(slots, 1, 0, 32, seed).unwrap();
                proof.multi_proof.len() as f64
            });
            lengths.sum::<f64>() / 20.0
        };
        // The whole tries of docs/reports/proof-size.md: 1,131, 1,922 and 2,263 bytes for values of 32 bytes.
        for (slots, expected) in [(1_000, 1_131.0), (100_000, 1_922.0), (1_000_000, 2_263.0)] {
            let got = length(slots);
            assert!(
                (got / expected - 1.0).abs() < 0.06,
                "{slots} slots: {got}, not about {expected} bytes"
            );
        }
    }
}
