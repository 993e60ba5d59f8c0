use super::key::{KeystoreProblem, MnemonicProblem};

/// What is wrong with a key's file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not text.
    #[error("not UTF-8 text")]
    NotText,
    /// A keystore gives no key.
    #[error("{0}")]
    Keystore(Box<KeystoreProblem>),
    /// Words are no mnemonic.
    #[error("not a mnemonic (BIP-39, English): {0}")]
    Mnemonic(#[from] MnemonicProblem),
}

impl From<KeystoreProblem> for FileProblem {
    /// On the heap: it is large.
    fn from(problem: KeystoreProblem) -> Self {
        Self::Keystore(Box::new(problem))
    }
}
