use alloy::rpc::types::AccessListItem;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_tests::{
    Error, MirrorReader, SelfReader, Stage, UpgradeableProxy, VaultV1, World, request,
};

use crate::{cached, execution_gas};

/// Prints the table of reads, by context.
pub async fn report(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("## One read\n");
    println!(
        "Gas that a view call of one slot takes through the mirror, above the same call of the logic itself. The prototype of the paper adds"
    );
    println!("4,178 to a cold call and 1,678 to a warm one.\n");
    println!("| context | programs | gas added |");
    println!("| --- | --- | --- |");
    let mirror = stage.mirrored_reader(77).await?;
    let logic = stage.record(mirror).await?.logic;
    let direct = stage.on_target(&SelfReader::BYTECODE, []).await?;
    stage
        .target
        .send(
            direct,
            SelfReader::setCall {
                value_: U256::from(77),
            },
        )
        .await?;
    let reader = stage.on_target(&MirrorReader::BYTECODE, [0; 32]).await?;
    let data = Bytes::from(SelfReader::valueCall {}.abi_encode());
    for cache in [true, false] {
        cached(stage, programs, cache).await?;
        let label = if cache { "cached" } else { "not cached" };
        for (warm, nth) in [(false, "first"), (true, "repeated")] {
            let metered = async |to| {
                let accounts = if warm { vec![to, logic] } else { Vec::new() };
                metered(stage, reader, to, &data, &accounts).await
            };
            let added = metered(mirror.proxy).await? - metered(direct).await?;
            println!(
                "| STATICCALL from a contract, {nth} in the transaction | {label} | {added} |"
            );
        }
        let through = execution_gas(&stage.target, mirror.proxy, data.clone()).await?;
        let alone = execution_gas(&stage.target, direct, data.clone()).await?;
        println!(
            "| not static (a wallet's `eth_call`, a plain CALL), first in the transaction | {label} | {} |",
            through - alone
        );
    }
    println!();
    exact(stage, programs).await?;
    Ok(())
}

/// Gas of a STATICCALL from a contract, with these accounts, and their first slot, warm: what an earlier read in the same
/// transaction leaves (EIP-2929, EIP-2930).
async fn metered(
    stage: &Stage,
    reader: Address,
    to: Address,
    data: &Bytes,
    warm: &[Address],
) -> Result<u64, Error> {
    let call = MirrorReader::meterStaticCall {
        mirror: to,
        data: data.clone(),
        gasLimit: U256::from(20_000_000),
    };
    let account = |address: &Address| AccessListItem {
        address: *address,
        storage_keys: vec![B256::ZERO],
    };
    let warm: Vec<_> = warm.iter().map(account).collect();
    let request = request(reader, call.abi_encode().into()).access_list(warm.into());
    let failed = |reason: String| Error::Rpc {
        method: "eth_call",
        reason,
    };
    let output = stage
        .target
        .call_with(request)
        .await
        .map_err(|error| failed(format!("{error:?}")))?;
    let answer = MirrorReader::meterStaticCall::abi_decode_returns(&output)
        .map_err(|error| failed(error.to_string()))?;
    if !answer.success {
        return Err(failed(format!("the read of {to} fails")));
    }
    Ok(answer.gasUsed.to())
}

/// Prints the table of the exact lane.
async fn exact(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    cached(stage, programs, true).await?;
    let reader = stage.on_target(&MirrorReader::BYTECODE, [0; 32]).await?;
    println!("## Reads of the exact lane\n");
    println!(
        "The programs cached; above the same call of the source's own code at home (on the source chain, through the same reader)."
    );
    println!(
        "The implementation is padded to 20 KB. \"Repeated\" has all accounts warm that the first read touched, but for the registry's slots.\n"
    );
    println!("| read | first | repeated |");
    println!("| --- | --- | --- |");
    let world = stage.on_source(&World::BYTECODE, []).await?;
    let other = stage.on_source(&World::BYTECODE, []).await?;
    let small = stage.on_source(&VaultV1::BYTECODE, []).await?;
    let code = stage.source.code(small).await?;
    let mut padded = code.to_vec();
    padded.resize(20_480, 0);
    let set = serde_json::json!([small, Bytes::from(padded)]);
    stage.source.rpc("anvil_setCode", set).await?;
    let vault = stage
        .on_source(&UpgradeableProxy::BYTECODE, small.abi_encode())
        .await?;
    let deposit = VaultV1::depositCall {
        amount: U256::from(100),
    };
    stage.source.send(vault, deposit).await?;
    let mut mirrors = Vec::new();
    for source in [world, other, vault] {
        mirrors.push(stage.migrate(source).await?);
    }
    let block = stage.submit_head().await?;
    for mirror in &mirrors {
        if stage.record(*mirror).await?.sourceBlock < block {
            let call = stage.proven_sync(*mirror, block, &[]).await?;
            stage.target.send(stage.registry, call).await?;
        }
    }
    stage.prove_code(small, block).await?;
    let at_home = stage.source.clone();
    let home_reader = at_home.deploy(&MirrorReader::BYTECODE, [0; 32]).await?;
    let [first, second, proxy] = mirrors.as_slice() else {
        return Ok(());
    };
    let ask = |data: Vec<u8>| {
        World::askCall {
            account: second.source,
            data: data.into(),
        }
        .abi_encode()
    };
    for (label, mirror, data) in [
        (
            "one contract: its address",
            first,
            World::hereCall {}.abi_encode(),
        ),
        (
            "one contract: its chain id",
            first,
            World::chainCall {}.abi_encode(),
        ),
        (
            "EIP-1967 proxy to an implementation of 20 KB",
            proxy,
            VaultV1::sharesCall {}.abi_encode(),
        ),
        (
            "another mirror's slot",
            first,
            ask(World::storedCall {}.abi_encode()),
        ),
    ] {
        let data = Bytes::from(data);
        let mut added = Vec::new();
        let mut touched = vec![stage.registry, stage.reader];
        for mirror in &mirrors {
            let record = stage.record(*mirror).await?;
            let code = stage.code_of(record.codeHash).await?;
            touched.extend([mirror.proxy, record.logic, code.original]);
        }
        touched.push(
            stage
                .code_of(keccak256(stage.source.code(small).await?))
                .await?
                .original,
        );
        let home = [world, other, vault, small];
        for (here, there) in [(&[][..], &[][..]), (&touched, &home)] {
            let through = metered(stage, reader, mirror.proxy, &data, here).await?;
            let call = MirrorReader::meterStaticCall {
                mirror: mirror.source,
                data: data.clone(),
                gasLimit: U256::from(20_000_000),
            };
            let account = |address: &Address| AccessListItem {
                address: *address,
                storage_keys: vec![B256::ZERO],
            };
            let warm: Vec<_> = there.iter().map(account).collect();
            let call = request(home_reader, call.abi_encode().into()).access_list(warm.into());
            let failed = |reason: String| Error::Rpc {
                method: "eth_call",
                reason,
            };
            let output = at_home
                .call_with(call)
                .await
                .map_err(|error| failed(format!("{error:?}")))?;
            let alone = MirrorReader::meterStaticCall::abi_decode_returns(&output)
                .map_err(|error| failed(error.to_string()))?
                .gasUsed
                .to::<u64>();
            added.push(through.saturating_sub(alone));
        }
        println!("| {label} | {} | {} |", added[0], added[1]);
    }
    println!();
    Ok(())
}
