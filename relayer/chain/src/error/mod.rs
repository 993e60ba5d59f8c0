mod answer;
mod file;
mod key;
mod setting;
mod side;
mod text;

use std::path::PathBuf;

use alloy::transports::{RpcError, TransportErrorKind};
use alloy_primitives::{Address, B256, TxHash, U256};

pub use answer::AnswerProblem;
pub use file::FileProblem;
pub use key::{KeystoreProblem, MnemonicProblem};
pub use setting::SettingError;
pub use side::Side;
use text::{advice, because};
pub use text::{chain_of_causes, escaped, escaped_json, one_line, plain};

use crate::revert::Revert;

/// What can go wrong with a chain: its nodes, its answers, a transaction, a key. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file that holds a secret cannot be read.
    #[error("{what}: {source} (what was given is not shown: it may be the secret itself)")]
    KeyFile {
        /// Which file.
        what: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file's content is not what it should be.
    #[error("{path}: {problem}", path = path.display())]
    FileContent {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where it is known.
        problem: FileProblem,
    },
    /// A setting is missing or contradicts another.
    #[error("{0}")]
    Setting(SettingError),
    /// A node does not answer or refuses.
    #[error("{side} node, {method}: {reason}", reason = one_line(source))]
    Rpc {
        /// Which chain's node.
        side: Side,
        /// JSON-RPC method.
        method: String,
        /// What the transport or the node says.
        source: RpcError<TransportErrorKind>,
    },
    /// A node's answer is not possible.
    #[error("{side} node, {method}: {problem}")]
    BadAnswer {
        /// Which chain's node.
        side: Side,
        /// JSON-RPC method.
        method: &'static str,
        /// What is wrong with it.
        problem: AnswerProblem,
    },
    /// Fewer nodes than the quorum agree.
    #[error("{side} nodes: fewer than {quorum} agree on {what}: {}", answers.join("; "))]
    Disagreement {
        /// Which chain's nodes.
        side: Side,
        /// On what.
        what: String,
        /// How many must agree.
        quorum: usize,
        /// Each node with its answer.
        answers: Vec<String>,
    },
    /// The node does not prove the block any more.
    #[error(
        "{side} node: it does not prove block {block} any more; the oldest block that it proves {address} at is {oldest}, the \
         newest {newest}: use a newer block, or an archive node"
    )]
    ProofWindow {
        /// Which chain's node.
        side: Side,
        /// The account.
        address: Address,
        /// Block that was asked for.
        block: u64,
        /// Oldest provable block.
        oldest: u64,
        /// Newest block.
        newest: u64,
    },
    /// A contract refused a call or transaction.
    #[error("{call} reverted: {revert}{}", advice(revert))]
    Reverted {
        /// What was called.
        call: &'static str,
        /// Decoded revert data.
        revert: Revert,
    },
    /// A transaction was mined but failed, though its simulation had passed.
    #[error("{call}: transaction {tx_hash} was mined in block {block} and failed{}", because(reason.as_deref()))]
    TransactionFailed {
        /// What was called.
        call: &'static str,
        /// The transaction.
        tx_hash: TxHash,
        /// Target block.
        block: u64,
        /// What the same call reverts with in that block's state; `None` where it does not.
        reason: Option<Box<Revert>>,
    },
    /// Gas costs more than allowed.
    #[error("{call}: gas costs {needed} wei now, more than the ceiling of {ceiling} wei")]
    FeeAboveCeiling {
        /// What was to be called.
        call: &'static str,
        /// Base fee and priority fee, wei per gas.
        needed: u128,
        /// The ceiling, wei per gas.
        ceiling: u128,
    },
    /// It would take more gas than there is to be spent.
    #[error("{call}: needs {gas} gas, {left} may still be spent")]
    OverBudget {
        /// What was to be called.
        call: &'static str,
        /// Gas that it is expected to need.
        gas: u64,
        /// Gas that may be spent.
        left: u64,
    },
    /// The paying account cannot pay.
    #[error(
        "{call}: the account {address} has {balance} wei on the {side} chain, too little for this transaction"
    )]
    InsufficientFunds {
        /// What was to be called.
        call: &'static str,
        /// The chain to send to.
        side: Side,
        /// The paying account.
        address: Address,
        /// Its balance in wei.
        balance: U256,
    },
    /// Somebody else sent a transaction from the same account.
    #[error(
        "{call}: nonce {nonce} of {address} was used by another transaction than {tx_hash}: does another program send with the same key?"
    )]
    NonceUsed {
        /// What was called.
        call: &'static str,
        /// The paying account.
        address: Address,
        /// The nonce.
        nonce: u64,
        /// The transaction that lost.
        tx_hash: TxHash,
    },
    /// A transaction is not mined in time.
    #[error("{call}: transaction {tx_hash} was not mined within {seconds} s")]
    TransactionPending {
        /// What was called.
        call: &'static str,
        /// The transaction.
        tx_hash: TxHash,
        /// How long was waited.
        seconds: u64,
    },
    /// There is no contract.
    #[error("{address} on the {side} chain has no code: no contract is there")]
    NoCode {
        /// Which chain.
        side: Side,
        /// The address.
        address: Address,
    },
    /// The block header that the node serves does not hash to the block's hash.
    #[error(
        "{side} node: the header of block {block} hashes to {computed}, but the block's hash is {expected}"
    )]
    HeaderMismatch {
        /// Which chain's node.
        side: Side,
        /// Block number.
        block: u64,
        /// The block's hash.
        expected: B256,
        /// Hash of the header's RLP.
        computed: B256,
    },
    /// An account proof does not verify under the block's state root.
    #[error(
        "{side} node: the account proof of {address} at block {block} does not verify: {problem}"
    )]
    AccountProof {
        /// Which chain's node.
        side: Side,
        /// The account.
        address: Address,
        /// Block number.
        block: u64,
        /// The proof error.
        problem: smartsync_proof::ProofError,
    },
    /// A header cannot be decoded.
    #[error("{side} node: the header of block {block} is malformed: {problem}")]
    Header {
        /// Which chain's node.
        side: Side,
        /// Block number.
        block: u64,
        /// The header error.
        problem: smartsync_proof::HeaderError,
    },
    /// A key that is kept elsewhere cannot be reached.
    #[error("{key} cannot be used: {}", chain_of_causes(problem.as_ref()))]
    KeyUnavailable {
        /// Which key.
        key: String,
        /// What its keeper says.
        problem: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Signing failed.
    #[error("signing: {0}")]
    Signing(Box<alloy::signers::Error>),
}

impl From<alloy::signers::Error> for Error {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signing(Box::new(error))
    }
}
