//! Proven calls, with witnesses that grow by what the prover says is missing.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolError;
use smartsync_abi::{
    IProver::{self, AccountNotWitnessed, NotWitnessed},
    IReader::CodeUnknown,
};
use smartsync_proof::{AccountProof, build_witness};

use crate::{CallError, Error, System, account_proof, storage_proof};

/// What a call touches: accounts with their slots, and accounts whose codes go into the witness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Accounts and slots.
    pub accounts: BTreeMap<Address, BTreeSet<U256>>,
    /// Accounts whose codes are supplied.
    pub codes: BTreeSet<Address>,
}

impl Touched {
    /// Adds what an error of the prover's says is missing.
    pub fn take_up(&mut self, revert: &[u8]) {
        if let Ok(error) = NotWitnessed::abi_decode(revert) {
            let slots = self.accounts.entry(error.account).or_default();
            slots.insert(error.slot);
        } else if let Ok(error) = AccountNotWitnessed::abi_decode(revert) {
            self.accounts.entry(error.account).or_default();
        } else if let Ok(error) = CodeUnknown::abi_decode(revert) {
            self.codes.insert(error.account);
        }
    }
}

/// A proven call.
#[derive(Clone, Debug)]
pub struct Question {
    /// Source block.
    pub block: u64,
    /// Who calls.
    pub from: Address,
    /// What is called.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
}

impl Question {
    /// The call of the prover that asks it.
    pub fn with(&self, witness: impl Into<Bytes>) -> IProver::callCall {
        IProver::callCall {
            sourceBlock: self.block,
            from: self.from,
            to: self.to,
            data: self.data.clone(),
            witness: witness.into(),
        }
    }
}

impl System {
    /// Deploys runner and prover, with the registry's root source and codes.
    pub async fn deploy_prover(&self) -> Result<Address, Error> {
        let initialize = self.prover_initialize().await?;
        Self::deploy_constructed(&self.target, &smartsync_artifacts::PROVER, initialize).await
    }

    /// What the prover's constructor is told, which is what the registry's is; the runner is deployed.
    pub async fn prover_initialize(&self) -> Result<IProver::initializeCall, Error> {
        let registry = Self::initialize(
            U256::from(self.chain_id().await?),
            self.notary,
            self.programs(),
        );
        let runner = Self::deploy_program(&self.target, &smartsync_artifacts::RUNNER).await?;
        Ok(IProver::initializeCall {
            rootSource: registry.rootSource,
            registry: self.registry,
            runner,
            chainId: registry.chainId,
            firstBlock: registry.firstBlock,
            clzBlock: registry.clzBlock,
            numberIsHeaders: registry.numberIsHeaders,
            precompiles: registry.precompiles,
            nativeRanges: registry.nativeRanges,
        })
    }

    async fn chain_id(&self) -> Result<u64, Error> {
        let id = self
            .source
            .rpc("eth_chainId", serde_json::json!([]))
            .await?;
        let text = id.as_str().unwrap_or_default().trim_start_matches("0x");
        u64::from_str_radix(text, 16).map_err(|error| Error::Rpc {
            method: "eth_chainId",
            reason: error.to_string(),
        })
    }

    /// The proofs of what is touched, as the source's node gives them.
    pub async fn proofs(&self, block: u64, touched: &Touched) -> Result<Vec<AccountProof>, Error> {
        let mut proofs = Vec::new();
        for (address, slots) in &touched.accounts {
            let slots: Vec<_> = slots.iter().copied().collect();
            let proof = self.source.proof(*address, &slots, block).await?;
            proofs.push(AccountProof {
                address: *address,
                nodes: account_proof(&proof),
                slots,
                storage_nodes: storage_proof(&proof),
            });
        }
        Ok(proofs)
    }

    /// The witness of what is touched.
    pub async fn witness(&self, block: u64, touched: &Touched) -> Result<Bytes, Error> {
        let proofs = self.proofs(block, touched).await?;
        let mut codes = Vec::new();
        for account in &touched.codes {
            codes.push(self.source.code(*account).await?);
        }
        let (header, _) = self.source.header(block).await?;
        let witness = build_witness(header.state_root, &proofs, &codes);
        Ok(witness
            .unwrap_or_else(|error| panic!("{touched:?}: {error}"))
            .into())
    }

    /// Asks the prover with more and more of the state, until it answers or fails for another reason.
    pub async fn prove(
        &self,
        prover: Address,
        question: &Question,
        touched: &mut Touched,
    ) -> Result<(bool, Bytes), CallError> {
        touched.accounts.entry(question.to).or_default();
        loop {
            let witness = self.witness(question.block, touched).await;
            let witness = witness.unwrap_or_else(|error| panic!("{touched:?}: {error}"));
            let call = question.with(witness);
            let before = touched.clone();
            match self.target.view(prover, call).await {
                Ok(answer) => return Ok((answer.success, answer.answer)),
                Err(CallError::Reverted(data)) => {
                    touched.take_up(&data);
                    if *touched == before {
                        return Err(CallError::Reverted(data));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}
