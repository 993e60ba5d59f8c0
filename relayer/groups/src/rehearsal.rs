use std::{collections::BTreeMap, path::Path};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, TxHash, U256, keccak256};
use alloy_sol_types::SolCall;
use devchain::{Config, DevChain, Kind, dev_accounts};
use relayer::{
    DeployOptions, MigrateOptions, Relayer, SourceChainFacts, deploy, deploy_code, has_code,
    migrate,
};
use serde::Deserialize;
use smartsync_abi::IRegistry::{self, Knowledge};
use smartsync_chain::{AnswerProblem, Chain, RawHeader, Side, Submitter};
use smartsync_execution::Read;

use crate::{
    bring_up::{GroupReport, GroupStep, bring_up, prove},
    cost::Cost,
    error::Error,
    standing::Standing,
};

/// A target chain inside this process, with everything deployed, on which the real thing is tried.
pub(crate) struct Rehearsal<'a> {
    real: &'a Relayer,
    chain: DevChain,
    relayer: Relayer,
    /// Prover and feeds, where they are deployed.
    prover: Option<[Address; 2]>,
}

/// A first copy that was rehearsed.
pub(crate) struct RehearsedCopy {
    /// What it cost, by account; what was for several is the asked one's.
    pub costs: BTreeMap<Address, Cost>,
    /// Slots written, by member.
    pub slots: BTreeMap<Address, usize>,
}

/// One of so many slots may have changed since a copy that is taken for that of a later block.
const SAME_SLOTS: usize = 50;

impl RehearsedCopy {
    /// Whether the copy of the state after a sync would cost the same: next to nothing has changed, and nothing was brought for it.
    pub(crate) fn is_as_of(&self, synced: &GroupReport) -> bool {
        let slots: usize = self.slots.values().sum();
        let is_brought = synced.steps.iter().any(|step| step.account.is_some());
        !is_brought && synced.changes.saturating_mul(SAME_SLOTS) <= slots
    }
}

impl<'a> Rehearsal<'a> {
    /// Starts it and deploys, the `prover` too if it is wanted.
    pub(crate) async fn start(real: &'a Relayer, prover: bool) -> Result<Self, Error> {
        let chain = DevChain::spawn(Config::new(Kind::Stylus)).await?;
        let target = Chain::connect(Side::Target, chain.url().as_str()).await?;
        let key = dev_accounts()
            .first()
            .and_then(|account| PrivateKeySigner::from_bytes(&account.private_key).ok())
            .ok_or_else(|| target.bad_answer("eth_accounts", AnswerProblem::Shape("no account")))?;
        let told = real
            .target()
            .view(real.registry.address, &IRegistry::sourceChainCall {})
            .await?;
        let facts = SourceChainFacts {
            clz_block: told.clzBlock,
            permanent_code: told.permanentCode,
            number_is_headers: told.numberIsHeaders,
            ..SourceChainFacts::cautious(told.firstBlock)
        };
        let submitter = Submitter::new(target, key.clone());
        let options = DeployOptions {
            prover,
            ..DeployOptions::new(told.chainId, facts)
        };
        let deployed = deploy(&submitter, None, &options).await?;
        let relayer = Relayer {
            finality: real.finality,
            finders: real.finders.clone(),
            ..Relayer::new(
                real.source.clone(),
                submitter,
                vec![key],
                &deployed.deployment,
                Path::new("rehearsal"),
            )?
        };
        let programs = &deployed.deployment;
        let prover = programs.prover.as_ref().zip(programs.feeds.as_ref());
        Ok(Self {
            real,
            chain,
            relayer,
            prover: prover.map(|(prover, feeds)| [prover.address, feeds.address]),
        })
    }

    /// Makes stand what stands on the real target.
    pub(crate) async fn stand(&self, standing: &Standing, header: &RawHeader) -> Result<(), Error> {
        let (relayer, block) = (&self.relayer, header.header.number);
        for account in &standing.codes {
            let code = relayer.source.code(*account, block).await?;
            if !has_code(relayer, keccak256(&code)).await? {
                deploy_code(relayer, code).await?;
            }
        }
        for (member, recorded) in &standing.mirrors {
            let options = |block| MigrateOptions {
                block: Some(block),
                itself_only: true,
                ..MigrateOptions::default()
            };
            // A node that lacks the state that the mirror has gives that of the block.
            let as_recorded = options(block.min(*recorded));
            if Box::pin(migrate(relayer, *member, &as_recorded))
                .await
                .is_err()
            {
                Box::pin(migrate(relayer, *member, &options(block))).await?;
            }
        }
        if standing.header {
            relayer.ensure_header(header).await?;
            prove(relayer, header, &standing.proven).await?;
        }
        Ok(())
    }

    /// Copies all that reads take.
    pub(crate) async fn copy(
        &self,
        source: Address,
        reads: &[Read],
        block: u64,
    ) -> Result<RehearsedCopy, Error> {
        let report = self.bring_up(source, reads, block).await?;
        let mut costs: BTreeMap<Address, Cost> = BTreeMap::new();
        for step in &report.steps {
            let account = step.account.unwrap_or(source);
            let (cost, input) = self.sent(step).await?;
            if !self.is_known(&input, block).await? {
                costs.entry(account).or_default().add(cost);
            }
        }
        let copied = report.copied.iter();
        Ok(RehearsedCopy {
            costs,
            slots: copied
                .map(|copied| (copied.account, copied.slots))
                .collect(),
        })
    }

    /// Brings all that reads take to a block.
    pub(crate) async fn bring_up(
        &self,
        source: Address,
        reads: &[Read],
        block: u64,
    ) -> Result<GroupReport, Error> {
        Box::pin(bring_up(&self.relayer, source, reads, Some(block))).await
    }

    /// The relayer, and where prover and feeds stand.
    pub(crate) fn prover(&self) -> Option<(&Relayer, [Address; 2])> {
        Some((&self.relayer, self.prover?))
    }

    /// What a step cost.
    pub(crate) async fn cost(&self, step: &GroupStep) -> Result<Cost, Error> {
        Ok(self.sent(step).await?.0)
    }

    /// Whether a call brings or proves code that the real target knows: that of a contract that no read comes to, but that may be delegated to.
    async fn is_known(&self, input: &Bytes, block: u64) -> Result<bool, Error> {
        if let Ok(call) = IRegistry::deployCodeCall::abi_decode(input) {
            return Ok(has_code(self.real, keccak256(&call.code)).await?);
        }
        let Ok(call) = IRegistry::proveCodeCall::abi_decode(input) else {
            return Ok(false);
        };
        let known = IRegistry::accountAtCall {
            account: call.account,
            sourceBlock: block,
        };
        let (target, registry) = (self.real.target(), self.real.registry.address);
        Ok(target.view(registry, &known).await?.knowledge == Knowledge::Code)
    }

    /// What a step cost, and its calldata.
    async fn sent(&self, step: &GroupStep) -> Result<(Cost, Bytes), Error> {
        #[derive(Debug, Deserialize)]
        struct Sent {
            input: Bytes,
        }
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Mined {
            gas_used: U256,
        }
        let target = self.relayer.target();
        let unknown = |hash: TxHash| {
            target.bad_answer(
                "eth_getTransactionByHash",
                AnswerProblem::UnknownTransaction(hash),
            )
        };
        let hash = step.tx_hash;
        let sent: Option<Sent> = target.request("eth_getTransactionByHash", (hash,)).await?;
        let mined: Option<Mined> = target.request("eth_getTransactionReceipt", (hash,)).await?;
        let sent = sent.ok_or_else(|| unknown(hash))?;
        let mined = mined.ok_or_else(|| unknown(hash))?;
        let cost = Cost {
            transactions: 1,
            bytes: sent.input.len(),
            gas: mined.gas_used.saturating_to(),
        };
        Ok((cost, sent.input))
    }

    /// Stops the chain.
    pub(crate) async fn end(self) {
        self.chain.stop().await;
    }
}
