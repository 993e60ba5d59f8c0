use std::collections::BTreeSet;

use alloy_primitives::{Address, Bytes, TxHash};
use alloy_sol_types::SolCall;
use futures::{StreamExt, TryStreamExt, stream};
use relayer::{
    ChangeSet, GAS_LIMIT, MigrateOptions, Mirror, Relayer, Share, change_set, deploy_code,
    has_code, migrate,
};
use serde::Serialize;
use smartsync_abi::IRegistry::{self, Knowledge, Status};
use smartsync_chain::{AccountProof, CALLDATA_LIMIT, RawHeader, Receipt};
use smartsync_execution::Read;

use crate::{
    balances::proven_balance,
    error::Error,
    needs::{Needs, needs},
};

/// Change sets made at once.
const CHANGE_SETS_AT_ONCE: usize = 3;

/// One transaction that brought a group forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupStep {
    /// Whom it was for; none where it was for several.
    pub account: Option<Address>,
    /// The transaction.
    pub tx_hash: TxHash,
}

/// A member that was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The contract.
    pub account: Address,
    /// Slots written.
    pub slots: usize,
}

/// What it took to bring a group to a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupReport {
    /// What is read.
    pub source: Address,
    /// The source block that all of it is at.
    pub source_block: u64,
    /// The contracts that have mirrors.
    pub members: Vec<Address>,
    /// The contracts whose code is proven.
    pub codes: Vec<Address>,
    /// The accounts that are proven for their balance, or for having no code.
    pub balances: Vec<Address>,
    /// Members that were copied now.
    pub copied: Vec<Copied>,
    /// Changed slots of the members that were moved.
    pub changes: usize,
    /// Bytes of their multi-proofs.
    pub proof_bytes: usize,
    /// The transactions, in order.
    pub steps: Vec<GroupStep>,
    /// Gas of all of them.
    pub gas_used: u64,
}

/// What was done so far.
#[derive(Debug, Default)]
struct Ledger {
    steps: Vec<GroupStep>,
    gas_used: u64,
    copied: Vec<Copied>,
    changes: usize,
    proof_bytes: usize,
}

impl Ledger {
    fn book(&mut self, account: Option<Address>, receipt: &Receipt) {
        self.gas_used += receipt.gas_used.to::<u64>();
        self.steps.push(GroupStep {
            account,
            tx_hash: receipt.tx_hash,
        });
    }

    /// What somebody else sent for an account.
    fn book_all(&mut self, account: Address, transactions: &[TxHash], gas_used: u64) {
        self.gas_used += gas_used;
        self.steps
            .extend(transactions.iter().map(|tx_hash| GroupStep {
                account: Some(account),
                tx_hash: *tx_hash,
            }));
    }

    fn count(&mut self, changes: usize, proof_bytes: usize) {
        self.changes += changes;
        self.proof_bytes += proof_bytes;
    }
}

/// Brings all that reads take to one source block, the newest final one unless another is asked for: members that have no mirror are copied, those that lag are
/// synced together, in one transaction where that takes them, and codes and balances are proven. Can be interrupted and run again: what is done is
/// found on the chains, and a second run does nothing.
pub async fn bring_up(
    relayer: &Relayer,
    source: Address,
    reads: &[Read],
    block: Option<u64>,
) -> Result<GroupReport, Error> {
    let found = GroupMove::find(relayer, source, reads, block).await?;
    found.send(relayer).await
}

/// A move of a group to a source block that is found and not sent yet.
#[derive(Debug)]
pub struct GroupMove {
    source: Address,
    header: RawHeader,
    needs: Needs,
    /// Whether the codes that a member delegates to are found by reads.
    itself_only: bool,
    /// The mirrors that stand, with the code that their sources have.
    mirrors: Vec<Mirror>,
    /// The members without one.
    missing: Vec<Address>,
    /// What separates those that lag from their sources.
    sets: Vec<(Mirror, ChangeSet)>,
    /// The balances that are others than at the group's block, or are not proven there.
    paid: u64,
    /// The calls that prove codes and balances, where they were made before it is sent.
    proofs: Option<Vec<(Address, Bytes)>>,
    ledger: Ledger,
}

impl GroupMove {
    /// Finds what brings all that reads take to one source block, the newest final one unless another is asked for. Nothing is sent.
    pub async fn find(
        relayer: &Relayer,
        source: Address,
        reads: &[Read],
        block: Option<u64>,
    ) -> Result<Self, Error> {
        relayer
            .submitter
            .settle()
            .await
            .map_err(relayer::Error::from)?;
        let block = relayer.source_block(block).await?;
        let header = RawHeader::fetch(&relayer.source, block).await?;
        Self::find_at(relayer, header, source, reads).await
    }

    /// The same for a block that need not be final: it is sent when that is.
    pub async fn find_at(
        relayer: &Relayer,
        header: RawHeader,
        source: Address,
        reads: &[Read],
    ) -> Result<Self, Error> {
        // Whether the node proves the block at all is told plainly by the first proof.
        let own = AccountProof::fetch(&relayer.source, source, &[], &header).await?;
        let needs = needs(relayer, &header, source, reads).await?;
        let refusal = needs.refusal();
        let mut found = Self {
            source,
            header,
            needs,
            itself_only: !reads.is_empty(),
            mirrors: Vec::new(),
            missing: Vec::new(),
            sets: Vec::new(),
            paid: 0,
            proofs: None,
            ledger: Ledger::default(),
        };
        for member in found.needs.members.clone() {
            match standing_mirror(relayer, member, &found.header, &own).await? {
                Some(mirror) => found.mirrors.push(mirror),
                None => found.missing.push(member),
            }
        }
        // Nothing is begun that cannot be. What stands goes on without that: who controls a part of the source does not stop the rest.
        match refusal {
            Some(refusal) if found.missing.contains(&source) => return Err(refusal),
            Some(refusal) => tracing::warn!(%source, "some reads will fail: {refusal}"),
            None => {}
        }
        found.find_changes(relayer).await?;
        found.find_payments(relayer).await?;
        Ok(found)
    }

    async fn find_payments(&mut self, relayer: &Relayer) -> Result<(), Error> {
        let mut mirrors = self.mirrors.iter();
        let own = mirrors.find(|mirror| mirror.record.source == self.source);
        let Some(own) = own.filter(|_| !self.needs.balances.is_empty()) else {
            return Ok(());
        };
        let head = relayer.target().head().await?;
        for account in &self.needs.balances {
            let recorded = own.record.sourceBlock;
            let proven = proven_balance(relayer, *account, recorded, head).await?;
            let block = self.header.header.number;
            let now = relayer.source.balance_at(*account, block).await?;
            self.paid += u64::from(proven != Some(now));
        }
        Ok(())
    }

    async fn find_changes(&mut self, relayer: &Relayer) -> Result<(), Error> {
        let block = self.header.header.number;
        if let Some(ahead) = (self.mirrors.iter()).find(|mirror| mirror.record.sourceBlock > block)
        {
            return Err(Error::Ahead {
                account: ahead.record.source,
                recorded: ahead.record.sourceBlock,
                source_block: block,
            });
        }
        let header = &self.header;
        let behind = self.mirrors.iter().cloned();
        let behind = behind.filter(|mirror| mirror.record.sourceBlock < block);
        self.sets = stream::iter(behind)
            .map(|mirror| async move {
                let set = change_set::find(relayer, &mirror, header).await?;
                Ok::<_, Error>((mirror, set))
            })
            .buffered(CHANGE_SETS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(())
    }

    /// The contracts that have mirrors in the group, or will.
    pub fn members(&self) -> &BTreeSet<Address> {
        &self.needs.members
    }

    /// The mirrors that it moves; of a member that has none yet, the contract.
    pub fn mirrors(&self) -> impl Iterator<Item = Address> + '_ {
        let proxies = self.mirrors.iter().map(|mirror| mirror.proxy);
        proxies.chain(self.missing.iter().copied())
    }

    /// The accounts whose balance is proven.
    pub fn balances(&self) -> &BTreeSet<Address> {
        &self.needs.balances
    }

    /// The changed slots of all members together, and the changed balances; a member without a mirror counts as one.
    pub fn changes(&self) -> u64 {
        let changed: usize = self.sets.iter().map(|(_, set)| set.changes.len()).sum();
        self.paid + (changed + self.missing.len()) as u64
    }

    /// Whether nobody has moved a mirror of it since it was found.
    pub async fn is_current(&self, relayer: &Relayer) -> Result<bool, Error> {
        let target = relayer.target();
        let head = target.head().await?;
        for mirror in &self.mirrors {
            let record = relayer.registry.record(target, mirror.proxy, head).await?;
            if record != mirror.record {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether it can be sent when the source's node does not prove its block any more: all members have mirrors, and no member takes
    /// several transactions.
    pub fn can_be_kept(&self) -> bool {
        let mut sets = self.sets.iter();
        self.missing.is_empty() && sets.all(|(_, set)| set.transition.is_some())
    }

    /// Makes the proofs of codes and balances now. Code that is not on the target is brought there.
    pub async fn prove(&mut self, relayer: &Relayer) -> Result<(), Error> {
        let proofs = proofs(relayer, &self.header, &self.needs, &mut self.ledger).await?;
        self.proofs = Some(proofs);
        Ok(())
    }

    /// The block that it moves to.
    pub fn header(&self) -> &RawHeader {
        &self.header
    }

    /// Sends it, in one transaction where that takes it.
    pub async fn send(mut self, relayer: &Relayer) -> Result<GroupReport, Error> {
        let mut ledger = std::mem::take(&mut self.ledger);
        if !self.missing.is_empty() {
            for member in std::mem::take(&mut self.missing) {
                self.copy(relayer, member, &mut ledger).await?;
            }
            // That may have taken long: the others are read again.
            for mirror in &mut self.mirrors {
                *mirror = relayer.mirror(mirror.proxy).await?;
            }
            self.find_changes(relayer).await?;
        }
        self.meet(relayer, &mut ledger).await?;
        Ok(GroupReport {
            source: self.source,
            source_block: self.header.header.number,
            members: self.needs.members.into_iter().collect(),
            codes: self.needs.codes.into_iter().collect(),
            balances: self.needs.balances.into_iter().collect(),
            copied: ledger.copied,
            changes: ledger.changes,
            proof_bytes: ledger.proof_bytes,
            steps: ledger.steps,
            gas_used: ledger.gas_used,
        })
    }

    /// Makes the mirror of a member.
    async fn copy(
        &mut self,
        relayer: &Relayer,
        member: Address,
        ledger: &mut Ledger,
    ) -> Result<(), Error> {
        let options = MigrateOptions {
            block: Some(self.header.header.number),
            itself_only: self.itself_only,
            ..MigrateOptions::default()
        };
        let report = migrate(relayer, member, &options).await?;
        ledger.book_all(member, &report.transactions, report.gas_used);
        if !report.already_active {
            ledger.copied.push(Copied {
                account: member,
                slots: report.changes,
            });
        }
        self.mirrors.push(relayer.mirror(report.proxy).await?);
        Ok(())
    }

    /// Moves those that lag to the block and proves what is not known there.
    async fn meet(&mut self, relayer: &Relayer, ledger: &mut Ledger) -> Result<(), Error> {
        let header = &self.header;
        let sets = std::mem::take(&mut self.sets);
        let proofs = match self.proofs.take() {
            Some(proofs) => proofs,
            None => proofs(relayer, header, &self.needs, ledger).await?,
        };
        if sets.is_empty() && proofs.is_empty() {
            return Ok(());
        }
        if let Some(receipt) = together(relayer, header, &sets, &proofs).await? {
            ledger.book(None, &receipt);
            for (_, set) in &sets {
                let built = set.transition.as_ref();
                let proof_bytes = built.map_or(0, |built| built.multi_proof.len());
                ledger.count(set.changes.len(), proof_bytes);
            }
            return Ok(());
        }
        // Not at once: one after the other, all to the same block.
        for (mirror, _) in sets {
            let source = mirror.record.source;
            let report = relayer::sync_mirror(relayer, mirror, header.header.number, true).await?;
            ledger.book_all(source, &report.transactions, report.gas_used);
            ledger.count(report.changes, report.proof_bytes);
        }
        send_each(relayer, header, proofs, ledger).await
    }
}

/// The active mirror of a member, if it has the code that its source has at the block. `own` is proven already.
async fn standing_mirror(
    relayer: &Relayer,
    member: Address,
    header: &RawHeader,
    own: &AccountProof,
) -> Result<Option<Mirror>, Error> {
    let mirror = relayer.registry.mirror(relayer.target(), member).await?;
    let Some(mirror) = mirror.filter(|mirror| mirror.record.status == Status::Active) else {
        return Ok(None);
    };
    let account = match member == own.address {
        true => own.account,
        false => {
            let proof = AccountProof::fetch(&relayer.source, member, &[], header);
            proof.await?.account
        }
    };
    let same = account.code_hash == mirror.record.codeHash;
    Ok(same.then_some(mirror))
}

/// Proves codes and balances at a block, one after the other.
pub(crate) async fn prove(
    relayer: &Relayer,
    header: &RawHeader,
    needs: &Needs,
) -> Result<(), Error> {
    let mut ledger = Ledger::default();
    let proofs = proofs(relayer, header, needs, &mut ledger).await?;
    send_each(relayer, header, proofs, &mut ledger).await
}

async fn send_each(
    relayer: &Relayer,
    header: &RawHeader,
    proofs: Vec<(Address, Bytes)>,
    ledger: &mut Ledger,
) -> Result<(), Error> {
    for (account, call) in proofs {
        let transaction = relayer
            .with_header_all("proveCode", header, vec![call])
            .await?;
        let sent = relayer.submitter.send(transaction).await;
        ledger.book(Some(account), &sent.map_err(relayer::Error::from)?);
    }
    Ok(())
}

/// All in one transaction; `None` if that does not take it.
async fn together(
    relayer: &Relayer,
    header: &RawHeader,
    sets: &[(Mirror, ChangeSet)],
    proofs: &[(Address, Bytes)],
) -> Result<Option<Receipt>, Error> {
    let mut shares = Vec::new();
    for (mirror, set) in sets {
        let Some(built) = &set.transition else {
            return Ok(None);
        };
        shares.push(Share {
            proxy: mirror.proxy,
            from_block: mirror.record.sourceBlock,
            nodes: &set.source.nodes,
            multi_proof: built.multi_proof.clone().into(),
        });
    }
    let mut calls = Vec::new();
    if !shares.is_empty() {
        // Whoever reads through several of them sees them at one block or not at all.
        let call = relayer::sync_many(header.header.number, true, &shares);
        calls.push(call.abi_encode().into());
    }
    calls.extend(proofs.iter().map(|(_, call)| call.clone()));
    let transaction = relayer.with_header_all("syncMany", header, calls).await?;
    if transaction.data.len() > CALLDATA_LIMIT {
        return Ok(None);
    }
    let gas = match relayer.submitter.estimate(&transaction).await {
        Ok(gas) if gas <= GAS_LIMIT => gas,
        Ok(_too_much) => return Ok(None),
        Err(error) if relayer::is_out_of_gas(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let receipt = relayer.submitter.send_with_gas(transaction, gas).await;
    Ok(Some(receipt.map_err(relayer::Error::from)?))
}

/// The calls that prove what is not known at the block. Code that is not on the target is brought there.
async fn proofs(
    relayer: &Relayer,
    header: &RawHeader,
    needs: &Needs,
    ledger: &mut Ledger,
) -> Result<Vec<(Address, Bytes)>, Error> {
    let (target, registry) = (relayer.target(), relayer.registry.address);
    let block = header.header.number;
    let mut calls = Vec::new();
    for account in &needs.codes {
        let question = IRegistry::accountAtCall {
            account: *account,
            sourceBlock: block,
        };
        if target.view(registry, &question).await?.knowledge == Knowledge::Code {
            continue;
        }
        let proven = AccountProof::fetch(&relayer.source, *account, &[], header).await?;
        if !has_code(relayer, proven.account.code_hash).await? {
            let code = relayer.source.code(*account, block).await?;
            ledger.book(Some(*account), &deploy_code(relayer, code).await?);
        }
        let call = IRegistry::proveCodeCall {
            account: *account,
            sourceBlock: block,
            accountProof: proven.nodes,
        };
        calls.push((*account, call.abi_encode().into()));
    }
    let head = target.head().await?;
    for account in &needs.balances {
        let known = proven_balance(relayer, *account, block, head).await?;
        if known.is_some() {
            continue;
        }
        let nodes = AccountProof::presence(&relayer.source, *account, header).await?;
        let call = IRegistry::proveBalanceCall {
            account: *account,
            sourceBlock: block,
            accountProof: nodes,
        };
        calls.push((*account, call.abi_encode().into()));
    }
    Ok(calls)
}
