/// What is wrong with a key's file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not text.
    #[error("not UTF-8 text")]
    NotText,
    /// A key cannot be decrypted or read.
    #[error("{0}")]
    Key(#[from] alloy::signers::local::LocalSignerError),
}
