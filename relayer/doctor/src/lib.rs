//! What two nodes, the deployed contracts, a wallet and notary services offer, tried out one by one. What does not work is in the
//! report and never an error.
//!
//! ```no_run
//! use smartsync_chain::Chain;
//! use smartsync_doctor::{DoctorOptions, doctor};
//!
//! /// How a relayer would find changes with this source.
//! async fn finds_by(source: &Chain) -> Option<String> {
//!     let options = DoctorOptions {
//!         source: Some(source),
//!         ..DoctorOptions::default()
//!     };
//!     doctor(&options).await.finds_changes_by
//! }
//! ```

mod contracts;
mod doctor;
mod node;
mod options;
mod release;
mod report;
mod services;

pub use doctor::doctor;
pub use options::DoctorOptions;
pub use report::{Check, DoctorReport};
