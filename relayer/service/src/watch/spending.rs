use std::collections::BTreeSet;

use alloy_primitives::{Address, TxHash, U256};
use smartsync_chain::{AnswerProblem, Receipt};

use super::{
    history::{History, Step},
    look::Look,
    losses::{self, Loss},
    watcher::Watcher,
};
use crate::error::Error;

/// What was done and spent, read from the chain.
impl<R> Watcher<'_, R> {
    /// Reads what was spent and done: all that is of use at first, and when a mirror has become known; then what is new.
    pub(super) async fn read_history(&mut self, look: &Look) -> Result<(), Error> {
        let known: BTreeSet<Address> = self.memos.iter().filter_map(|memo| memo.proxy).collect();
        let (target, registry) = (self.relayer.target(), &self.relayer.registry);
        match &mut self.history {
            Some((history, proxies)) if known.is_subset(proxies) => {
                self.board
                    .take_steps(history.catch_up(target, registry).await?, true);
            }
            _ => {
                let (history, steps) = History::open(target, registry, &known).await?;
                let losses = self.losses(look, history.day, &steps).await?;
                self.board.forget();
                self.board.take_steps(steps, false);
                for loss in &losses {
                    self.board.take_loss(loss, false);
                }
                self.history = Some((history, known));
            }
        }
        self.board.settle(look.spending_now());
        Ok(())
    }

    /// What was spent within 24 hours on one mirror and on all, in wei.
    pub(super) fn spent_day(&self, index: usize) -> (U256, U256) {
        self.board.read(|view| {
            let mirror = view.mirrors.get(index);
            (
                mirror.map_or(U256::ZERO, |mirror| mirror.spent_day),
                view.wallet.spent_day,
            )
        })
    }

    /// What failed within the last day. A node that does not tell how many transactions there were at an earlier block
    /// cannot say it.
    async fn losses(&self, look: &Look, day: [u64; 2], steps: &[Step]) -> Result<Vec<Loss>, Error> {
        let own = steps.iter().filter(|step| step.sender == look.wallet);
        let known = own.map(|step| (step.nonce, step.target_block)).collect();
        let registry = self.relayer.registry.address;
        match losses::find(self.relayer.target(), registry, look.wallet, day, known).await {
            Err(error) if error.is_refusal() => {
                tracing::warn!("what failed before this start does not count as spent: {error}");
                Ok(Vec::new())
            }
            result => result,
        }
    }

    /// Reads what was done since, and adds up what it cost.
    pub(super) async fn settle(&mut self, look: &Look) -> Vec<Step> {
        let (target, registry) = (self.relayer.target(), &self.relayer.registry);
        let steps = match &mut self.history {
            Some((history, _)) => match history.catch_up(target, registry).await {
                Ok(steps) => steps,
                Err(error) => {
                    // Not forgotten: the next reading begins where this one did.
                    tracing::warn!("what was spent is read later: {error}");
                    Vec::new()
                }
            },
            None => Vec::new(),
        };
        self.board.take_steps(steps.clone(), true);
        self.board.settle(look.spending_now());
        steps
    }

    /// Counts what a failed transaction for some mirrors cost.
    pub(super) async fn count_loss(&mut self, look: &Look, error: &Error, proxies: Vec<Address>) {
        let Some(smartsync_chain::Error::TransactionFailed { tx_hash, .. }) = error.chain() else {
            return;
        };
        match self.fee(*tx_hash).await {
            Ok(fee) => {
                let loss = Loss {
                    time: look.spending_now(),
                    fee,
                    proxies,
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
