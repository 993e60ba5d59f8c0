use std::{fmt, path::PathBuf, sync::Arc};

use alloy::{
    network::TxSigner,
    signers::{
        Signature, Signer,
        local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English},
    },
};
use alloy_primitives::Address;

use crate::{
    error::{Error, FileProblem, SettingError},
    submitter::TransactionSigner,
};

/// What signs messages, such as headers for a notary.
pub type MessageSigner = Arc<dyn Signer + Send + Sync>;

/// Where a private key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// Hexadecimal text, given on the command line or in the environment.
    Text {
        /// The option's name, for messages: the key itself is never shown.
        option: &'static str,
        /// The key.
        key: String,
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
        /// The option's name, for messages: the words are never shown.
        option: &'static str,
        /// The words.
        words: String,
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
            Self::Keystore { path, .. } => write!(formatter, "{}", path.display()),
        }
    }
}

/// A key that can sign, wherever it is.
#[derive(Clone)]
pub struct Key {
    transactions: TransactionSigner,
    messages: MessageSigner,
    local: Option<PrivateKeySigner>,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.address())
    }
}

impl Key {
    /// Any signer of alloy.
    pub fn new<S>(signer: S) -> Self
    where
        S: TxSigner<Signature> + Signer + Send + Sync + 'static,
    {
        let signer = Arc::new(signer);
        Self {
            transactions: signer.clone(),
            messages: signer,
            local: None,
        }
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.transactions.address()
    }

    /// Signs transactions.
    pub fn transactions(&self) -> TransactionSigner {
        self.transactions.clone()
    }

    /// Signs messages.
    pub fn messages(&self) -> MessageSigner {
        self.messages.clone()
    }

    /// The key itself, where it is in memory.
    pub fn local(&self) -> Option<&PrivateKeySigner> {
        self.local.as_ref()
    }
}

impl From<PrivateKeySigner> for Key {
    fn from(key: PrivateKeySigner) -> Self {
        Self {
            local: Some(key.clone()),
            ..Self::new(key)
        }
    }
}

impl KeySource {
    /// Opens the key. What it signs is for this chain where it asks: a Ledger shows it.
    pub async fn open(&self, chain_id: Option<u64>) -> Result<Key, Error> {
        match self {
            Self::Aws { key_id } => open_aws(key_id, chain_id).await,
            Self::Ledger { index } => open_ledger(*index, chain_id).await,
            _ => self.load().map(Key::from),
        }
    }

    /// Reads a key into memory; those that never leave where they are cannot be.
    pub fn load(&self) -> Result<PrivateKeySigner, Error> {
        match self {
            Self::Aws { .. } | Self::Ledger { .. } => {
                Err(Error::Setting(SettingError::KeyElsewhere {
                    key: format!("{self:?}"),
                }))
            }
            Self::Mnemonic {
                option,
                words,
                index,
            } => MnemonicBuilder::<English>::default()
                .phrase(words.trim())
                .index(*index)
                .and_then(|builder| builder.build())
                .map_err(|_not_words| Error::Setting(SettingError::NotAMnemonic { option })),
            Self::Text { option, key } => key
                .trim()
                .parse()
                .map_err(|_not_a_key| Error::Setting(SettingError::NotAKey { option })),
            Self::Keystore { path, password } => {
                let secret = std::fs::read_to_string(password).map_err(|source| Error::File {
                    path: password.clone(),
                    source,
                })?;
                let secret = secret.trim_end_matches(['\r', '\n']);
                PrivateKeySigner::decrypt_keystore(path, secret).map_err(|problem| {
                    Error::FileContent {
                        path: path.clone(),
                        problem: FileProblem::Key(problem),
                    }
                })
            }
        }
    }
}

#[cfg(feature = "aws")]
async fn open_aws(key_id: &str, chain_id: Option<u64>) -> Result<Key, Error> {
    use alloy::signers::aws::{AwsSigner, aws_config, aws_sdk_kms};
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let client = aws_sdk_kms::Client::new(&config);
    AwsSigner::new(client, key_id.to_owned(), chain_id)
        .await
        .map(Key::new)
        .map_err(|error| Error::Signing(alloy::signers::Error::other(error)))
}

#[cfg(not(feature = "aws"))]
async fn open_aws(_key_id: &str, _chain_id: Option<u64>) -> Result<Key, Error> {
    Err(Error::Setting(SettingError::NotBuilt {
        what: "AWS KMS keys",
        feature: "aws",
    }))
}

#[cfg(feature = "ledger")]
async fn open_ledger(index: usize, chain_id: Option<u64>) -> Result<Key, Error> {
    use alloy::signers::ledger::{HDPath, LedgerSigner};
    LedgerSigner::new(HDPath::LedgerLive(index), chain_id)
        .await
        .map(Key::new)
        .map_err(|error| Error::Signing(alloy::signers::Error::other(error)))
}

#[cfg(not(feature = "ledger"))]
async fn open_ledger(_index: usize, _chain_id: Option<u64>) -> Result<Key, Error> {
    Err(Error::Setting(SettingError::NotBuilt {
        what: "Ledger keys",
        feature: "ledger",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[test]
    fn a_hexadecimal_key_is_read_with_and_without_prefix() {
        // The first account of the mnemonic "test test ... junk", as every dev chain lists it.
        let expected = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        for key in [KEY, KEY.trim_start_matches("0x"), &format!("{KEY}\n")] {
            let source = KeySource::Text {
                option: "--private-key",
                key: key.to_owned(),
            };
            assert_eq!(source.load().expect("a key").address(), expected);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let source = KeySource::Text {
            option: "--private-key",
            key: "0x1234secret".to_owned(),
        };
        let message = source.load().expect_err("no key").to_string();
        assert!(
            message.contains("--private-key") && !message.contains("secret"),
            "{message}"
        );
    }

    #[test]
    fn words_give_the_keys_that_every_dev_chain_lists() {
        let words = |index| KeySource::Mnemonic {
            option: "--mnemonic",
            words: "test test test test test test test test test test test junk\n".to_owned(),
            index,
        };
        for (index, address) in [
            (0, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")),
            (1, address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")),
        ] {
            assert_eq!(words(index).load().expect("a key").address(), address);
        }
        let wrong = KeySource::Mnemonic {
            option: "--mnemonic",
            words: "secret words".to_owned(),
            index: 0,
        };
        let message = wrong.load().expect_err("no words").to_string();
        assert!(
            message.contains("--mnemonic") && !message.contains("secret"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn an_open_key_signs_transactions_and_messages_as_one_account() {
        let source = KeySource::Text {
            option: "--private-key",
            key: KEY.to_owned(),
        };
        let key = source.open(Some(1)).await.expect("a key");
        assert_eq!(key.messages().address(), key.address());
        let digest = alloy_primitives::B256::repeat_byte(7);
        let signature = key.messages().sign_hash(&digest).await.expect("signed");
        assert_eq!(
            signature
                .recover_address_from_prehash(&digest)
                .expect("an address"),
            key.address()
        );
    }

    #[cfg(not(any(feature = "aws", feature = "ledger")))]
    #[tokio::test]
    async fn keys_that_need_a_feature_say_so() {
        for (source, feature) in [
            (
                KeySource::Aws {
                    key_id: "alias/x".to_owned(),
                },
                "`aws`",
            ),
            (KeySource::Ledger { index: 0 }, "`ledger`"),
        ] {
            let message = source
                .open(None)
                .await
                .expect_err("not built in")
                .to_string();
            assert!(message.contains(feature), "{message}");
            assert!(source.load().is_err());
        }
    }

    #[test]
    fn a_missing_keystore_names_the_file() {
        let source = KeySource::Keystore {
            path: "/nowhere/key.json".into(),
            password: "/nowhere/password".into(),
        };
        assert!(
            source
                .load()
                .expect_err("missing")
                .to_string()
                .contains("/nowhere/password")
        );
    }
}
