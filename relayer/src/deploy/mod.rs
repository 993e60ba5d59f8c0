//! Deploying the programs.

mod creator;
mod root_source;
mod source_chain;

use std::{collections::BTreeMap, path::Path};

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::SolCall;
use serde::{Serialize, Serializer};
use smartsync_abi::{ArbWasm, CONSTRUCTOR_SELECTOR, IRegistry};
use smartsync_artifacts::{Artifact, PROXY, READER, REGISTRY, VERIFIER};

pub use creator::{init_code, program_address};
pub use root_source::{BLOCK_HASH_BUFFER, MEMBER_GAS, MemberOption, RootSourceOptions};
pub use source_chain::SourceChainFacts;

use crate::{
    chain::Chain,
    deployment::{Deployed, Deployment},
    error::{AnswerProblem, Error, FileProblem},
    submitter::{Submitter, Transaction},
};

/// What a deployment shall be.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// The notary's signers; empty: the sender.
    pub signers: Vec<Address>,
    /// Number of signatures that a header needs.
    pub threshold: u64,
    /// What the root source is.
    pub root_source: RootSourceOptions,
    /// Wei sent along for the data fee of an activation; the rest comes back.
    pub activation_value: U256,
    /// Facts about the source chain that the registry is told.
    pub source_chain: SourceChainFacts,
    /// Deploy everything anew, also what stands already.
    pub anew: bool,
}

impl DeployOptions {
    /// Milliseconds that the source chain takes at least for a block.
    fn min_block_time(&self) -> u64 {
        let known = || root_source::min_block_time(self.source_chain_id);
        self.root_source.min_block_time.unwrap_or_else(known)
    }

    /// A notary with one signer, the sender, and 0.01 ETH for each activation.
    pub fn new(source_chain_id: u64, source_chain: SourceChainFacts) -> Self {
        Self {
            source_chain,
            source_chain_id,
            signers: Vec::new(),
            threshold: 1,
            root_source: RootSourceOptions::default(),
            activation_value: U256::from(10_000_000_000_000_000_u64),
            anew: false,
        }
    }
}

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

/// Deploys proxy program, root source, reader, registry and verifier, each in one transaction that nobody can get in between. What
/// stands already, with the same code and configuration, is kept. The file is written after each program, so a run that
/// was interrupted goes on where it was.
pub async fn deploy(
    submitter: &Submitter,
    path: Option<&Path>,
    options: &DeployOptions,
) -> Result<DeployReport, Error> {
    let target = submitter.chain();
    root_source::check(options)?;
    let mut deployment = known(path, target, options)?;
    require_stylus(target).await?;
    submitter.settle().await?;
    let mut deployed = Vec::new();
    let value = options.activation_value;
    let store = |deployment: &Deployment| path.map_or(Ok(()), |path| deployment.store(path));

    if !stands(target, deployment.proxy.as_ref(), &PROXY).await? {
        deployment.proxy = Some(deploy_program(submitter, &PROXY, &[], value).await?);
        deployed.push(PROXY.name);
        store(&deployment)?;
    }
    let program = address_of(path, deployment.proxy.as_ref(), "proxy program")?;

    let root_source = root_source::Run {
        submitter,
        path,
        options,
        deployment: &mut deployment,
        deployed: &mut deployed,
    }
    .root_source()
    .await?;

    if !stands(target, deployment.reader.as_ref(), &READER).await? {
        deployment.reader = Some(deploy_program(submitter, &READER, &[], value).await?);
        deployed.push(READER.name);
        store(&deployment)?;
    }
    let reader = address_of(path, deployment.reader.as_ref(), "reader")?;

    let call =
        options
            .source_chain
            .initialize(options.source_chain_id, root_source, program, reader);
    if !stands(target, deployment.registry.as_ref(), &REGISTRY).await?
        || !registry_is(target, deployment.registry.as_ref(), &call, options).await?
    {
        deployment.registry =
            Some(deploy_program(submitter, &REGISTRY, &constructor(&call), value).await?);
        deployed.push(REGISTRY.name);
        store(&deployment)?;
    }

    if !stands(target, deployment.verifier.as_ref(), &VERIFIER).await? {
        deployment.verifier = Some(deploy_program(submitter, &VERIFIER, &[], value).await?);
        deployed.push(VERIFIER.name);
    }
    store(&deployment)?;
    Ok(DeployReport {
        deployment,
        deployed,
    })
}

/// A chain without ArbWasm answers a call to its address with nothing, and would take any program for active.
async fn require_stylus(target: &Chain) -> Result<(), Error> {
    const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
    match target.view(ARB_WASM, &ArbWasm::stylusVersionCall {}).await {
        Ok(_version) => Ok(()),
        Err(Error::BadAnswer { .. } | Error::Reverted { .. }) => Err(Error::NotStylus {
            chain_id: target.chain_id(),
        }),
        Err(error) => Err(error),
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
                side: crate::Side::Source,
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

/// Whether a program stands on chain with the code that this binary carries.
async fn stands(
    target: &Chain,
    deployed: Option<&Deployed>,
    artifact: &Artifact,
) -> Result<bool, Error> {
    match deployed {
        Some(deployed) => {
            Ok(*target.code(deployed.address, target.head().await?).await?
                == *artifact.deploy_code())
        }
        None => Ok(false),
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
    let (root_source, program, reader, told) = futures::try_join!(
        target.view(deployed.address, &IRegistry::rootSourceCall {}),
        target.view(deployed.address, &IRegistry::programCall {}),
        target.view(deployed.address, &IRegistry::readerCall {}),
        target.view(deployed.address, &IRegistry::sourceChainCall {}),
    )?;
    Ok(
        (root_source, program, reader) == (wanted.rootSource, wanted.program, wanted.reader)
            && options.source_chain.are(options.source_chain_id, &told),
    )
}

/// Deploys one program, activates it unless its code is active already, and runs its constructor, in one transaction.
pub async fn deploy_program(
    submitter: &Submitter,
    artifact: &Artifact,
    constructor: &[u8],
    activation_value: U256,
) -> Result<Deployed, Error> {
    let code = artifact.deploy_code();
    let transaction = Transaction {
        call: artifact.name,
        to: None,
        value: activation_value,
        data: init_code(&code, constructor),
    };
    let receipt = submitter.send(transaction).await?;
    let creator = receipt.contract_address.ok_or_else(|| {
        submitter.chain().bad_answer(
            "eth_getTransactionReceipt",
            AnswerProblem::NothingCreated(receipt.tx_hash),
        )
    })?;
    let address = program_address(creator);
    tracing::info!(program = artifact.name, %address, gas = receipt.gas_used.to::<u64>(), bytes = code.len(), "deployed");
    Ok(Deployed {
        address,
        block: receipt.block_number.to(),
        tx_hash: receipt.tx_hash,
        gas_used: receipt.gas_used.to(),
        code_bytes: code.len(),
    })
}

/// Calldata of a constructor: the constructor's selector and the parameters of its declaration.
fn constructor<C: SolCall>(call: &C) -> Vec<u8> {
    let mut calldata = call.abi_encode();
    for (byte, selector) in calldata.iter_mut().zip(CONSTRUCTOR_SELECTOR) {
        *byte = selector;
    }
    calldata
}

fn address_of(
    path: Option<&Path>,
    deployed: Option<&Deployed>,
    name: &'static str,
) -> Result<Address, Error> {
    deployed
        .map(|deployed| deployed.address)
        .ok_or_else(|| Error::FileContent {
            path: path.unwrap_or(Path::new("deployment")).to_owned(),
            problem: FileProblem::Incomplete(name),
        })
}
