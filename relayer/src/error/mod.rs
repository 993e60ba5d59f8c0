mod file;
mod mirrorable;

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use smartsync_chain::Side;

pub use file::FileProblem;
pub use mirrorable::{TooLarge, Unmirrorable};

/// What can go wrong when mirrors are deployed, migrated and synced. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A chain does not answer or refuses, or a key or transaction is at fault.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
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
    /// The threshold does not fit the signers.
    #[error("--threshold {threshold} is not between 1 and the number of signers, {signers}")]
    Threshold {
        /// The threshold.
        threshold: u64,
        /// Number of signers.
        signers: usize,
    },
    /// The threshold does not fit the members of a combined root source.
    #[error(
        "--member-threshold {threshold} is not more than half and at most all of the members, {members}"
    )]
    MemberThreshold {
        /// The threshold.
        threshold: u64,
        /// Number of members.
        members: usize,
    },
    /// Nothing says which rollup's contracts a root source should ask.
    #[error(
        "a rollup root source needs --parent-prover, and --portal, --rollup-contract or --view-contract"
    )]
    NoRollup,
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
    RootSource(#[from] smartsync_roots::RootSourceError),
    /// Block hashes cannot be pushed.
    #[error(transparent)]
    Push(#[from] smartsync_roots::PushError),
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// A block cannot be run anew.
    #[error("{0}")]
    Refused(String),
    /// Signing failed.
    #[error("signing: {0}")]
    Signing(Box<alloy::signers::Error>),
}

impl Error {
    /// What went wrong with a chain, where it is that.
    pub fn chain(&self) -> Option<&smartsync_chain::Error> {
        match self {
            Self::Chain(error) => Some(error),
            _ => None,
        }
    }

    /// Whether a contract refused with this error.
    pub fn is_revert(&self, name: &str) -> bool {
        self.chain().is_some_and(|error| error.is_revert(name))
    }

    /// Whether a node of this side gave an answer that cannot be.
    pub fn is_suspicious(&self, of: Side) -> bool {
        self.chain().is_some_and(|error| error.is_suspicious(of))
    }

    /// Whether the node does not offer the method, or not for this block.
    pub fn is_refusal(&self) -> bool {
        self.chain().is_some_and(smartsync_chain::Error::is_refusal)
    }
}

impl From<smartsync_finder::Error> for Error {
    fn from(error: smartsync_finder::Error) -> Self {
        match error {
            smartsync_finder::Error::Chain(error) => Self::Chain(error),
            smartsync_finder::Error::Task(error) => Self::Task(error),
            smartsync_finder::Error::Refused(problem) => Self::Refused(problem),
        }
    }
}

impl From<smartsync_roots::Error> for Error {
    fn from(error: smartsync_roots::Error) -> Self {
        match error {
            smartsync_roots::Error::Chain(error) => Self::Chain(error),
            smartsync_roots::Error::RootSource(error) => Self::RootSource(error),
            smartsync_roots::Error::Push(error) => Self::Push(error),
            smartsync_roots::Error::Task(error) => Self::Task(error),
            smartsync_roots::Error::Refused(problem) => Self::Refused(problem),
            smartsync_roots::Error::Build(error) => Self::Build(error),
            smartsync_roots::Error::Signing(error) => Self::Signing(error),
        }
    }
}
