use alloy_primitives::{Address, Bytes, U256, address};
use relayer::{
    Deployment,
    programs::{ARB_WASM, time_left},
};
use smartsync_abi::{ArbSys, ArbWasm, IRegistry, IRollup, IRootSource};
use smartsync_chain::{Chain, Error, Side};
use smartsync_roots::{ParentChain, RootSourceKind, newest_pushed};

use crate::{
    options::{DoctorOptions, HISTORY},
    release,
    report::Checks,
};

/// Arbitrum's precompile about the chain.
const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// Seconds of a day.
const DAY: u64 = 86_400;

/// What only a target needs: the proof of its own blocks, and programs.
pub(crate) async fn stylus(target: &Chain, checks: &mut Checks<'_>) {
    let version = target.view(ARB_WASM, &ArbWasm::stylusVersionCall {}).await;
    checks.book(
        "Stylus",
        version.map(|version| format!("version {version}")),
    );
    let own_hash = async {
        let block = target.head().await?.saturating_sub(1);
        let call = ArbSys::arbBlockHashCall {
            arbBlockNum: U256::from(block),
        };
        let told = target.view(ARB_SYS, &call).await?;
        Ok::<_, Error>((block, told, target.block(block).await?.hash))
    };
    match own_hash.await {
        Ok((block, told, hash)) if told == hash => {
            checks.note(
                "arbBlockHash",
                true,
                format!("that of block {block} is right"),
            );
        }
        Ok((block, told, hash)) => checks.note(
            "arbBlockHash",
            false,
            format!("that of block {block} is {told}, the node says {hash}"),
        ),
        Err(error) => checks.book("arbBlockHash", Err(error)),
    }
    let history: Result<Bytes, Error> = target.request("eth_getCode", (HISTORY, "latest")).await;
    match history {
        Ok(code) if code.is_empty() => checks.note(
            "block hashes beyond 256 (EIP-2935)",
            false,
            format!("no contract at {HISTORY}"),
        ),
        found => checks.book(
            "block hashes beyond 256 (EIP-2935)",
            found.map(|_code| format!("contract at {HISTORY}")),
        ),
    }
}

/// How far the block-hash buffer is filled, and how far behind the source that is.
async fn buffer(
    options: &DoctorOptions<'_>,
    target: &Chain,
    parent_chain: Address,
    checks: &mut Checks<'_>,
) {
    let found = async {
        let parent_chain = ParentChain {
            address: parent_chain,
        };
        let address = parent_chain.buffer(target).await?;
        let newest = newest_pushed(target, address).await?;
        let head = match options.source {
            Some(source) => Some(source.head().await?),
            None => None,
        };
        Ok::<_, smartsync_roots::Error>((address, newest, head))
    };
    let (works, detail) = match found.await {
        Ok((address, Some(0), _)) => (false, format!("nothing was pushed to {address} yet")),
        Ok((address, Some(newest), Some(head))) => {
            let behind = head.saturating_sub(newest);
            let newest = format!("the newest block pushed to {address} is {newest}");
            (
                true,
                format!("{newest}, {behind} behind the source's newest"),
            )
        }
        Ok((address, Some(newest), None)) => (
            true,
            format!("the newest block pushed to {address} is {newest}"),
        ),
        Ok((address, None, _)) => (
            true,
            format!("{address} does not say what was pushed to it last"),
        ),
        Err(error) => (false, error.to_string()),
    };
    checks.note("block-hash buffer", works, detail);
}

pub(crate) async fn contracts(
    options: &DoctorOptions<'_>,
    target: &Chain,
    deployment: &Deployment,
    checks: &mut Checks<'_>,
) {
    let chains = [
        (Side::Target, Some(target), deployment.target_chain_id),
        (Side::Source, options.source, deployment.source_chain_id),
    ];
    for (side, chain, expected) in chains {
        if let Some(chain) = chain {
            let got = chain.chain_id();
            let name = format!("deployed for this {side} chain");
            checks.note(
                name,
                got == expected,
                format!("{expected}, the node's is {got}"),
            );
        }
    }
    for (name, program) in deployment.programs() {
        let left = time_left(target, program.address).await;
        checks.book(
            format!("{name} at {}", program.address),
            left.map(|seconds| format!("active for {} more days", seconds / DAY)),
        );
    }
    release::programs(target, deployment, checks).await;
    if let Some(registry) = &deployment.registry {
        release::facts(target, registry.address, checks).await;
    }
    if let Some((_, root_source)) = deployment.root_source() {
        let latest = target
            .view(root_source.address, &IRootSource::latestBlockCall {})
            .await;
        checks.book(
            "root source",
            latest.map(|block| format!("knows up to source block {block}")),
        );
    }
    if let Some((RootSourceKind::Rollup, root_source)) = deployment.root_source() {
        let told = target
            .view(root_source.address, &IRollup::describeCall {})
            .await;
        checks.book(
            "rollup",
            told.map(|told| {
                format!(
                    "asks {} on chain {}, by the prover {} under the root source {}",
                    told.parentContract, told.parentChainId, told.prover, told.parentRootSource
                )
            }),
        );
    }
    if let Some((RootSourceKind::ParentChain, root_source)) = deployment.root_source() {
        buffer(options, target, root_source.address, checks).await;
    }
    if let Some(registry) = &deployment.registry {
        let call = IRegistry::proxyOfCall {
            source: options.contract.unwrap_or_default(),
        };
        let answer = target.view(registry.address, &call).await;
        checks.book(
            "registry",
            answer.map(|proxy| match (options.contract, proxy) {
                (Some(contract), Address::ZERO) => format!("answers; no mirror of {contract}"),
                (Some(contract), proxy) => format!("answers; {proxy} mirrors {contract}"),
                (None, _) => "answers".to_owned(),
            }),
        );
    }
}
