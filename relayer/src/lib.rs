//! SmartSync's relayer: finds what changed in a contract on a source chain, builds one multi-proof of it, and submits it
//! to the registry on a Stylus chain. It holds no state of its own: everything is derived from the two chains, so it can
//! be stopped at any instant and started anywhere.
//!
//! The commands of the `smartsync` binary are functions here, each with a typed report that is also its JSON output:
//! [`deploy()`], [`migrate()`], [`sync()`], [`watch()`], [`status()`], [`diff()`], and, without any chain,
//! [`offline::build`] and [`offline::verify`].

mod chain;
mod change_set;
mod clock;
mod config;
mod coordination;
mod delegates;
pub mod demo;
mod deploy;
mod deployment;
mod diff;
mod doctor;
mod error;
pub mod finder;
mod header;
mod metrics;
mod migrate;
pub mod notary_service;
pub mod offline;
mod parts;
mod progress;
mod proofs;
mod registry;
mod relayer;
mod revert;
mod root_source;
mod shutdown;
pub mod state_file;
mod status;
mod submitter;
mod sync;
mod wallet;
mod watch;
mod web;

pub use chain::{Block, Chain, EndpointErrors, Endpoints, separate_urls};
pub use clock::{CLOCK_BOUND, Clock};
pub use config::{Config, ConfigError, ConfigProblem, LogFormat, NotarySigners, Secret};
pub use coordination::{
    Alone, CoordinationError, Coordinator, MirrorId, Outcome, Postgres, Predecessor, Readiness,
    Takeover, Turn,
};
pub use deploy::{
    BLOCK_HASH_BUFFER, DeployOptions, DeployReport, MEMBER_GAS, MemberOption, RootSourceOptions,
    SourceChainFacts, deploy, deploy_program, init_code, program_address,
};
pub use deployment::{Deployed, Deployment};
pub use diff::{Change, DiffReport, diff};
pub use doctor::{Check, DoctorOptions, DoctorReport, doctor};
pub use error::{AnswerProblem, Error, FileProblem, SettingError, Side, TooLarge, Unmirrorable};
pub use header::RawHeader;
pub use migrate::{MigrateOptions, MigrateReport, migrate};
pub use progress::PROGRESS;
pub use proofs::{AccountProof, KEYS_PER_REQUEST, Unverified, fetch_unverified};
pub use registry::{Mirror, Registry, status_name};
pub use relayer::{Finality, Relayer};
pub use revert::Revert;
pub use root_source::{
    BringUp, Combined, Domain, Notary, NotaryMessage, Origin, ParentChain, PushError, PushOptions,
    PushReport, Pusher, Request, RootSource, RootSourceError, RootSourceKind, SignatureFault,
    SignatureProblem, SignatureSources, SignedHeader, SignedRotation, SignerSet, header_digest,
    notary_service_url, rotate, rotation_digest, sign_rotation,
};
pub use shutdown::signalled;
pub use status::{MirrorStatus, StatusReport, status};
pub use submitter::{Limits, Receipt, Submitter, TRANSACTION_GAS, Transaction, TransactionSigner};
pub use sync::{CALLDATA_LIMIT, Elapsed, GAS_LIMIT, SyncOptions, SyncReport, sync};
pub use wallet::{Key, KeySource};
pub use watch::{
    Board, Condition, Hold, MirrorView, Policy, PolicyView, PushTotals, Retry, ServiceOptions,
    SourceView, Step, StepKind, TargetView, Totals, View, WalletView, WatchEvent, WatchOptions,
    Watched, run, watch,
};
