/// Target of the progress events, for subscribers that draw them.
pub const PROGRESS: &str = "relayer::progress";

/// Says how far long work is: `done` of `of` units; 0 for `of` where the end is not known. Costs nothing where nobody
/// listens.
pub fn progress(step: &'static str, done: usize, of: usize) {
    tracing::trace!(target: PROGRESS, step, done = done as u64, of = of as u64);
}
