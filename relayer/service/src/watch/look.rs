use alloy_primitives::{Address, B256, U256};
use futures::TryFutureExt;
use relayer::Relayer;
use smartsync_abi::IRootSource;
use smartsync_chain::{Block, Clock, clock};
use smartsync_roots::newest_pushed;

use super::{
    policy::Hold,
    view::{SourceView, TargetView, View},
};
use crate::error::Error;

/// Both chains at the start of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The newest source block and its timestamp.
    pub source_head: (u64, u64),
    /// The source block to sync to and its timestamp.
    pub usable: (u64, u64),
    /// Its hash: after a reorganisation there may be another block of the same number.
    pub usable_hash: B256,
    /// Why it is not the newest final one, if that is for somebody to see to.
    pub unpushed: Option<Unpushed>,
    /// The newest target block and its timestamp.
    pub target_head: (u64, u64),
    /// Price of target gas in wei.
    pub gas_price: U256,
    /// This machine's clock at the time, in seconds.
    pub local_time: u64,
    /// Newest source block that the root source knows.
    pub known_block: u64,
    /// The wallet.
    pub wallet: Address,
    /// Its balance in wei.
    pub balance: U256,
}

/// A block-hash buffer that leads to no newer final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unpushed {
    /// The buffer.
    pub buffer: Address,
    /// The newest final source block.
    pub block: u64,
    /// The newest source block in the buffer, where it says so.
    pub newest: Option<u64>,
}

impl Unpushed {
    async fn at(relayer: &Relayer, block: u64) -> Result<Option<Self>, Error> {
        let target = relayer.target();
        let unpushed = relayer.root_source.unpushed(&relayer.source, target, block);
        Ok(match unpushed.await? {
            Some(buffer) => Some(Self {
                buffer,
                block,
                newest: newest_pushed(target, buffer).await?,
            }),
            None => None,
        })
    }

    pub(crate) fn hold(self) -> Hold {
        Hold::Unpushed {
            block: self.block,
            newest: self.newest,
        }
    }
}

impl Look {
    /// Asks both chains and the root source.
    pub(crate) async fn at(relayer: &Relayer) -> Result<Self, Error> {
        let target = relayer.target();
        let wallet = relayer.submitter.address()?;
        let (source_head, (usable, unpushed), (target_head, gas_price), known_block, balance) = futures::try_join!(
            relayer.source.latest_block().map_err(Error::from),
            async {
                let block = relayer.final_block().await?;
                let root_source = &relayer.root_source;
                let usable = root_source
                    .usable_block(&relayer.source, target, block)
                    .await?;
                let unpushed = match usable < Some(block) {
                    true => Unpushed::at(relayer, block).await?,
                    false => None,
                };
                // Where it can be brought up to none, no mirror is behind the first one.
                let usable = usable.unwrap_or_default();
                Ok((relayer.source.block(usable).await?, unpushed))
            },
            async {
                let block = target.latest_block().await?;
                let price = target.gas_price(&block).await?;
                Ok((block, price))
            },
            target
                .view(
                    relayer.root_source.address(),
                    &IRootSource::latestBlockCall {}
                )
                .map_err(Error::from),
            target.balance(wallet).map_err(Error::from),
        )?;
        let place = |block: &Block| (block.number.to(), block.timestamp.to());
        Ok(Self {
            source_head: place(&source_head),
            usable: place(&usable),
            usable_hash: usable.hash,
            unpushed,
            target_head: place(&target_head),
            gas_price,
            local_time: clock::local_time(),
            known_block,
            wallet,
            balance,
        })
    }

    /// How this machine's clock stands to the newest block of either chain.
    pub(crate) fn clock(&self) -> Clock {
        Clock::compare(self.local_time, self.now())
    }

    /// The time in seconds up to which money counts as spent within a day: the chains', unless this machine's clock is
    /// behind it. So neither a node with blocks from the future nor a wrong clock makes the day's limit forget something.
    pub(crate) fn spending_now(&self) -> u64 {
        self.now().min(self.local_time)
    }

    /// The chains' clock in seconds: a quiet chain makes no blocks, so the newer of both.
    pub(crate) fn now(&self) -> u64 {
        self.source_head.1.max(self.target_head.1)
    }

    /// Shows it.
    pub(crate) fn show(&self, relayer: &Relayer, view: &mut View) {
        view.reachable = true;
        view.problem = None;
        view.clock_difference_seconds = i128::from(self.local_time)
            .saturating_sub(i128::from(self.now()))
            .try_into()
            .unwrap_or(i64::MIN);
        view.source = SourceView {
            chain_id: relayer.source.chain_id(),
            head: self.source_head.0,
            head_time: self.source_head.1,
            usable: self.usable.0,
            usable_time: self.usable.1,
        };
        view.target = TargetView {
            chain_id: relayer.target().chain_id(),
            head: self.target_head.0,
            head_time: self.target_head.1,
            gas_price: self.gas_price,
            registry: relayer.registry.address,
            root_source: relayer.root_source.address(),
            known_block: self.known_block,
        };
        view.wallet.address = Some(self.wallet);
        view.wallet.balance = self.balance;
        for feed in view.feeds.iter_mut().filter(|feed| feed.answer.is_some()) {
            feed.age_seconds = self.now().saturating_sub(feed.source_time);
        }
        for mirror in &mut view.mirrors {
            if mirror.proxy.is_some() {
                mirror.lag_blocks = self.source_head.0.saturating_sub(mirror.source_block);
                mirror.lag_seconds = self.now().saturating_sub(mirror.source_time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(source_time: u64, target_time: u64, local_time: u64) -> Look {
        Look {
            source_head: (2, source_time),
            usable: (1, 1),
            usable_hash: B256::ZERO,
            unpushed: None,
            target_head: (2, target_time),
            gas_price: U256::ZERO,
            local_time,
            known_block: 1,
            wallet: Address::ZERO,
            balance: U256::ZERO,
        }
    }

    #[test]
    fn neither_a_block_from_the_future_nor_a_wrong_clock_makes_the_day_s_limit_forget() {
        let day = 86_400;
        let present = 1_700_000_000;
        // All agree.
        assert_eq!(look(present, present - 9, present).spending_now(), present);
        // A source node that lies about its newest block.
        let lied = look(present + 2 * day, present, present);
        assert_eq!(lied.spending_now(), present);
        assert_eq!(lied.clock(), Clock::Behind { seconds: 2 * day });
        // A clock that runs ahead, and one that is behind: a day that began earlier forgets less.
        let ahead = look(present, present - 9, present + 2 * day);
        assert_eq!(ahead.spending_now(), present);
        assert_eq!(ahead.clock(), Clock::Ahead { seconds: 2 * day });
        assert_eq!(
            look(present, present, present - 2 * day).spending_now(),
            present - 2 * day
        );
        // One quiet chain is no wrong clock.
        assert_eq!(look(present - day, present, present).clock(), Clock::Agrees);
    }
}
