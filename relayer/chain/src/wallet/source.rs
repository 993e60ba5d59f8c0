use std::{
    fmt,
    path::{Path, PathBuf},
};

use alloy::signers::local::PrivateKeySigner;

use super::{Key, keystore::Keystore, mnemonic::derive};
use crate::{
    error::{Error, FileProblem, SettingError},
    secret::Secret,
};

/// Where a private key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Hexadecimal text.
    Text {
        /// The option or configuration key that gives it, for messages: the key itself is never shown.
        option: &'static str,
        /// The key.
        key: Secret,
    },
    /// A keystore file (Web3 Secret Storage, version 3).
    Keystore {
        /// The file.
        path: PathBuf,
        /// File with the password; its line end does not count.
        password: PathBuf,
    },
    /// Words (BIP-39), of which the key at `m/44'/60'/0'/0/index` is taken.
    Mnemonic {
        /// The option or configuration key that gives them, for messages: the words are never shown.
        option: &'static str,
        /// The words.
        words: Secret,
        /// Which key.
        index: u32,
    },
    /// A file with such words.
    MnemonicFile {
        /// The file.
        path: PathBuf,
        /// Which key.
        index: u32,
    },
    /// A key in AWS KMS (feature `aws`), which never leaves it. Region and credentials come from the usual places of AWS.
    Aws {
        /// Id, ARN or alias of the key.
        key_id: String,
    },
    /// A key on a Ledger (feature `ledger`), at Ledger Live's path `m/44'/60'/index'/0/0`.
    Ledger {
        /// Which key.
        index: usize,
    },
}

impl fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { option, .. } | Self::Mnemonic { option, .. } => {
                write!(formatter, "{option}")
            }
            Self::Aws { key_id } => write!(formatter, "AWS KMS key {key_id}"),
            Self::Ledger { index } => write!(formatter, "Ledger key {index}"),
            Self::Keystore { path, .. } | Self::MnemonicFile { path, .. } => {
                write!(formatter, "{}", path.display())
            }
        }
    }
}

impl KeySource {
    /// Opens the key: reads it into memory, or finds it where it is.
    pub async fn open(&self) -> Result<Key, Error> {
        match self {
            // On the heap: what AWS's client nests is too deep for the compiler to lay out in the futures around it.
            Self::Aws { key_id } => Box::pin(open_aws(key_id)).await,
            Self::Ledger { index } => Box::pin(open_ledger(*index)).await,
            Self::Text { option, key } => text(option, key.expose()),
            Self::Keystore { path, password } => keystore(path, password),
            Self::Mnemonic {
                option,
                words,
                index,
            } => mnemonic(option, words.expose(), *index),
            Self::MnemonicFile { path, index } => {
                let words = read("the file of the mnemonic", path)?;
                derive(&words, *index).map_err(|problem| key_problem(path, problem))
            }
        }
    }

    /// The cargo feature that it needs and that this program was built without.
    pub fn missing_feature(&self) -> Option<&'static str> {
        match self {
            Self::Aws { .. } if cfg!(not(feature = "aws")) => Some("aws"),
            Self::Ledger { .. } if cfg!(not(feature = "ledger")) => Some("ledger"),
            _ => None,
        }
    }
}

/// A key from hexadecimal text that `option` gave.
pub fn text(option: &'static str, key: &str) -> Result<Key, Error> {
    key.trim()
        .parse::<PrivateKeySigner>()
        .map(Key::from)
        .map_err(|_not_a_key| Error::Setting(SettingError::NotAKey { option }))
}

/// A key from words that `option` gave.
pub fn mnemonic(option: &'static str, words: &str, index: u32) -> Result<Key, Error> {
    derive(words, index)
        .map_err(|problem| Error::Setting(SettingError::NotAMnemonic { option, problem }))
}

fn keystore(path: &Path, password: &Path) -> Result<Key, Error> {
    let password = read("the password's file", password)?;
    let keystore = Keystore::parse(&read("the keystore", path)?)
        .map_err(|problem| key_problem(path, problem))?;
    keystore
        .open(password.trim_end_matches(['\r', '\n']))
        .map(Key::from)
        .map_err(|problem| key_problem(path, problem))
}

fn read(what: &'static str, path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| unreadable(what, path, source))
}

/// A file of a key that cannot be read.
fn unreadable(what: &'static str, path: &Path, source: std::io::Error) -> Error {
    match may_be_shown(path) {
        true => Error::File {
            path: path.to_owned(),
            source,
        },
        false => Error::KeyFile { what, source },
    }
}

/// Whether what was given for the path of a secret's file may be shown: it is there, or in a folder that is. Else it may be the
/// secret itself, given in the wrong place.
pub fn may_be_shown(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    path.exists() || folder.is_some_and(Path::is_dir)
}

fn key_problem(path: &Path, problem: impl Into<FileProblem>) -> Error {
    Error::FileContent {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

#[cfg(feature = "aws")]
async fn open_aws(key_id: &str) -> Result<Key, Error> {
    use alloy::signers::aws::{AwsSigner, aws_config, aws_sdk_kms};
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let client = aws_sdk_kms::Client::new(&config);
    // The chain is in each transaction.
    AwsSigner::new(client, key_id.to_owned(), None)
        .await
        .map(Key::new)
        .map_err(|error| Error::KeyUnavailable {
            key: format!("the AWS KMS key {key_id}"),
            problem: Box::new(error),
        })
}

#[cfg(not(feature = "aws"))]
async fn open_aws(_key_id: &str) -> Result<Key, Error> {
    Err(Error::Setting(SettingError::NotBuilt {
        what: "AWS KMS keys",
        feature: "aws",
    }))
}

#[cfg(feature = "ledger")]
async fn open_ledger(index: usize) -> Result<Key, Error> {
    use alloy_signer_ledger::{HDPath, LedgerSigner};
    let unavailable = |problem| Error::KeyUnavailable {
        key: format!("key {index} of the Ledger"),
        problem,
    };
    // In a task of its own, since the library panics where there is no USB. The chain is in each transaction.
    let opening = tokio::spawn(LedgerSigner::new(HDPath::LedgerLive(index), None));
    match opening.await {
        Ok(Ok(signer)) => Ok(Key::ledger(signer)),
        Ok(Err(error)) => Err(unavailable(Box::new(error))),
        Err(panicked) => Err(unavailable(Box::new(panicked))),
    }
}

#[cfg(not(feature = "ledger"))]
async fn open_ledger(_index: usize) -> Result<Key, Error> {
    Err(Error::Setting(SettingError::NotBuilt {
        what: "Ledger keys",
        feature: "ledger",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, address};

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    const WORDS: &str = "test test test test test test test test test test test junk\n";

    async fn opened(source: KeySource) -> Address {
        source.open().await.expect("a key").address()
    }

    async fn refused(source: KeySource) -> String {
        source.open().await.expect_err("no key").to_string()
    }

    #[tokio::test]
    async fn a_hexadecimal_key_is_read_with_and_without_prefix() {
        // The first account of the mnemonic "test test ... junk", as every dev chain lists it.
        let expected = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        for key in [KEY, KEY.trim_start_matches("0x"), &format!("{KEY}\n")] {
            let source = KeySource::Text {
                option: "--private-key",
                key: key.into(),
            };
            assert_eq!(opened(source).await, expected);
        }
    }

    #[tokio::test]
    async fn what_is_no_key_is_refused_without_showing_it() {
        let source = KeySource::Text {
            option: "--private-key",
            key: "0x1234secret".into(),
        };
        let message = refused(source).await;
        assert!(
            message.contains("--private-key") && !message.contains("secret"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn words_and_a_file_of_words_give_the_keys_that_every_dev_chain_lists() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("words");
        std::fs::write(&path, WORDS).expect("written");
        for (index, address) in [
            (0, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")),
            (1, address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")),
        ] {
            let words = KeySource::Mnemonic {
                option: "--mnemonic",
                words: WORDS.into(),
                index,
            };
            assert_eq!(opened(words).await, address);
            let path = path.clone();
            assert_eq!(
                opened(KeySource::MnemonicFile { path, index }).await,
                address
            );
        }
        let wrong = KeySource::Mnemonic {
            option: "--mnemonic",
            words: "secret words".into(),
            index: 0,
        };
        let message = refused(wrong).await;
        assert!(
            message.contains("--mnemonic") && !message.contains("secret"),
            "{message}"
        );
        std::fs::write(&path, "secret words").expect("written");
        let message = refused(KeySource::MnemonicFile { path, index: 0 }).await;
        assert!(
            message.contains("words:") && !message.contains("secret"),
            "{message}"
        );
    }

    #[cfg(not(any(feature = "aws", feature = "ledger")))]
    #[tokio::test]
    async fn keys_that_need_a_feature_say_so() {
        let aws = KeySource::Aws {
            key_id: "alias/x".to_owned(),
        };
        for (source, feature) in [(aws, "aws"), (KeySource::Ledger { index: 0 }, "ledger")] {
            assert_eq!(source.missing_feature(), Some(feature));
            let message = refused(source).await;
            assert!(message.contains(&format!("`{feature}`")), "{message}");
        }
    }

    #[tokio::test]
    async fn a_missing_keystore_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        let source = |password: PathBuf| KeySource::Keystore {
            path: "/nowhere/key.json".into(),
            password,
        };
        let message = refused(source(path.clone())).await;
        assert!(message.contains(&path.display().to_string()), "{message}");
        let message = refused(source("the secret/itself".into())).await;
        assert_eq!(
            message,
            "the password's file: No such file or directory (os error 2) (what was given is not shown: it may be the secret itself)"
        );
    }
}
