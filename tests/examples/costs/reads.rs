use alloy::rpc::types::AccessListItem;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_tests::{Error, MirrorReader, SelfReader, Stage, request};

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
            let metered = async |mirror| {
                let call = MirrorReader::meterStaticCall {
                    mirror,
                    data: data.clone(),
                    gasLimit: U256::from(1_000_000),
                };
                let mut request = request(reader, call.abi_encode().into());
                if warm {
                    // What an earlier read in the same transaction leaves warm (EIP-2929, EIP-2930).
                    let account = |address| AccessListItem {
                        address,
                        storage_keys: vec![B256::ZERO],
                    };
                    request = request.access_list(vec![account(mirror), account(logic)].into());
                }
                let failed = |reason: String| Error::Rpc {
                    method: "eth_call",
                    reason,
                };
                let output = stage
                    .target
                    .call_with(request)
                    .await
                    .map_err(|error| failed(format!("{error:?}")))?;
                MirrorReader::meterStaticCall::abi_decode_returns(&output)
                    .map(|answer| answer.gasUsed.to::<u64>())
                    .map_err(|error| failed(error.to_string()))
            };
            let added = metered(mirror.proxy).await? - metered(direct).await?;
            println!(
                "| STATICCALL from a contract, {nth} in the transaction | {label} | {added} |"
            );
        }
        let through = execution_gas(&stage.target, mirror.proxy, data.clone()).await?;
        let alone = execution_gas(&stage.target, direct, data.clone()).await?;
        println!(
            "| not static (a wallet's `eth_call`, a plain CALL), through the program | {label} | {} |",
            through - alone
        );
    }
    println!();
    probe();
    Ok(())
}

/// What the clone's probe executes: opcode, price, number of times.
const PROBE: [(&str, u64, u64); 13] = [
    ("CALLER", 2, 2),
    ("ADDRESS", 2, 1),
    ("CALLDATASIZE", 2, 1),
    ("PUSH0", 2, 3),
    ("PUSH1", 3, 3),
    ("PUSH20", 3, 1),
    ("EQ", 3, 1),
    ("XOR", 3, 2),
    ("OR", 3, 2),
    ("DUP1", 3, 1),
    ("CALLDATALOAD", 3, 1),
    ("JUMPI", 10, 2),
    ("TSTORE", 100, 1),
];

/// Prints the prices that the clone's test for a static context relies on.
fn probe() {
    let needed: u64 = PROBE.iter().map(|(_, price, times)| price * times).sum();
    println!("## The probe\n");
    println!(
        "The clone's test for a static context ([clone.md](clone.md)) needs {needed} gas, which `tests/e2e/fast_lane.rs` measures, and is given {}. It",
        smartsync_clone::PROBE_GAS
    );
    println!("relies on these prices:\n");
    println!("| opcode | gas | times |");
    println!("| --- | --- | --- |");
    for (opcode, price, times) in PROBE {
        println!("| `{opcode}` | {price} | {times} |");
    }
}
