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
