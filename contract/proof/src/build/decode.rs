use std::collections::HashMap;

use alloy_primitives::{B256, Bytes, keccak256};

use super::{
    error::BuildError,
    kept::Kept,
    trie::{Arena, Branch, Child},
};
use crate::{
    EMPTY_ROOT, NodeCheck,
    multiproof::{Reference, nibble, set_nibble},
    rlp::{Item, only_item, take_item},
};

/// EIP-1186 nodes by hash.
pub struct Nodes(HashMap<B256, Bytes>);

impl Nodes {
    pub fn new(nodes: impl IntoIterator<Item = Bytes>) -> Self {
        Self(
            nodes
                .into_iter()
                .map(|node| (keccak256(&node), node))
                .collect(),
        )
    }

    /// The trie under a root, as far as the nodes reveal it.
    ///
    /// Each node is used once: in a trie of hashed keys no node is in two places, and whoever serves the nodes could
    /// otherwise make a few of them stand for a trie without end.
    pub fn reveal<V: Kept>(
        mut self,
        root: B256,
        arena: &mut Arena<V>,
    ) -> Result<Child, BuildError> {
        if root == EMPTY_ROOT {
            return Ok(Child::Empty);
        }
        match self.0.remove(&root) {
            Some(node) => self.node(&node, B256::ZERO, 0, arena),
            None => Err(BuildError::NotRevealed { path: Vec::new() }),
        }
    }

    /// One node whose place is the first `depth` nibbles of `key`.
    fn node<V: Kept>(
        &mut self,
        node: &[u8],
        key: B256,
        depth: u8,
        arena: &mut Arena<V>,
    ) -> Result<Child, BuildError> {
        let fail = |check| BuildError::MalformedNode {
            path: path(&key, depth),
            check,
        };
        let mut items = only_item(node)
            .and_then(Item::list)
            .ok_or_else(|| fail(NodeCheck::Rlp))?;
        let mut list = Vec::with_capacity(17);
        while !items.is_empty() {
            list.push(take_item(&mut items).ok_or_else(|| fail(NodeCheck::Rlp))?);
        }
        match list.as_slice() {
            [path, item] => {
                let (key, end, is_leaf) = extend(path, key, depth).map_err(fail)?;
                if is_leaf {
                    leaf(item, key, arena).map_err(fail)?
                } else {
                    Ok(self.extension(item, key, end, arena)?)
                }
            }
            [children @ .., value] if children.len() == 16 => {
                if depth > 63 {
                    return Err(fail(NodeCheck::PathLength));
                }
                if value.encoded != [0x80] {
                    return Err(fail(NodeCheck::BranchValue));
                }
                let mut revealed = [Child::Empty; 16];
                for ((at, item), child) in (0u8..).zip(children).zip(&mut revealed) {
                    let mut key = key;
                    set_nibble(&mut key, depth, at);
                    *child = match reference(item).map_err(fail)? {
                        None => Child::Empty,
                        Some(Named::Embedded(node)) => self.node(node, key, depth + 1, arena)?,
                        Some(Named::Hash(hash)) => match self.0.remove(&hash) {
                            Some(node) => self.node(&node, key, depth + 1, arena)?,
                            None => arena.add_blinded(Reference::hash(hash.0)),
                        },
                    };
                }
                let reference = Reference::to_node(node);
                Ok(arena.add_branch(Branch {
                    key,
                    depth,
                    reference,
                    children: Some(revealed),
                }))
            }
            _ => Err(fail(NodeCheck::ItemCount)),
        }
    }

    /// What is below an extension: a branch at depth `end`.
    fn extension<V: Kept>(
        &mut self,
        item: &Item<'_>,
        key: B256,
        end: u8,
        arena: &mut Arena<V>,
    ) -> Result<Child, BuildError> {
        let fail = |check| BuildError::MalformedNode {
            path: path(&key, end),
            check,
        };
        let (node, reference) = match reference(item).map_err(fail)? {
            None => return Err(fail(NodeCheck::Child)),
            Some(Named::Embedded(node)) => {
                (Some(Bytes::copy_from_slice(node)), Reference::to_node(node))
            }
            Some(Named::Hash(hash)) => (self.0.remove(&hash), Reference::hash(hash.0)),
        };
        match node {
            None => Ok(arena.add_branch(Branch {
                key,
                depth: end,
                reference,
                children: None,
            })),
            Some(node) => match self.node(&node, key, end, arena)? {
                child @ Child::Branch(index) if arena.branch(index).depth == end => Ok(child),
                _ => Err(fail(NodeCheck::ExtensionChild)),
            },
        }
    }
}

/// How a node names its child.
enum Named<'a> {
    Hash(B256),
    Embedded(&'a [u8]),
}

fn reference<'a>(item: &Item<'a>) -> Result<Option<Named<'a>>, NodeCheck> {
    match (item.is_list, item.payload.len()) {
        (true, _) if item.encoded.len() < 32 => Ok(Some(Named::Embedded(item.encoded))),
        (false, 0) => Ok(None),
        (false, 32) => Ok(Some(Named::Hash(B256::from_slice(item.payload)))),
        _ => Err(NodeCheck::Child),
    }
}

/// Appends a hex-prefix path to the key. Returns where it ends, and whether it is a leaf's.
fn extend(item: &Item<'_>, mut key: B256, depth: u8) -> Result<(B256, u8, bool), NodeCheck> {
    let (flag, packed) = item
        .string()
        .and_then(<[u8]>::split_first)
        .ok_or(NodeCheck::Path)?;
    let (is_leaf, odd) = match (flag >> 4, flag & 0x0f) {
        (0, 0) => (false, None),
        (1, nibble) => (false, Some(nibble)),
        (2, 0) => (true, None),
        (3, nibble) => (true, Some(nibble)),
        _ => return Err(NodeCheck::Path),
    };
    let length = packed.len() * 2 + usize::from(odd.is_some());
    let left = usize::from(64 - depth.min(64));
    if if is_leaf {
        length != left
    } else {
        length == 0 || length >= left
    } {
        return Err(NodeCheck::PathLength);
    }
    let nibbles = odd
        .into_iter()
        .chain(packed.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]));
    let mut at = depth;
    for nibble in nibbles {
        set_nibble(&mut key, at, nibble);
        at += 1;
    }
    Ok((key, at, is_leaf))
}

fn leaf<V: Kept>(
    item: &Item<'_>,
    key: B256,
    arena: &mut Arena<V>,
) -> Result<Result<Child, BuildError>, NodeCheck> {
    let value = item.string().ok_or(NodeCheck::Value)?;
    Ok(V::decode(value, &key)?.map(|value| arena.add_leaf(key, value)))
}

/// The first `depth` nibbles of a key.
pub fn path(key: &B256, depth: u8) -> Vec<u8> {
    (0..depth).map(|index| nibble(key, index)).collect()
}
