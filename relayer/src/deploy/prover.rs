//! Deploying the programs of proven calls.

use std::path::Path;

use smartsync_abi::{IProver, IRegistry};
use smartsync_artifacts::{FEEDS, PROVER, RUNNER};
use smartsync_chain::{Chain, Submitter};

use super::{
    options::DeployOptions,
    program::{address_of, constructor, deploy_program, stands},
};
use crate::{
    deployment::{Deployed, Deployment},
    error::Error,
};

/// Deploys runner, prover and feeds, unless they stand, the prover with this registry and its facts. The file is written after each.
pub(super) async fn deploy(
    submitter: &Submitter,
    path: Option<&Path>,
    options: &DeployOptions,
    registry: &IRegistry::initializeCall,
    deployment: &mut Deployment,
    deployed: &mut Vec<&'static str>,
) -> Result<(), Error> {
    let (target, value) = (submitter.chain(), options.activation_value);
    let store = |deployment: &Deployment| path.map_or(Ok(()), |path| deployment.store(path));
    if !stands(target, deployment.runner.as_ref(), &RUNNER).await? {
        deployment.runner = Some(deploy_program(submitter, &RUNNER, &[], value).await?);
        deployed.push(RUNNER.name);
        store(deployment)?;
    }
    let call = IProver::initializeCall {
        rootSource: registry.rootSource,
        registry: address_of(path, deployment.registry.as_ref(), "registry")?,
        runner: address_of(path, deployment.runner.as_ref(), "runner")?,
        chainId: registry.chainId,
        firstBlock: registry.firstBlock,
        clzBlock: registry.clzBlock,
        numberIsHeaders: registry.numberIsHeaders,
        precompiles: registry.precompiles.clone(),
        nativeRanges: registry.nativeRanges.clone(),
    };
    let known = deployment.prover.as_ref();
    if !stands(target, known, &PROVER).await? || !prover_is(target, known, &call).await? {
        deployment.prover =
            Some(deploy_program(submitter, &PROVER, &constructor(&call), value).await?);
        deployed.push(PROVER.name);
        store(deployment)?;
    }
    if !stands(target, deployment.feeds.as_ref(), &FEEDS).await? {
        deployment.feeds = Some(deploy_program(submitter, &FEEDS, &[], value).await?);
        deployed.push(FEEDS.name);
        store(deployment)?;
    }
    Ok(())
}

/// Whether a prover was told the same, as far as it says.
async fn prover_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    wanted: &IProver::initializeCall,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let (root_source, registry, runner, told) = futures::try_join!(
        target.view(deployed.address, &IProver::rootSourceCall {}),
        target.view(deployed.address, &IProver::registryCall {}),
        target.view(deployed.address, &IProver::runnerCall {}),
        target.view(deployed.address, &IProver::sourceChainCall {}),
    )?;
    Ok(
        (root_source, registry, runner) == (wanted.rootSource, wanted.registry, wanted.runner)
            && (told.chainId, told.firstBlock) == (wanted.chainId, wanted.firstBlock)
            && (told.clzBlock, told.numberIsHeaders) == (wanted.clzBlock, wanted.numberIsHeaders),
    )
}
