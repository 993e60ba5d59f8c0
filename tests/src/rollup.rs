//! A rollup whose contracts are on the source chain of a stage, and what is said of its blocks there.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::SolValue;
use devchain::{Config, DevChain, Kind};
use serde_json::json;
use smartsync_abi::{
    IRollup::{self, submitHeaderCall},
    IRootSource,
};

use crate::{CallError, Chain, Error, Mirror, Stage, System, Touched, dev_chain, system};

/// `IRollup.initialize`: kind of an OP Stack chain.
pub const OP_STACK: u8 = 0;
/// Kind of an Arbitrum chain.
pub const ARBITRUM: u8 = 1;
/// Kind of a view that answers with the hash of a final block.
pub const VIEW: u8 = 2;

/// What claims of the OP Stack chains here wait for after their games are resolved, seconds.
pub const DELAY: u64 = 10;

/// Time passes on the parent chain, and a block is made.
///
/// # Panics
/// When the node refuses.
pub async fn pass(system: &System, seconds: u64) {
    let advance = system.source.rpc("evm_increaseTime", json!([seconds]));
    if let Err(error) = advance.await {
        panic!("{error}");
    }
    if let Err(error) = system.source.mine().await {
        panic!("{error}");
    }
}

/// Three chains in this process: a rollup, its parent chain (the stage's source) and the target, which has a prover for the parent chain.
pub struct Rollup {
    /// Parent chain and target.
    pub stage: Stage,
    /// The rollup.
    pub chain: Chain,
    /// The prover for the parent chain.
    pub prover: Address,
    _chain: DevChain,
}

/// What somebody says of the rollup at a parent block.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The parent block.
    pub parent_block: u64,
    /// The rollup's header, RLP.
    pub header: Bytes,
    /// What else the kind wants.
    pub claim: Bytes,
}

impl Claimed {
    /// As `submitHeader` takes it.
    pub fn submission(&self, witness: &Bytes) -> Bytes {
        (
            self.parent_block,
            self.header.clone(),
            self.claim.clone(),
            witness.clone(),
        )
            .abi_encode_params()
            .into()
    }
}

impl Rollup {
    /// Chain id of the rollup.
    pub const CHAIN_ID: u64 = 4_242;
    /// Greatest age of a parent block for its root sources, seconds.
    pub const MAX_PARENT_AGE: u64 = 600;

    /// Starts the chains, the rollup being a plain EVM chain, and deploys.
    pub async fn start() -> Result<Self, Error> {
        Self::of(Kind::Evm).await
    }

    /// The same with a rollup of this kind.
    pub async fn of(kind: Kind) -> Result<Self, Error> {
        let stage = Stage::start().await?;
        let chain = dev_chain(Config {
            chain_id: Self::CHAIN_ID,
            ..Config::new(kind)
        })
        .await?;
        Ok(Self {
            prover: stage.deploy_prover().await?,
            chain: Chain::at(&chain.url()),
            stage,
            _chain: chain,
        })
    }

    /// What the constructor of a root source is told that asks a contract on the parent chain.
    pub fn initialize(&self, kind: u8, parent_contract: Address) -> IRollup::initializeCall {
        IRollup::initializeCall {
            prover: self.prover,
            kind,
            parentContract: parent_contract,
            selector: FixedBytes::ZERO,
            hashAt: 0,
            maxParentAge: Self::MAX_PARENT_AGE,
            minBlockTime: system::MIN_BLOCK_TIME,
        }
    }

    /// Deploys a root source.
    pub async fn deploy(&self, initialize: IRollup::initializeCall) -> Result<Address, Error> {
        System::deploy_constructed(&self.stage.target, &smartsync_artifacts::ROLLUP, initialize)
            .await
    }

    /// The output root of an OP Stack chain's block and the storage root of its message passer.
    pub async fn output_root(&self, block: u64) -> Result<(B256, B256), Error> {
        let (header, _) = self.chain.header(block).await?;
        let passer = alloy_primitives::address!("4200000000000000000000000000000000000016");
        let storage_root = self.chain.proof(passer, &[], block).await?.storage_hash;
        let preimage = (
            B256::ZERO,
            header.state_root,
            storage_root,
            header.hash_slow(),
        );
        Ok((
            alloy_primitives::keccak256(preimage.abi_encode()),
            storage_root,
        ))
    }

    /// A claim about a block of the rollup at the newest parent block, which the parent's root source knows then.
    pub async fn claimed(&self, block: u64, claim: Vec<u8>) -> Result<Claimed, Error> {
        Ok(Claimed {
            parent_block: self.stage.submit_head().await?,
            header: self.chain.header(block).await?.1,
            claim: claim.into(),
        })
    }

    /// The submission with the witness that it takes, which grows by what the prover says is missing; or the error that it ends with.
    pub async fn prove(
        &self,
        root_source: Address,
        claimed: &Claimed,
        touched: &mut Touched,
    ) -> Result<Bytes, CallError> {
        // Nobody's, so that no call can touch it: contracts of the two chains may have one address.
        let any = Address::repeat_byte(0xa5);
        if touched.accounts.is_empty() {
            touched.accounts.entry(any).or_default();
        }
        loop {
            let witness = self.stage.witness(claimed.parent_block, touched).await;
            let witness = witness.unwrap_or_else(|error| panic!("{touched:?}: {error}"));
            let submission = claimed.submission(&witness);
            let call = submitHeaderCall {
                submission: submission.clone(),
            };
            let before = touched.clone();
            match self.stage.target.view(root_source, call).await {
                Ok(_) => return Ok(submission),
                Err(CallError::Reverted(data)) => {
                    touched.take_up(&data);
                    if *touched == before {
                        return Err(CallError::Reverted(data));
                    }
                    // Accounts that are witnessed only to have one.
                    if touched.accounts.len() > 1 {
                        touched.accounts.remove(&any);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Proves a claim and submits it; returns the gas that it took.
    pub async fn submit(&self, root_source: Address, claimed: &Claimed) -> Result<u64, CallError> {
        let submission = self
            .prove(root_source, claimed, &mut Touched::default())
            .await?;
        let call = submitHeaderCall { submission };
        let receipt = self.stage.target.send(root_source, call).await;
        let receipt = receipt.unwrap_or_else(|error| panic!("{error}"));
        Ok(receipt.gas_used)
    }

    /// What a root source knows of a block of the rollup.
    pub async fn known(&self, root_source: Address, block: u64) -> Result<B256, CallError> {
        let call = IRootSource::stateRootCall { blockNumber: block };
        Ok(self.stage.target.view(root_source, call).await?.stateRoot)
    }

    /// The rollup as a source chain of the target, on a root source.
    pub async fn system(&self, root_source: Address) -> Result<System, Error> {
        let source = (self.chain.clone(), U256::from(Self::CHAIN_ID));
        self.stage.with_source(source, root_source).await
    }

    /// Mirrors a contract of the rollup at a block that the root source knows.
    pub async fn mirror(
        &self,
        system: &System,
        contract: Address,
        block: u64,
    ) -> Result<Mirror, Error> {
        let create = system.create_call(contract, block).await?;
        let receipt = system
            .target
            .send_request(system.with_lock(&create))
            .await?;
        let mirror = system.created(contract, &receipt)?;
        let slots = system.slots(mirror).await?;
        let sync = system.proven_sync(mirror, block, &slots).await?;
        system.target.send(system.registry, sync).await?;
        Ok(mirror)
    }
}
