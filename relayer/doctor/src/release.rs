//! Whether what is deployed is what this release deploys.

use alloy_primitives::{Address, U256, address, keccak256};
use relayer::{Deployment, SourceChainFacts};
use smartsync_abi::IRegistry;
use smartsync_artifacts::{
    Artifact, CODES, COMBINED, FEEDS, NOTARY, PARENT_CHAIN, PROVER, PROXY, READER, REGISTRY,
    ROLLUP, RUNNER, VERIFIER,
};
use smartsync_chain::Chain;

use crate::report::Checks;

/// The first address that is not below 2^20.
const END_OF_LOW: Address = address!("0000000000000000000000000000000000100000");

/// The program that a deployment's name stands for.
fn artifact(name: &str) -> Option<&'static Artifact> {
    Some(match name {
        "proxy" => &PROXY,
        "reader" => &READER,
        "codes" => &CODES,
        "notary" => &NOTARY,
        "parentChain" => &PARENT_CHAIN,
        "combined" => &COMBINED,
        "rollup" => &ROLLUP,
        "registry" => &REGISTRY,
        "verifier" => &VERIFIER,
        "runner" => &RUNNER,
        "prover" => &PROVER,
        "feeds" => &FEEDS,
        _ => return None,
    })
}

/// Compares the code of each program with that of this release (`contract/code-hashes.txt`).
pub(crate) async fn programs(target: &Chain, deployment: &Deployment, checks: &mut Checks<'_>) {
    let head = match target.head().await {
        Ok(head) => head,
        Err(error) => return checks.book("code of the programs", Err(error)),
    };
    for (name, program) in deployment.programs() {
        let Some(artifact) = artifact(name) else {
            continue;
        };
        let found = target.code(program.address, head).await.map(keccak256);
        let of_release = keccak256(artifact.deploy_code());
        let check = format!("code of {name}");
        match found {
            Ok(hash) if hash == of_release => {
                checks.note(check, true, format!("{hash}, that of this release"));
            }
            Ok(hash) => checks.note(
                check,
                false,
                format!("{hash}, this release's is {of_release}"),
            ),
            Err(error) => checks.book(check, Err(error)),
        }
    }
}

/// Compares what the registry was told about the source chain with what is known of it.
pub(crate) async fn facts(target: &Chain, registry: Address, checks: &mut Checks<'_>) {
    let told = match target.view(registry, &IRegistry::sourceChainCall {}).await {
        Ok(told) => told,
        Err(error) => return checks.book("facts about the source chain", Err(error)),
    };
    let clz = match told.clzBlock {
        u64::MAX => "CLZ not known".to_owned(),
        block => format!("CLZ from block {block}"),
    };
    let said = format!(
        "chain {}, first block {}, {clz}, code {}permanent, NUMBER {}the header's",
        told.chainId,
        told.firstBlock,
        if told.permanentCode { "" } else { "not " },
        if told.numberIsHeaders { "" } else { "not " },
    );
    let (works, detail) = match SourceChainFacts::of(told.chainId) {
        None => (
            true,
            format!("{said}; nothing is known of this chain to compare with"),
        ),
        Some(known) if known.are(told.chainId, &told) => (true, format!("{said}, as is known")),
        // A later first block, or less than is true, refuses more and answers nothing wrong.
        Some(known) if known.is_more_than(&told) => (true, format!("{said}: cautious")),
        Some(_) => (false, format!("{said}: not what is known of this chain")),
    };
    checks.note("facts about the source chain", works, detail);
    lists(target, registry, checks).await;
}

/// Shows the lists that the registry was told. An address below 2^20 is nobody's on the target; whoever has another one there answers for it.
async fn lists(target: &Chain, registry: Address, checks: &mut Checks<'_>) {
    let told = futures::try_join!(
        target.view(registry, &IRegistry::precompilesCall {}),
        target.view(registry, &IRegistry::nativeRangesCall {}),
    );
    let (precompiles, native_ranges) = match told {
        Ok(told) => told,
        Err(error) => return checks.book("precompiled contracts and native accounts", Err(error)),
    };
    let works = precompiles
        .iter()
        .all(|told| told_address(told) < END_OF_LOW);
    let precompiles = listed(precompiles.iter().map(|told| {
        let block: U256 = *told >> 192;
        format!("{} from block {block}", told_address(told))
    }));
    let ranges = listed(native_ranges.chunks(2).map(|bounds| format!("{bounds:?}")));
    checks.note(
        "precompiled contracts and native accounts",
        works,
        format!("precompiled beyond 1 to 9: {precompiles}; native beyond 2^20: {ranges}"),
    );
}

/// The address in what a registry was told of a precompiled contract.
fn told_address(told: &U256) -> Address {
    Address::from_word((*told).into())
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.join(", ")
}
