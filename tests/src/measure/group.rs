use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use alloy_trie::TrieAccount;
use smartsync_abi::IRegistry::{self, SyncItem};
use smartsync_proof::EMPTY_ROOT;

use super::{cache, settled_gas};
use crate::{Error, Mirror, SlotTable, Stage, System, ToldRoot, deep_trie};

/// Branches above each account, so that its proof has 8 nodes, as on Ethereum mainnet.
const BRANCHES: usize = 7;
/// Addresses looked through for two that share the upper nodes: two of them share 6 nibbles of their hashes by birthday.
const ADDRESSES: u64 = 1 << 16;
/// A multi-proof of no change.
const NOTHING: Bytes = Bytes::from_static(&[1, 0, 0]);

/// What an unchanged member adds to a `syncMany`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnchangedMember {
    /// Nodes of its account proof that another member's has too, of 8.
    pub shared: usize,
    /// Calldata that it adds.
    pub bytes: usize,
    /// Gas that it adds to the transaction.
    pub gas: u64,
}

/// An unchanged member beside another, for each number of shared nodes, the programs cached.
pub async fn unchanged_members(
    stage: &Stage,
    programs: &[Address],
) -> Result<Vec<UnchangedMember>, Error> {
    let table = stage.on_source(&SlotTable::BYTECODE, []).await?;
    let code_hash = keccak256(stage.source.code(table).await?);
    stage.deploy_code(table).await?;
    let told = stage.on_target(&ToldRoot::BYTECODE, []).await?;
    let system = stage.on_root_source(told).await?;
    cache(&stage.target, programs, true).await?;
    cache(&stage.target, &[system.registry], true).await?;
    let mut measured = Vec::new();
    for (round, shared) in [1, 6, 7].into_iter().enumerate() {
        let members = pair(shared);
        let block = 1_000 * (round as u64 + 1);
        measured.push(beside(&system, told, block, members, code_hash, shared).await?);
    }
    Ok(measured)
}

/// Two addresses whose hashes share one nibble less than nodes, so that their proofs share so many nodes.
fn pair(shared: usize) -> [Address; 2] {
    let nibbles = shared - 1;
    let first = |nibbles: usize, address: &Address| {
        let hash = U256::from_be_bytes(keccak256(address).0);
        hash >> (256 - 4 * nibbles)
    };
    let key = |address: &Address| first(nibbles, address);
    let next = |address: &Address| first(shared, address);
    let mut seen: HashMap<U256, Address> = HashMap::new();
    for number in 1..=ADDRESSES {
        let address = Address::from_word(B256::from(U256::from(number) << 64));
        match seen.get(&key(&address)) {
            Some(other) if next(other) != next(&address) => return [*other, address],
            Some(_) => {}
            None => _ = seen.insert(key(&address), address),
        }
    }
    panic!("no two of {ADDRESSES} addresses share {nibbles} nibbles")
}

/// The member behind the first, in a state that has both.
async fn beside(
    system: &System,
    told: Address,
    block: u64,
    members: [Address; 2],
    code_hash: B256,
    shared: usize,
) -> Result<UnchangedMember, Error> {
    let account = alloy_rlp::encode(TrieAccount {
        nonce: 1,
        balance: U256::ZERO,
        storage_root: EMPTY_ROOT,
        code_hash,
    });
    let both = members.map(|member| (keccak256(member), account.clone()));
    let (root, nodes) = deep_trie(&both, BRANCHES);
    let proofs = both
        .iter()
        .map(|(key, _)| way(root, *key, &nodes))
        .collect::<Vec<_>>();
    assert!(proofs.iter().all(|proof| proof.len() == BRANCHES + 1));
    let tell = async |number: u64| system.tell(told, number, root, number).await;
    tell(block).await?;
    let mut mirrors = Vec::new();
    for (source, proof) in members.iter().zip(&proofs) {
        let create = IRegistry::createCall {
            source: *source,
            sourceBlock: block,
            accountProof: proof.clone(),
        };
        let receipt = system
            .target
            .send_request(system.with_lock(&create))
            .await?;
        mirrors.push(system.created(*source, &receipt)?);
    }
    // The first time they become active, then they are as they stay.
    let mut sizes = Vec::new();
    for (step, count) in [2_usize, 1, 2, 2].into_iter().enumerate() {
        let number = block + step as u64;
        tell(number).await?;
        let from = match step {
            0 => vec![0, 0],
            1 => vec![block, block],
            2 => vec![block + 1, block],
            _ => vec![block + 2, block + 2],
        };
        let (call, nodes) = sync_many(number, &mirrors, &proofs, &from, count);
        let receipt = system.target.send(system.registry, call.clone()).await?;
        sizes.push((call.abi_encode().len(), settled_gas(&receipt, &nodes)));
    }
    let [_, alone, _, together] = sizes[..] else {
        unreachable!("four syncs")
    };
    Ok(UnchangedMember {
        shared,
        bytes: together.0 - alone.0,
        gas: together.1 - alone.1,
    })
}

/// The nodes from the root to a key.
fn way(root: B256, key: B256, nodes: &[Bytes]) -> Vec<Bytes> {
    let by_hash: HashMap<B256, &Bytes> = nodes.iter().map(|node| (keccak256(node), node)).collect();
    let nibbles = alloy_trie::Nibbles::unpack(key);
    let mut way = Vec::new();
    let mut next = Some(root);
    while let Some(node) = next.and_then(|hash| by_hash.get(&hash)) {
        let depth = way.len();
        way.push((*node).clone());
        // A branch of this trie: three bytes of head, then sixteen hashes of 33 bytes.
        let child = usize::from(nibbles.get(depth).unwrap_or_default());
        let at = 3 + 33 * child + 1;
        next = match node.len() > 500 {
            true => node.get(at..at + 32).map(B256::from_slice),
            false => None,
        };
    }
    way
}

/// The call for the first members, each node once, and the nodes.
fn sync_many(
    block: u64,
    mirrors: &[Mirror],
    proofs: &[Vec<Bytes>],
    from: &[u64],
    count: usize,
) -> (IRegistry::syncManyCall, Vec<Bytes>) {
    let mut nodes: Vec<Bytes> = Vec::new();
    let mut items = Vec::new();
    for ((mirror, proof), from) in mirrors.iter().zip(proofs).zip(from).take(count) {
        let indices = proof.iter().map(|node| {
            let known = nodes.iter().position(|other| other == node);
            let place = known.unwrap_or_else(|| {
                nodes.push(node.clone());
                nodes.len() - 1
            });
            u16::try_from(place).expect("few nodes")
        });
        items.push(SyncItem {
            proxy: mirror.proxy,
            fromBlock: *from,
            accountProof: indices.flat_map(u16::to_be_bytes).collect(),
            multiProof: NOTHING,
        });
    }
    let call = IRegistry::syncManyCall {
        sourceBlock: block,
        allOrNothing: true,
        nodes: nodes.clone(),
        items,
    };
    (call, nodes)
}
