use alloy_primitives::{Bytes, Uint};
use alloy_sol_types::SolCall;
use smartsync_abi::{IFeed, IProver};
use smartsync_tests::{
    CallError, Error, Feed, Oracle,
    measure::{cache, calldata_gas, execution_gas},
};

/// Prints the tables of feeds.
pub async fn report() -> Result<(), Error> {
    let feed = Feed::start().await?;
    let (stage, target) = (&feed.stage, &feed.stage.target);
    let runner = target.view(feed.prover, IProver::runnerCall {}).await;
    let programs = [
        feed.feeds,
        feed.prover,
        runner.map_err(failed)?,
        stage.notary,
    ];
    cache(target, &programs, true).await?;
    println!("\n## Feeds\n");
    println!(
        "A feed about one slot of a plain contract. Whole transactions, the programs cached, the header known and the code in the registry; a read is the execution of a call by itself, its slots"
    );
    println!(
        "and account cold. The L1 data fee of the calldata is not in it. A proven call of the same question is in the table above.\n"
    );
    println!("| transaction | calldata | gas | calldata's part |");
    println!("| --- | --- | --- | --- |");
    stage.deploy_code(feed.oracle).await?;
    let question = feed.question().await.map_err(failed)?;
    let create = smartsync_abi::IFeeds::createCall {
        question: question.clone(),
    };
    let at = {
        let receipt = target.send(feed.feeds, create.clone()).await?;
        row("creating a feed", &create.abi_encode(), receipt.gas_used);
        feed.create(question.clone()).await?
    };
    let mut updates = Vec::new();
    for (name, rate) in [("the first update", 7u64), ("an update", 8)] {
        let set = Oracle::setCall {
            rate_: alloy_primitives::U256::from(rate),
        };
        stage.source.send(feed.oracle, set).await?;
        let block = stage.submit_head().await?;
        let update = feed.update(&question, block).await.map_err(failed)?;
        let receipt = target.send(at, update.clone()).await?;
        row(name, &update.abi_encode(), receipt.gas_used);
        updates.push(update);
    }
    for update in updates.into_iter().take(1) {
        let receipt = target.send(at, update.clone()).await?;
        let name = "an update that is not newer";
        row(name, &update.abi_encode(), receipt.gas_used);
    }
    println!("\n| read | gas |\n| --- | --- |");
    let round_data = IFeed::getRoundDataCall {
        roundId: Uint::from(1),
    };
    for (name, data) in [
        (
            "latestRoundData()",
            IFeed::latestRoundDataCall {}.abi_encode(),
        ),
        ("getRoundData(1)", round_data.abi_encode()),
        ("latestAnswer()", IFeed::latestAnswerCall {}.abi_encode()),
        ("latest()", IFeed::latestCall {}.abi_encode()),
        ("decimals()", IFeed::decimalsCall {}.abi_encode()),
    ] {
        let gas = execution_gas(target, at, Bytes::from(data)).await?;
        println!("| `{name}` | {gas} |");
    }
    Ok(())
}

fn row(name: &str, data: &[u8], gas: u64) {
    println!(
        "| {name} | {} | {gas} | {} |",
        data.len(),
        calldata_gas(data)
    );
}

fn failed(error: CallError) -> Error {
    Error::Rpc {
        method: "eth_call",
        reason: format!("{error:?}"),
    }
}
