use super::key::MnemonicProblem;
use crate::private_url::UrlProblem;

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
    /// Words are no mnemonic.
    #[error("{option} is not a mnemonic (BIP-39, English): {problem}")]
    NotAMnemonic {
        /// The option.
        option: &'static str,
        /// What is wrong with them.
        problem: MnemonicProblem,
    },
    /// Built without a feature.
    #[error("{what} are not built in: build smartsync with the feature `{feature}`")]
    NotBuilt {
        /// What is missing.
        what: &'static str,
        /// The cargo feature.
        feature: &'static str,
    },
    /// An address of a node is not one.
    #[error("{option}: address {position} is not a URL of a node: {problem}")]
    NotANode {
        /// The option.
        option: &'static str,
        /// Which one of those given, from 1.
        position: usize,
        /// What is wrong with it.
        problem: UrlProblem,
    },
    /// The quorum does not fit the nodes.
    #[error(
        "a quorum of {quorum} is not between 1 and the number of nodes in {option}, {endpoints}"
    )]
    Quorum {
        /// The option that gives the nodes.
        option: &'static str,
        /// The quorum.
        quorum: usize,
        /// Number of different nodes.
        endpoints: usize,
    },
}
