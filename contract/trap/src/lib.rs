//! Trapped code: a contract's code in which every instruction that is not a pure function of calldata, caller, memory and own
//! storage is replaced, in place, by `STOP`.
//!
//! The EVM finds instruction boundaries by one linear sweep that skips push data, and jumps only to `JUMPDEST`s of that sweep
//! (Yellow Paper, section 9.4.3). A trap replaces one byte without push data at a boundary, so the boundaries of the trapped code
//! are those of the original, every offset stays what it was, and bytes that a later fork gives a meaning never stand at one.
//! Trapped code cannot write, log, create or call, in any context; what it answers *with data* is what the original answers in a
//! static context. An answer without data says nothing.
//!
//! ```
//! // PUSH1 5b, BALANCE, JUMPDEST
//! let mut code = [0x60, 0x5b, 0x31, 0x5b];
//! let mut jumps = [0];
//! smartsync_trap::trap(&mut code, &mut jumps);
//! assert_eq!(code, [0x60, 0x5b, 0x00, 0x5b]);
//! assert_eq!(jumps, [0b1000]);
//! ```
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

mod lane;
mod sweep;

pub use lane::is_pure;
pub use sweep::{bitmap_length, is_jump_destination, trap};
