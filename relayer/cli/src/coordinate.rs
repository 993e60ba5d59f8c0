use std::time::Duration;

use alloy_primitives::Address;
use clap::Args;
use relayer::{Relayer, SyncOptions, SyncReport};
use smartsync_chain::Secret;
use smartsync_service::{
    Alone, CoordinationError, Coordinator, MirrorId, Outcome, Postgres, Readiness, Takeover,
};

use crate::error::Error;

/// Between two looks at what another relayer left.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Whether mirrors are shared with other relayers.
#[derive(Args, Debug)]
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
        let mirror = MirrorId::of(relayer, proxy);
        let block = relayer.source_block(options.block).await?;
        coordinator.offer(mirror, block).await;
        let mut takeover = Takeover::default();
        loop {
            let Some(mut turn) = coordinator.next(&[mirror]).await else {
                return Err(CoordinationError::NotOurTurn { proxy }.into());
            };
            // The mirror is read after this, so that a turn that was taken over is as good as any other.
            if takeover.look(&relayer.submitter, turn.as_mut()).await != Readiness::Wait {
                let result = relayer::sync(relayer, proxy, options).await;
                turn.finish(Outcome::of(&result)).await;
                return Ok(result?);
            }
            drop(turn);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
