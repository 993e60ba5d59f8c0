use alloy::rpc::types::TransactionRequest;
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_abi::{INotary, IRegistry};
use smartsync_tests::{Error, Stage, measure::cache, request};

/// Prints what the other calls cost, as transactions of their own.
pub async fn report(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    cache(&stage.target, programs, true).await?;
    println!("## Other calls\n");
    println!("Whole transactions, the programs cached. The notary has one signer.\n");
    println!("| call | gas | calldata bytes |");
    println!("| --- | --- | --- |");
    headers(stage).await?;
    creation(stage).await?;
    println!();
    Ok(())
}

async fn measure(stage: &Stage, call: &str, request: TransactionRequest) -> Result<(), Error> {
    let bytes = request.input.input().map_or(0, |data| data.len());
    let gas = stage.target.send_request(request).await?.gas_used;
    println!("| {call} | {gas} | {bytes} |");
    Ok(())
}

async fn headers(stage: &Stage) -> Result<(), Error> {
    for _ in 0..12 {
        stage.source.mine().await?;
    }
    let head = stage.source.block_number().await?;
    let (header, rlp) = stage.source.header(head).await?;
    let submission = stage.submission(&rlp, header.hash_slow());
    let submit = IRegistry::submitHeaderCall { submission };
    let submit = || request(stage.registry, submit.abi_encode().into());
    measure(stage, "`submitHeader`", submit()).await?;
    measure(stage, "`submitHeader` of a known header", submit()).await?;
    let mut headers = Vec::new();
    for number in (head - 11..head).rev() {
        headers.push(stage.source.header(number).await?.1);
    }
    let extend = INotary::extendCall {
        header: headers.remove(0),
    };
    let extend = request(stage.notary, extend.abi_encode().into());
    measure(stage, "`extend`", extend).await?;
    let extend = INotary::extendManyCall { headers };
    let extend = request(stage.notary, extend.abi_encode().into());
    measure(stage, "`extendMany` of 10 headers", extend).await
}

async fn creation(stage: &Stage) -> Result<(), Error> {
    // Code that was not there before: one value's reader, and a byte that is never reached.
    let source = stage.self_reader(5).await?;
    let code = [stage.source.code(source).await?.as_ref(), &[0]].concat();
    let set = serde_json::json!([source, Bytes::from(code.clone())]);
    stage.source.rpc("anvil_setCode", set).await?;
    for length in [code.len(), 20_480] {
        let label = format!("`deployCode` of {length} bytes");
        // Whose code it is again and again.
        let code: Vec<u8> = code.iter().copied().cycle().take(length).collect();
        let deploy = IRegistry::deployCodeCall { code: code.into() };
        let deploy = request(stage.registry, deploy.abi_encode().into());
        measure(stage, &label, deploy).await?;
    }
    let block = stage.submit_head().await?;
    let create = stage.create_call(source, block).await?;
    measure(stage, "`create`", stage.with_lock(&create)).await?;
    let mirror = stage.create(source).await?;
    stage.sync_all(mirror).await?;
    stage.source.mine().await?;
    let block = stage.submit_head().await?;
    let nothing = Bytes::from_static(&[1, 0, 0]);
    let sync = stage.sync_call(mirror, block, nothing).await?;
    let sync = request(stage.registry, sync.abi_encode().into());
    measure(stage, "`sync` when nothing has changed", sync).await?;
    let fresh = IRegistry::requireFreshCall {
        proxy: mirror.proxy,
        maxAgeSeconds: u64::MAX,
        maxBlocksBehind: 0,
    };
    let fresh = request(stage.registry, fresh.abi_encode().into());
    measure(stage, "`requireFresh`", fresh).await
}
