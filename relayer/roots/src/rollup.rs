use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{IProver, IRegistry, IRollup};
use smartsync_chain::{Chain, Finality, RawHeader, Transaction};
use smartsync_execution::{account_proofs, codes, touched};
use smartsync_proof::build_witness;
use tokio::sync::OnceCell;

use crate::{
    bring_up::{BringUp, submit},
    claim::{Claim, Inquiry, RollupKind},
    error::Error,
    extension::{LONGEST_EXTENSION, extension},
    known::{known_root, latest_block},
    member::Member,
    root_source_error::RootSourceError,
    signatures::SignatureSources,
};

/// Longest code that goes into a witness, in bytes.
const LARGEST_INLINE: usize = 1_024;

/// A root source that asks a rollup's contracts on its parent chain by proven calls.
#[derive(Clone, Debug)]
pub struct Rollup {
    /// The contract.
    pub address: Address,
    /// Where the signatures come from, if the parent chain's root source is a notary.
    pub sources: SignatureSources,
    /// The parent chain.
    pub parent: Option<Chain>,
    /// It never changes.
    described: Arc<OnceCell<Described>>,
}

/// What it says of itself.
#[derive(Debug)]
struct Described {
    kind: RollupKind,
    contract: Address,
    /// The parent chain's root source.
    parent_root_source: Member,
    /// The registry whose codes the prover knows.
    registry: Address,
}

impl Rollup {
    /// A rollup's root source; what it trusts is read from it when it is first needed.
    pub fn new(address: Address, sources: SignatureSources) -> Self {
        Self {
            address,
            sources,
            parent: None,
            described: Arc::default(),
        }
    }

    /// What it takes to make it know a header: parents of a block that it knows, or the newest claim and the parents of its block.
    pub(crate) async fn bring_up(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<BringUp, Error> {
        let block = header.header.number;
        let near = block + 1..=block.saturating_add(LONGEST_EXTENSION);
        let latest = latest_block(target, self.address).await?;
        if near.contains(&latest) {
            let known = RawHeader::fetch(source, latest).await?;
            return Ok(BringUp {
                before: extension(source, self.address, known, header).await?,
                submissions: Vec::new(),
            });
        }
        let parent = self.parent.as_ref().ok_or(RootSourceError::NoParentNode {
            rollup: self.address,
        })?;
        let described = self.described(target).await?;
        let no_claim = |newest| RootSourceError::NoClaim {
            contract: described.contract,
            block,
            newest,
        };
        let parent_block = self.parent_block(parent, target, described).await?;
        let parent_block = parent_block.ok_or_else(|| no_claim(None))?;
        let claim = self
            .newest_claim(source, parent, parent_block, described, block..=*near.end())
            .await?
            .ok_or_else(|| no_claim(None))?;
        let claimed = match claim.block == block {
            true => header.clone(),
            false if near.contains(&claim.block) => RawHeader::fetch(source, claim.block).await?,
            false => return Err(no_claim(Some(claim.block)).into()),
        };
        let parent_header = RawHeader::fetch(parent, parent_block).await?;
        let mut before = parent_known(
            parent,
            target,
            &parent_header,
            &described.parent_root_source,
        )
        .await?;
        let (codes, witness) = witness(parent, target, &parent_header, described, &claim).await?;
        before.extend(codes);
        let submission = (
            parent_block,
            claimed.rlp.clone(),
            Bytes::from(claim.encoded),
            witness,
        );
        before.push(submit(self.address, submission.abi_encode_params().into()));
        before.extend(extension(source, self.address, claimed, header).await?);
        Ok(BringUp {
            before,
            submissions: Vec::new(),
        })
    }

    /// The newest block up to `final_block` that it knows or that is claimed; `None` where there is none.
    pub(crate) async fn usable_block(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<u64>, Error> {
        let known = latest_block(target, self.address).await?;
        let mut newest = (known > 0).then_some(known);
        if let Some(parent) = &self.parent {
            let described = self.described(target).await?;
            if let Some(parent_block) = self.parent_block(parent, target, described).await? {
                let numbers = (known.saturating_add(1)..=final_block).rev();
                let numbers = numbers.take(LONGEST_EXTENSION as usize);
                let claim = self
                    .newest_claim(source, parent, parent_block, described, numbers)
                    .await?;
                newest = newest.max(claim.map(|claim| claim.block));
            }
        }
        Ok(newest.map(|block| block.min(final_block)))
    }

    async fn newest_claim(
        &self,
        source: &Chain,
        parent: &Chain,
        parent_block: u64,
        described: &Described,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<Option<Claim>, Error> {
        let inquiry = Inquiry {
            source,
            parent,
            parent_block,
            root_source: self.address,
            contract: described.contract,
            kind: described.kind,
        };
        inquiry.newest(numbers).await
    }

    /// The parent block to prove claims at: the newest final one that the parent chain's root source can be brought up to, and none below the newest
    /// that was used.
    async fn parent_block(
        &self,
        parent: &Chain,
        target: &Chain,
        described: &Described,
    ) -> Result<Option<u64>, Error> {
        let final_block = Finality::Automatic.newest(parent).await?;
        let root_source = &described.parent_root_source;
        let usable = root_source
            .usable_block(parent, target, final_block)
            .await?;
        let used = IRollup::newestParentBlockCall {};
        let used = target.view(self.address, &used).await?;
        Ok(usable.max((used > 0).then_some(used)))
    }

    async fn described(&self, target: &Chain) -> Result<&Described, Error> {
        self.described
            .get_or_try_init(|| async {
                let told = target.view(self.address, &IRollup::describeCall {}).await?;
                let registry = target.view(told.prover, &IProver::registryCall {}).await?;
                let kind = match told.kind {
                    0 => RollupKind::OpStack,
                    1 => RollupKind::Arbitrum,
                    2 => RollupKind::View {
                        selector: told.selector.0,
                        hash_at: usize::try_from(told.hashAt).unwrap_or(usize::MAX),
                    },
                    kind => {
                        return Err(Error::from(RootSourceError::UnknownRollup {
                            rollup: self.address,
                            kind,
                        }));
                    }
                };
                Ok(Described {
                    kind,
                    contract: told.parentContract,
                    parent_root_source: Member::recognise(
                        target,
                        told.parentRootSource,
                        &self.sources,
                    )
                    .await?,
                    registry,
                })
            })
            .await
    }
}

/// What makes the parent chain's root source know a header.
async fn parent_known(
    parent: &Chain,
    target: &Chain,
    header: &RawHeader,
    root_source: &Member,
) -> Result<Vec<Transaction>, Error> {
    let (address, block) = (root_source.address(), header.header.number);
    if known_root(target, address, block).await?.is_some() {
        return Ok(Vec::new());
    }
    let bring_up = root_source.bring_up(parent, target, header).await?;
    let bring_up = bring_up.ok_or(RootSourceError::UnknownParentBlock {
        root_source: address,
        block,
    })?;
    let mut transactions = bring_up.before;
    let submissions = bring_up.submissions.into_iter();
    transactions.extend(submissions.map(|submission| submit(address, submission)));
    Ok(transactions)
}

/// What proves the parent chain's state as far as a claim's questions touch it, and what brings the codes that are not in it. The contracts are the same for
/// every claim, and their codes alone could be too long for a transaction: the prover's registry keeps them. Small ones, as each game has one of its own, are in
/// the witness.
async fn witness(
    parent: &Chain,
    target: &Chain,
    header: &RawHeader,
    described: &Described,
    claim: &Claim,
) -> Result<(Vec<Transaction>, Bytes), Error> {
    let block = header.header.number;
    let touched = touched(parent, header, &claim.reads).await?;
    let accounts = account_proofs(parent, block, &touched).await?;
    let (mut transactions, mut missing) = (Vec::new(), Vec::new());
    for (hash, code) in codes(parent, block, &touched).await? {
        let question = IRegistry::codeOfCall { codeHash: hash };
        let found = target.view(described.registry, &question).await?;
        match found.logic.is_zero() {
            true if code.len() > LARGEST_INLINE => transactions.push(Transaction {
                call: "deployCode",
                to: Some(described.registry),
                value: U256::ZERO,
                data: IRegistry::deployCodeCall { code }.abi_encode().into(),
            }),
            true => missing.push(code),
            false => {}
        }
    }
    let witness = build_witness(header.header.state_root, &accounts, &missing)?;
    Ok((transactions, witness.into()))
}
