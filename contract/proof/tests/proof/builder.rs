//! What the builder says when it is given too little, too much or the wrong thing.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use smartsync_proof::{
    BuildError, NodeCheck, SlotChange, StateTrie, build_from_states, build_inclusion,
    build_transition, storage_root,
};

use crate::{
    forgery::state,
    oracle::{State, alloy_nodes, changes, check_transition, confirm, hashed},
    rlp::list,
};

pub fn many() -> State {
    state((0..40).map(|slot| (slot, u64::from(slot) + 1)))
}

fn slots(changes: &[SlotChange]) -> Vec<U256> {
    changes.iter().map(|change| change.slot).collect()
}

/// Builds with alloy's nodes of the listed slots.
pub fn build(pre: &State, post: &State, listed: &[SlotChange]) -> Result<Vec<u8>, BuildError> {
    let (pre_root, pre_nodes) = alloy_nodes(pre, &slots(listed));
    let (post_root, post_nodes) = alloy_nodes(post, &slots(listed));
    build_transition(listed, pre_root, pre_nodes, post_root, post_nodes)
        .map(|built| built.multi_proof)
}

/// The root and the lone node of a trie whose one leaf, of slot 0, holds this item.
fn lone_leaf(item: &[u8]) -> (B256, Bytes) {
    let mut node = vec![0xc0 + 34 + item.len() as u8, 0xa1, 0x20];
    node.extend(keccak256([0; 32]));
    node.extend(item);
    (keccak256(&node), node.into())
}

/// anvil keeps a slot that was set to zero as a leaf: its roots are then not those of Ethereum.
#[test]
fn a_leaf_that_holds_zero_is_named() {
    let (root, node) = lone_leaf(&[0x81, 0x80]);
    let (before, before_node) = lone_leaf(&[0x05]);
    let change = SlotChange {
        slot: U256::ZERO,
        pre: U256::from(5),
        post: U256::ZERO,
    };
    let zero = BuildError::ZeroValueLeaf {
        hashed_slot: hashed(U256::ZERO),
    };
    let built = build_transition(&[change], before, [before_node], root, [node.clone()]);
    assert_eq!(built.unwrap_err(), zero);
    assert_eq!(
        build_inclusion(&[(U256::ZERO, U256::ZERO)], root, [node]).unwrap_err(),
        zero
    );
}

#[test]
fn a_listed_value_that_is_not_in_the_trie_is_named() {
    let (pre, mut post) = (many(), many());
    post.insert(U256::from(3), U256::from(99));
    let mut listed = changes(&pre, &post);
    listed[0].pre = U256::from(1_000);
    let mismatch = BuildError::ValueMismatch {
        slot: U256::from(3),
        expected: U256::from(1_000),
        got: U256::from(4),
    };
    assert_eq!(build(&pre, &post, &listed).unwrap_err(), mismatch);
    let mut listed = changes(&pre, &post);
    listed[0].post = U256::ZERO;
    let mismatch = BuildError::ValueMismatch {
        slot: U256::from(3),
        expected: U256::ZERO,
        got: U256::from(99),
    };
    assert_eq!(build(&pre, &post, &listed).unwrap_err(), mismatch);
}

#[test]
fn a_change_that_is_not_listed_is_noticed_wherever_it_is() {
    let pre = many();
    for hidden in 0..45u32 {
        let mut post = pre.clone();
        post.insert(U256::from(50), U256::from(7));
        post.insert(U256::from(hidden), U256::from(1_000));
        let listed: Vec<_> = changes(&pre, &post)
            .into_iter()
            .filter(|change| change.slot == U256::from(50))
            .collect();
        let error = build(&pre, &post, &listed).unwrap_err();
        assert!(
            matches!(error, BuildError::UnlistedChange { .. }),
            "{hidden}: {error:?}"
        );
        post.remove(&U256::from(hidden));
        if pre != post && hidden < 40 {
            let error = build(&pre, &post, &listed).unwrap_err();
            assert!(
                matches!(error, BuildError::UnlistedChange { .. }),
                "{hidden}: {error:?}"
            );
        }
    }
}

#[test]
fn nothing_listed_needs_equal_roots() {
    let (pre_root, _) = alloy_nodes(&many(), &[]);
    let (other_root, _) = alloy_nodes(&state([(1, 1)]), &[]);
    let built = build_transition(&[], pre_root, [], pre_root, []).unwrap();
    assert_eq!(built.multi_proof, [1, 0, 0]);
    let error = build_transition(&[], pre_root, [], other_root, []).unwrap_err();
    assert_eq!(
        error,
        BuildError::NothingListed {
            pre: pre_root,
            post: other_root
        }
    );
    assert_eq!(
        build_inclusion(&[], pre_root, []).unwrap_err(),
        BuildError::NoSlots
    );
}

#[test]
fn changes_that_change_nothing_are_left_out() {
    let pre = many();
    let mut post = pre.clone();
    post.insert(U256::from(3), U256::from(99));
    let mut listed = changes(&pre, &post);
    let alone = build(&pre, &post, &listed).unwrap();
    listed.push(SlotChange {
        slot: U256::from(4),
        pre: U256::from(5),
        post: U256::from(5),
    });
    assert_eq!(build(&pre, &post, &listed).unwrap(), alone);
}

#[test]
fn a_slot_listed_twice_is_named() {
    let pre = many();
    let mut post = pre.clone();
    post.insert(U256::from(3), U256::from(99));
    let mut listed = changes(&pre, &post);
    listed.push(listed[0]);
    let twice = BuildError::DuplicateSlot {
        slot: U256::from(3),
    };
    assert_eq!(build(&pre, &post, &listed).unwrap_err(), twice);
    let mut trie = StateTrie::new([]);
    let values = [
        (U256::from(3), U256::from(1)),
        (U256::from(3), U256::from(2)),
    ];
    assert_eq!(trie.advance(&values).unwrap_err(), twice);
}

#[test]
fn more_changes_than_a_proof_lists_are_refused() {
    let post: State = (0..65_536u32)
        .map(|slot| (U256::from(slot), U256::from(1)))
        .collect();
    let error = build_from_states(&State::new(), &post).unwrap_err();
    assert_eq!(
        error,
        BuildError::TooManyChanges {
            got: 65_536,
            most: 65_535
        }
    );
}

#[test]
fn as_many_changes_as_a_proof_lists_are_taken() {
    let slots: Vec<_> = (0..65_535u32)
        .map(|slot| (U256::from(slot), U256::from(1)))
        .collect();
    let root = B256::repeat_byte(1);
    // The list is taken; what is missing is the trie.
    let error = build_inclusion(&slots, root, []).unwrap_err();
    assert_eq!(error, BuildError::NotRevealed { path: vec![] });
}

#[test]
fn each_missing_node_is_named_by_its_path() {
    let pre = many();
    let mut post = pre.clone();
    for slot in [1, 5, 9] {
        post.insert(U256::from(slot), U256::from(1_000));
    }
    let listed = changes(&pre, &post);
    let (pre_root, pre_nodes) = alloy_nodes(&pre, &slots(&listed));
    let (post_root, post_nodes) = alloy_nodes(&post, &slots(&listed));
    for index in 0..pre_nodes.len() {
        let mut fewer = pre_nodes.clone();
        fewer.remove(index);
        let error =
            build_transition(&listed, pre_root, fewer, post_root, post_nodes.clone()).unwrap_err();
        assert!(matches!(error, BuildError::NotRevealed { .. }), "{error:?}");
    }
    for index in 0..post_nodes.len() {
        let mut fewer = post_nodes.clone();
        fewer.remove(index);
        let error =
            build_transition(&listed, pre_root, pre_nodes.clone(), post_root, fewer).unwrap_err();
        assert!(matches!(error, BuildError::NotRevealed { .. }), "{error:?}");
    }
    let error = build_transition(&listed, pre_root, [], post_root, []).unwrap_err();
    assert_eq!(error, BuildError::NotRevealed { path: vec![] });
}

#[test]
fn a_node_that_is_not_canonical_is_named_by_its_path() {
    let node = Bytes::from_static(&[0xc2, 0x80, 0x80]);
    let error = build_inclusion(&[(U256::ZERO, U256::ZERO)], keccak256(&node), [node]).unwrap_err();
    assert_eq!(
        error,
        BuildError::MalformedNode {
            path: vec![],
            check: NodeCheck::Path
        }
    );
    let (root, node) = lone_leaf(&[0x00]);
    let error = build_inclusion(&[(U256::ZERO, U256::ZERO)], root, [node]).unwrap_err();
    assert!(
        matches!(
            error,
            BuildError::MalformedNode {
                check: NodeCheck::Value,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn nodes_that_are_not_needed_do_no_harm() {
    let pre = many();
    let mut post = pre.clone();
    post.remove(&U256::from(7));
    let listed = changes(&pre, &post);
    let every: Vec<_> = pre.keys().copied().collect();
    let (pre_root, mut nodes) = alloy_nodes(&pre, &every);
    let (post_root, post_nodes) = alloy_nodes(&post, &every);
    nodes.extend(post_nodes);
    nodes.push(Bytes::from_static(b"no node at all"));
    let built = build_transition(&listed, pre_root, nodes.clone(), post_root, nodes).unwrap();
    assert_eq!(built.multi_proof, build(&pre, &post, &listed).unwrap());
}

/// A chain of branches in which all sixteen children are the same next branch stands for 16^60 nodes.
#[test]
fn nodes_that_refer_to_each_other_many_times_are_read_once() {
    let leaf = Bytes::from_static(b"not among the nodes");
    let mut hash = keccak256(&leaf);
    let mut nodes = Vec::new();
    for _ in 0..60 {
        let payload = [alloy_rlp::encode(hash).repeat(16), vec![0x80]].concat();
        let mut node = Vec::new();
        alloy_rlp::Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(&mut node);
        node.extend(payload);
        hash = keccak256(&node);
        nodes.push(Bytes::from(node));
    }
    let error = build_inclusion(&[(U256::ZERO, U256::ZERO)], hash, nodes).unwrap_err();
    // The first nibble of the slot's hash is 2; the way of nibble 0 was revealed first.
    assert_eq!(error, BuildError::NotRevealed { path: vec![2] });
}

#[test]
fn a_state_advances_step_by_step_like_states_built_anew() {
    let mut held = many();
    let mut trie = StateTrie::new(held.iter().map(|(slot, value)| (*slot, *value)));
    for step in 0..60u32 {
        let mut next = held.clone();
        let changed: Vec<_> = (0..step % 9)
            .map(|index| {
                let slot = U256::from((step * 7 + index * 5) % 60);
                (slot, U256::from(if index % 3 == 0 { 0 } else { step + 2 }))
            })
            .collect();
        for (slot, value) in &changed {
            next.insert(*slot, *value);
        }
        next.retain(|_, value| !value.is_zero());
        let built = trie.advance(&changed).unwrap();
        assert_eq!(
            built.multi_proof,
            check_transition(&held, &next).multi_proof
        );
        assert_eq!(trie.storage_root(), alloy_nodes(&next, &[]).0);
        assert_eq!(storage_root(&next), trie.storage_root());
        for (slot, value) in &changed {
            assert_eq!(trie.value(*slot), *value);
        }
        held = next;
    }
}

/// Hashed by several threads, where there are several processors.
#[test]
fn a_large_state_has_the_root_of_alloy_and_advances() {
    let state: State = (0..6_000u32)
        .map(|slot| (U256::from(slot), U256::from(slot % 7)))
        .collect();
    let other = [
        (U256::from(5), U256::from(99)),
        (U256::from(5), U256::from(5)),
    ];
    let given = other[..1]
        .iter()
        .copied()
        .chain(state.clone())
        .chain([other[1]]);
    let mut trie = StateTrie::new(given);
    assert_eq!(trie.storage_root(), alloy_nodes(&state, &[]).0);
    let changes: Vec<_> = (0..9_000u32)
        .step_by(3)
        .map(|slot| (U256::from(slot), U256::from(slot % 5)))
        .collect();
    let mut post = state.clone();
    post.extend(changes.iter().copied());
    let built = trie.advance(&changes).unwrap();
    assert_eq!(built.post_storage_root, alloy_nodes(&post, &[]).0);
    assert_eq!(
        built.multi_proof,
        check_transition(&state, &post).multi_proof
    );
    for slot in 0..9_000u32 {
        let slot = U256::from(slot);
        assert_eq!(
            trie.value(slot),
            post.get(&slot).copied().unwrap_or_default()
        );
    }
}

#[test]
fn a_refused_advance_leaves_the_state_as_it_is() {
    let mut trie = StateTrie::new([(U256::from(1), U256::from(1))]);
    let before = trie.storage_root();
    let twice = [(U256::from(2), U256::from(1)); 2];
    assert!(trie.advance(&twice).is_err());
    assert_eq!(trie.storage_root(), before);
    assert_eq!(trie.value(U256::from(2)), U256::ZERO);
}

#[test]
fn slots_that_are_zero_count_as_absent_in_states() {
    let pre = state([(1, 0), (2, 5)]);
    let post = state([(2, 0), (3, 0)]);
    let built = build_from_states(&pre, &post).unwrap();
    assert_eq!(built.changes, 1);
    assert_eq!(built.post_storage_root, smartsync_proof::EMPTY_ROOT);
    let stored = state([(2, 5)]);
    let left = confirm(
        &built.multi_proof,
        &built.pre_storage_root,
        &built.post_storage_root,
        &stored,
    )
    .unwrap();
    assert!(left.is_empty());
}

/// A branch as RLP: one child, and the value item.
fn branch(nibble: u8, child: B256, value: u8) -> Bytes {
    let mut items = vec![vec![0x80]; 17];
    items[usize::from(nibble)] = alloy_rlp::encode(child);
    items[16] = vec![value];
    list(&items).into()
}

#[test]
fn a_branch_that_holds_a_value_is_named_by_its_path() {
    let node = branch(3, B256::repeat_byte(1), 0x01);
    let error = build_inclusion(&[(U256::ZERO, U256::ZERO)], keccak256(&node), [node]).unwrap_err();
    assert_eq!(
        error,
        BuildError::MalformedNode {
            path: vec![],
            check: NodeCheck::BranchValue
        }
    );
}

#[test]
fn a_branch_below_64_nibbles_is_named_by_its_path() {
    let mut hash = B256::repeat_byte(1);
    let mut nodes = Vec::new();
    for _ in 0..65 {
        let node = branch(2, hash, 0x80);
        hash = keccak256(&node);
        nodes.push(node);
    }
    let error = build_inclusion(&[(U256::ZERO, U256::ZERO)], hash, nodes).unwrap_err();
    assert_eq!(
        error,
        BuildError::MalformedNode {
            path: vec![2; 64],
            check: NodeCheck::PathLength
        }
    );
}
