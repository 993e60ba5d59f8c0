use std::collections::HashMap;

use alloy_primitives::{Address, Bytes};
use smartsync_abi::IRegistry::{SyncItem, syncManyCall};

/// One mirror's share of a transaction for several.
#[derive(Clone, Debug)]
pub struct Share<'a> {
    /// The mirror.
    pub proxy: Address,
    /// The source block that it is at.
    pub from_block: u64,
    /// Its source's account proof, root first.
    pub nodes: &'a [Bytes],
    /// The multi-proof of its transition.
    pub multi_proof: Bytes,
}

/// The call that moves several mirrors to one source block; nodes that their account proofs share are sent once.
pub fn sync_many(source_block: u64, all_or_nothing: bool, shares: &[Share<'_>]) -> syncManyCall {
    let mut nodes: Vec<Bytes> = Vec::new();
    let mut places: HashMap<&Bytes, u16> = HashMap::new();
    let items = shares
        .iter()
        .map(|share| SyncItem {
            proxy: share.proxy,
            fromBlock: share.from_block,
            accountProof: share
                .nodes
                .iter()
                .flat_map(|node| {
                    let place = *places.entry(node).or_insert_with(|| {
                        // A transaction's calldata is limited, so that its nodes are thousands at most.
                        let place = u16::try_from(nodes.len()).unwrap_or(u16::MAX);
                        nodes.push(node.clone());
                        place
                    });
                    place.to_be_bytes()
                })
                .collect(),
            multiProof: share.multi_proof.clone(),
        })
        .collect();
    syncManyCall {
        sourceBlock: source_block,
        allOrNothing: all_or_nothing,
        nodes,
        items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_proofs_share_are_sent_once() {
        let [root, left, right] = [1, 2, 3].map(|byte| Bytes::from(vec![byte; 40]));
        let paths = [[root.clone(), left.clone()], [root.clone(), right.clone()]];
        let shares: Vec<Share<'_>> = (1..)
            .zip(&paths)
            .map(|(byte, nodes)| Share {
                proxy: Address::repeat_byte(byte),
                from_block: u64::from(byte),
                nodes,
                multi_proof: Bytes::from(vec![byte]),
            })
            .collect();
        let call = sync_many(9, true, &shares);
        assert_eq!((call.sourceBlock, call.allOrNothing), (9, true));
        assert_eq!(call.nodes, [root, left, right]);
        let items: Vec<_> = call
            .items
            .iter()
            .map(|item| (item.fromBlock, item.accountProof.as_ref(), &item.multiProof))
            .collect();
        let proofs = [1, 2].map(|byte| Bytes::from(vec![byte]));
        assert_eq!(
            items,
            [
                (1, &[0, 0, 0, 1][..], &proofs[0]),
                (2, &[0, 0, 0, 2], &proofs[1])
            ]
        );
    }
}
