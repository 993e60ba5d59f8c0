//! What a dev chain is started with.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use crate::wasm::StylusParams;

/// Which chain is simulated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A plain Ethereum-like chain.
    Evm,
    /// An Arbitrum chain with Stylus (ArbOS 51).
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
    /// Whether each transaction is mined at once; otherwise `evm_mine` mines what is pending.
    pub automine: bool,
    /// The Stylus parameters that an Arbitrum chain's owner sets.
    pub stylus: Arc<StylusParams>,
}

impl Config {
    /// The usual dev chain of this kind on a free loopback port.
    pub fn new(kind: Kind) -> Self {
        let (chain_id, block_gas_limit) = match kind {
            Kind::Evm => (31_337, 60_000_000),
            Kind::Stylus => (412_346, 1 << 50),
        };
        Self {
            kind,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            chain_id,
            block_gas_limit,
            transaction_gas_limit: 32_000_000,
            automine: true,
            stylus: Arc::default(),
        }
    }
}
