//! A precompiled contract: its methods, and what each of them may do.

use alloy_primitives::Bytes;
use alloy_sol_types::{SolCall, SolInterface};

use super::{
    burner::{Burner, Fault},
    request::Request,
};
use crate::{arbos::ArbOs, evm::context::Ctx};

/// Reads the arguments of a call.
///
/// # Errors
/// [`Fault::Refused`] if they are not those of the method.
pub fn decode<Calls: SolInterface>(request: &Request<'_>) -> Result<Calls, Fault> {
    Calls::abi_decode(request.input).map_err(|error| {
        tracing::debug!(%error, "bad arguments of a precompiled contract");
        Fault::Refused("bad arguments")
    })
}

/// Encodes what a call returns.
pub fn returns<C: SolCall>(value: &C::Return) -> Bytes {
    C::abi_encode_returns(value).into()
}

/// A method's selector.
pub type Selector = [u8; 4];

/// Serves a call.
pub type Serve = fn(&mut Ctx, &mut Burner, &Request<'_>) -> Result<Bytes, Fault>;

/// What a method may do, as its interface says. The order is that of the rights.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Purity {
    /// It knows nothing but its arguments.
    Pure,
    /// It reads the state.
    View,
    /// It changes the state.
    Write,
    /// It changes the state and takes value.
    Payable,
}

/// A precompiled contract.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// Its name.
    pub name: &'static str,
    /// Serves a call of a method that is there.
    pub serve: Serve,
    /// Whether there is a method of this selector.
    exists: fn(Selector) -> bool,
    /// Methods that are not views, and what they are.
    others: &'static [(Purity, &'static [Selector])],
    /// Methods that ArbOS 60 brought.
    since_60: &'static [Selector],
    /// Whether only chain owners may call it, who pay no gas for it.
    pub owners_only: bool,
    /// Whether it is there on debug chains only.
    pub debug_only: bool,
    /// Methods that the devnode's key may call on any chain.
    for_developer: &'static [Selector],
}

impl Contract {
    /// A contract of this interface; methods that are not listed are views.
    pub const fn new<Calls: SolInterface>(
        name: &'static str,
        serve: Serve,
        others: &'static [(Purity, &'static [Selector])],
    ) -> Self {
        Self {
            name,
            serve,
            exists: Calls::valid_selector,
            others,
            since_60: &[],
            owners_only: false,
            debug_only: false,
            for_developer: &[],
        }
    }

    /// The same, with these methods from ArbOS 60 on only.
    pub const fn since_60(mut self, selectors: &'static [Selector]) -> Self {
        self.since_60 = selectors;
        self
    }

    /// The same, for chain owners.
    pub const fn for_owners(mut self) -> Self {
        self.owners_only = true;
        self
    }

    /// The same, on debug chains.
    pub const fn for_debugging(mut self) -> Self {
        self.debug_only = true;
        self
    }

    /// The same, with these methods for the devnode's key everywhere.
    pub const fn with_developer(mut self, selectors: &'static [Selector]) -> Self {
        self.for_developer = selectors;
        self
    }

    /// Whether the devnode's key may call the method on any chain.
    pub fn is_for_developer(&self, input: &[u8]) -> bool {
        input
            .first_chunk()
            .is_some_and(|selector| self.for_developer.contains(selector))
    }

    /// What the method that is called may do; none if there is no such method in this version.
    pub fn purity(&self, input: &[u8], arbos: ArbOs) -> Option<Purity> {
        let selector = *input.first_chunk()?;
        let too_new = arbos < ArbOs::V60 && self.since_60.contains(&selector);
        if too_new || !(self.exists)(selector) {
            return None;
        }
        let listed = self
            .others
            .iter()
            .find(|(_, selectors)| selectors.contains(&selector));
        Some(listed.map_or(Purity::View, |(purity, _)| *purity))
    }
}
