use std::path::PathBuf;

use alloy::signers::local::PrivateKeySigner;

use crate::error::{Error, FileProblem, SettingError};

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
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text { option, .. } => write!(formatter, "{option}"),
            Self::Keystore { path, .. } => write!(formatter, "{}", path.display()),
        }
    }
}

impl KeySource {
    /// Reads the key.
    pub fn load(&self) -> Result<PrivateKeySigner, Error> {
        match self {
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
