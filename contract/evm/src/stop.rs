use crate::host::{Limit, Refusal};

/// Why a frame's instructions do not go on, whatever the host knows.
#[derive(Debug)]
pub enum Stop {
    /// The frame fails without data: an exception (Yellow Paper, section 9.4.2) of the source's.
    Halt,
    /// More than the interpreter has.
    Limit(Limit),
    /// What the interpreter cannot answer.
    Refuse(Refusal),
}

/// The same, or what the host does not know.
#[derive(Debug)]
pub enum Failure<U> {
    /// The interpreter stops.
    Stop(Stop),
    /// The host does not know.
    Unknown(U),
}

/// An exception of the source's by itself: what the loop asks for at every instruction fails in no other way.
#[derive(Debug)]
pub struct Halt;

impl From<Halt> for Stop {
    fn from(_: Halt) -> Self {
        Self::Halt
    }
}

impl<U> From<Halt> for Failure<U> {
    fn from(_: Halt) -> Self {
        Self::Stop(Stop::Halt)
    }
}

impl<U> From<Stop> for Failure<U> {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl<U> From<Refusal> for Failure<U> {
    fn from(refusal: Refusal) -> Self {
        Self::Stop(refusal.into())
    }
}
