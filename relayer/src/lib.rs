//! SmartSync's relayer: finds what changed in a contract on a source chain, builds one multi-proof of it, and submits it
//! to the registry on a Stylus chain. It holds no state of its own: everything is derived from the two chains, so it can
//! be stopped at any instant and started anywhere.
//!
//! Each command is a function with a typed report that is also its JSON output: [`deploy()`], [`migrate()`], [`sync()`],
//! [`status()`], [`diff()`], and, without any chain, [`offline::build`] and [`offline::verify`].
//!
//! Sync one mirror:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use alloy::signers::local::PrivateKeySigner;
//! use alloy_primitives::Address;
//! use relayer::{Deployment, Error, Relayer, SyncOptions, sync};
//! use smartsync_chain::{Chain, Side, Submitter};
//!
//! async fn sync_one(source: Address, key: PrivateKeySigner) -> Result<(), Error> {
//!     let path = Path::new("smartsync.json");
//!     let deployment = Deployment::load(path)?;
//!     let source_chain = Chain::connect(Side::Source, "http://127.0.0.1:8545").await?;
//!     let target_chain = Chain::connect(Side::Target, "http://127.0.0.1:8547").await?;
//!     let submitter = Submitter::new(target_chain, key.clone());
//!     let relayer = Relayer::new(source_chain, submitter, vec![key], &deployment, path)?;
//!     let report = sync(&relayer, source, &SyncOptions::default()).await?;
//!     println!("{} slots changed, {} gas", report.changes, report.gas_used);
//!     Ok(())
//! }
//! ```

pub mod change_set;
mod code;
mod delegates;
mod deploy;
mod deployment;
mod diff;
mod error;
mod many;
mod migrate;
pub mod offline;
mod parts;
pub mod programs;
mod registry;
mod relayer;
mod report;
pub mod state_file;
mod status;
mod sync;

pub use change_set::ChangeSet;
pub use code::{deploy_code, has_code, mirrorable};
pub use deploy::{
    BLOCK_HASH_BUFFER, DeployOptions, DeployReport, MAX_PARENT_AGE, MEMBER_GAS, MemberOption,
    RollupContract, RollupOptions, RootSourceOptions, SourceChainFacts, deploy, deploy_program,
    init_code, program_address,
};
pub use deployment::{Deployed, Deployment, Group, GroupRead};
pub use diff::{Change, DiffReport, diff};
pub use error::{Error, FileProblem, TooLarge, Unmirrorable};
pub use many::{Share, sync_many};
pub use migrate::{MigrateOptions, MigrateReport, migrate};
pub use parts::is_out_of_gas;
pub use registry::{Mirror, Registry, status_name};
pub use relayer::Relayer;
pub use report::{Elapsed, GAS_LIMIT, SyncReport, milliseconds};
pub use status::{MirrorStatus, StatusReport, status};
pub use sync::{SyncOptions, sync, sync_mirror};
