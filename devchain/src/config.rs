//! What a dev chain is started with.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU64,
    sync::Arc,
};

use alloy_primitives::U256;

use crate::{arbos::ArbOs, wasm::StylusParams};

/// Base fee of an EVM chain's genesis block, in wei per gas.
const INITIAL_BASE_FEE: u64 = 1_000_000_000;
/// Base fee of a Stylus chain, in wei per gas.
const ARBITRUM_BASE_FEE: u64 = 100_000_000;
/// What each dev account starts with: 10,000 ether.
const BALANCE: u128 = 10_000_000_000_000_000_000_000;

/// Which chain is simulated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A plain Ethereum-like chain.
    Evm,
    /// An Arbitrum chain with Stylus.
    Stylus,
}

/// Configuration of a dev chain.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which chain is simulated.
    pub kind: Kind,
    /// Address to listen on; loopback unless told otherwise.
    pub host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Gas limit of a block (EVM) in gas. A Stylus chain reports Arbitrum's 2^50 in headers and limits each
    /// transaction instead.
    pub block_gas_limit: u64,
    /// Most gas one transaction may compute with on a Stylus chain, and the cap of `eth_call` on both kinds.
    pub transaction_gas_limit: u64,
    /// Base fee in wei per gas: of every block of a Stylus chain, of the genesis block of an EVM chain.
    pub base_fee: u64,
    /// What each dev account starts with, in wei.
    pub balance: U256,
    /// Whether each transaction is mined at once; otherwise `evm_mine` mines what is pending.
    pub automine: bool,
    /// Seconds from block to block, beside those that are mined at once or by request; none without it.
    pub block_time: Option<NonZeroU64>,
    /// The ArbOS that a Stylus chain runs.
    pub arbos: ArbOs,
    /// The Stylus parameters that an Arbitrum chain's owner sets.
    pub stylus: Arc<StylusParams>,
}

impl Config {
    /// The usual dev chain of this kind on a free loopback port.
    pub fn new(kind: Kind) -> Self {
        let (chain_id, block_gas_limit, base_fee) = match kind {
            Kind::Evm => (31_337, 60_000_000, INITIAL_BASE_FEE),
            Kind::Stylus => (412_346, 1 << 50, ARBITRUM_BASE_FEE),
        };
        Self {
            kind,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            chain_id,
            block_gas_limit,
            transaction_gas_limit: 32_000_000,
            base_fee,
            balance: U256::from(BALANCE),
            automine: true,
            block_time: None,
            arbos: ArbOs::default(),
            stylus: Arc::default(),
        }
    }
}
