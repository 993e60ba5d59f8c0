use std::str::FromStr;

use alloy_primitives::{Address, B256, FixedBytes, U256, address};
use smartsync_chain::AddressProblem;
use smartsync_roots::RootSourceKind;

use super::source_chain::SourceChainFacts;

/// Where Offchain Labs' block-hash buffer is on Arbitrum chains.
pub const BLOCK_HASH_BUFFER: Address = address!("0000000048C4Ed10cF14A02B9E0AbDDA5227b071");

/// Gas that a member of a combined root source gets unless another cap is chosen: twice what one needs that is not cached.
pub const MEMBER_GAS: u64 = 200_000;

/// Greatest age of a parent block that a rollup's claim is proven at unless another is chosen, seconds: Ethereum's finality, and time to
/// bring its blocks.
pub const MAX_PARENT_AGE: u64 = 7_200;

/// Half the time, in milliseconds, that a well-known source chain usually takes for a block. A smaller number makes a forged one last
/// longer, one above the true time stops the root source now and then.
fn min_block_time(chain_id: u64) -> u64 {
    match chain_id {
        // Ethereum, Sepolia, Hoodi: 12 s.
        1 | 11_155_111 | 560_048 => 6_000,
        // OP Mainnet, Base: 2 s.
        10 | 8_453 => 1_000,
        // Gnosis: 5 s.
        100 => 2_500,
        // Development chains make blocks at once.
        1_337 | 31_337 => 1,
        // Arbitrum One and Nova make one in 250 ms, and few others are faster.
        _ => 100,
    }
}

/// A member of a combined root source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberOption {
    /// The deployment's notary.
    Notary,
    /// The deployment's root source over the block-hash buffer.
    ParentChain,
    /// Another one that stands already.
    Address(Address),
}

impl FromStr for MemberOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "notary" => Ok(Self::Notary),
            "parent-chain" => Ok(Self::ParentChain),
            text => smartsync_chain::address(text)
                .map(Self::Address)
                .map_err(|problem| match problem {
                    AddressProblem::Checksum => problem.to_string(),
                    AddressProblem::NotAnAddress => {
                        format!("`{text}` is none of notary, parent-chain, or an address")
                    }
                }),
        }
    }
}

/// A rollup's contracts on its parent chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollupContract {
    /// An OP Stack chain's portal.
    Portal(Address),
    /// An Arbitrum chain's rollup contract.
    Arbitrum(Address),
    /// Any contract with a view that answers with the hash of a final block.
    View {
        /// The contract.
        contract: Address,
        /// The view's selector.
        selector: FixedBytes<4>,
        /// Which word of the answer is the hash, counted from 0.
        hash_at: u64,
    },
}

/// What a root source over a rollup's contracts asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollupOptions {
    /// The prover for the parent chain, on the target.
    pub prover: Address,
    /// The contract on the parent chain that is asked first.
    pub contract: RollupContract,
}

/// What the root source shall be, beside the notary's signers.
#[derive(Clone, Debug)]
pub struct RootSourceOptions {
    /// Which kind; `None`: as in the deployment file, else a notary.
    pub kind: Option<RootSourceKind>,
    /// The block-hash buffer.
    pub buffer: Address,
    /// Hash that its code must have; `None`: that of the code that stands there. Zero: its code is not pinned.
    pub buffer_code_hash: Option<B256>,
    /// Milliseconds that the source chain takes at least for a block, on average; `None`: what is known of the chain.
    pub min_block_time: Option<u64>,
    /// Members of a combined one; none: the notary and the parent chain's.
    pub members: Vec<MemberOption>,
    /// Members that must agree; `None`: all.
    pub member_threshold: Option<u64>,
    /// Gas that each member gets at most.
    pub member_gas: u64,
    /// What one over a rollup's contracts asks; `None`: as what stands.
    pub rollup: Option<RollupOptions>,
    /// Greatest age in seconds of a parent block that a rollup's claim is proven at.
    pub max_parent_age: u64,
}

impl Default for RootSourceOptions {
    fn default() -> Self {
        Self {
            kind: None,
            buffer: BLOCK_HASH_BUFFER,
            buffer_code_hash: None,
            min_block_time: None,
            members: Vec::new(),
            member_threshold: None,
            member_gas: MEMBER_GAS,
            rollup: None,
            max_parent_age: MAX_PARENT_AGE,
        }
    }
}

/// What a deployment shall be.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// The notary's signers; empty: the sender.
    pub signers: Vec<Address>,
    /// Number of signatures that a header needs.
    pub threshold: u64,
    /// What the root source is.
    pub root_source: RootSourceOptions,
    /// Wei sent along for the data fee of an activation; the rest comes back.
    pub activation_value: U256,
    /// Facts about the source chain that the registry is told.
    pub source_chain: SourceChainFacts,
    /// Deploy the programs of proven calls, too.
    pub prover: bool,
    /// Deploy everything anew, also what stands already.
    pub anew: bool,
}

impl DeployOptions {
    /// Milliseconds that the source chain takes at least for a block.
    pub(super) fn min_block_time(&self) -> u64 {
        let known = || min_block_time(self.source_chain_id);
        self.root_source.min_block_time.unwrap_or_else(known)
    }

    /// A notary with one signer, the sender, and 0.01 ETH for each activation.
    pub fn new(source_chain_id: u64, source_chain: SourceChainFacts) -> Self {
        Self {
            source_chain,
            source_chain_id,
            signers: Vec::new(),
            threshold: 1,
            root_source: RootSourceOptions::default(),
            activation_value: U256::from(10_000_000_000_000_000_u64),
            prover: false,
            anew: false,
        }
    }
}
