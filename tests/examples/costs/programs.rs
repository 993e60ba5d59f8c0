use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use devchain::{Config, DevChain, Kind};
use smartsync_abi::{CONSTRUCTOR_SELECTOR, INotary};
use smartsync_clone::DATA_INIT_PREFIX;
use smartsync_tests::{
    Chain, Error, Stage, System,
    measure::{cache, execution_gas},
    request,
};

/// Sizes, what an entry costs, and what a deployment costs.
pub async fn report(stage: &Stage) -> Result<(), Error> {
    println!("## Programs\n");
    println!(
        "Entry is what a call pays before the first instruction: a call with no known selector, all told. Deployment is two transactions on an"
    );
    println!(
        "empty chain, creation and activation; the data fee of an activation is paid in value, beside the gas. `consumer` is the example of"
    );
    println!("[consumers.md](consumers.md).\n");
    println!(
        "| program | WASM bytes | deployed bytes | call, not cached | call, cached | creation | activation |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let empty = DevChain::spawn(Config::new(Kind::Stylus))
        .await
        .map_err(|error| Error::Rpc {
            method: "spawn",
            reason: error.to_string(),
        })?;
    let fresh = Chain::at(&empty.url());
    for artifact in smartsync_artifacts::ALL {
        let at = System::deploy_program(&stage.target, &artifact).await?;
        let mut gas = [0; 2];
        for (gas, cached) in gas.iter_mut().zip([false, true]) {
            cache(&stage.target, &[at], cached).await?;
            *gas = execution_gas(&stage.target, at, Bytes::from_static(&[0xff; 4])).await?;
        }
        cache(&stage.target, &[at], false).await?;
        let code = [DATA_INIT_PREFIX.as_slice(), &artifact.deploy_code()].concat();
        let creation = alloy::rpc::types::TransactionRequest {
            to: Some(alloy_primitives::TxKind::Create),
            ..request(at, code.into())
        };
        let creation = fresh.send_request(creation).await?;
        let program = creation.contract_address.unwrap_or_default();
        let activation = System::activate(&fresh, program).await?;
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            artifact.name,
            artifact.wasm.len(),
            artifact.deploy_code().len(),
            gas[0],
            gas[1],
            creation.gas_used,
            activation.gas_used,
        );
    }
    empty.stop().await;
    constructors(stage).await
}

async fn constructors(stage: &Stage) -> Result<(), Error> {
    let registry = System::initialize(U256::from(31_337), stage.notary, stage.programs());
    let notary = INotary::initializeCall {
        sourceChainId: U256::ONE,
        signers: vec![Chain::account(0)],
        threshold: 1,
        minBlockTime: 1,
    };
    let mut gas = Vec::new();
    for (artifact, initialize) in [
        (smartsync_artifacts::REGISTRY, registry.abi_encode()),
        (smartsync_artifacts::NOTARY, notary.abi_encode()),
    ] {
        let at = System::deploy_program(&stage.target, &artifact).await?;
        let arguments = initialize.get(4..).unwrap_or_default();
        let data = [CONSTRUCTOR_SELECTOR.as_slice(), arguments].concat();
        let receipt = stage.target.send_request(request(at, data.into())).await?;
        gas.push(receipt.gas_used);
    }
    println!(
        "\nThe constructors take {} gas (registry) and {} (notary, one signer).\n",
        gas[0], gas[1]
    );
    Ok(())
}
