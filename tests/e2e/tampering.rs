//! Every way to lie in a multi-proof, on chain: each is refused with its typed error, and nothing changes.

use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolCall, SolError};
use smartsync_abi::{
    IProofErrors::{MalformedMultiProof, PostRootMismatch, PreRootMismatch, SlotUnchanged},
    IRegistry,
};
use smartsync_tests::{CallError, storage_root};

use crate::behind::{Behind, Changes, proof, value, with};

/// Numbers of the checks in `docs/proof-format.md`.
const NOT_ASCENDING: u8 = 7;
const TRAILING_BYTES: u8 = 20;

const KINDS: [Changes; 4] = [
    Changes {
        added: 5,
        changed: 0,
        deleted: 0,
    },
    Changes {
        added: 0,
        changed: 5,
        deleted: 0,
    },
    Changes {
        added: 0,
        changed: 0,
        deleted: 5,
    },
    Changes {
        added: 5,
        changed: 5,
        deleted: 5,
    },
];

/// Byte ranges of the changes in a multi-proof, read by the format's description.
fn changes_of(multi_proof: &[u8]) -> Vec<std::ops::Range<usize>> {
    let count = usize::from(u16::from_be_bytes([multi_proof[1], multi_proof[2]]));
    let mut at = 3;
    (0..count)
        .map(|_| {
            let start = at;
            let head = multi_proof[at];
            at += 1;
            at += if head & 0x80 != 0 {
                32
            } else {
                1 + usize::from(multi_proof[at])
            };
            at += usize::from(head & 0x3f);
            start..at
        })
        .collect()
}

fn malformed(result: Result<(), CallError>) -> MalformedMultiProof {
    result.expect_err("the proof is malformed").expect()
}

/// The error is one of those that a multi-proof can be refused with.
fn refused(result: Result<(), CallError>, what: &str) {
    let Err(CallError::Reverted(data)) = result else {
        panic!("{what}: {result:?}")
    };
    let known = MalformedMultiProof::abi_decode_validate(&data).is_ok()
        || PreRootMismatch::abi_decode_validate(&data).is_ok()
        || PostRootMismatch::abi_decode_validate(&data).is_ok()
        || SlotUnchanged::abi_decode_validate(&data).is_ok();
    assert!(known, "{what}: {data}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_change_is_refused_whichever_root_the_prover_bends() {
    for changes in KINDS {
        let behind = Behind::by(changes).await;
        let (pre_root, post_root) = (storage_root(&behind.pre), storage_root(&behind.post));
        for slot in behind.step() {
            // As if the source had not made the change.
            let bent = with(&behind.post, slot, value(&behind.pre, &slot));
            let error = behind
                .sync(proof(&behind.pre, &bent))
                .await
                .unwrap_err()
                .expect::<PostRootMismatch>();
            assert_eq!(
                (error.expected, error.computed),
                (post_root, storage_root(&bent)),
                "{changes:?} {slot}"
            );
            // As if the mirror had it already.
            let bent = with(&behind.pre, slot, value(&behind.post, &slot));
            let error = behind
                .sync(proof(&bent, &behind.post))
                .await
                .unwrap_err()
                .expect::<PreRootMismatch>();
            assert_eq!(
                (error.expected, error.computed),
                (pre_root, storage_root(&bent)),
                "{changes:?} {slot}"
            );
        }
        let slot = behind.step()[0];
        behind
            .sent_in_vain(proof(
                &behind.pre,
                &with(&behind.post, slot, value(&behind.pre, &slot)),
            ))
            .await;
        behind
            .sent_in_vain(proof(
                &with(&behind.pre, slot, value(&behind.post, &slot)),
                &behind.post,
            ))
            .await;
        assert_eq!(behind.sync(behind.honest()).await, Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_value_is_refused() {
    for changes in KINDS {
        let behind = Behind::by(changes).await;
        let post_root = storage_root(&behind.post);
        for slot in behind.step() {
            for bent in [
                value(&behind.post, &slot) ^ U256::ONE,
                U256::MAX >> 3,
                U256::from(0xa17e4ed),
            ] {
                let bent = with(&behind.post, slot, bent);
                let error = behind
                    .sync(proof(&behind.pre, &bent))
                    .await
                    .unwrap_err()
                    .expect::<PostRootMismatch>();
                assert_eq!(
                    (error.expected, error.computed),
                    (post_root, storage_root(&bent)),
                    "{changes:?} {slot}"
                );
            }
        }
        let slot = behind.step()[0];
        behind
            .sent_in_vain(proof(
                &behind.pre,
                &with(&behind.post, slot, U256::from(0xbad)),
            ))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_change_is_refused() {
    for changes in KINDS {
        let behind = Behind::by(changes).await;
        let post_root = storage_root(&behind.post);
        let step = behind.step();
        let kept = *behind
            .post
            .keys()
            .find(|slot| !step.contains(slot))
            .expect("some slot is left alone");
        // A slot invented, changed or deleted that the source did not touch.
        for (slot, invented) in [
            (U256::from(0x1234567), U256::ONE),
            (kept, U256::ONE << 77),
            (kept, U256::ZERO),
        ] {
            let bent = with(&behind.post, slot, invented);
            let error = behind
                .sync(proof(&behind.pre, &bent))
                .await
                .unwrap_err()
                .expect::<PostRootMismatch>();
            assert_eq!(
                (error.expected, error.computed),
                (post_root, storage_root(&bent)),
                "{changes:?} {slot}"
            );
            behind.sent_in_vain(proof(&behind.pre, &bent)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_and_repeated_changes_are_refused_where_they_begin() {
    for changes in KINDS {
        let behind = Behind::by(changes).await;
        let honest = behind.honest();
        let places = changes_of(&honest);
        let (first, second) = (places[0].clone(), places[1].clone());

        let mut reordered = honest[..3].to_vec();
        reordered.extend(&honest[second.clone()]);
        reordered.extend(&honest[first.clone()]);
        reordered.extend(&honest[second.end..]);
        let error = malformed(behind.sync(reordered.clone()).await);
        assert_eq!(error.reason, NOT_ASCENDING, "{changes:?}");
        // The place of what is now the second change.
        assert_eq!(error.offset as usize, 3 + second.len(), "{changes:?}");
        behind.sent_in_vain(reordered).await;

        let mut repeated = honest[..first.end].to_vec();
        repeated.extend(&honest[first.start..]);
        repeated[1..3].copy_from_slice(&(places.len() as u16 + 1).to_be_bytes());
        let error = malformed(behind.sync(repeated.clone()).await);
        assert_eq!(
            (error.reason, error.offset as usize),
            (NOT_ASCENDING, first.end),
            "{changes:?}"
        );
        behind.sent_in_vain(repeated).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_cut_off_anywhere_or_continued_is_malformed() {
    for changes in KINDS {
        let behind = Behind::by(changes).await;
        let honest = behind.honest();
        for length in 0..honest.len() {
            malformed(behind.sync(honest[..length].to_vec()).await);
        }
        for tail in [vec![0], vec![0xff], honest.clone()] {
            let error = malformed(behind.sync([honest.clone(), tail].concat()).await);
            assert_eq!(
                (error.reason, error.offset as usize),
                (TRAILING_BYTES, honest.len()),
                "{changes:?}"
            );
        }
        behind
            .sent_in_vain(honest[..honest.len() - 1].to_vec())
            .await;
        assert_eq!(behind.sync(honest).await, Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_with_any_bit_flipped_is_refused_with_a_typed_error() {
    let behind = Behind::by(KINDS[3]).await;
    let honest = behind.honest();
    for at in 0..honest.len() {
        let mut flipped = honest.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(behind.sync(flipped).await, &format!("byte {at}"));
    }
    let mut flipped = honest.clone();
    flipped[honest.len() / 2] ^= 0x10;
    behind.sent_in_vain(flipped).await;
    assert_eq!(behind.sync(honest).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_slot_that_does_not_change_is_refused_by_name() {
    // Only values change, no shape: then an inclusion proof of any slots has the form of a transition of them.
    let behind = Behind::by(KINDS[1]).await;
    let stage = &behind.stage;
    let unchanged = *behind
        .post
        .keys()
        .find(|slot| behind.pre.get(slot) == behind.post.get(slot))
        .unwrap();
    let mut slots = behind.step();
    slots.push(unchanged);
    let proven = stage
        .source
        .proof(behind.mirror.source, &slots, behind.block)
        .await
        .unwrap();
    let listed: Vec<(U256, U256)> = slots
        .iter()
        .map(|slot| (*slot, value(&behind.post, slot)))
        .collect();
    let nodes = smartsync_tests::storage_proof(&proven);
    let built = smartsync_proof::build_inclusion(&listed, proven.storage_hash, nodes).unwrap();
    let error = behind
        .sync(built.multi_proof.clone())
        .await
        .unwrap_err()
        .expect::<SlotUnchanged>();
    assert_eq!(error.slot, unchanged);
    behind.sent_in_vain(built.multi_proof).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_empty_multi_proof_is_refused_when_the_storage_root_has_changed() {
    let behind = Behind::by(KINDS[3]).await;
    let error = behind
        .sync(vec![1, 0, 0])
        .await
        .unwrap_err()
        .expect::<PostRootMismatch>();
    assert_eq!(
        (error.expected, error.computed),
        (storage_root(&behind.post), storage_root(&behind.pre))
    );
    behind.sent_in_vain(vec![1, 0, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_another_transition_is_refused() {
    let behind = Behind::by(KINDS[3]).await;
    let stage = &behind.stage;
    // The same proof twice: after the first, its pre state is history.
    let honest = behind.honest();
    let call = stage
        .sync_call(behind.mirror, behind.block, honest.clone())
        .await
        .unwrap();
    stage.target.send(stage.registry, call).await.unwrap();
    let slot = U256::from(0x51a7e << 8 | 23);
    stage
        .write(behind.mirror.source, [(slot, U256::from(9))])
        .await
        .unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = stage.sync_call(behind.mirror, block, honest).await.unwrap();
    let result = stage
        .target
        .call(stage.registry, call.abi_encode())
        .await
        .map(drop);
    refused(result, "a proof used twice");
    // And an empty proof of a quiet source moves the block only.
    stage
        .write(behind.mirror.source, [(slot, value(&behind.post, &slot))])
        .await
        .unwrap();
    let block = stage.submit_head().await.unwrap();
    let call: IRegistry::syncCall = stage
        .sync_call(behind.mirror, block, vec![1, 0, 0])
        .await
        .unwrap();
    stage.target.send(stage.registry, call).await.unwrap();
    let record = stage.record(behind.mirror).await.unwrap();
    assert_eq!(
        (record.sourceBlock, record.storageRoot),
        (block, storage_root(&behind.post))
    );
    assert_ne!(record.storageRoot, B256::ZERO);
}
