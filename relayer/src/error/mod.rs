mod answer;
mod file;
mod mirrorable;
mod setting;
mod side;
mod text;

use std::path::PathBuf;

use alloy::transports::{RpcError, TransportErrorKind};
use alloy_primitives::{Address, B256, TxHash, U256};

pub use answer::AnswerProblem;
pub use file::FileProblem;
pub use mirrorable::{TooLarge, Unmirrorable};
pub use setting::SettingError;
pub use side::Side;
use text::because;
pub(crate) use text::{chain_of_causes, one_line};

use crate::revert::Revert;

/// What can go wrong in the relayer. Each message is one line.
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
    /// A file's content is not what it should be.
    #[error("{path}: {problem}", path = path.display())]
    FileContent {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where it is known.
        problem: FileProblem,
    },
    /// A state file is wrong.
    #[error(transparent)]
    StateFile(#[from] crate::state_file::StateFileError),
    /// A configuration file is wrong; a line for each mistake.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
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
    #[error("{call} reverted: {revert}")]
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
    /// The multi-proof cannot be built.
    #[error("building the multi-proof: {0}")]
    Build(#[from] smartsync_proof::BuildError),
    /// A multi-proof does not verify.
    #[error("the multi-proof does not verify: {0}")]
    MultiProof(#[from] smartsync_proof::MultiProofError),
    /// anvil keeps zeroed slots.
    #[error(
        "the {side} node keeps slots that were set to zero as leaves in its storage trie (anvil does), so its storage \
         root of {address} is not canonical and nothing can be proven under it: use another client for this source"
    )]
    ZeroLeaves {
        /// Which chain's node.
        side: Side,
        /// The contract.
        address: Address,
    },
    /// No way of finding changes works or gives all of them.
    #[error("the changes of {contract} between source blocks {from} and {to} cannot be found with this node: {}", attempts.join("; "))]
    ChangesNotFound {
        /// The source contract.
        contract: Address,
        /// Block of the record.
        from: u64,
        /// Block to sync to.
        to: u64,
        /// Each way with the reason why it failed.
        attempts: Vec<String>,
    },
    /// The address is no contract that can be mirrored.
    #[error("{address} on the source chain {problem}")]
    NotMirrorable {
        /// The address.
        address: Address,
        /// Why.
        problem: Unmirrorable,
    },
    /// The target chain has no ArbWasm precompile.
    #[error("the target chain {chain_id} runs no Stylus programs (it has no ArbWasm precompile)")]
    NotStylus {
        /// Chain id of the target.
        chain_id: u64,
    },
    /// No mirror of the source exists.
    #[error("{0} has no mirror on the target chain and is none: run `smartsync migrate {0}` first")]
    NoMirror(Address),
    /// The mirror's state does not allow the command.
    #[error("the mirror {proxy} is {status}: {advice}")]
    WrongStatus {
        /// The mirror.
        proxy: Address,
        /// Its status.
        status: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The requested source block is not newer than the record.
    #[error("source block {requested} is not newer than the mirror's block {recorded}")]
    NotNewer {
        /// Requested block.
        requested: u64,
        /// Recorded block.
        recorded: u64,
    },
    /// The requested block does not exist yet.
    #[error("{side} block {requested} does not exist yet; the newest is {head}")]
    FutureBlock {
        /// Which chain.
        side: Side,
        /// Requested block.
        requested: u64,
        /// Newest block.
        head: u64,
    },
    /// The source's code changed.
    #[error(
        "the code of {address} changed: the mirror was made for code hash {recorded}, now it is {current}; migrate it anew"
    )]
    CodeChanged {
        /// The source contract.
        address: Address,
        /// Code hash in the record.
        recorded: B256,
        /// Code hash at the source block.
        current: B256,
    },
    /// One change set needs more than a transaction and there is no way to split it.
    #[error("{0}")]
    TooLarge(TooLarge),
    /// After all parts the mirror is not equal to the source.
    #[error(
        "the mirror {proxy} is not complete: its storage root is {proxy_root}, the source's is {source_root}; run the \
         command again"
    )]
    Incomplete {
        /// The mirror.
        proxy: Address,
        /// The source's storage root.
        source_root: B256,
        /// The mirror's.
        proxy_root: B256,
    },
    /// The root source cannot be brought up to date.
    #[error(transparent)]
    RootSource(#[from] crate::root_source::RootSourceError),
    /// Block hashes cannot be pushed.
    #[error(transparent)]
    Push(#[from] crate::root_source::PushError),
    /// A transaction for several mirrors failed because of another one of them.
    #[error("the transaction for several mirrors, this one among them, failed")]
    FailedTogether,
    /// The web server cannot listen.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The notary's service cannot run.
    #[error(transparent)]
    NotaryService(#[from] crate::notary_service::NotaryServiceError),
    /// The database of the relayers that share mirrors cannot be used.
    #[error(transparent)]
    Coordination(#[from] crate::coordination::CoordinationError),
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
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// The dev chain cannot run.
    #[error("dev chain: {0}")]
    DevChain(#[from] devchain::Error),
    /// The demo read something else than it should.
    #[error("demo: {what} is {got} on the target, expected {expected}")]
    DemoMismatch {
        /// What was read.
        what: String,
        /// Read through the consumer.
        got: String,
        /// On the source.
        expected: String,
    },
    /// stdout is closed or full.
    #[error("writing the result: {0}")]
    Output(#[from] std::io::Error),
}

impl From<alloy::signers::Error> for Error {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signing(Box::new(error))
    }
}
