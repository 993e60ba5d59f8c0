use alloy_primitives::{Address, B256, U256};
use smartsync_abi::IRootSource;

use super::{
    policy::Hold,
    view::{SourceView, TargetView, View},
};
use crate::{
    chain::{Block, Chain},
    error::Error,
    relayer::Relayer,
};

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
    pub unpushed: Option<Hold>,
    /// The newest target block and its timestamp.
    pub target_head: (u64, u64),
    /// Price of target gas in wei.
    pub gas_price: U256,
    /// Newest source block that the root source knows.
    pub known_block: u64,
    /// The wallet.
    pub wallet: Address,
    /// Its balance in wei.
    pub balance: U256,
}

impl Look {
    /// Asks both chains and the root source.
    pub(crate) async fn at(relayer: &Relayer) -> Result<Self, Error> {
        let target = relayer.target();
        let wallet = relayer.submitter.address()?;
        let (source_head, (usable, unpushed), (target_head, gas_price), known_block, balance) = futures::try_join!(
            relayer.source.latest_block(),
            async {
                let block = relayer.final_block().await?;
                let root_source = &relayer.root_source;
                let usable = root_source
                    .usable_block(&relayer.source, target, block)
                    .await?;
                let newest = match usable < block {
                    true => root_source.unpushed(target).await?,
                    false => None,
                };
                let unpushed = newest.map(|newest| Hold::Unpushed { block, newest });
                Ok((relayer.source.block(usable).await?, unpushed))
            },
            async {
                let block = target.latest_block().await?;
                let price = gas_price(target, &block).await?;
                Ok((block, price))
            },
            target.view(
                relayer.root_source.address(),
                &IRootSource::latestBlockCall {}
            ),
            target.balance(wallet),
        )?;
        let place = |block: &Block| (block.number.to(), block.timestamp.to());
        Ok(Self {
            source_head: place(&source_head),
            usable: place(&usable),
            usable_hash: usable.hash,
            unpushed,
            target_head: place(&target_head),
            gas_price,
            known_block,
            wallet,
            balance,
        })
    }

    /// The chains' clock in seconds: a quiet chain makes no blocks, so the newer of both.
    pub(crate) fn now(&self) -> u64 {
        self.source_head.1.max(self.target_head.1)
    }

    /// Shows it.
    pub(crate) fn show(&self, relayer: &Relayer, view: &mut View) {
        view.reachable = true;
        view.problem = None;
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
        for mirror in &mut view.mirrors {
            if mirror.proxy.is_some() {
                mirror.lag_blocks = self.source_head.0.saturating_sub(mirror.source_block);
                mirror.lag_seconds = self.now().saturating_sub(mirror.source_time);
            }
        }
    }
}

/// What a unit of gas costs in the next block, in wei.
async fn gas_price(target: &Chain, latest: &Block) -> Result<U256, Error> {
    match latest.base_fee_per_gas {
        Some(base_fee) => Ok(base_fee),
        None => target.request("eth_gasPrice", ()).await,
    }
}
