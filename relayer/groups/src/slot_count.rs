use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, nodes::TrieNode};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::{AccountProof, AnswerProblem, RawHeader};

use crate::error::Error;

/// Proofs that tell whether a contract is small, and those that the count of a large one is estimated from.
const FEW_PROOFS: u64 = 16;
const PROOFS: u64 = 256;
/// Levels of branches that are looked at: tries of more than 16^16 slots there are not.
const LEVELS: usize = 16;

/// How many slots a contract has, estimated from proofs of slots at random, each of which shows how full the branches on its way are. Slots whose hashes somebody
/// has chosen can mislead it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotCount {
    /// The number that is most likely.
    pub likely: u64,
    /// Two standard errors less: it is lower in one of 40 cases.
    pub least: u64,
    /// Two standard errors more.
    pub most: u64,
    /// Proofs that this is estimated from.
    pub proofs: u64,
}

/// Estimates the number of a contract's slots at a block: roughly, unless there may be more than `most_listed`.
pub(crate) async fn count_slots(
    relayer: &Relayer,
    account: Address,
    header: &RawHeader,
    most_listed: u64,
) -> Result<SlotCount, Error> {
    let rough = count(relayer, account, header, FEW_PROOFS).await?;
    match rough.most <= most_listed {
        true => Ok(rough),
        false => count(relayer, account, header, PROOFS).await,
    }
}

async fn count(
    relayer: &Relayer,
    account: Address,
    header: &RawHeader,
    proofs: u64,
) -> Result<SlotCount, Error> {
    // The block's state root is nothing that the slots' owner could have chosen them for.
    let seed = header.header.state_root;
    let slots: Vec<U256> = (0..proofs)
        .map(|number| keccak256([seed.as_slice(), &number.to_be_bytes()].concat()).into())
        .collect();
    let proven = AccountProof::fetch(&relayer.source, account, &slots, header).await?;
    let nodes = proven.storage_nodes.iter().flatten();
    estimate(proven.account.storage_root, &slots, nodes).ok_or_else(|| {
        relayer
            .source
            .bad_answer(
                "eth_getProof",
                AnswerProblem::Shape("a proof that does not lead from the storage root"),
            )
            .into()
    })
}

/// The number of leaves below a root, from the nodes on the ways to some slots. `None` if a node is missing or none.
fn estimate<'a>(
    root: B256,
    slots: &[U256],
    nodes: impl IntoIterator<Item = &'a Bytes>,
) -> Option<SlotCount> {
    let proofs = slots.len() as u64;
    if root == EMPTY_ROOT_HASH {
        return Some(SlotCount {
            likely: 0,
            least: 0,
            most: 0,
            proofs,
        });
    }
    let nodes: HashMap<B256, &Bytes> = nodes
        .into_iter()
        .map(|node| (keccak256(node), node))
        .collect();
    let filled = slots
        .iter()
        .map(|slot| {
            let path = Nibbles::unpack(keccak256(B256::from(*slot)));
            filled_on_way(root, &path, &nodes)
        })
        .collect::<Option<Vec<_>>>()?;
    // Of 16^level cells a share is filled, as by balls thrown at random: the level where that says most is where there are about as many balls as cells.
    let levels = (0..LEVELS).filter_map(|level| {
        let shares: Vec<f64> = filled
            .iter()
            .filter_map(|levels| levels.get(level))
            .map(|filled| f64::from(*filled) / 16.0)
            .collect();
        balls(&shares, 16_f64.powi(i32::try_from(level).ok()? + 1))
    });
    let best = levels.min_by(|one, other| one.per_cell().total_cmp(&other.per_cell()))?;
    let round = |number: f64| number.round().max(1.0) as u64;
    Some(SlotCount {
        likely: round(best.number),
        least: round(best.number - 2.0 * best.error),
        most: round(best.number + 2.0 * best.error),
        proofs,
    })
}

/// An estimate from one level.
struct Balls {
    number: f64,
    error: f64,
    cells: f64,
}

impl Balls {
    /// How far from one to a cell.
    fn per_cell(&self) -> f64 {
        (self.number / self.cells).ln().abs()
    }
}

/// How many balls fill such shares of cells.
fn balls(shares: &[f64], cells: f64) -> Option<Balls> {
    let count = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / count;
    if !(mean > 0.0 && mean < 1.0) {
        return None;
    }
    let spread = shares
        .iter()
        .map(|share| (share - mean).powi(2))
        .sum::<f64>()
        / (count - 1.0).max(1.0);
    let per_cell = -(1.0 - mean).ln();
    // What the sample leaves open, and how many cells such a number of balls happens to fill.
    let sample = spread / count;
    let chance = (1.0 - mean) * (1.0 - (1.0 + per_cell) * (1.0 - mean)) / cells;
    Some(Balls {
        number: cells * per_cell,
        error: cells * (sample + chance).sqrt() / (1.0 - mean),
        cells,
    })
}

/// For each level, how many of the 16 cells below the way's cell have slots.
fn filled_on_way(
    root: B256,
    path: &Nibbles,
    nodes: &HashMap<B256, &Bytes>,
) -> Option<[u8; LEVELS]> {
    let mut filled = [0; LEVELS];
    let mut depth = 0;
    let mut node = nodes.get(&root)?.to_vec();
    while depth < LEVELS {
        let next = match TrieNode::decode(&mut node.as_slice()).ok()? {
            TrieNode::EmptyRoot => return None,
            TrieNode::Branch(branch) => {
                *filled.get_mut(depth)? = branch.state_mask.count_bits();
                let child = path.get(depth)?;
                depth += 1;
                if !branch.state_mask.is_bit_set(child) {
                    break;
                }
                let before = branch.state_mask.get() & ((1_u16 << child) - 1);
                let place = usize::try_from(before.count_ones()).ok()?;
                branch.stack.get(place)?.to_vec()
            }
            TrieNode::Extension(extension) => {
                if !follow(&extension.key, path, &mut depth, &mut filled) {
                    break;
                }
                extension.child.to_vec()
            }
            TrieNode::Leaf(leaf) => {
                follow(&leaf.key, path, &mut depth, &mut filled);
                break;
            }
        };
        // A short node is in its parent; of a longer one there is the hash.
        node = match next.len() {
            33 => nodes.get(&B256::from_slice(next.get(1..)?))?.to_vec(),
            _ => next,
        };
    }
    Some(filled)
}

/// Below each cell that the way shares with a key, one cell is filled. Whether it shares all.
fn follow(key: &Nibbles, path: &Nibbles, depth: &mut usize, filled: &mut [u8; LEVELS]) -> bool {
    for nibble in key.iter() {
        if let Some(cells) = filled.get_mut(*depth) {
            *cells = 1;
        }
        if path.get(*depth) != Some(nibble) {
            return false;
        }
        *depth += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use alloy_trie::{HashBuilder, proof::ProofRetainer};

    use super::*;

    /// The estimate for a trie of so many slots, built by alloy's hash builder, from so many proofs.
    fn of(count: u64, proofs: u64) -> SlotCount {
        let mut keys: Vec<Nibbles> = (0..count)
            .map(|slot| Nibbles::unpack(keccak256(B256::from(U256::from(slot)))))
            .collect();
        keys.sort_unstable();
        let asked: Vec<U256> = (0..proofs)
            .map(|number| U256::MAX - U256::from(number))
            .collect();
        let targets = asked
            .iter()
            .map(|slot| Nibbles::unpack(keccak256(B256::from(*slot))));
        let mut builder =
            HashBuilder::default().with_proof_retainer(ProofRetainer::from_iter(targets));
        for key in keys {
            builder.add_leaf(key, &alloy_rlp::encode(U256::from(7)));
        }
        let root = builder.root();
        let nodes = builder.take_proof_nodes().into_inner();
        estimate(root, &asked, nodes.values()).expect("a count")
    }

    #[test]
    fn the_number_of_slots_is_within_the_stated_spread_for_known_sizes() {
        assert_eq!(of(0, PROOFS).most, 0);
        let mut outside = 0;
        let sizes = [1, 2, 5, 16, 40, 150, 700, 3_000, 20_000, 60_000, 200_000];
        for size in sizes {
            let count = of(size, PROOFS);
            let within = (count.least..=count.most).contains(&size);
            outside += usize::from(!within);
            // Never far off, and from some hundreds on within a fifth.
            let off = count.likely.abs_diff(size);
            let bound = if size >= 150 { size / 5 } else { size / 2 + 2 };
            assert!(off <= bound, "{size}: {count:?}");
            assert!(
                size < 700 || count.most - count.least <= size / 2,
                "{size}: {count:?}"
            );
        }
        // One of 20 is to be expected.
        assert!(
            outside * 5 <= sizes.len(),
            "{outside} of {} outside",
            sizes.len()
        );
    }

    #[test]
    fn few_proofs_tell_a_small_contract_from_a_large_one() {
        for size in [0, 1, 2, 5, 16, 40, 150, 700, 3_000, 20_000, 60_000] {
            let count = of(size, FEW_PROOFS);
            assert!(count.most <= 2 * size + 8, "{size}: {count:?}");
            assert!(count.most * 5 >= size * 4, "{size}: {count:?}");
        }
    }

    #[test]
    fn a_proof_that_lacks_a_node_gives_no_number() {
        let root = B256::repeat_byte(1);
        assert_eq!(estimate(root, &[U256::ZERO], []), None);
    }
}
