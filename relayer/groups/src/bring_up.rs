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
    /// The transactions, in order.
    pub steps: Vec<GroupStep>,
    /// Gas of all of them.
    pub gas_used: u64,
}

/// What was done so far.
#[derive(Default)]
struct Ledger {
    steps: Vec<GroupStep>,
    gas_used: u64,
    copied: Vec<Copied>,
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
    relayer
        .submitter
        .settle()
        .await
        .map_err(relayer::Error::from)?;
    let block = relayer.source_block(block).await?;
    let header = RawHeader::fetch(&relayer.source, block).await?;
    let needs = needs(relayer, &header, source, reads).await?;
    if !needs.unknowable.is_empty() {
        return Err(Error::Unknowable(needs.unknowable));
    }
    let mut ledger = Ledger::default();
    let mut mirrors = Vec::new();
    for member in &needs.members {
        let itself_only = !reads.is_empty();
        mirrors.push(member_mirror(relayer, *member, &header, itself_only, &mut ledger).await?);
    }
    if let Some(ahead) = mirrors
        .iter()
        .find(|mirror| mirror.record.sourceBlock > block)
    {
        return Err(Error::Ahead {
            account: ahead.record.source,
            recorded: ahead.record.sourceBlock,
            source_block: block,
        });
    }
    meet(relayer, &header, &needs, mirrors, &mut ledger).await?;
    Ok(GroupReport {
        source,
        source_block: block,
        members: needs.members.into_iter().collect(),
        codes: needs.codes.into_iter().collect(),
        balances: needs.balances.into_iter().collect(),
        copied: ledger.copied,
        steps: ledger.steps,
        gas_used: ledger.gas_used,
    })
}

/// The active mirror of a member with the code that it has at the block; one is made where there is none.
async fn member_mirror(
    relayer: &Relayer,
    member: Address,
    header: &RawHeader,
    itself_only: bool,
    ledger: &mut Ledger,
) -> Result<Mirror, Error> {
    let block = header.header.number;
    if let Some(mirror) = relayer.registry.mirror(relayer.target(), member).await?
        && mirror.record.status == Status::Active
    {
        let account = AccountProof::fetch(&relayer.source, member, &[], header).await?;
        if account.account.code_hash == mirror.record.codeHash {
            return Ok(mirror);
        }
    }
    let options = MigrateOptions {
        block: Some(block),
        itself_only,
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
    Ok(relayer.mirror(report.proxy).await?)
}

/// Moves those that lag to the block and proves what is not known there.
async fn meet(
    relayer: &Relayer,
    header: &RawHeader,
    needs: &Needs,
    mirrors: Vec<Mirror>,
    ledger: &mut Ledger,
) -> Result<(), Error> {
    let block = header.header.number;
    let behind: Vec<Mirror> = mirrors
        .into_iter()
        .filter(|mirror| mirror.record.sourceBlock < block)
        .collect();
    let sets: Vec<(Mirror, ChangeSet)> = stream::iter(behind)
        .map(|mirror| async move {
            let set = change_set::find(relayer, &mirror, header).await?;
            Ok::<_, Error>((mirror, set))
        })
        .buffered(CHANGE_SETS_AT_ONCE)
        .try_collect()
        .await?;
    let proofs = proofs(relayer, header, needs, ledger).await?;
    if sets.is_empty() && proofs.is_empty() {
        return Ok(());
    }
    if let Some(receipt) = together(relayer, header, &sets, &proofs).await? {
        ledger.book(None, &receipt);
        return Ok(());
    }
    // Not at once: one after the other, all to the same block.
    for (mirror, _) in sets {
        let source = mirror.record.source;
        let report = relayer::sync_mirror(relayer, mirror, block, true).await?;
        ledger.book_all(source, &report.transactions, report.gas_used);
    }
    send_each(relayer, header, proofs, ledger).await
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
    for account in &needs.balances {
        let question = IRegistry::balanceAtCall {
            account: *account,
            sourceBlock: block,
        };
        match target.view(registry, &question).await {
            Ok(_known) => continue,
            Err(error) if error.is_revert("BalanceUnknown") => {}
            Err(error) => return Err(error.into()),
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
