use std::time::{Duration, Instant};

use alloy_primitives::{B256, Bytes, U256, keccak256};
use futures::TryFutureExt;
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{AccountProof, RawHeader, Side, Unverified, fetch_unverified};
use smartsync_finder::{Query, Span};
use smartsync_proof::{BuildError, Built, EMPTY_ROOT, SlotChange, build_transition};

use crate::{error::Error, registry::Mirror, relayer::Relayer};

/// More changes than this never fit one transaction: each costs 5,000 gas and more.
const MOST_CHANGES: usize = 6_000;

/// What separates a mirror from its source at a block.
#[derive(Debug)]
pub struct ChangeSet {
    /// How the changes were found; empty when there was nothing to find.
    pub way: &'static str,
    /// The slots that differ, ascending by hash, as multi-proofs list them.
    pub changes: Vec<SlotChange>,
    /// EIP-1186 nodes of each of them under the source's storage root.
    pub post_nodes: Vec<Vec<Bytes>>,
    /// The source's account with proof.
    pub source: AccountProof,
    /// The mirror's storage root.
    pub pre_storage_root: B256,
    /// The multi-proof of the whole transition, both of whose roots are right. `None` where there cannot be one: the
    /// mirror's root is not authenticated (`Open`), or the changes are too many for a transaction.
    pub transition: Option<Built>,
    /// Time to look up what there is to compare.
    pub look_up: Duration,
    /// Time to find the changes.
    pub find: Duration,
    /// Time to fetch the proofs.
    pub fetch: Duration,
    /// Time to build the multi-proof.
    pub build: Duration,
}

impl ChangeSet {
    /// The storage root to arrive at.
    pub fn post_storage_root(&self) -> B256 {
        self.source.account.storage_root
    }
}

/// Finds, fetches and proves what separates a mirror from its source at a block. The ways of finding are tried in turn
/// until the storage roots show that nothing is missing.
pub async fn find(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
) -> Result<ChangeSet, Error> {
    let started = Instant::now();
    let contract = mirror.record.source;
    let source = AccountProof::fetch(&relayer.source, contract, &[], header).await?;
    if source.account.code_hash != mirror.record.codeHash {
        return Err(Error::CodeChanged {
            address: contract,
            recorded: mirror.record.codeHash,
            current: source.account.code_hash,
        });
    }
    let from = match mirror.record.sourceBlock {
        0 => None,
        block => Some(block),
    };
    let recorded = match mirror.record.status {
        Status::Created => Some(EMPTY_ROOT),
        Status::Active => Some(mirror.record.storageRoot),
        _ => None,
    };
    if recorded == Some(source.account.storage_root) {
        let transition = Built {
            multi_proof: crate::offline::EMPTY_MULTI_PROOF.to_vec(),
            pre_storage_root: source.account.storage_root,
            post_storage_root: source.account.storage_root,
            changes: 0,
        };
        return Ok(ChangeSet {
            way: "",
            changes: Vec::new(),
            post_nodes: Vec::new(),
            pre_storage_root: source.account.storage_root,
            source,
            transition: Some(transition),
            look_up: started.elapsed(),
            find: Duration::ZERO,
            fetch: Duration::ZERO,
            build: Duration::ZERO,
        });
    }
    let look_up = started.elapsed();
    let query = Query {
        source: relayer.source.clone(),
        contract,
        span: Span {
            from,
            // The root of the record was proven at its block.
            from_root: recorded.filter(|_| from.is_some()),
            to: header.header.number,
            to_root: Some(source.account.storage_root),
        },
        target: relayer.target().clone(),
        proxy: mirror.proxy,
        target_block: mirror.target_block,
    };
    let mut attempts = Vec::new();
    for way in relayer.finders.all() {
        if let Some(reason) = relayer.finders.missing(way) {
            attempts.push(format!("{}: {reason}", way.name()));
            continue;
        }
        let finding = Instant::now();
        let slots: Vec<U256> = match way.find(&query).await {
            Ok(slots) => slots.into_iter().collect(),
            Err(error) => {
                tracing::debug!(way = way.name(), %error, "this way does not work here");
                relayer.finders.learn(way, &error);
                attempts.push(format!("{}: {error}", way.name()));
                continue;
            }
        };
        let find = finding.elapsed();
        tracing::debug!(way = way.name(), slots = slots.len(), "found");
        match prove(relayer, mirror, header, &slots, recorded).await {
            Ok(proven) => {
                return Ok(ChangeSet {
                    way: way.name(),
                    look_up,
                    find,
                    ..proven
                });
            }
            Err(Error::Build(BuildError::ZeroValueLeaf { .. })) => {
                return Err(Error::ZeroLeaves {
                    side: Side::Source,
                    address: contract,
                });
            }
            Err(Error::Build(error)) => {
                tracing::warn!(way = way.name(), %error, "the changes found are not all of them, trying the next way");
                attempts.push(format!("{}: gives not all changes ({error})", way.name()));
            }
            Err(error) => return Err(error),
        }
    }
    // The node may be another one by the next time.
    relayer.finders.forget();
    Err(Error::ChangesNotFound {
        contract,
        from: mirror.record.sourceBlock,
        to: query.span.to,
        attempts,
    })
}

/// Fetches the slots' proofs on both chains and builds the transition.
async fn prove(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    slots: &[U256],
    recorded: Option<B256>,
) -> Result<ChangeSet, Error> {
    let fetching = Instant::now();
    // A mirror that was only created is empty.
    let empty = mirror.record.status == Status::Created;
    let of_mirror = async {
        match empty {
            true => Ok(Unverified {
                values: vec![U256::ZERO; slots.len()],
                storage_nodes: vec![Vec::new(); slots.len()],
                storage_root: EMPTY_ROOT,
                nodes: Vec::new(),
            }),
            // In a task of its own: reading megabytes of proof nodes keeps a processor busy.
            false => {
                let (target, slots) = (relayer.target().clone(), slots.to_vec());
                let (proxy, block) = (mirror.proxy, mirror.target_block);
                let fetching =
                    tokio::spawn(
                        async move { fetch_unverified(&target, proxy, &slots, block).await },
                    );
                Ok(fetching.await.map_err(Error::Task)??)
            }
        }
    };
    let of_source = AccountProof::fetch(&relayer.source, mirror.record.source, slots, header)
        .map_err(Error::from);
    let (pre, mut source) = futures::try_join!(of_mirror, of_source)?;
    let fetch = fetching.elapsed();

    let building = Instant::now();
    let pre_storage_root = recorded.unwrap_or(pre.storage_root);
    let post_nodes = std::mem::take(&mut source.storage_nodes);
    let all_changes: Vec<SlotChange> = slots
        .iter()
        .zip(pre.values.iter().zip(&source.values))
        .map(|(slot, (pre, post))| SlotChange {
            slot: *slot,
            pre: *pre,
            post: *post,
        })
        .collect();
    let differing = all_changes
        .iter()
        .filter(|change| change.pre != change.post)
        .count();
    // The roots show whether a change is missing, also where the registry does not know the mirror's root (`Open`) or one
    // transaction is not enough; only then the proof itself is of no use.
    let transition = match differing <= usize::from(u16::MAX) {
        true => {
            let changes: Vec<SlotChange> = all_changes
                .iter()
                .filter(|change| change.pre != change.post)
                .cloned()
                .collect();
            let built = build_transition(
                &changes,
                pre_storage_root,
                pre.storage_nodes.into_iter().flatten(),
                source.account.storage_root,
                post_nodes.iter().flatten().cloned(),
            )?;
            (recorded.is_some() && differing <= MOST_CHANGES).then_some(built)
        }
        false => None,
    };
    let mut listed: Vec<(B256, SlotChange, Vec<Bytes>)> = all_changes
        .into_iter()
        .zip(post_nodes)
        .filter(|(change, _)| change.pre != change.post)
        .map(|(change, nodes)| (keccak256(change.slot.to_be_bytes::<32>()), change, nodes))
        .collect();
    listed.sort_unstable_by_key(|(hashed_slot, _, _)| *hashed_slot);
    let (changes, post_nodes) = listed
        .into_iter()
        .map(|(_, change, nodes)| (change, nodes))
        .unzip();
    Ok(ChangeSet {
        way: "",
        changes,
        post_nodes,
        source,
        pre_storage_root,
        transition,
        look_up: Duration::ZERO,
        find: Duration::ZERO,
        fetch,
        build: building.elapsed(),
    })
}
