//! Keeping mirrors fresh: when, at what price, and what to do when something fails.
//!
//! A round looks at both chains, decides for each mirror by its [`Policy`], finds and proves the changes of those that are
//! due, and sends them, those of one source block together. Nothing in memory is needed by a later run: the last sync is
//! the record's block, and what was spent is read from the chain.

mod alive;
mod backoff;
mod batch;
mod board;
mod event;
mod feed_policy;
mod feeds;
mod heads;
mod history;
mod keep_alive;
mod keeping;
mod kept;
mod look;
mod losses;
mod options;
mod outcome;
mod policy;
mod push;
mod push_state;
mod round;
mod run;
mod spending;
mod submit;
mod together;
mod turns;
mod view;
mod watcher;

pub use backoff::Retry;
pub use board::Board;
pub use event::WatchEvent;
pub use feed_policy::{FeedHold, FeedPolicy};
pub use history::{Step, StepKind};
pub use keep_alive::KeepAlive;
pub use options::{WatchOptions, Watched, WatchedFeed};
pub(crate) use policy::HOLDS;
pub use policy::{Hold, Policy};
pub use run::watch;
pub use view::{
    Condition, FeedView, MirrorView, PolicyView, ProgramView, PushTotals, SourceView, TargetView,
    Totals, View, WalletView,
};
