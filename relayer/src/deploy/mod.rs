//! Deploying the programs.

mod creator;
mod options;
mod program;
mod prover;
mod root_source;
mod run;
mod source_chain;

use std::{collections::BTreeMap, path::Path};

use alloy_primitives::Address;
use serde::{Serialize, Serializer};
use smartsync_abi::{ArbWasm, IRegistry};
use smartsync_artifacts::{CODES, PROXY, READER, REGISTRY, VERIFIER};

pub use creator::{init_code, program_address};
pub use options::{
    BLOCK_HASH_BUFFER, DeployOptions, MAX_PARENT_AGE, MEMBER_GAS, MemberOption, RollupContract,
    RollupOptions, RootSourceOptions,
};
pub use program::deploy_program;
use program::{address_of, constructor, stands};
use run::Run;
pub use source_chain::SourceChainFacts;

use crate::{
    deployment::{Deployed, Deployment},
    error::{Error, FileProblem},
    programs::ARB_WASM,
};
use smartsync_chain::{Chain, Side, Submitter};

/// What `deploy` did. As JSON: the addresses by name, and the details under `programs`.
#[derive(Clone, Debug)]
pub struct DeployReport {
    /// What stands now.
    pub deployment: Deployment,
    /// Names of the programs that this run deployed; the others stood.
    pub deployed: Vec<&'static str>,
}

impl Serialize for DeployReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Json<'a> {
            source_chain_id: u64,
            target_chain_id: u64,
            #[serde(flatten)]
            addresses: BTreeMap<&'static str, Address>,
            programs: BTreeMap<&'static str, &'a Deployed>,
            deployed: &'a [&'static str],
        }
        let programs: BTreeMap<_, _> = self.deployment.programs().into_iter().collect();
        Json {
            source_chain_id: self.deployment.source_chain_id,
            target_chain_id: self.deployment.target_chain_id,
            addresses: programs
                .iter()
                .map(|(name, program)| (*name, program.address))
                .collect(),
            programs,
            deployed: &self.deployed,
        }
        .serialize(serializer)
    }
}

/// Deploys proxy program, root source, reader, keeper of codes, registry and verifier, each in one transaction that nobody can get in between. What
/// stands already, with the same code and configuration, is kept. The file is written after each program, so a run that
/// was interrupted goes on where it was.
pub async fn deploy(
    submitter: &Submitter,
    path: Option<&Path>,
    options: &DeployOptions,
) -> Result<DeployReport, Error> {
    let target = submitter.chain();
    let mut deployment = known(path, target, options)?;
    root_source::check(options, &deployment)?;
    require_stylus(target).await?;
    submitter.settle().await?;
    let mut deployed = Vec::new();
    let mut run = Run {
        submitter,
        path,
        options,
        deployment: &mut deployment,
        deployed: &mut deployed,
    };
    run.plain(&PROXY, |deployment| &mut deployment.proxy)
        .await?;
    let program = address_of(path, run.deployment.proxy.as_ref(), "proxy program")?;
    let root_source = run.root_source().await?;
    run.plain(&READER, |deployment| &mut deployment.reader)
        .await?;
    let reader = address_of(path, run.deployment.reader.as_ref(), "reader")?;
    run.plain(&CODES, |deployment| &mut deployment.codes)
        .await?;
    let codes = address_of(path, run.deployment.codes.as_ref(), "keeper of codes")?;

    let call = IRegistry::initializeCall {
        rootSource: root_source,
        program,
        reader,
        codes,
        ..options.source_chain.initialize(options.source_chain_id)
    };
    let known = run.deployment.registry.as_ref();
    if !stands(target, known, &REGISTRY).await?
        || !registry_is(target, known, &call, options).await?
    {
        let value = options.activation_value;
        run.deployment.registry =
            Some(deploy_program(submitter, &REGISTRY, &constructor(&call), value).await?);
        run.book(REGISTRY.name)?;
    }

    run.plain(&VERIFIER, |deployment| &mut deployment.verifier)
        .await?;
    run.store()?;
    if options.prover {
        run.prover(&call).await?;
    }
    Ok(DeployReport {
        deployment,
        deployed,
    })
}

/// A chain without ArbWasm answers a call to its address with nothing, and would take any program for active.
async fn require_stylus(target: &Chain) -> Result<(), Error> {
    match target.view(ARB_WASM, &ArbWasm::stylusVersionCall {}).await {
        Ok(_version) => Ok(()),
        Err(
            smartsync_chain::Error::NoCode { .. }
            | smartsync_chain::Error::BadAnswer { .. }
            | smartsync_chain::Error::Reverted { .. },
        ) => Err(Error::NotStylus {
            chain_id: target.chain_id(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// The deployment in the file, if it is there and for the same chains.
fn known(
    path: Option<&Path>,
    target: &Chain,
    options: &DeployOptions,
) -> Result<Deployment, Error> {
    let empty = Deployment {
        source_chain_id: options.source_chain_id,
        target_chain_id: target.chain_id(),
        ..Deployment::default()
    };
    match path {
        Some(path) if !options.anew && path.exists() => {
            let known = Deployment::load(path)?;
            known.check_chains(path, &[target])?;
            if known.source_chain_id == options.source_chain_id {
                return Ok(known);
            }
            let problem = FileProblem::OtherChain {
                side: Side::Source,
                expected: known.source_chain_id,
                got: options.source_chain_id,
            };
            Err(Error::FileContent {
                path: path.to_owned(),
                problem,
            })
        }
        _ => Ok(empty),
    }
}

async fn registry_is(
    target: &Chain,
    deployed: Option<&Deployed>,
    wanted: &IRegistry::initializeCall,
    options: &DeployOptions,
) -> Result<bool, Error> {
    let Some(deployed) = deployed else {
        return Ok(false);
    };
    let (root_source, program, reader, codes, told, precompiles, native_ranges) = futures::try_join!(
        target.view(deployed.address, &IRegistry::rootSourceCall {}),
        target.view(deployed.address, &IRegistry::programCall {}),
        target.view(deployed.address, &IRegistry::readerCall {}),
        target.view(deployed.address, &IRegistry::codesCall {}),
        target.view(deployed.address, &IRegistry::sourceChainCall {}),
        target.view(deployed.address, &IRegistry::precompilesCall {}),
        target.view(deployed.address, &IRegistry::nativeRangesCall {}),
    )?;
    Ok((root_source, program, reader, codes)
        == (
            wanted.rootSource,
            wanted.program,
            wanted.reader,
            wanted.codes,
        )
        && options.source_chain.are(options.source_chain_id, &told)
        && (precompiles, native_ranges)
            == (wanted.precompiles.clone(), wanted.nativeRanges.clone()))
}
