use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    cache,
    native_lane::{metered, metered_again},
    padded_vault,
};
use crate::{Error, MirrorReader, Stage, VaultV1, World};

/// Gas that a view call takes through the exact lane, above the same call of the source's own code at home.
#[derive(Clone, Debug)]
pub struct ExactRead {
    /// What is read.
    pub read: &'static str,
    /// The first time in a transaction.
    pub first: u64,
    /// Again in the same transaction: all accounts and slots warm that the first time touched.
    pub repeated: u64,
    /// What first and repeated reads were to cost when the reader was designed.
    pub aims: Option<[u64; 2]>,
}

/// Reads of the exact lane, the programs cached.
pub async fn exact_reads(stage: &Stage, programs: &[Address]) -> Result<Vec<ExactRead>, Error> {
    cache(&stage.target, programs, true).await?;
    let reader = stage.on_target(&MirrorReader::BYTECODE, [0; 32]).await?;
    let world = stage.on_source(&World::BYTECODE, []).await?;
    let other = stage.on_source(&World::BYTECODE, []).await?;
    let [small, vault] = padded_vault(stage).await?;
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
    let home_reader = stage
        .source
        .deploy(&MirrorReader::BYTECODE, [0; 32])
        .await?;
    let [first, second, proxy] = mirrors.as_slice() else {
        return Ok(Vec::new());
    };
    let ask = World::askCall {
        account: second.source,
        data: World::storedCall {}.abi_encode().into(),
    };
    let mut reads = Vec::new();
    for (read, mirror, data, aims) in [
        (
            "one contract: its address",
            first,
            World::hereCall {}.abi_encode(),
            Some([5_500, 2_000]),
        ),
        (
            "one contract: its chain id",
            first,
            World::chainCall {}.abi_encode(),
            None,
        ),
        (
            "EIP-1967 proxy to an implementation of 20 KB",
            proxy,
            VaultV1::sharesCall {}.abi_encode(),
            Some([10_000, 3_500]),
        ),
        (
            "another mirror's slot",
            first,
            ask.abi_encode(),
            Some([26_000, 10_000]),
        ),
    ] {
        let data = Bytes::from(data);
        let (target, source) = (&stage.target, &stage.source);
        let (proxy, account) = (mirror.proxy, mirror.source);
        let first = [
            metered(target, reader, proxy, &data, &[]).await?,
            metered(source, home_reader, account, &data, &[]).await?,
        ];
        let repeated = [
            metered_again(target, reader, proxy, &data).await?,
            metered_again(source, home_reader, account, &data).await?,
        ];
        let added = |[through, alone]: [u64; 2]| through.saturating_sub(alone);
        reads.push(ExactRead {
            read,
            first: added(first),
            repeated: added(repeated),
            aims,
        });
    }
    Ok(reads)
}
