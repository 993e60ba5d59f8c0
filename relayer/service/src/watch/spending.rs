use std::collections::BTreeSet;

use alloy_primitives::{Address, TxHash, U256};
use smartsync_abi::IRegistry;
use smartsync_chain::{AnswerProblem, Receipt};

use super::{
    board::Owner,
    history::{Contracts, History, Step},
    look::Look,
    losses::{self, Loss},
    watcher::Watcher,
};
use crate::error::Error;

/// Gas that may be used, what was spent within a day and the limit that says so, both in wei.
pub(super) type Budget = (u64, U256, U256);

/// What was done and spent, read from the chain.
impl<R> Watcher<'_, R> {
    /// Reads what was spent and done: all that is of use at first, and when a mirror has become known; then what is new.
    pub(super) async fn read_history(&mut self, look: &Look) -> Result<(), Error> {
        let known: BTreeSet<Address> = self.memos.iter().filter_map(|memo| memo.proxy).collect();
        let target = self.relayer.target();
        match &mut self.history {
            Some((history, proxies)) if known.is_subset(proxies) => {
                self.board
                    .take_steps(history.catch_up(target).await?, true, None);
            }
            _ => {
                let contracts = self.contracts().await?;
                let all = contracts.all();
                let (history, steps) = History::open(target, contracts, &known).await?;
                let losses = self.losses(look, &all, history.day, &steps).await?;
                self.board.forget();
                self.board.take_steps(steps, false, None);
                for loss in &losses {
                    self.board.take_loss(loss, false);
                }
                self.history = Some((history, known));
            }
        }
        self.board.settle(look.spending_now());
        Ok(())
    }

    async fn contracts(&self) -> Result<Contracts, Error> {
        let (target, registry) = (self.relayer.target(), &self.relayer.registry);
        let codes = target.view(registry.address, &IRegistry::codesCall {});
        let feeds = self.options.feeds.iter().map(|feed| feed.address);
        Ok(Contracts {
            registry: registry.address,
            since: registry.since,
            codes: codes.await?,
            feeds: feeds.collect(),
        })
    }

    /// What was spent within 24 hours on one mirror or feed and on all, in wei.
    pub(super) fn spent_day(&self, owner: Owner) -> (U256, U256) {
        self.board.read(|view| {
            let own = match owner {
                Owner::Mirror(index) => view.mirrors.get(index).map(|mirror| mirror.spent_day),
                Owner::Feed(index) => view.feeds.get(index).map(|feed| feed.spent_day),
            };
            (own.unwrap_or_default(), view.wallet.spent_day)
        })
    }

    /// What may be used for one mirror or feed now; `None`: any.
    pub(super) fn budget(&self, owner: Owner, limit: Option<U256>, look: &Look) -> Option<Budget> {
        let (spent, all) = self.spent_day(owner);
        let limits = [(limit, spent), (self.options.spending_limit, all)];
        limits
            .into_iter()
            .filter_map(|(limit, spent)| {
                let limit = limit?;
                let gas = limit.saturating_sub(spent) / look.gas_price.max(U256::ONE);
                Some((gas.saturating_to(), spent, limit))
            })
            .min()
    }

    /// What failed within the last day. A node that does not tell how many transactions there were at an earlier block
    /// cannot say it.
    async fn losses(
        &self,
        look: &Look,
        contracts: &[Address],
        day: [u64; 2],
        steps: &[Step],
    ) -> Result<Vec<Loss>, Error> {
        let own = steps.iter().filter(|step| step.sender == look.wallet);
        let known = own.map(|step| (step.nonce, step.target_block)).collect();
        match losses::find(self.relayer.target(), contracts, look.wallet, day, known).await {
            Err(error) if error.is_refusal() => {
                tracing::warn!("what failed before this start does not count as spent: {error}");
                Ok(Vec::new())
            }
            result => result,
        }
    }

    /// Reads what was done since, and adds up what it cost. What this wallet did and no mirror or feed that is watched is named by was for the owner.
    pub(super) async fn settle(&mut self, look: &Look, owner: Option<Owner>) -> Vec<Step> {
        let target = self.relayer.target();
        let steps = match &mut self.history {
            Some((history, _)) => match history.catch_up(target).await {
                Ok(steps) => steps,
                Err(error) => {
                    // Not forgotten: the next reading begins where this one did.
                    tracing::warn!("what was spent is read later: {error}");
                    Vec::new()
                }
            },
            None => Vec::new(),
        };
        self.board.take_steps(steps.clone(), true, owner);
        self.board.settle(look.spending_now());
        steps
    }

    /// Counts what a failed transaction for some mirrors or a feed cost.
    pub(super) async fn count_loss(&mut self, look: &Look, error: &Error, of: Vec<Address>) {
        let Some(smartsync_chain::Error::TransactionFailed { tx_hash, .. }) = error.chain() else {
            return;
        };
        match self.fee(*tx_hash).await {
            Ok(fee) => {
                let loss = Loss {
                    time: look.spending_now(),
                    fee,
                    of,
                };
                self.board.take_loss(&loss, true);
            }
            Err(error) => tracing::warn!(%tx_hash, "what it cost is not known: {error}"),
        }
    }

    /// What a transaction cost in wei.
    async fn fee(&self, tx_hash: TxHash) -> Result<U256, Error> {
        let target = self.relayer.target();
        let method = "eth_getTransactionReceipt";
        let receipt: Option<Receipt> = target.request(method, (tx_hash,)).await?;
        let unknown = || target.bad_answer(method, AnswerProblem::UnknownTransaction(tx_hash));
        Ok(receipt.ok_or_else(unknown)?.fee())
    }
}
