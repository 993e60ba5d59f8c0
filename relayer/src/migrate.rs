use std::time::Instant;

use alloy_primitives::{Address, B256, TxHash, U256, keccak256};
use alloy_sol_types::SolEvent;
use futures::TryFutureExt;
use serde::Serialize;
use smartsync_abi::IRegistry::{self, ProxyCreated, Status};
use smartsync_chain::{AccountProof, AnswerProblem, RawHeader, Receipt, Transaction};

use crate::{
    change_set,
    code::{deploy_code, has_code, mirrorable},
    delegates::prove_delegates,
    error::{Error, Unmirrorable},
    parts,
    registry::Mirror,
    relayer::Relayer,
    report::{Elapsed, SyncReport, milliseconds},
    sync::sync_mirror,
};

/// How to migrate.
#[derive(Clone, Copy, Debug, Default)]
pub struct MigrateOptions {
    /// Source block; `None`: the newest final one.
    pub block: Option<u64>,
    /// Load the storage unproven, and prove it at the end, instead of in proven parts: cheaper for large contracts.
    pub load: bool,
    /// Prove no code that the contract may delegate to: who migrates knows what is needed of it.
    pub itself_only: bool,
}

/// What a migration did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrateReport {
    /// The source contract.
    pub source: Address,
    /// The mirror.
    pub proxy: Address,
    /// The code that answers.
    pub logic: Address,
    /// Code hash of source and logic.
    pub code_hash: B256,
    /// Whether the mirror was verified already and nothing had to be done.
    pub already_active: bool,
    /// Number of slots written.
    pub changes: usize,
    /// Length of the multi-proofs.
    pub proof_bytes: usize,
    /// Gas used, of all transactions.
    pub gas_used: u64,
    /// The last transaction; `None` when nothing had to be done.
    pub tx_hash: Option<TxHash>,
    /// All transactions.
    pub transactions: Vec<TxHash>,
    /// Storage root on both chains.
    pub storage_root: B256,
    /// Source block the mirror is at.
    pub source_block: u64,
    /// Time by step.
    pub elapsed_ms: Elapsed,
}

/// Transactions so far.
#[derive(Default)]
struct Ledger {
    transactions: Vec<TxHash>,
    gas_used: u64,
}

impl Ledger {
    fn book(&mut self, receipt: &Receipt) {
        self.transactions.push(receipt.tx_hash);
        self.gas_used += receipt.gas_used.to::<u64>();
    }
}

/// Makes the first copy of a contract, up to a verified mirror. Can be interrupted and run again: it finds on the chains
/// what is done already.
pub async fn migrate(
    relayer: &Relayer,
    source: Address,
    options: &MigrateOptions,
) -> Result<MigrateReport, Error> {
    let started = Instant::now();
    let (block, _waited) = futures::try_join!(
        relayer.source_block(options.block),
        // What an interrupted run sent must be seen, or it is sent twice.
        relayer.submitter.settle().map_err(Error::from),
    )?;
    let (code, header) = futures::try_join!(
        relayer.source.code(source, block),
        RawHeader::fetch(&relayer.source, block)
    )?;
    mirrorable(&code).map_err(|problem| Error::NotMirrorable {
        address: source,
        problem,
    })?;
    let account = AccountProof::fetch(&relayer.source, source, &[], &header).await?;
    let code_hash = keccak256(&code);
    if account.account.code_hash != code_hash {
        // The node shows other code than it proves.
        return Err(Error::NotMirrorable {
            address: source,
            problem: Unmirrorable::UnprovenHash,
        });
    }

    let mut ledger = Ledger::default();
    let mirror = match find_mirror(relayer, source, code_hash).await? {
        Some(mirror) => mirror,
        None => {
            // Nothing is sent before it is sure that the header can be.
            relayer.require_header(&header).await?;
            if !has_code(relayer, code_hash).await? {
                ledger.book(&deploy_code(relayer, code).await?);
            }
            create(relayer, &account, &header, &mut ledger).await?
        }
    };
    let logic = mirror.record.logic;
    if mirror.record.status == Status::Active {
        delegates(relayer, mirror.proxy, options, &mut ledger).await?;
        return Ok(MigrateReport {
            source,
            proxy: mirror.proxy,
            logic,
            code_hash,
            already_active: true,
            changes: 0,
            proof_bytes: 0,
            gas_used: ledger.gas_used,
            tx_hash: ledger.transactions.last().copied(),
            transactions: ledger.transactions,
            storage_root: mirror.record.storageRoot,
            source_block: mirror.record.sourceBlock,
            elapsed_ms: Elapsed {
                total: milliseconds(started.elapsed()),
                ..Elapsed::default()
            },
        });
    }
    let (proxy, synced) = (
        mirror.proxy,
        first_sync(relayer, mirror, &header, options).await?,
    );
    delegates(relayer, proxy, options, &mut ledger).await?;
    Ok(MigrateReport {
        source,
        proxy,
        logic,
        code_hash,
        already_active: false,
        changes: synced.changes,
        proof_bytes: synced.proof_bytes,
        gas_used: ledger.gas_used + synced.gas_used,
        tx_hash: synced.tx_hash.or(ledger.transactions.last().copied()),
        transactions: ledger
            .transactions
            .into_iter()
            .chain(synced.transactions)
            .collect(),
        storage_root: synced.post_storage_root,
        source_block: synced.source_block,
        elapsed_ms: Elapsed {
            total: milliseconds(started.elapsed()),
            ..synced.elapsed_ms
        },
    })
}

async fn delegates(
    relayer: &Relayer,
    proxy: Address,
    options: &MigrateOptions,
    ledger: &mut Ledger,
) -> Result<(), Error> {
    if !options.itself_only {
        for receipt in prove_delegates(relayer, proxy).await? {
            ledger.book(&receipt);
        }
    }
    Ok(())
}

async fn first_sync(
    relayer: &Relayer,
    mirror: Mirror,
    header: &RawHeader,
    options: &MigrateOptions,
) -> Result<SyncReport, Error> {
    let never_active = mirror.record.sourceBlock == 0;
    if options.load && never_active && mirror.record.creator == relayer.submitter.address()? {
        let set = change_set::find(relayer, &mirror, header).await?;
        return parts::load_and_complete(relayer, &mirror, header, &set).await;
    }
    sync_mirror(relayer, mirror, header.header.number, true).await
}

/// The mirror to go on with: the mirror of record if it has this code, else one that was created and not finished.
async fn find_mirror(
    relayer: &Relayer,
    source: Address,
    code_hash: B256,
) -> Result<Option<Mirror>, Error> {
    let target = relayer.target();
    let mut unfinished = None;
    if let Some(mirror) = relayer.registry.mirror(target, source).await?
        && mirror.record.codeHash == code_hash
    {
        return Ok(Some(mirror));
    }
    let target_block = target.head().await?;
    for created in relayer.registry.created(target, Some(source)).await? {
        if created.codeHash != code_hash {
            continue;
        }
        let record = relayer
            .registry
            .record(target, created.proxy, target_block)
            .await?;
        let ours = record.creator == relayer.submitter.address()?;
        let mirror = Mirror {
            proxy: created.proxy,
            record,
            target_block,
        };
        match mirror.record.status {
            Status::Active => return Ok(Some(mirror)),
            // Strangers may have filled theirs with anything; only one of our own is worth going on with, or an empty
            // one.
            Status::Open if ours => unfinished = Some(mirror),
            Status::Created if unfinished.is_none() => unfinished = Some(mirror),
            _ => {}
        }
    }
    Ok(unfinished)
}

async fn create(
    relayer: &Relayer,
    account: &AccountProof,
    header: &RawHeader,
    ledger: &mut Ledger,
) -> Result<Mirror, Error> {
    let call = IRegistry::createCall {
        source: account.address,
        sourceBlock: header.header.number,
        accountProof: account.nodes.clone(),
    };
    // 1 wei is the lock; it comes back when the mirror is verified.
    let transaction = Transaction {
        value: U256::from(1),
        ..relayer.with_header("create", header, &call).await?
    };
    let receipt = relayer.submitter.send(transaction).await?;
    ledger.book(&receipt);
    let created = receipt
        .logs
        .iter()
        .filter(|log| log.address() == relayer.registry.address)
        .find_map(|log| ProxyCreated::decode_log_data(log.data()).ok())
        .ok_or_else(|| {
            let problem = AnswerProblem::NoEvent(receipt.tx_hash, ProxyCreated::SIGNATURE);
            relayer
                .target()
                .bad_answer("eth_getTransactionReceipt", problem)
        })?;
    tracing::info!(proxy = %created.proxy, gas = receipt.gas_used.to::<u64>(), "mirror created");
    let target_block = receipt.block_number.to();
    let record = relayer
        .registry
        .record(relayer.target(), created.proxy, target_block)
        .await?;
    Ok(Mirror {
        proxy: created.proxy,
        record,
        target_block,
    })
}
