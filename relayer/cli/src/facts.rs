//! What `deploy` is told about the source chain.

use alloy_primitives::Address;
use clap::Args;
use relayer::SourceChainFacts;

use crate::error::{Error, SettingError};

/// Facts about the source chain that reads through its mirrors depend on, where they are not those of a well-known chain.
#[derive(Debug, Default, Args)]
pub struct FactArguments {
    /// First block of the source under the rules of Cancun or later (known for well-known chains); older blocks are refused.
    #[arg(long, value_name = "BLOCK")]
    first_block: Option<u64>,
    /// First block of the source that has CLZ, EIP-7939 (default: where that is not known, views that need it are refused).
    #[arg(long, value_name = "BLOCK")]
    clz_block: Option<u64>,
    /// Whether code on the source never changes once it is there (default: no, but for Ethereum).
    #[arg(long, value_name = "BOOL")]
    permanent_code: Option<bool>,
    /// Whether NUMBER on the source is the header's number; not on an Arbitrum chain (default: where that is not known, views that
    /// need it are refused).
    #[arg(long, value_name = "BOOL")]
    number_is_headers: Option<bool>,
    /// Precompiled contracts beyond 1 to 9 that source and target have in common, each with its first source block.
    #[arg(long = "precompile", value_name = "ADDRESS@BLOCK", value_delimiter = ',', value_parser = precompile)]
    precompiles: Vec<(Address, u64)>,
    /// Addresses that the source implements natively, beyond those below 2^20.
    #[arg(long = "native-range", value_name = "FIRST-LAST", value_delimiter = ',', value_parser = range)]
    native_ranges: Vec<(Address, Address)>,
}

impl FactArguments {
    /// What the registry is told: what is known of a chain, and what is given.
    pub fn of(self, chain_id: u64) -> Result<SourceChainFacts, Error> {
        let known = SourceChainFacts::of(chain_id);
        let mut facts = match (known, self.first_block) {
            (Some(known), _) => known,
            (None, Some(first_block)) => SourceChainFacts::cautious(first_block),
            (None, None) => {
                return Err(Error::Setting(SettingError::UnknownSourceChain(chain_id)));
            }
        };
        facts.first_block = self.first_block.unwrap_or(facts.first_block);
        facts.clz_block = self.clz_block.unwrap_or(facts.clz_block);
        facts.permanent_code = self.permanent_code.unwrap_or(facts.permanent_code);
        facts.number_is_headers = self.number_is_headers.unwrap_or(facts.number_is_headers);
        facts.precompiles.extend(self.precompiles);
        facts.native_ranges.extend(self.native_ranges);
        Ok(facts)
    }
}

fn precompile(text: &str) -> Result<(Address, u64), String> {
    let (address, block) = text
        .split_once('@')
        .ok_or("not of the form ADDRESS@BLOCK")?;
    Ok((
        smartsync_chain::address(address).map_err(|error| format!("{address}: {error}"))?,
        block.parse().map_err(|error| format!("{block}: {error}"))?,
    ))
}

fn range(text: &str) -> Result<(Address, Address), String> {
    let (first, last) = text.split_once('-').ok_or("not of the form FIRST-LAST")?;
    let address =
        |text: &str| smartsync_chain::address(text).map_err(|error| format!("{text}: {error}"));
    let (first, last) = (address(first)?, address(last)?);
    if last < first {
        return Err(format!("{first} is above {last}"));
    }
    Ok((first, last))
}
