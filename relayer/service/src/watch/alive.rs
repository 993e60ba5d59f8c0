use std::time::{Duration, Instant};

use relayer::programs::{self, Activation};

use super::{event::WatchEvent, view::ProgramView, watcher::Watcher};
use crate::error::Error;

/// How often the programs' activations are looked at.
const EVERY: Duration = Duration::from_secs(3_600);

/// Keeping the programs alive.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Looks, once an hour, how long the programs' activations last, and renews those that end soon. The outer error is that of
    /// the node, the inner one that of the report.
    pub(super) async fn keep_programs(&mut self) -> Result<Result<(), Error>, Error> {
        let now = Instant::now();
        if self.stopping() || self.looked_at_programs.is_some_and(|at| now - at < EVERY) {
            return Ok(Ok(()));
        }
        let relayer = self.relayer;
        let mut activations = programs::activations(relayer.target(), &relayer.programs).await?;
        self.looked_at_programs = Some(now);
        let within = self.options.keep_alive.within;
        let ending =
            |activation: &&mut Activation| activation.left.is_none_or(|left| left < within);
        for activation in activations.iter_mut().filter(ending) {
            if let Err(error) = self.keep_program(activation).await {
                return Ok(Err(error));
            }
        }
        let views: Vec<ProgramView> = activations.iter().map(ProgramView::of).collect();
        self.board.update(|view| view.programs = views);
        Ok(Ok(()))
    }

    async fn keep_program(&mut self, activation: &mut Activation) -> Result<(), Error> {
        let relayer = self.relayer;
        let Some(max_cost) = self.options.keep_alive.max_cost else {
            return (self.report)(WatchEvent::Expiring(*activation));
        };
        let event = match programs::renew(&relayer.submitter, activation, max_cost).await {
            Ok(renewal) => {
                match programs::activations(relayer.target(), &[activation.program]).await {
                    Ok(renewed) => activation.left = renewed.first().and_then(|one| one.left),
                    Err(error) => tracing::debug!(%error, "how long it lasts now is not known"),
                }
                WatchEvent::Renewed(renewal)
            }
            Err(error) => WatchEvent::NotRenewed(*activation, error.into()),
        };
        (self.report)(event)
    }
}
