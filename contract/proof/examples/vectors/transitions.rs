use alloy_primitives::{B256, U256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::Check;

use crate::{
    forgery::{Forgery, Valid, state},
    ground::{PAIR_12, TRIPLE_9},
    oracle::{State, alloy_nodes, confirm},
    refused, shapes,
    vector::{Outcome, Slots, Transition},
};

/// What the verifier says of a proof between these roots, by a contract with this storage.
fn transition(
    name: &str,
    storage: &State,
    [pre_storage_root, post_storage_root]: [B256; 2],
    multi_proof: Vec<u8>,
) -> Transition {
    let confirmed = confirm(&multi_proof, &pre_storage_root, &post_storage_root, storage);
    let slots = |state: State| state.into_iter().collect::<Slots>();
    Transition {
        name: name.to_owned(),
        multi_proof: multi_proof.into(),
        pre_storage_root,
        post_storage_root,
        storage: slots(storage.clone()),
        outcome: Outcome::of(confirmed.map(slots)),
    }
}

fn accepted(name: &str, pre: &State, post: &State) -> Transition {
    let Valid {
        pre_root,
        post_root,
        proof,
        ..
    } = Valid::new(pre, post);
    transition(name, pre, [pre_root, post_root], proof)
}

/// Bytes that are refused where the valid proof is accepted.
fn forged(name: &str, valid: &Valid, bytes: Vec<u8>, meant: &str) -> Transition {
    let roots = [valid.pre_root, valid.post_root];
    let vector = transition(name, &valid.pre, roots, bytes);
    Transition {
        outcome: refused(vector.outcome, meant),
        ..vector
    }
}

/// A contract with an array, a mapping and small numbers, before and after a busy block.
fn busy() -> (State, State) {
    let mut random = StdRng::seed_from_u64(0x5eed);
    let mut pre = state((0..20).map(|slot| (slot, u64::from(slot) * 7 + 1)));
    for _ in 0..40 {
        pre.insert(random.random::<U256>(), random.random::<U256>() >> 160);
    }
    let mut slots: Vec<U256> = pre.keys().copied().collect();
    slots.sort_unstable();
    let mut post = pre.clone();
    for slot in slots.iter().step_by(9) {
        post.insert(*slot, random.random());
    }
    for slot in slots.iter().skip(4).step_by(13) {
        post.remove(slot);
    }
    for _ in 0..4 {
        post.insert(random.random(), random.random());
    }
    (pre, post)
}

/// All of them.
pub fn all() -> Vec<Transition> {
    let mut all: Vec<_> = shapes::transitions()
        .iter()
        .map(|(name, pre, post)| accepted(name, pre, post))
        .collect();
    let (pre, post) = busy();
    all.push(accepted("a busy block", &pre, &post));
    all.push(accepted("and back", &post, &pre));
    let (root, _) = alloy_nodes(&pre, &[]);
    all.push(transition(
        "nothing has changed",
        &pre,
        [root, root],
        vec![1, 0, 0],
    ));
    all.extend(listings());
    all.extend(places());
    all.extend(neighbours());
    all.extend(outcomes());
    all
}

/// A forgery of a valid proof by an edit.
fn edited(name: &str, valid: &Valid, edit: impl FnOnce(&mut Forgery), meant: Check) -> Transition {
    let mut forgery = valid.forgery();
    edit(&mut forgery);
    forged(name, valid, forgery.bytes(), &format!("{meant:?}"))
}

/// The version, the count, the list of changes, and the end of the bytes.
fn listings() -> Vec<Transition> {
    let lone = Valid::lone_leaf();
    let long = Valid::new(
        &[(U256::MAX, U256::ONE)].into(),
        &[(U256::MAX, U256::from(2))].into(),
    );
    let two = Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 5), (2, 6)]));
    let collapse = Valid::collapse();
    let cut = &collapse.proof[..collapse.proof.len() - 1];
    vec![
        edited(
            "another version",
            &lone,
            |it| it.version = 2,
            Check::Version,
        ),
        forged("no bytes", &lone, vec![], "Truncated"),
        forged(
            "the last byte is missing",
            &collapse,
            cut.to_vec(),
            "Truncated",
        ),
        forged(
            "a byte too many",
            &collapse,
            [&collapse.proof[..], &[0]].concat(),
            "TrailingBytes",
        ),
        forged(
            "bytes after no change",
            &lone,
            vec![1, 0, 0, 0xff],
            "TrailingBytes",
        ),
        edited(
            "the reserved bit is set",
            &lone,
            |it| it.changes[0][0] |= 0x40,
            Check::ChangeHead,
        ),
        edited(
            "a value of 33 bytes",
            &lone,
            |it| it.changes[0] = [&[33, 1, 1][..], &[7; 33]].concat(),
            Check::ChangeHead,
        ),
        edited(
            "a slot of 32 bytes in the short form",
            &long,
            |it| it.changes[0] = [&[1, 32][..], &[0xff; 32], &[2]].concat(),
            Check::SlotLength,
        ),
        edited(
            "a slot with a leading zero",
            &lone,
            |it| it.changes[0] = vec![1, 2, 0, 1, 2],
            Check::SlotLeadingZero,
        ),
        edited(
            "a small slot in the long form",
            &lone,
            |it| it.changes[0] = [&[0x81][..], &[0; 31], &[1, 2]].concat(),
            Check::SlotLeadingZero,
        ),
        edited(
            "a value with a leading zero",
            &lone,
            |it| it.changes[0] = vec![2, 1, 1, 0, 2],
            Check::ValueLeadingZero,
        ),
        edited(
            "a change is listed twice",
            &two,
            |it| it.changes[1] = it.changes[0].clone(),
            Check::NotAscending,
        ),
        edited(
            "changes out of order",
            &two,
            |it| it.changes.swap(0, 1),
            Check::NotAscending,
        ),
    ]
}

/// Places and branches.
fn places() -> Vec<Transition> {
    let lone = Valid::lone_leaf();
    let leaves = Valid::two_leaves();
    let [a, b] = PAIR_12;
    let pair = Valid::new(&state([(1, 1)]), &state([(1, 1), (a, 2), (b, 3)]));
    vec![
        edited(
            "a place that skips 64 nibbles",
            &leaves,
            |it| it.places[0] = 64,
            Check::Skip,
        ),
        // Below a branch at depth 63, where nothing but leaves can be.
        edited(
            "a branch 64 nibbles deep",
            &lone,
            |it| it.places = vec![63, 0, 1, 0, 0, 1],
            Check::Depth,
        ),
        // The branch of the pair is replaced by a leaf place.
        edited(
            "a leaf place of two changes",
            &pair,
            |it| it.places = [&it.places[..3], &[0xff], &it.places[8..]].concat(),
            Check::ChangesLeft,
        ),
        edited(
            "a child both changed and untouched",
            &leaves,
            |it| it.places[1..3].copy_from_slice(&0x0810u16.to_be_bytes()),
            Check::ChangedUntouched,
        ),
        // It folds to the leaf, so both roots would be right.
        edited(
            "a branch of one child",
            &lone,
            |it| it.places = vec![0, 0, 0, 0xff],
            Check::TooFewChildren,
        ),
    ]
}

/// Untouched children, inlined or revealed.
fn neighbours() -> Vec<Transition> {
    let [a, b, c] = TRIPLE_9;
    let with = |changed: u64| {
        let mut state = state([(a, 1), (c, changed)]);
        state.insert(U256::from(b), U256::MAX);
        state
    };
    // One untouched child is inlined, the other is not. The masks are behind the skip and behind the leaf place.
    let inlined = Valid::new(&with(3), &with(4));
    let places = inlined.forgery().places;
    let untouched = u16::from_be_bytes([places[1], places[2]]);
    let inline = u16::from_be_bytes([places[4], places[5]]);
    let changed = (0..16)
        .map(|bit| 1u16 << bit)
        .find(|bit| untouched & bit == 0);
    let beyond = inline | changed.unwrap_or_default();
    let leaf = 1 + usize::from(places[6].max(places[38]) - 0xc0);
    let hash_at = if untouched & !inline < inline {
        6
    } else {
        6 + leaf
    };

    let collapse = Valid::collapse();
    // Behind skip, mask and leaf place: the mark, 63 nibbles in 32 bytes, the value's length, the value.
    let (mark, padding, length) = (4, 4 + 32, 4 + 33);
    vec![
        edited(
            "an inlined child that is not untouched",
            &inlined,
            |it| it.places[4..6].copy_from_slice(&beyond.to_be_bytes()),
            Check::InlineNotUntouched,
        ),
        edited(
            "a hash as an inlined child",
            &inlined,
            |it| {
                it.places[4..6].copy_from_slice(&untouched.to_be_bytes());
                it.places.insert(hash_at, 0xa0);
            },
            Check::InlineReference,
        ),
        edited(
            "a hash where a lane collapses",
            &collapse,
            |it| {
                it.places.truncate(mark);
                it.places.extend([0xab; 32]);
            },
            Check::RevealMark,
        ),
        edited(
            "a revealed extension of no nibbles",
            &collapse,
            |it| it.places[mark] = 0,
            Check::RevealMark,
        ),
        edited(
            "a revealed extension down to the leaves",
            &collapse,
            |it| it.places[mark] = 63,
            Check::RevealMark,
        ),
        edited(
            "a revealed path with padding",
            &collapse,
            |it| it.places[padding] |= 1,
            Check::RevealPadding,
        ),
        edited(
            "a revealed value of no byte",
            &collapse,
            |it| {
                it.places[length] = 0;
                it.places.truncate(length + 1);
            },
            Check::RevealValueLength,
        ),
        edited(
            "a revealed value of 33 bytes",
            &collapse,
            |it| {
                it.places[length] = 33;
                it.places.extend([1; 32]);
            },
            Check::RevealValueLength,
        ),
        edited(
            "a revealed value with a leading zero",
            &collapse,
            |it| {
                it.places.truncate(length);
                it.places.extend([2, 0, 1]);
            },
            Check::RevealValueLeadingZero,
        ),
    ]
}

/// Bytes in order that prove something else.
fn outcomes() -> Vec<Transition> {
    let (pre, post) = busy();
    let valid = Valid::new(&pre, &post);
    let changed = |value: u64| {
        let mut other = post.clone();
        other.insert(U256::ZERO, U256::from(value));
        Valid::new(&pre, &other).proof
    };
    // Slot 0 is withheld: it is taken for what it is after the block, which it was not before.
    let mut withheld = pre.clone();
    withheld.insert(U256::ZERO, post[&U256::ZERO]);
    let withheld = Valid::new(&withheld, &post).proof;
    // The same with its old value: then the roots after differ.
    let mut stale = post.clone();
    stale.insert(U256::ZERO, pre[&U256::ZERO]);
    let stale = Valid::new(&pre, &stale).proof;

    let collapse = Valid::collapse();
    let neighbour = |value: u64| Valid::new(&state([(1, value), (2, 2)]), &state([(1, value)]));
    // The neighbour that a branch collapses onto changes too, and is not listed.
    let hidden = Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 9)]));

    let mut listed = Valid::new(&state([]), &state([(1, 1), (2, 3)])).forgery();
    listed.places = vec![0, 0, 0, 0xff, 0xff];
    vec![
        forged("a change is withheld", &valid, withheld, "PreRootMismatch"),
        forged(
            "a change is withheld and its old value kept",
            &valid,
            stale,
            "PostRootMismatch",
        ),
        forged(
            "a value is altered",
            &valid,
            changed(0xbad),
            "PostRootMismatch",
        ),
        forged(
            "the neighbour's old value is revealed, its change hidden",
            &hidden,
            neighbour(1).proof,
            "PostRootMismatch",
        ),
        forged(
            "the neighbour's new value is revealed, its change hidden",
            &hidden,
            neighbour(9).proof,
            "PreRootMismatch",
        ),
        forged(
            "nothing is said to have changed",
            &collapse,
            vec![1, 0, 0],
            "PostRootMismatch",
        ),
        forged(
            "a listed slot does not change",
            &Valid::two_leaves(),
            listed.bytes(),
            "SlotUnchanged",
        ),
    ]
}
