//! A feed: the code of the account that keeps the answers to one question, what the question is, and how an answer is read.
//!
//! The account's code is [`runtime::RUNTIME`] with the question behind it, so that its address (CREATE2) commits to the whole
//! question. Reads are answered by that code alone.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod answer;
mod question;
mod round;
mod runtime;

pub use answer::{AnswerType, Decoding, NoAnswer};
pub use question::{MAX_DESCRIPTION, Question};
pub use round::{Stamp, answer_slot, stamp_slot};
pub use runtime::{LENGTH, RUNTIME};
