use std::path::Path;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::CONSTRUCTOR_SELECTOR;
use smartsync_artifacts::Artifact;
use smartsync_chain::{AnswerProblem, Chain, Submitter, Transaction};

use super::creator::{init_code, program_address};
use crate::{
    deployment::Deployed,
    error::{Error, FileProblem},
};

/// Whether a program stands on chain with the code that this binary carries.
pub(super) async fn stands(
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
pub(super) fn constructor<C: SolCall>(call: &C) -> Vec<u8> {
    let mut calldata = call.abi_encode();
    for (byte, selector) in calldata.iter_mut().zip(CONSTRUCTOR_SELECTOR) {
        *byte = selector;
    }
    calldata
}

/// The address of what must stand by now.
pub(super) fn address_of(
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
