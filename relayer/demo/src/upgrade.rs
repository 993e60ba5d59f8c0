//! A token behind a proxy: mirrored, read, upgraded on the source, synced, and read with the new code.

use alloy_primitives::U256;
use alloy_sol_types::SolValue;
use relayer::{MigrateOptions, Relayer, SyncOptions, migrate, sync};
use smartsync_chain::Submitter;

use crate::{
    comparison::same,
    contracts::{
        DOUBLED_SHARES, SHARES, Shares, UPGRADEABLE_PROXY, UpgradeableProxy, create, send,
    },
    error::Error,
    facts::{migrated, synced},
    stage::Stage,
};

/// Plays it.
pub(crate) async fn play(
    stage: &mut Stage<'_>,
    relayer: &Relayer,
    source: &Submitter,
) -> Result<(), Error> {
    let holder = source.address()?;
    let implementation = create(source, &SHARES, &[]).await?;
    let token = create(source, &UPGRADEABLE_PROXY, &implementation.abi_encode()).await?;
    let mint = Shares::mintCall {
        to: holder,
        amount: U256::from(500),
    };
    send(source, token, mint).await?;
    let mirror = migrate(relayer, token, &MigrateOptions::default()).await?;
    let mut facts = vec![
        ("token", token.to_string()),
        ("code", implementation.to_string()),
    ];
    facts.extend(migrated(&mirror));
    stage.done(
        "an upgradeable token mirrored, with the code that it delegates to",
        facts,
    )?;
    let read = async || {
        let call = Shares::balanceOfCall { account: holder };
        let (expected, got) = futures::try_join!(
            relayer.source.view(token, &call),
            relayer.target().view(mirror.proxy, &call)
        )?;
        same("the balance", &got, &expected)?;
        Ok::<_, Error>(expected)
    };
    let before = read().await?;
    let next = create(source, &DOUBLED_SHARES, &[]).await?;
    let upgrade = UpgradeableProxy::upgradeToCall {
        implementation: next,
    };
    send(source, token, upgrade).await?;
    let report = sync(relayer, token, &SyncOptions::default()).await?;
    let after = read().await?;
    let mut facts = vec![
        ("code", next.to_string()),
        (
            "balance",
            format!("{before} by the old code, {after} by the new, on both chains"),
        ),
    ];
    facts.extend(synced(&report));
    stage.done(
        "upgraded on the source, synced, and read with the new code",
        facts,
    )?;
    Ok(())
}
