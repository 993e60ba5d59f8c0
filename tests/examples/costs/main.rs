//! Measures what SmartSync costs, on the dev chains, and prints it as Markdown: `scripts/costs.sh` writes it to
//! `docs/costs.md`. Deterministic but for keys and values, which come from a fixed seed.

mod calls;
mod feeds;
mod instructions;
mod programs;
mod proven;
mod syncs;
mod versions;

use alloy_primitives::Address;
use smartsync_tests::{
    Error, Stage, Workload,
    measure::{cache, deployed, exact_reads, migrations, native_reads, unchanged_members},
};

/// What is left of reads of the exact lane that cost more than was aimed at.
const WHY_NOT_LESS: &str = "\
What is over the aim is what the design did not count. A first read of one contract touches three accounts that the call at home does not: logic, reader and the account that keeps the code, 2,600 gas each (EIP-2929). A repeated one pays
the attempt in the native lane (under [one read](#one-read)), the reader's entry (under [programs](#programs)), and 800 for reading kept code, 700 of which the runtime charges whatever the length. For a proxy the registry is asked, too, which
code its implementation has: the registry's account, four of its slots and its entry, and one more account that keeps code.";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stage = Stage::start().await?;
    let programs = deployed(&stage).await?;
    // Of proven calls alone, to look at.
    if std::env::args().any(|argument| argument == "proven") {
        return proven::report(&stage, &programs).await;
    }
    // Of the interpreter alone.
    if std::env::args().any(|argument| argument == "instructions") {
        return instructions::report(&stage).await;
    }
    let [.., verifier] = programs;
    println!("# Costs\n");
    println!(
        "Made by `scripts/costs.sh`: the programs as WASM on the dev chain ([devchain.md](devchain.md)) with ArbOS 61, in EVM gas. A real Arbitrum"
    );
    println!(
        "chain adds the L1 data fee for the bytes: [evaluation.md](evaluation.md#what-does-it-cost-a-day). Random keys of a mapping at slot 0, values under 10^6, header already known.\n"
    );
    programs::report(&stage).await?;
    syncs::report(&stage, verifier, &programs).await?;
    migration(&stage, &programs).await?;
    calls::report(&stage, &programs).await?;
    groups(&stage, &programs).await?;
    reads(&stage, &programs).await?;
    instructions::report(&stage).await?;
    proven::report(&stage, &programs).await?;
    feeds::report().await?;
    versions::report().await?;
    Ok(())
}

/// Prints the table of migrations, by each way.
async fn migration(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    cache(&stage.target, programs, true).await?;
    println!("## Migration\n");
    println!(
        "Gas for each slot, all transactions but `deployCode` and `create` counted; writing a slot alone is 22,100.\n"
    );
    println!("| way | slots | gas | gas a slot |");
    println!("| --- | --- | --- | --- |");
    for row in migrations(stage, &mut Workload::default(), 2_000).await? {
        println!(
            "| {} | {} | {} | {} |",
            row.way,
            row.slots,
            row.gas,
            row.gas / row.slots as u64
        );
    }
    println!();
    Ok(())
}

/// Prints the table of groups.
async fn groups(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("## An unchanged member of a group\n");
    println!(
        "What it adds to a `syncMany` with another, the programs cached. Its account proof has 8 nodes, as on Ethereum mainnet: 7 full branches and a leaf. Two addresses share as many nodes as their hashes"
    );
    println!(
        "have nibbles in common, and the root: one node mostly, two in one of 16 pairs. What is not shared is 532 bytes a branch, 480 of them hashes beside the way that no proof of the account can do without."
    );
    println!(
        "A read that reaches it costs as under [reads of the exact lane](#reads-of-the-exact-lane), another mirror's slot.\n"
    );
    println!("| nodes shared, of 8 | calldata bytes added | gas added |");
    println!("| --- | --- | --- |");
    for member in unchanged_members(stage, programs).await? {
        println!("| {} | {} | {} |", member.shared, member.bytes, member.gas);
    }
    println!();
    Ok(())
}

/// Prints the tables of reads, by lane.
async fn reads(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("## One read\n");
    println!(
        "Gas that a view call of one slot takes through the mirror, above the same call of the logic itself. The prototype of the paper adds"
    );
    println!("4,178 to a cold call and 1,678 to a warm one.\n");
    println!("| context | programs | gas added |");
    println!("| --- | --- | --- |");
    for read in native_reads(stage, programs).await? {
        let programs = if read.cached { "cached" } else { "not cached" };
        println!("| {} | {programs} | {} |", read.context, read.added);
    }
    println!("\n## Reads of the exact lane\n");
    println!(
        "The programs cached; above the same call of the source's own code at home (on the source chain, through the same reader)."
    );
    println!(
        "The implementation is padded to 20 KB. \"Repeated\" is the same read again in one transaction: all accounts and slots warm that the first one touched. The difference of both columns is the price of"
    );
    println!(
        "accounts and slots that are cold (EIP-2929): reader, registry, the mirrors and their codes, the registry's records.\n"
    );
    println!("| read | first | aimed at | repeated | aimed at |");
    println!("| --- | --- | --- | --- | --- |");
    for read in exact_reads(stage, programs).await? {
        let aims = read.aims.map(|aims| aims.map(|aim| aim.to_string()));
        let [first, repeated] = aims.unwrap_or_default();
        println!(
            "| {} | {} | {first} | {} | {repeated} |",
            read.read, read.first, read.repeated
        );
    }
    println!("\n{WHY_NOT_LESS}\n");
    Ok(())
}
