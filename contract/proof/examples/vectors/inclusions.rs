use alloy_primitives::{B256, U256};
use smartsync_proof::{MultiProofError, build_inclusion, prove_inclusion};

use crate::{
    forgery::state,
    ground::{PAIR_12, TRIPLE_9},
    oracle::{State, alloy_nodes},
    refused,
    vector::{Inclusion, Outcome},
};

/// The proof of some slots of a state, and the root.
fn built(state: &State, slots: &[u32]) -> (Vec<u8>, B256) {
    let slots: Vec<_> = slots.iter().map(|slot| U256::from(*slot)).collect();
    let (root, nodes) = alloy_nodes(state, &slots);
    let listed: Vec<_> = slots
        .iter()
        .map(|slot| (*slot, state.get(slot).copied().unwrap_or_default()))
        .collect();
    match build_inclusion(&listed, root, nodes) {
        Ok(built) => (built.multi_proof, root),
        Err(error) => panic!("{slots:?}: {error}"),
    }
}

fn inclusion(name: &str, storage: &State, multi_proof: Vec<u8>) -> Inclusion {
    let (storage_root, _) = alloy_nodes(storage, &[]);
    let mut seen = Vec::new();
    let proven = prove_inclusion(&multi_proof, &storage_root, |slot, value| {
        seen.push((U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0)));
        Ok::<_, MultiProofError>(())
    });
    Inclusion {
        name: name.to_owned(),
        multi_proof: multi_proof.into(),
        storage_root,
        storage: storage
            .iter()
            .map(|(slot, value)| (*slot, *value))
            .collect(),
        outcome: Outcome::of(proven.map(|_| seen)),
    }
}

fn accepted(name: &str, storage: &State, slots: &[u32]) -> Inclusion {
    inclusion(name, storage, built(storage, slots).0)
}

fn forged(name: &str, storage: &State, bytes: Vec<u8>, meant: &str) -> Inclusion {
    let vector = inclusion(name, storage, bytes);
    Inclusion {
        outcome: refused(vector.outcome, meant),
        ..vector
    }
}

/// All of them.
pub fn all() -> Vec<Inclusion> {
    let [a, b, c] = TRIPLE_9;
    let [k, l] = PAIR_12;
    let two = state([(1, 1), (2, 2)]);
    let many = state((0..40).map(|slot| (slot, u64::from(slot) * 300 + 1)));
    let deep = state([(a, 1), (b, 2), (k, 3), (l, 4), (1, 5)]);
    let (proof, _) = built(&many, &[3, 5, 50]);
    let mut other = many.clone();
    other.insert(U256::from(5), U256::from(0xbad));
    vec![
        accepted("an absent slot of the empty storage", &state([]), &[0]),
        accepted("the only slot", &state([(1, 1)]), &[1]),
        accepted("an absent slot beside the only one", &state([(1, 1)]), &[2]),
        accepted("one slot of two", &two, &[2]),
        accepted("an absent slot beside two", &two, &[0]),
        accepted("present and absent slots of many", &many, &[3, 5, 50]),
        accepted("all slots of many", &many, &(0..40).collect::<Vec<_>>()),
        accepted("deep slots", &deep, &[a, k, l]),
        accepted("an absent slot beside inlined leaves", &deep, &[c]),
        accepted(
            "an absent slot beside an extension",
            &state([(k, 3), (l, 4)]),
            &[1],
        ),
        forged("no change is listed", &two, vec![1, 0, 0], "NoChanges"),
        forged(
            "a value of another storage",
            &many,
            built(&other, &[3, 5, 50]).0,
            "PostRootMismatch",
        ),
        forged(
            "the proof of another storage",
            &other,
            proof.clone(),
            "PostRootMismatch",
        ),
        forged(
            "the last byte is missing",
            &many,
            proof[..proof.len() - 1].to_vec(),
            "Truncated",
        ),
        forged(
            "a byte too many",
            &many,
            [&proof[..], &[0xff]].concat(),
            "TrailingBytes",
        ),
    ]
}
