use std::time::Duration;

use alloy_primitives::Address;
use clap::Args;
use relayer::{Relayer, SyncOptions, SyncReport};
use smartsync_chain::Secret;
use smartsync_execution::Read;
use smartsync_groups::{GroupMove, GroupReport, bring_up};
use smartsync_service::{
    Alone, CoordinationError, Coordinator, MirrorId, Outcome, Postgres, Readiness, Takeover, Turn,
};

use crate::error::Error;

/// Between two looks at what another relayer left.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Whether mirrors are shared with other relayers.
#[derive(Args, Debug, Default)]
pub struct Coordinate {
    /// PostgreSQL database through which relayers that share mirrors take turns.
    #[arg(
        long = "coordinate",
        env = "SMARTSYNC_COORDINATE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<Secret>,
}

impl Coordinate {
    /// What is given, else what is configured.
    pub fn or(self, configured: Option<Secret>) -> Self {
        Self {
            database: self.database.or(configured),
        }
    }

    /// Who gives this relayer turns. It is known by its paying account.
    pub async fn coordinator(&self, relayer: &Relayer) -> Result<Box<dyn Coordinator>, Error> {
        Ok(match &self.database {
            Some(url) => {
                let name = relayer.submitter.address()?.to_string();
                Box::new(Postgres::connect(url, name).await?)
            }
            None => Box::new(Alone::new()),
        })
    }

    /// Syncs one mirror when it is this relayer's turn.
    pub async fn sync(
        &self,
        relayer: &Relayer,
        address: Address,
        options: &SyncOptions,
    ) -> Result<SyncReport, Error> {
        if self.database.is_none() {
            return Ok(relayer::sync(relayer, address, options).await?);
        }
        let coordinator = self.coordinator(relayer).await?;
        let proxy = relayer.mirror(address).await?.proxy;
        let block = relayer.source_block(options.block).await?;
        let turn = turn(coordinator.as_ref(), relayer, proxy, block).await?;
        let result = relayer::sync(relayer, proxy, options).await;
        turn.finish(Outcome::of(&result)).await;
        Ok(result?)
    }

    /// Brings up a group when it is this relayer's turn at all of it.
    pub async fn bring_up(
        &self,
        relayer: &Relayer,
        source: Address,
        reads: &[Read],
        block: Option<u64>,
    ) -> Result<GroupReport, Error> {
        if self.database.is_none() {
            return Ok(bring_up(relayer, source, reads, block).await?);
        }
        let coordinator = self.coordinator(relayer).await?;
        let mirror = relayer.registry.mirror(relayer.target(), source).await?;
        let block = relayer.source_block(block).await?;
        let own = mirror.map_or(source, |mirror| mirror.proxy);
        let mut turn = turn(coordinator.as_ref(), relayer, own, block).await?;
        let moved = in_turn(relayer, source, reads, block, turn.as_mut()).await;
        turn.finish(Outcome::of(&moved)).await;
        moved
    }
}

/// Waits for the turn at a mirror while another relayer that left it may have something on its way. What is read after it is no older.
async fn turn(
    coordinator: &dyn Coordinator,
    relayer: &Relayer,
    proxy: Address,
    block: u64,
) -> Result<Box<dyn Turn>, Error> {
    let mirror = MirrorId::of(relayer, proxy);
    coordinator.offer(mirror, block).await;
    let mut takeover = Takeover::default();
    loop {
        let Some(mut turn) = coordinator.next(&[mirror]).await else {
            return Err(CoordinationError::NotOurTurn { proxy }.into());
        };
        if takeover.look(&relayer.submitter, turn.as_mut()).await != Readiness::Wait {
            return Ok(turn);
        }
        drop(turn);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Moves a group in its turn, which its members join.
async fn in_turn(
    relayer: &Relayer,
    source: Address,
    reads: &[Read],
    block: u64,
    turn: &mut dyn Turn,
) -> Result<GroupReport, Error> {
    let mut takeover = Takeover::default();
    loop {
        let found = GroupMove::find(relayer, source, reads, Some(block)).await?;
        for proxy in found.mirrors() {
            if !turn.join(&[MirrorId::of(relayer, proxy)]).await {
                return Err(CoordinationError::NotOurTurn { proxy }.into());
            }
        }
        while takeover.look(&relayer.submitter, turn).await != Readiness::Ready {
            if !turn.is_held().await {
                let proxy = turn.mirror().proxy;
                return Err(CoordinationError::NotOurTurn { proxy }.into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        // Whoever had its turn meanwhile may have moved one of them.
        if found.is_current(relayer).await? {
            return Ok(found.send(relayer).await?);
        }
    }
}
