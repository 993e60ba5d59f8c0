use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256};

/// Why a root source cannot be made to know a header.
#[derive(Debug, thiserror::Error)]
pub enum RootSourceError {
    /// Root source and source node name different states for one block.
    #[error(
        "the root source {root_source} has another state root for source block {block} than the source node: \
         {recorded}, not {got}"
    )]
    OtherState {
        /// The root source.
        root_source: Address,
        /// Source block.
        block: u64,
        /// What the root source says.
        recorded: B256,
        /// What the source node's header says.
        got: B256,
    },
    /// The notary is for another source chain.
    #[error("the notary {notary} is for source chain {expected}, the source node is on {got}")]
    OtherSourceChain {
        /// The notary.
        notary: Address,
        /// Its source chain.
        expected: U256,
        /// The source node's.
        got: u64,
    },
    /// Nothing that was given signs for the notary.
    #[error(
        "the notary {notary} wants {threshold} signatures and none of the keys given is a signer; its signers: {}",
        list(signers)
    )]
    NotASigner {
        /// The notary.
        notary: Address,
        /// Its threshold.
        threshold: u64,
        /// Its signers.
        signers: Vec<Address>,
    },
    /// Too few signatures.
    #[error(
        "the notary {notary} wants {threshold} signatures for source block {block}, there are {got}{}",
        because(problems)
    )]
    TooFewSignatures {
        /// The notary.
        notary: Address,
        /// Source block.
        block: u64,
        /// Its threshold.
        threshold: u64,
        /// Number of good signatures of different signers.
        got: usize,
        /// What was wrong with the others.
        problems: Vec<SignatureProblem>,
    },
    /// A signer set that no notary takes.
    #[error(
        "{count} signers with a threshold of {threshold}: a notary takes 1 to 255, none zero, and a threshold of 1 to as many"
    )]
    InvalidSignerSet {
        /// Number of different signers.
        count: usize,
        /// The threshold.
        threshold: u64,
    },
    /// Too few signatures under a rotation.
    #[error(
        "the notary {notary} wants {threshold} signatures for a rotation, there are {got}{}",
        because(problems)
    )]
    TooFewForRotation {
        /// The notary.
        notary: Address,
        /// Its threshold.
        threshold: u64,
        /// Number of good signatures of different signers.
        got: usize,
        /// What was wrong with the others.
        problems: Vec<SignatureProblem>,
    },
    /// There is no buffer.
    #[error(
        "there is no contract at {buffer} on the target chain, where its block-hash buffer should be"
    )]
    NoBuffer {
        /// Where it should be.
        buffer: Address,
    },
    /// The buffer lacks the block, and no block after it is known from which it could be reached.
    #[error(
        "source block {block} is not in the block-hash buffer {buffer}, nor is one of the {searched} after it; {}: anyone can \
         push a newer one from the source chain (`smartsync push`)",
        pushed(*newest)
    )]
    NotInBuffer {
        /// The buffer.
        buffer: Address,
        /// Source block.
        block: u64,
        /// How many blocks after it were asked for.
        searched: u64,
        /// The newest source block in it, where it says so.
        newest: Option<u64>,
    },
    /// The buffer has another hash.
    #[error(
        "the block-hash buffer {buffer} has another hash for source block {block} than the source node: {recorded}, not {got}"
    )]
    OtherHashInBuffer {
        /// The buffer.
        buffer: Address,
        /// Source block.
        block: u64,
        /// The buffer's.
        recorded: B256,
        /// The source node's.
        got: B256,
    },
    /// The source node's headers do not form a chain.
    #[error("the source node's header {child} does not have its header {block} ({hash}) as parent")]
    BrokenChain {
        /// Number of the child.
        child: u64,
        /// Number of the alleged parent.
        block: u64,
        /// Hash of the alleged parent.
        hash: B256,
    },
    /// Too few members of a combined root source can be brought up.
    #[error(
        "the combined root source {combined} wants {threshold} members to know source block {block}, {got} can{}",
        because(problems)
    )]
    TooFewMembers {
        /// The combined root source.
        combined: Address,
        /// Source block.
        block: u64,
        /// Its threshold.
        threshold: u64,
        /// Members that know it or can be made to.
        got: usize,
        /// What was wrong with the others.
        problems: Vec<String>,
    },
    /// Without its parent chain a rollup's claims cannot be proven.
    #[error("the rollup root source {rollup} needs a node of the parent chain: give --parent-rpc")]
    NoParentNode {
        /// The root source.
        rollup: Address,
    },
    /// The rollup's contracts take no block for final that the wanted one is an ancestor of.
    #[error(
        "the rollup's contract {contract} on the parent chain takes no block for final that leads to {block}{}",
        newest_claim(*newest)
    )]
    NoClaim {
        /// The contract.
        contract: Address,
        /// The wanted block.
        block: u64,
        /// The newest block that is final there.
        newest: Option<u64>,
    },
    /// The rollup's node does not have the block that its contracts take for final.
    #[error("the source node does not have the block {block_hash} that {contract} takes for final")]
    UnknownClaim {
        /// The contract.
        contract: Address,
        /// The block.
        block_hash: B256,
    },
    /// A rollup of a kind whose claims cannot be found here.
    #[error(
        "the rollup root source {rollup} is of kind {kind}: its claims are brought by somebody else"
    )]
    UnknownRollup {
        /// The root source.
        rollup: Address,
        /// Its kind.
        kind: u8,
    },
    /// The parent chain's root source must be brought up by somebody else.
    #[error(
        "the parent chain's root source {root_source} does not know block {block} and is no kind known here"
    )]
    UnknownParentBlock {
        /// The parent chain's root source.
        root_source: Address,
        /// The parent block.
        block: u64,
    },
    /// A signature file cannot be used at all.
    #[error(transparent)]
    Signature(#[from] SignatureProblem),
}

/// Why a signature, or what should have given one, is not used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {fault}")]
pub struct SignatureProblem {
    /// File or address of the endpoint.
    pub origin: Origin,
    /// What is wrong.
    pub fault: SignatureFault,
}

/// Where a signature was to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A key held here.
    Key(Address),
    /// A file.
    File(PathBuf),
    /// A notary's service.
    Endpoint(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(address) => write!(formatter, "key of {address}"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Endpoint(url) => formatter.write_str(url),
        }
    }
}

/// What is wrong with a signature or its origin.
#[derive(Debug, thiserror::Error)]
pub enum SignatureFault {
    /// Cannot be read.
    #[error("{0}")]
    File(std::io::Error),
    /// Cannot be reached, or breaks off.
    #[error("{}", smartsync_chain::chain_of_causes(.0))]
    Unreachable(alloy::transports::http::reqwest::Error),
    /// Takes too long.
    #[error("no answer within {seconds} s")]
    Slow {
        /// How long was waited.
        seconds: u64,
    },
    /// Answers more than a signed header can be.
    #[error("the answer is over {limit} bytes")]
    TooLong {
        /// Most that is read.
        limit: usize,
    },
    /// Refuses.
    #[error("refuses with {status}: {error}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The name and text of the error, where it gives one.
        error: String,
    },
    /// Not the JSON of a signed header.
    #[error("not a signed header: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Signed another block.
    #[error(
        "vouches for another header of source block {block}: {got}, the source node has {expected}"
    )]
    OtherHeader {
        /// Source block.
        block: u64,
        /// The hash signed.
        got: B256,
        /// The hash of the source node's header.
        expected: B256,
    },
    /// Signed for another notary, target chain, source chain or epoch.
    #[error("is for {field} {got}, not {expected}")]
    OtherMessage {
        /// What differs.
        field: &'static str,
        /// There.
        got: String,
        /// Wanted.
        expected: String,
    },
    /// A rotation to others.
    #[error("is for another signer set or threshold")]
    OtherSignerSet,
    /// No signature of a signer over the message.
    #[error("the signature recovers to {recovered}, which is no signer")]
    NotASigner {
        /// Who signed whatever was signed.
        recovered: Address,
    },
    /// Not a signature that the notary takes.
    #[error("not a signature: it wants 65 bytes (r, s, v) with a low s and v 27 or 28")]
    NotASignature,
    /// The key cannot sign.
    #[error("{0}")]
    Signing(Box<alloy::signers::Error>),
}

impl From<alloy::signers::Error> for SignatureFault {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signing(Box::new(error))
    }
}

fn list(addresses: &[Address]) -> String {
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// How far a buffer is filled, as a clause.
pub fn pushed(newest: Option<u64>) -> String {
    match newest {
        Some(0) => "nothing was pushed to it yet".to_owned(),
        Some(newest) => format!("the newest pushed is {newest}"),
        None => "it does not say what was pushed to it last".to_owned(),
    }
}

fn newest_claim(newest: Option<u64>) -> String {
    newest.map_or_else(String::new, |newest| {
        format!("; the newest final there is {newest}")
    })
}

fn because<T: std::fmt::Display>(problems: &[T]) -> String {
    problems
        .iter()
        .map(|problem| format!("; {problem}"))
        .collect()
}
