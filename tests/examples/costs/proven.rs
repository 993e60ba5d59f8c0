use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_abi::IProver;
use smartsync_tests::{
    Chain, Error, Question, STATE_NODES, STORAGE_NODES, Stage, Touched, VaultV1, World,
    measure::{
        Claims, Protocol, cache, calldata_gas, execution_gas, padded_vault, proven_claim,
        proven_read,
    },
};

/// Prints the table of proven calls.
pub async fn report(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("\n## Proven calls\n");
    println!(
        "Whole transactions, the programs cached. *proof* is the same witness with a call of an account without code: programs' entries, root source, folding. *execution* is what the"
    );
    println!(
        "question adds: loading codes, interpreting. The L1 data fee of the calldata is not in it.\n"
    );
    println!("| question | witness bytes | calldata | gas | transaction | proof | execution |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let prover = stage.deploy_prover().await?;
    let runner = stage.target.view(prover, IProver::runnerCall {}).await;
    let runner = runner.map_err(|error| failed(format!("{error:?}")))?;
    cache(&stage.target, programs, true).await?;
    cache(&stage.target, &[prover, runner], true).await?;

    let [small, vault] = padded_vault(stage).await?;
    let world = stage.on_source(&World::BYTECODE, []).await?;
    let stored = World::storedCall {}.abi_encode();
    let shares = VaultV1::sharesCall {}.abi_encode();
    let through = World::askCall {
        account: vault,
        data: shares.clone().into(),
    };
    let questions = [
        ("one slot", world, stored.clone()),
        (
            "EIP-1967 proxy to an implementation of 20 KB",
            vault,
            shares,
        ),
        (
            "the same, asked by another contract",
            world,
            through.abi_encode(),
        ),
    ];
    for inline in [true, false] {
        for (name, to, data) in &questions {
            let question = Question {
                block: stage.submit_head().await?,
                from: Chain::account(0),
                to: *to,
                data: data.clone().into(),
            };
            let mut touched = Touched::default();
            let answer = stage.prove(prover, &question, &mut touched).await;
            answer.map_err(|error| failed(format!("{error:?}")))?;
            let idle = Chain::account(1);
            if inline {
                // Whether the registry has them or not.
                touched.codes = touched.accounts.keys().copied().collect();
            }
            touched.accounts.entry(idle).or_default();
            let witness = stage.witness(question.block, &touched).await?;
            let name = format!(
                "{name}, codes in the {}",
                if inline { "witness" } else { "registry" }
            );
            row(stage, prover, &name, &question, idle, &witness).await?;
        }
        for account in [small, vault, world] {
            stage.deploy_code(account).await?;
        }
    }
    protocols(stage).await?;
    claims().await
}

fn failed(reason: String) -> Error {
    Error::Rpc {
        method: "eth_call",
        reason,
    }
}

async fn row(
    stage: &Stage,
    prover: Address,
    name: &str,
    question: &Question,
    idle: Address,
    witness: &Bytes,
) -> Result<(), Error> {
    let data = question.with(witness.clone()).abi_encode();
    let idle = Question {
        to: idle,
        ..question.clone()
    };
    let without = idle.with(witness.clone()).abi_encode();
    let calldata = data.len();
    let transaction = 21_000 + calldata_gas(&data);
    let whole = execution_gas(&stage.target, prover, data.into()).await?;
    let proof = execution_gas(&stage.target, prover, without.into()).await?;
    println!(
        "| {name} | {} | {calldata} | {} | {transaction} | {proof} | {} |",
        witness.len(),
        whole + transaction,
        whole - proof
    );
    Ok(())
}

/// Prints what proven reads of protocols cost, with deep tries.
async fn protocols(stage: &Stage) -> Result<(), Error> {
    println!("\n### Of protocols, with tries as deep as mainnet's\n");
    println!(
        "Contracts of npm packages ([`protocols.rs`](../tests/src/measure/protocols.rs)), the answers compared with the source's. The accounts are on ways of {STATE_NODES} nodes, the slots of contracts that are large on mainnet"
    );
    println!(
        "on ways of {STORAGE_NODES}; the other children are made up. Codes in the registry, programs cached. *transaction* is 21,000 and the calldata, *verification* checking the witness, *loading* loading the codes, *execution* interpreting"
    );
    println!(
        "them, *at home* the same calls on the source with all accounts and slots warm, *rest* the programs' entries and the root source. The last column is verification and execution together of all. The L1 data fee is apart: that of a transaction of so many bytes, of which hardly any can be compressed.\n"
    );
    println!(
        "| question | accounts | slots | witness bytes | calldata | gas | transaction | verification | loading | execution | at home | rest | share |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let told = stage.deploy_told_prover().await?;
    cache(
        &stage.target,
        &[told.prover, told.runner, stage.codes],
        true,
    )
    .await?;
    let (mut execution, mut home) = (0, 0);
    for protocol in Protocol::ALL {
        let read = protocol.set_up(stage).await?;
        let cost = proven_read(stage, &told, &read).await?;
        execution += cost.execution;
        home += cost.home;
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} % |",
            protocol.name(),
            cost.accounts,
            cost.slots,
            cost.witness,
            cost.calldata,
            cost.gas(),
            cost.transaction,
            cost.verification,
            cost.loading,
            cost.execution,
            cost.home,
            cost.rest,
            (cost.verification + cost.execution) * 100 / cost.gas(),
        );
    }
    println!(
        "\nInterpreting all of them takes {execution} gas, and {home} at home, where the EVM runs the same code on warm accounts and slots: {:.2} times as much.",
        execution as f64 / home as f64
    );
    Ok(())
}

/// Prints what claims of rollups cost, with deep tries.
async fn claims() -> Result<(), Error> {
    println!("\n### Claims of rollups\n");
    println!(
        "By the rollups' own contracts of npm packages on their parent chain, with tries like those above; codes in the registry, programs cached. *verification* has the programs' entries in it.\n"
    );
    println!(
        "| rollup | accounts | slots | submission bytes | gas | transaction | verification | rest |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let claims = [
        ("OP Stack", Claims::optimism().await),
        (
            "OP Stack, if all storages were large",
            Claims::optimism().await.all_large(),
        ),
        ("Arbitrum (Nitro)", Claims::nitro().await),
    ];
    for (name, claims) in &claims {
        let cost = proven_claim(claims).await?;
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            cost.accounts,
            cost.slots,
            cost.bytes,
            cost.gas,
            cost.transaction,
            cost.verification,
            cost.gas - cost.transaction - cost.verification,
        );
    }
    Ok(())
}
