use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolValue;

use crate::{Error, Stage, System, UpgradeableProxy, VaultV1};

/// Deploys the verifier, and lists it behind the other programs that are measured.
pub async fn deployed(stage: &Stage) -> Result<[Address; 6], Error> {
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER).await?;
    Ok([
        stage.registry,
        stage.notary,
        stage.program,
        stage.reader,
        stage.codes,
        verifier,
    ])
}

/// An implementation that is padded to 20 KB, and a proxy in front of it, on the source.
pub async fn padded_vault(stage: &Stage) -> Result<[Address; 2], Error> {
    let implementation = stage.on_source(&VaultV1::BYTECODE, []).await?;
    let mut padded = stage.source.code(implementation).await?.to_vec();
    padded.resize(20_480, 0);
    stage
        .source
        .set_code(implementation, Bytes::from(padded))
        .await?;
    let proxy = stage
        .on_source(&UpgradeableProxy::BYTECODE, implementation.abi_encode())
        .await?;
    Ok([implementation, proxy])
}
