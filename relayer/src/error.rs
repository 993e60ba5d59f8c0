use std::{fmt, path::PathBuf};

use alloy::transports::{RpcError, TransportErrorKind};
use alloy_primitives::{Address, B256, TxHash};

use crate::revert::Revert;

/// Which of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The chain of the mirrored contract.
    Source,
    /// The chain of the mirror.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

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
    /// A contract refused a call or transaction.
    #[error("{call} reverted: {revert}")]
    Reverted {
        /// What was called.
        call: &'static str,
        /// Decoded revert data.
        revert: Revert,
    },
    /// A transaction was mined but failed, though its simulation had passed.
    #[error(
        "{call}: transaction {tx_hash} was mined in block {block} and failed; somebody else was probably faster, run it again"
    )]
    TransactionFailed {
        /// What was called.
        call: &'static str,
        /// The transaction.
        tx_hash: TxHash,
        /// Target block.
        block: u64,
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
    /// Signing failed.
    #[error("signing: {0}")]
    Signing(#[from] alloy::signers::Error),
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

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not the JSON it should be.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not hexadecimal.
    #[error(
        "not a multi-proof: neither its bytes, nor hexadecimal text, nor the JSON of `smartsync proof build`"
    )]
    NotAMultiProof,
    /// Made for other chains.
    #[error("made for {side} chain {expected}, but the node is on chain {got}")]
    OtherChain {
        /// Which chain.
        side: Side,
        /// In the file.
        expected: u64,
        /// Of the node.
        got: u64,
    },
    /// A part is not deployed yet.
    #[error("has no {0} yet: run `smartsync deploy` to the end first")]
    Incomplete(&'static str),
    /// Not text.
    #[error("not UTF-8 text")]
    NotText,
    /// A key cannot be decrypted or read.
    #[error("{0}")]
    Key(#[from] alloy::signers::local::LocalSignerError),
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A needed option is missing.
    #[error("{option} is needed (or the environment variable {variable})")]
    Missing {
        /// The option.
        option: &'static str,
        /// The environment variable.
        variable: &'static str,
    },
    /// A key is not one.
    #[error("{option} is not a private key (32 bytes of hexadecimal)")]
    NotAKey {
        /// The option.
        option: &'static str,
    },
    /// An address of a node is not one.
    #[error("{option}: `{text}` is not a URL of a node (http, https, ws or wss)")]
    NotAUrl {
        /// The option.
        option: &'static str,
        /// What was given.
        text: String,
    },
    /// The threshold does not fit the signers.
    #[error("--threshold {threshold} is not between 1 and the number of signers, {signers}")]
    Threshold {
        /// The threshold.
        threshold: u64,
        /// Number of signers.
        signers: usize,
    },
    /// An amount is not one.
    #[error("{0}")]
    Other(String),
}

/// What is wrong with a node's answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerProblem {
    /// Null where a value is needed.
    #[error("block {0} is not known")]
    UnknownBlock(u64),
    /// Number of storage proofs.
    #[error("{got} storage proofs for {expected} slots")]
    ProofCount {
        /// Asked for.
        expected: usize,
        /// Got.
        got: usize,
    },
    /// Return data of a call does not decode.
    #[error("the answer of {contract} to {call} cannot be decoded (is it the right contract?)")]
    Undecodable {
        /// The contract.
        contract: Address,
        /// The function.
        call: &'static str,
    },
    /// A trace is not in the expected shape.
    #[error("{0}")]
    Shape(&'static str),
    /// A created contract is missing in the receipt.
    #[error("transaction {0} created no contract")]
    NothingCreated(TxHash),
    /// An event is missing in the receipt.
    #[error("transaction {0} emitted no {1} event")]
    NoEvent(TxHash, &'static str),
}

/// Why a source cannot be mirrored.
#[derive(Debug, thiserror::Error)]
pub enum Unmirrorable {
    /// No code.
    #[error("has no code")]
    NoCode,
    /// A delegated account.
    #[error("is a wallet with delegated code (EIP-7702), not a contract")]
    Delegated,
    /// Code and its proven hash differ.
    #[error("has other code than its account proof says: the source node contradicts itself")]
    UnprovenHash,
    /// Code of another contract takes part.
    #[error(
        "can reach {opcode} at code offset {offset}: it may run code of another contract that is not proven, and on the \
         target anyone might own that address; --unproven-code mirrors it all the same"
    )]
    UnprovenCode {
        /// The opcode.
        opcode: &'static str,
        /// Where it is.
        offset: usize,
    },
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
pub enum TooLarge {
    /// Too little for an opening part, too much for a sync.
    #[error(
        "{changes} changes need {bytes} bytes and {gas} gas, more than a transaction takes, and cannot be split"
    )]
    Unsplittable {
        /// Number of changes.
        changes: usize,
        /// Size of the calldata.
        bytes: usize,
        /// Estimated gas.
        gas: u64,
    },
}

/// A transport error without line breaks, cut to what a line can take.
fn one_line(error: &RpcError<TransportErrorKind>) -> String {
    let text = match error {
        RpcError::ErrorResp(payload) => format!("{} (code {})", payload.message, payload.code),
        other => chain_of_causes(other),
    };
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(400) {
        line.truncate(cut);
        line.push_str("...");
    }
    line
}

/// An error and what caused it, each said once.
pub(crate) fn chain_of_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
