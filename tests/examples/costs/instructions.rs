use smartsync_tests::{Error, Stage, measure::instructions};

/// Prints what the interpreter costs by part and by class of instructions.
pub async fn report(stage: &Stage) -> Result<(), Error> {
    let (parts, measured) = instructions(stage).await?;
    println!("\n## The interpreter\n");
    println!(
        "The runner (`contract/runner`) as WASM, cached, asked by itself: it is told the state and proves nothing. Reader and registry run the same interpreter. Before the first instruction:"
    );
    println!("\n| part | gas |");
    println!("| --- | --- |");
    for part in parts {
        println!("| {} | {} |", part.part, part.gas);
    }
    println!(
        "\nInstructions, up to 1,000 times in one code, the same bytes with a `STOP` before them taken off. 10,000 ink are one gas. The EVM's price is that of warm accounts and slots (EIP-2929)"
    );
    println!(
        "that a frame touches again; cold ones are 2,600 and 2,100 gas. In the runner a slot is looked up in what it was told; in reader and registry it is a slot of the mirror, at the EVM's price.\n"
    );
    println!("| class | instructions | ink | gas | EVM, gas |");
    println!("| --- | --- | --- | --- | --- |");
    for row in measured {
        println!(
            "| {} | {} | {} | {}.{:02} | {} |",
            row.class,
            row.names,
            row.ink,
            row.ink / 10_000,
            row.ink % 10_000 / 100,
            row.evm
        );
    }
    Ok(())
}
