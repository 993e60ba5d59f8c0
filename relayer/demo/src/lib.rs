//! The demonstration: two contracts of a source chain mirrored on a Stylus chain, both chains inside this process.
//!
//! ```no_run
//! # async fn show() -> Result<(), smartsync_demo::Error> {
//! let report = smartsync_demo::run(|step| {
//!     println!("{}", step.text());
//!     Ok(())
//! })
//! .await?;
//! println!("{}", report.text());
//! # Ok(())
//! # }
//! ```

mod comparison;
mod contracts;
mod demo;
mod error;
mod facts;
mod source;
mod stage;
mod upgrade;

pub use demo::run;
pub use error::Error;
pub use stage::{DemoReport, DemoStep};
