//! The steps of a mirror, one by one: its code, its creation, what is proven of accounts, syncs.

use alloy::rpc::types::{EIP1186AccountProofResponse, TransactionReceipt, TransactionRequest};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use smartsync_abi::IRegistry::{self, ProxyRecord};
use smartsync_proof::Built;

use crate::{Error, System, chain::request};

/// A mirror and what it mirrors.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// The contract on the source chain.
    pub source: Address,
    /// Its mirror on the target chain.
    pub proxy: Address,
}

/// An account proof's nodes, root first.
pub fn account_proof(proof: &EIP1186AccountProofResponse) -> Vec<Bytes> {
    proof.account_proof.clone()
}

/// All nodes of the storage proofs.
pub fn storage_proof(proof: &EIP1186AccountProofResponse) -> Vec<Bytes> {
    proof
        .storage_proof
        .iter()
        .flat_map(|slot| slot.proof.iter().cloned())
        .collect()
}

impl System {
    /// The call that creates a mirror of a contract, whose code it puts on the target. It needs the lock.
    pub async fn create_call(
        &self,
        source: Address,
        block: u64,
    ) -> Result<IRegistry::createCall, Error> {
        self.deploy_code(source).await?;
        let proof = self.source.proof(source, &[], block).await?;
        Ok(IRegistry::createCall {
            source,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        })
    }

    /// A call of the registry with the wei that lock a mirror.
    pub fn with_lock(&self, call: &impl SolCall) -> TransactionRequest {
        request(self.registry, call.abi_encode().into()).value(U256::ONE)
    }

    /// Creates a mirror of a contract: logic, clone, lock. Nothing is in it yet.
    pub async fn create(&self, source: Address) -> Result<Mirror, Error> {
        let block = self.submit_head().await?;
        let create = self.create_call(source, block).await?;
        let receipt = self.target.send_request(self.with_lock(&create)).await?;
        self.created(source, &receipt)
    }

    /// The mirror that a transaction created.
    pub(crate) fn created(
        &self,
        source: Address,
        receipt: &TransactionReceipt,
    ) -> Result<Mirror, Error> {
        let created = receipt
            .inner
            .logs()
            .iter()
            .find_map(|log| IRegistry::ProxyCreated::decode_log_data(log.data()).ok());
        match created {
            Some(created) => Ok(Mirror {
                source,
                proxy: created.proxy,
            }),
            None => Err(Error::Rpc {
                method: "eth_getTransactionReceipt",
                reason: "no ProxyCreated".into(),
            }),
        }
    }

    /// Puts a source contract's code on the target; returns where it stands.
    pub async fn deploy_code(&self, source: Address) -> Result<IRegistry::codeOfReturn, Error> {
        let code = self.source.code(source).await?;
        let code_hash = keccak256(&code);
        self.target
            .send(self.registry, IRegistry::deployCodeCall { code })
            .await?;
        self.code_of(code_hash).await
    }

    /// Where code stands on the target.
    pub async fn code_of(&self, code_hash: B256) -> Result<IRegistry::codeOfReturn, Error> {
        self.view(IRegistry::codeOfCall {
            codeHash: code_hash,
        })
        .await
    }

    /// Proves that a source account has the code that it has, at a block that the root source knows.
    pub async fn prove_code(
        &self,
        account: Address,
        block: u64,
    ) -> Result<TransactionReceipt, Error> {
        self.deploy_code(account).await?;
        let proof = self.source.proof(account, &[], block).await?;
        let call = IRegistry::proveCodeCall {
            account,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        };
        self.target.send(self.registry, call).await
    }

    /// Proves a source account's balance at a block that the root source knows.
    pub async fn prove_balance(
        &self,
        account: Address,
        block: u64,
    ) -> Result<TransactionReceipt, Error> {
        let proof = self.source.proof(account, &[], block).await?;
        let call = IRegistry::proveBalanceCall {
            account,
            sourceBlock: block,
            accountProof: account_proof(&proof),
        };
        self.target.send(self.registry, call).await
    }

    /// The call that moves a mirror to a source block with this multi-proof.
    pub async fn sync_call(
        &self,
        mirror: Mirror,
        block: u64,
        multi_proof: impl Into<Bytes>,
    ) -> Result<IRegistry::syncCall, Error> {
        let proof = self.source.proof(mirror.source, &[], block).await?;
        Ok(IRegistry::syncCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            accountProof: account_proof(&proof),
            multiProof: multi_proof.into(),
        })
    }

    /// The call that moves a mirror to a source block, given every slot that may have changed.
    pub async fn proven_sync(
        &self,
        mirror: Mirror,
        block: u64,
        slots: &[U256],
    ) -> Result<IRegistry::syncCall, Error> {
        let built = self.build(mirror, block, slots).await?;
        self.sync_call(mirror, block, built.multi_proof).await
    }

    /// The multi-proof for changed slots from EIP-1186 proofs of both chains, as a relayer makes it.
    pub async fn build(&self, mirror: Mirror, block: u64, slots: &[U256]) -> Result<Built, Error> {
        let post = self.source.proof(mirror.source, slots, block).await?;
        let pre = self
            .target
            .proof(mirror.proxy, slots, alloy::rpc::types::BlockId::latest())
            .await?;
        let changes: Vec<smartsync_proof::SlotChange> = pre
            .storage_proof
            .iter()
            .zip(&post.storage_proof)
            .map(|(pre, post)| smartsync_proof::SlotChange {
                slot: pre.key.as_b256().into(),
                pre: pre.value,
                post: post.value,
            })
            .filter(|change| change.pre != change.post)
            .collect();
        smartsync_proof::build_transition(
            &changes,
            pre.storage_hash,
            storage_proof(&pre),
            post.storage_hash,
            storage_proof(&post),
        )
        .map_err(|error| Error::Rpc {
            method: "eth_getProof",
            reason: format!("no multi-proof from it: {error}"),
        })
    }

    /// Syncs a mirror to the newest source block, given every slot that may have changed. Returns the block.
    pub async fn sync(
        &self,
        mirror: Mirror,
        slots: &[U256],
    ) -> Result<(u64, TransactionReceipt), Error> {
        let block = self.submit_head().await?;
        let call = self.proven_sync(mirror, block, slots).await?;
        Ok((block, self.target.send(self.registry, call).await?))
    }

    /// Every slot that is not zero on one side: what may have changed.
    pub async fn slots(&self, mirror: Mirror) -> Result<Vec<U256>, Error> {
        let mut slots = self.source.storage(mirror.source).await?;
        slots.extend(self.target.storage(mirror.proxy).await?);
        Ok(slots.into_keys().collect())
    }

    /// Syncs a mirror to the newest source block, whatever has changed.
    pub async fn sync_all(&self, mirror: Mirror) -> Result<(u64, TransactionReceipt), Error> {
        let slots = self.slots(mirror).await?;
        self.sync(mirror, &slots).await
    }

    /// Creates a mirror and syncs it from the empty state.
    pub async fn migrate(&self, source: Address) -> Result<Mirror, Error> {
        let mirror = self.create(source).await?;
        self.sync_all(mirror).await?;
        Ok(mirror)
    }

    /// What the registry knows of a mirror.
    pub async fn record(&self, mirror: Mirror) -> Result<ProxyRecord, Error> {
        let call = IRegistry::recordCall {
            proxy: mirror.proxy,
        };
        self.view(call).await
    }
}
