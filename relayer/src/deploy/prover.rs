//! Deploying the programs of proven calls.

use smartsync_abi::{IProver, IRegistry};
use smartsync_artifacts::{FEEDS, PROVER, RUNNER};
use smartsync_chain::Chain;

use super::{
    program::{address_of, constructor, deploy_program, stands},
    run::Run,
};
use crate::{deployment::Deployed, error::Error};

impl Run<'_> {
    /// Deploys runner, prover and feeds, unless they stand, the prover with this registry and its facts. The file is written after each.
    pub async fn prover(&mut self, registry: &IRegistry::initializeCall) -> Result<(), Error> {
        let (target, path) = (self.submitter.chain(), self.path);
        self.plain(&RUNNER, |deployment| &mut deployment.runner)
            .await?;
        let call = IProver::initializeCall {
            rootSource: registry.rootSource,
            registry: address_of(path, self.deployment.registry.as_ref(), "registry")?,
            runner: address_of(path, self.deployment.runner.as_ref(), "runner")?,
            chainId: registry.chainId,
            firstBlock: registry.firstBlock,
            clzBlock: registry.clzBlock,
            numberIsHeaders: registry.numberIsHeaders,
            precompiles: registry.precompiles.clone(),
            nativeRanges: registry.nativeRanges.clone(),
        };
        let known = self.deployment.prover.as_ref();
        if !stands(target, known, &PROVER).await? || !prover_is(target, known, &call).await? {
            let value = self.options.activation_value;
            self.deployment.prover =
                Some(deploy_program(self.submitter, &PROVER, &constructor(&call), value).await?);
            self.book(PROVER.name)?;
        }
        self.plain(&FEEDS, |deployment| &mut deployment.feeds).await
    }
}

/// Whether a prover was told the same.
async fn prover_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    wanted: &IProver::initializeCall,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let (root_source, registry, runner, told, precompiles, native_ranges) = futures::try_join!(
        target.view(deployed.address, &IProver::rootSourceCall {}),
        target.view(deployed.address, &IProver::registryCall {}),
        target.view(deployed.address, &IProver::runnerCall {}),
        target.view(deployed.address, &IProver::sourceChainCall {}),
        target.view(deployed.address, &IProver::precompilesCall {}),
        target.view(deployed.address, &IProver::nativeRangesCall {}),
    )?;
    Ok(
        (root_source, registry, runner) == (wanted.rootSource, wanted.registry, wanted.runner)
            && (told.chainId, told.firstBlock) == (wanted.chainId, wanted.firstBlock)
            && (told.clzBlock, told.numberIsHeaders) == (wanted.clzBlock, wanted.numberIsHeaders)
            && (precompiles, native_ranges)
                == (wanted.precompiles.clone(), wanted.nativeRanges.clone()),
    )
}
