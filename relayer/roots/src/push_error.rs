use alloy_primitives::{Address, U256};

/// Why block hashes cannot be pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The root source has no buffer.
    #[error("the root source {0} uses no block-hash buffer: there is nothing to push to")]
    NoBuffer(Address),
    /// The buffer names no pusher.
    #[error("the block-hash buffer {buffer} names no pusher on the source chain")]
    NoPusher {
        /// The buffer.
        buffer: Address,
    },
    /// The buffer names another pusher than the one given.
    #[error(
        "the block-hash buffer {buffer} names the pusher {named}, not {expected}: this, or the node, is not to be trusted"
    )]
    OtherPusher {
        /// The buffer.
        buffer: Address,
        /// The pusher that it names.
        named: Address,
        /// The pusher that is paid.
        expected: Address,
    },
    /// There is no such pusher on the source, or it fills another buffer.
    #[error("the block-hash buffer {buffer} names the pusher {pusher}, which fills {}: is the source the target chain's parent?",
        found.map_or_else(|| "nothing".to_owned(), |found| found.to_string()))]
    OtherBuffer {
        /// The pusher.
        pusher: Address,
        /// The buffer that names it.
        buffer: Address,
        /// The buffer that it fills; `None` where there is no such contract.
        found: Option<Address>,
    },
    /// The inbox is another chain's.
    #[error("{inbox} is the inbox of chain {got}, the target is chain {expected}")]
    OtherInbox {
        /// The inbox.
        inbox: Address,
        /// Chain id of the target.
        expected: u64,
        /// Chain id of the chain that the inbox belongs to.
        got: U256,
    },
    /// It is no inbox.
    #[error("{inbox} is not the inbox of an Arbitrum chain on the source chain")]
    NotAnInbox {
        /// The address.
        inbox: Address,
    },
    /// A push costs more than allowed.
    #[error("a push of block hashes costs {cost} wei now, more than the {limit} that it may")]
    TooDear {
        /// What it costs, wei.
        cost: U256,
        /// The limit, wei.
        limit: U256,
    },
}
