//! Follows one key through the nodes of an EIP-1186 proof.

use alloy_primitives::{B256, keccak256};

use crate::{
    EMPTY_ROOT, NodeCheck, ProofError,
    rlp::{Item, only_item, take_item},
};

/// What the next node is expected to be.
enum Expected<'a> {
    Hash([u8; 32]),
    Embedded(&'a [u8]),
}

/// The value stored under a hashed key, `None` when it is proven absent.
///
/// Nodes come root first, and each one must be needed. A node that is embedded in its parent may be left out (as geth
/// does) or repeated (as reth does). The empty trie is proven by no node or by the one node `80`.
pub fn lookup<'a>(
    root: &B256,
    key: &B256,
    nodes: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<&'a [u8]>, ProofError> {
    let mut nodes = nodes.into_iter().peekable();
    let mut index = 0u32;
    let fail = |check, node| Err(ProofError { check, node });
    if *root == EMPTY_ROOT {
        return match (nodes.next(), nodes.next()) {
            (None, _) | (Some([0x80]), None) => Ok(None),
            (Some([0x80]), Some(_)) => fail(NodeCheck::Unused, 1),
            (Some(_), _) => fail(NodeCheck::Hash, 0),
        };
    }
    let mut expected = Expected::Hash(root.0);
    let mut depth = 0usize;
    let mut branch_only = false;
    let value = loop {
        let node = match expected {
            Expected::Embedded(node) => {
                if nodes.peek() == Some(&node) {
                    nodes.next();
                    index = index.saturating_add(1);
                }
                node
            }
            Expected::Hash(hash) => {
                let Some(node) = nodes.next() else {
                    return fail(NodeCheck::Missing, index);
                };
                if keccak256(node).0 != hash {
                    return fail(NodeCheck::Hash, index);
                }
                if node.len() < 32 && index != 0 {
                    return fail(NodeCheck::NotEmbedded, index);
                }
                index = index.saturating_add(1);
                node
            }
        };
        let step = step(node, key, depth, branch_only).map_err(|check| ProofError {
            check,
            node: last(index),
        })?;
        match step {
            Step::Absent => break None,
            Step::Value(value) => break Some(value),
            Step::Child {
                child,
                nibbles,
                extension,
            } => {
                depth = depth.saturating_add(nibbles);
                branch_only = extension;
                match reference(child).map_err(|check| ProofError {
                    check,
                    node: last(index),
                })? {
                    Reference::Absent => break None,
                    Reference::Embedded(node) => expected = Expected::Embedded(node),
                    Reference::Hash(hash) => expected = Expected::Hash(*hash),
                }
            }
        }
    };
    if nodes.next().is_some() {
        return fail(NodeCheck::Unused, index);
    }
    Ok(value)
}

const fn last(index: u32) -> u32 {
    index.saturating_sub(1)
}

enum Step<'a> {
    Absent,
    Value(&'a [u8]),
    Child {
        child: Item<'a>,
        nibbles: usize,
        extension: bool,
    },
}

/// Reads one node: where the key goes from here.
fn step<'a>(
    node: &'a [u8],
    key: &B256,
    depth: usize,
    branch_only: bool,
) -> Result<Step<'a>, NodeCheck> {
    let mut items = only_item(node).and_then(Item::list).ok_or(NodeCheck::Rlp)?;
    let first = next(&mut items)?;
    let second = next(&mut items)?;
    if items.is_empty() {
        if branch_only {
            return Err(NodeCheck::ExtensionChild);
        }
        return short_node(first, second, key, depth);
    }
    let nibble = nibble_at(key, depth).ok_or(NodeCheck::PathLength)?;
    let mut chosen = if nibble == 0 { first } else { second };
    reference(first)?;
    reference(second)?;
    for index in 2..16 {
        let child = next(&mut items)?;
        reference(child)?;
        if nibble == index {
            chosen = child;
        }
    }
    let value = next(&mut items)?;
    if !items.is_empty() {
        return Err(NodeCheck::ItemCount);
    }
    if value.encoded != [0x80] {
        return Err(NodeCheck::BranchValue);
    }
    Ok(Step::Child {
        child: chosen,
        nibbles: 1,
        extension: false,
    })
}

fn next<'a>(items: &mut &'a [u8]) -> Result<Item<'a>, NodeCheck> {
    if items.is_empty() {
        return Err(NodeCheck::ItemCount);
    }
    take_item(items).ok_or(NodeCheck::Rlp)
}

/// A leaf or an extension.
fn short_node<'a>(
    path: Item<'a>,
    second: Item<'a>,
    key: &B256,
    depth: usize,
) -> Result<Step<'a>, NodeCheck> {
    let (flag, packed) = path
        .string()
        .and_then(<[u8]>::split_first)
        .ok_or(NodeCheck::Path)?;
    let (is_leaf, is_odd) = match (flag >> 4, flag & 0x0f) {
        (0, 0) => (false, false),
        (1, _) => (false, true),
        (2, 0) => (true, false),
        (3, _) => (true, true),
        _ => return Err(NodeCheck::Path),
    };
    let length = packed
        .len()
        .saturating_mul(2)
        .saturating_add(usize::from(is_odd));
    let remaining = 64usize.saturating_sub(depth);
    let fits = if is_leaf {
        length == remaining
    } else {
        length > 0 && length < remaining
    };
    if !fits {
        return Err(NodeCheck::PathLength);
    }
    let mut at = depth;
    let mut same = true;
    if is_odd {
        same = nibble_at(key, at) == Some(flag & 0x0f);
        at = at.saturating_add(1);
    }
    for byte in packed {
        same &= nibble_at(key, at) == Some(byte >> 4)
            && nibble_at(key, at.saturating_add(1)) == Some(byte & 0x0f);
        at = at.saturating_add(2);
    }
    if is_leaf {
        let value = second.string().ok_or(NodeCheck::Value)?;
        return Ok(if same {
            Step::Value(value)
        } else {
            Step::Absent
        });
    }
    match reference(second)? {
        Reference::Absent => Err(NodeCheck::Child),
        _ if same => Ok(Step::Child {
            child: second,
            nibbles: length,
            extension: true,
        }),
        _ => Ok(Step::Absent),
    }
}

enum Reference<'a> {
    Absent,
    Hash(&'a [u8; 32]),
    Embedded(&'a [u8]),
}

fn reference(item: Item<'_>) -> Result<Reference<'_>, NodeCheck> {
    if item.is_list {
        return if item.encoded.len() < 32 {
            Ok(Reference::Embedded(item.encoded))
        } else {
            Err(NodeCheck::Child)
        };
    }
    if item.payload.is_empty() {
        return Ok(Reference::Absent);
    }
    item.payload
        .as_array()
        .map(Reference::Hash)
        .ok_or(NodeCheck::Child)
}

fn nibble_at(key: &B256, index: usize) -> Option<u8> {
    let byte = key.0.get(index >> 1)?;
    Some(if index & 1 == 0 {
        byte >> 4
    } else {
        byte & 0x0f
    })
}
