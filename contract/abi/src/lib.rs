#![doc = include_str!("../README.md")]
//!
//! Contracts decode calls with them, the relayer encodes calls with them; the `abi.sol` beside each program, and the files of
//! `contract/interfaces`, are generated from them.
#![cfg_attr(not(any(feature = "std", test)), no_std)]

/// `sol!`, with the JSON ABI of each interface when the feature `json` is on.
macro_rules! interfaces {
    ($($tokens:tt)*) => {
        #[cfg(feature = "json")]
        alloy_sol_types::sol! {
            #![sol(abi)]
            $($tokens)*
        }
        #[cfg(not(feature = "json"))]
        alloy_sol_types::sol! {
            $($tokens)*
        }
    };
}

mod codes;
mod combined;
mod errors;
mod feed;
pub mod management;
mod notary;
mod parent_chain;
pub mod parts;
mod prover;
mod proxy;
mod reader;
mod registry;
mod rollup;
mod root_source;
#[cfg(feature = "json")]
pub mod solidity;
mod system;
mod verifier;

pub use codes::ICodes;
pub use combined::ICombined;
pub use errors::{IProgramErrors, IProofErrors};
pub use feed::{IFeed, IFeeds};
pub use notary::INotary;
pub use parent_chain::{IBlockHashBuffer, IParentChain};
pub use prover::IProver;
pub use proxy::IProxy;
pub use reader::IReader;
pub use registry::IRegistry;
pub use rollup::{IArbitrumRollup, IOpStack, IRollup};
pub use root_source::IRootSource;
pub use system::{ArbSys, ArbWasm};
pub use verifier::IVerifier;

/// Selector of a program's constructor, as cargo-stylus and the Stylus SDK define it: that of `constructor()`,
/// whatever its parameters are.
pub const CONSTRUCTOR_SELECTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];
