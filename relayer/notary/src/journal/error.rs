use std::path::PathBuf;

use alloy_primitives::B256;

use super::record::Owner;

/// Why a header may not be signed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The height is below what this journal may sign.
    #[error("block {block} is below {first_block}, the lowest that this journal may sign")]
    BelowJournal {
        /// The height.
        block: u64,
        /// The journal's lowest.
        first_block: u64,
    },
    /// Another header of the height was signed.
    #[error("another header of block {block} was signed: {signed}, not {got}")]
    OtherHeaderSigned {
        /// The height.
        block: u64,
        /// In the journal.
        signed: B256,
        /// Now asked for.
        got: B256,
    },
    /// The header is on another branch than a signed one next to it.
    #[error("block {block} ({got}) does not join the signed block {neighbour} ({signed})")]
    OtherBranchSigned {
        /// The height.
        block: u64,
        /// Its hash.
        got: B256,
        /// The height before or after it.
        neighbour: u64,
        /// The hash signed there.
        signed: B256,
    },
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It is not there, and was not asked to be made.
    #[error(
        "there is no journal {}: it says what was signed before. Only for a signer that never signed, or with --first-block \
         above everything it may have signed, make a new one with --create-journal", .0.display()
    )]
    Missing(PathBuf),
    /// Another process has it.
    #[error("the journal {} is in use by another process: one signer, one journal, one process", .0.display())]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error("journal {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// An earlier write failed.
    #[error("journal {}: an earlier write failed; nothing is signed before a restart", .0.display())]
    Failed(PathBuf),
    /// A line is not one.
    #[error("journal {}, line {line}: not what was written there; restore the file, or see the operating guide", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
    /// It is another signer's or another chain's.
    #[error(
        "journal {}: it is that of signer {} on source chain {}, not of {} on {}", path.display(), found.signer,
        found.source_chain_id, expected.signer, expected.source_chain_id
    )]
    OtherOwner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: Owner,
        /// Whose it should be.
        expected: Owner,
    },
}
