//! The service around SmartSync's relayer: it keeps mirrors fresh by their policies, shares them with other relayers, and shows
//! what it does on a web page and to Prometheus. It is configured by one file, and keeps nothing that a later run needs.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use alloy_primitives::Address;
//! use relayer::Relayer;
//! use smartsync_service::{Alone, Error, ServiceOptions, WatchOptions, run, signalled};
//!
//! /// Keeps one mirror fresh until Ctrl-C.
//! async fn keep_fresh(relayer: &Relayer, source: Address) -> Result<(), Error> {
//!     let options = WatchOptions::every(vec![source], Duration::from_secs(12));
//!     let service = ServiceOptions::default();
//!     run(relayer, &Alone::new(), &options, &service, signalled(), |_| (), |event| {
//!         println!("{event:?}");
//!         Ok(())
//!     })
//!     .await
//! }
//! ```

mod config;
mod coordination;
mod error;
mod metrics;
mod service;
mod shutdown;
mod watch;
mod web;

pub use config::{
    Config, ConfigError, ConfigProblem, LoadError, LogFormat, NotarySigners, amount, duration,
};
pub use coordination::{
    Alone, CoordinationError, Coordinator, MirrorId, Outcome, Postgres, Predecessor, Readiness,
    Takeover, Turn,
};
pub use error::Error;
pub use service::{ServiceOptions, run};
pub use shutdown::signalled;
pub use watch::{
    Board, Condition, FeedHold, FeedPolicy, FeedView, Hold, KeepAlive, MirrorView, Policy,
    PolicyView, ProgramView, PushTotals, Retry, SourceView, Step, StepKind, TargetView, Totals,
    View, WalletView, WatchEvent, WatchOptions, Watched, WatchedFeed, watch,
};
