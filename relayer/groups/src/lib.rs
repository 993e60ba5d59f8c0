//! Mirrors that a read needs together. People say what they want to read; here it is found what that takes ([`needs`]), priced ([`plan()`]), made and
//! kept at one source block ([`bring_up`]), and read through ([`call`]).
//!
//! ```no_run
//! use alloy_primitives::Address;
//! use relayer::Relayer;
//! use smartsync_groups::{Error, Question, bring_up};
//!
//! /// Mirrors a vault and all that its rate depends on, or moves what is mirrored already to the newest final block.
//! async fn follow(relayer: &Relayer, vault: Address) -> Result<(), Error> {
//!     let rate = Question::parse(vault, Address::ZERO, "convertToAssets(uint256)(uint256)", &["1000000".into()])?;
//!     let report = bring_up(relayer, vault, &[rate.read], None).await?;
//!     println!("{} mirrors at source block {}", report.members.len(), report.source_block);
//!     Ok(())
//! }
//! ```

mod advice;
mod balances;
mod bring_up;
mod call;
mod cost;
mod day;
mod error;
mod feed;
mod feed_update;
mod needs;
mod plan;
mod proven;
mod question;
mod read_plan;
mod rehearsal;
mod send;
mod slot_count;
mod standing;
mod state;
mod unknowable;

pub use balances::proven_balance;
pub use bring_up::{Copied, GroupMove, GroupReport, GroupStep, bring_up};
pub use call::{CallReport, Comparison, ProvenOptions, Through, call, call_proven};
pub use cost::Cost;
pub use day::{DayPlan, NoDay};
pub use error::Error;
pub use feed::{Feed, FeedAnswer, FeedReport, FeedTerms, create_feed, feed_question, read_feed};
pub use feed_update::{FeedUpdate, move_feed, update_feed};
pub use needs::{Needs, needs, require_knowable};
pub use plan::{AccountPlan, Plan, PlanOptions, Role, plan};
pub use proven::{ProvenCall, newest_known, prove_call};
pub use question::{Question, QuestionError};
pub use read_plan::{Cheapest, FeedPlan, ProvenPlan, ReadPlan, Way};
pub use send::{Sent, send_to};
pub use slot_count::SlotCount;
pub use state::{FailingRead, GroupState, MemberState, group_state};
pub use unknowable::Unknowable;
