//! Deploying the root source of the kind that is wanted.

use alloy_primitives::{Address, B256, FixedBytes, U256, keccak256};
use smartsync_abi::{ICombined, INotary, IParentChain, IRollup};
use smartsync_artifacts::{COMBINED, NOTARY, PARENT_CHAIN, ROLLUP};
use smartsync_chain::Chain;
use smartsync_roots::{RootSourceError, RootSourceKind};

use super::{
    options::{DeployOptions, MemberOption, RollupContract},
    program::{address_of, constructor, deploy_program, stands},
    run::Run,
};
use crate::{
    deployment::{Deployed, Deployment},
    error::Error,
};

/// Checks what can be checked before anything is sent.
pub(super) fn check(options: &DeployOptions, deployment: &Deployment) -> Result<(), Error> {
    let kind = options.root_source.kind.unwrap_or(deployment.root_source);
    let is_known = deployment.rollup.is_some() || options.root_source.rollup.is_some();
    if kind == RootSourceKind::Rollup && !is_known {
        return Err(Error::NoRollup);
    }
    let mut signers = options.signers.clone();
    signers.sort_unstable();
    signers.dedup();
    // Without any it is the sender.
    let signers = signers.len().max(1);
    match options.threshold >= 1 && options.threshold <= signers as u64 {
        true => Ok(()),
        false => Err(Error::Threshold {
            threshold: options.threshold,
            signers,
        }),
    }
}

impl Run<'_> {
    /// Deploys the root source, and with a combined one the members that are not there yet. Returns its address.
    pub async fn root_source(&mut self) -> Result<Address, Error> {
        if let Some(kind) = self.options.root_source.kind {
            self.deployment.root_source = kind;
        }
        match self.deployment.root_source {
            RootSourceKind::Notary => self.notary().await,
            RootSourceKind::ParentChain => self.parent_chain().await,
            RootSourceKind::Combined => self.combined().await,
            RootSourceKind::Rollup => self.rollup().await,
        }
    }

    async fn notary(&mut self) -> Result<Address, Error> {
        let (target, options) = (self.submitter.chain(), self.options);
        let mut signers = match options.signers.is_empty() {
            true => vec![self.submitter.address()?],
            false => options.signers.clone(),
        };
        signers.sort_unstable();
        signers.dedup();
        let known = self.deployment.notary.as_ref();
        if !stands(target, known, &NOTARY).await?
            || !notary_is(target, known, options, &signers).await?
        {
            let call = INotary::initializeCall {
                sourceChainId: U256::from(options.source_chain_id),
                signers,
                threshold: options.threshold,
                minBlockTime: options.min_block_time(),
            };
            let value = options.activation_value;
            self.deployment.notary =
                Some(deploy_program(self.submitter, &NOTARY, &constructor(&call), value).await?);
            self.book("notary")?;
        }
        address_of(self.path, self.deployment.notary.as_ref(), "notary")
    }

    async fn parent_chain(&mut self) -> Result<Address, Error> {
        let target = self.submitter.chain();
        let buffer = self.options.root_source.buffer;
        let code_hash = match self.options.root_source.buffer_code_hash {
            Some(hash) => hash,
            None => {
                let code = target.code(buffer, target.head().await?).await?;
                if code.is_empty() {
                    return Err(RootSourceError::NoBuffer { buffer }.into());
                }
                keccak256(code)
            }
        };
        let known = self.deployment.parent_chain.as_ref();
        if !stands(target, known, &PARENT_CHAIN).await?
            || !parent_chain_is(target, known, buffer, code_hash).await?
        {
            let call = IParentChain::initializeCall {
                buffer,
                bufferCodeHash: code_hash,
                minBlockTime: self.options.min_block_time(),
            };
            let value = self.options.activation_value;
            let constructor = constructor(&call);
            self.deployment.parent_chain =
                Some(deploy_program(self.submitter, &PARENT_CHAIN, &constructor, value).await?);
            self.book("parentChain")?;
        }
        let parent_chain = self.deployment.parent_chain.as_ref();
        address_of(self.path, parent_chain, "parentChain")
    }

    async fn combined(&mut self) -> Result<Address, Error> {
        const DEFAULT: [MemberOption; 2] = [MemberOption::Notary, MemberOption::ParentChain];
        let options = &self.options.root_source;
        let wanted = match options.members.is_empty() {
            true => &DEFAULT[..],
            false => &options.members[..],
        };
        let mut members = Vec::new();
        for member in wanted {
            members.push(match member {
                MemberOption::Notary => self.notary().await?,
                MemberOption::ParentChain => self.parent_chain().await?,
                MemberOption::Address(address) => *address,
            });
        }
        members.sort_unstable();
        members.dedup();
        let threshold = options.member_threshold.unwrap_or(members.len() as u64);
        // More than half: else two answers could each have a quorum.
        let count = members.len() as u64;
        if threshold <= count / 2 || threshold > count {
            return Err(Error::MemberThreshold {
                threshold,
                members: members.len(),
            });
        }
        let target = self.submitter.chain();
        let call = ICombined::initializeCall {
            members,
            threshold,
            gasCap: options.member_gas,
        };
        let known = self.deployment.combined.as_ref();
        if !stands(target, known, &COMBINED).await? || !combined_is(target, known, &call).await? {
            let value = self.options.activation_value;
            let constructor = constructor(&call);
            self.deployment.combined =
                Some(deploy_program(self.submitter, &COMBINED, &constructor, value).await?);
            self.book("combined")?;
        }
        address_of(self.path, self.deployment.combined.as_ref(), "combined")
    }

    async fn rollup(&mut self) -> Result<Address, Error> {
        let (target, options) = (self.submitter.chain(), &self.options.root_source);
        let known = self.deployment.rollup.as_ref();
        let stands = stands(target, known, &ROLLUP).await?;
        let wanted = options.rollup.map(|wanted| {
            let (kind, contract, selector, hash_at) = match wanted.contract {
                RollupContract::Portal(portal) => (0, portal, FixedBytes::ZERO, 0),
                RollupContract::Arbitrum(rollup) => (1, rollup, FixedBytes::ZERO, 0),
                RollupContract::View {
                    contract,
                    selector,
                    hash_at,
                } => (2, contract, selector, hash_at),
            };
            IRollup::initializeCall {
                prover: wanted.prover,
                kind,
                parentContract: contract,
                selector,
                hashAt: hash_at,
                maxParentAge: options.max_parent_age,
                minBlockTime: self.options.min_block_time(),
            }
        });
        match wanted {
            // Without an explicit wish the one that stands is kept.
            None if stands => {}
            None => return Err(Error::NoRollup),
            Some(call) if stands && rollup_is(target, known, &call).await? => {}
            Some(call) => {
                let value = self.options.activation_value;
                let constructor = constructor(&call);
                self.deployment.rollup =
                    Some(deploy_program(self.submitter, &ROLLUP, &constructor, value).await?);
                self.book("rollup")?;
            }
        }
        address_of(self.path, self.deployment.rollup.as_ref(), "rollup")
    }
}

async fn notary_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    options: &DeployOptions,
    signers: &[Address],
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let (chain_id, set, threshold) = futures::try_join!(
        target.view(deployed.address, &INotary::sourceChainIdCall {}),
        target.view(deployed.address, &INotary::signersCall {}),
        target.view(deployed.address, &INotary::thresholdCall {}),
    )?;
    // Without an explicit wish the notary that stands is kept, also after a rotation.
    let wanted = options.signers.is_empty() || (set == signers && threshold == options.threshold);
    Ok(chain_id == U256::from(options.source_chain_id) && wanted)
}

async fn parent_chain_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    buffer: Address,
    code_hash: B256,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let found = futures::try_join!(
        target.view(deployed.address, &IParentChain::bufferCall {}),
        target.view(deployed.address, &IParentChain::bufferCodeHashCall {}),
    )?;
    Ok(found == (buffer, code_hash))
}

async fn rollup_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    wanted: &IRollup::initializeCall,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let told = target
        .view(deployed.address, &IRollup::describeCall {})
        .await?;
    Ok((told.prover, told.kind, told.parentContract)
        == (wanted.prover, wanted.kind, wanted.parentContract)
        && (told.selector, told.hashAt) == (wanted.selector, wanted.hashAt)
        && told.maxParentAge == wanted.maxParentAge)
}

async fn combined_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    wanted: &ICombined::initializeCall,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let (members, threshold, gas_cap) = futures::try_join!(
        target.view(deployed.address, &ICombined::membersCall {}),
        target.view(deployed.address, &ICombined::thresholdCall {}),
        target.view(deployed.address, &ICombined::gasCapCall {}),
    )?;
    Ok(members == wanted.members && threshold == wanted.threshold && gas_cap == wanted.gasCap)
}
