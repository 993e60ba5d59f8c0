use std::{fmt, marker::PhantomData, path::PathBuf};

use clap::{
    Arg, ArgMatches, Args, Command, Error, FromArgMatches, builder::ValueParser, error::ErrorKind,
    parser::ValueSource, value_parser,
};
use smartsync_chain::{KeySource, Secret};

use crate::error::SettingError;

/// Options that say where a key is: the same for every key, under names that say whose it is.
#[derive(Clone)]
pub struct KeyOptions<R> {
    source: Option<KeySource>,
    role: PhantomData<R>,
}

/// Whose key it is.
pub trait Role {
    /// What its options are called.
    const NAMES: Names;
}

/// The key that pays on the target chain.
#[derive(Clone, Debug)]
pub struct Paying;

/// The key that signs for a notary.
#[derive(Clone, Debug)]
pub struct Signing;

/// An option and its environment variable.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    option: &'static str,
    shown: &'static str,
    variable: &'static str,
}

macro_rules! name {
    ($option:literal, $variable:literal) => {
        Name {
            option: $option,
            shown: concat!("--", $option),
            variable: $variable,
        }
    };
}

/// The names of all options of a key.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    what: &'static str,
    keystore: Name,
    password_file: Name,
    mnemonic_file: Name,
    mnemonic: Name,
    mnemonic_index: Name,
    aws_key: Name,
    ledger: Name,
    key: Name,
}

impl Role for Paying {
    const NAMES: Names = Names {
        what: "that pays on the target chain",
        keystore: name!("keystore", "SMARTSYNC_KEYSTORE"),
        password_file: name!("password-file", "SMARTSYNC_PASSWORD_FILE"),
        mnemonic_file: name!("mnemonic-file", "SMARTSYNC_MNEMONIC_FILE"),
        mnemonic: name!("mnemonic", "SMARTSYNC_MNEMONIC"),
        mnemonic_index: name!("mnemonic-index", "SMARTSYNC_MNEMONIC_INDEX"),
        aws_key: name!("aws-key", "SMARTSYNC_AWS_KEY"),
        ledger: name!("ledger", "SMARTSYNC_LEDGER"),
        key: name!("private-key", "SMARTSYNC_PRIVATE_KEY"),
    };
}

impl Role for Signing {
    const NAMES: Names = Names {
        what: "that signs for the notary",
        keystore: name!("signer-keystore", "SMARTSYNC_SIGNER_KEYSTORE"),
        password_file: name!("signer-password-file", "SMARTSYNC_SIGNER_PASSWORD_FILE"),
        mnemonic_file: name!("signer-mnemonic-file", "SMARTSYNC_SIGNER_MNEMONIC_FILE"),
        mnemonic: name!("signer-mnemonic", "SMARTSYNC_SIGNER_MNEMONIC"),
        mnemonic_index: name!("signer-mnemonic-index", "SMARTSYNC_SIGNER_MNEMONIC_INDEX"),
        aws_key: name!("signer-aws-key", "SMARTSYNC_SIGNER_AWS_KEY"),
        ledger: name!("signer-ledger", "SMARTSYNC_SIGNER_LEDGER"),
        key: name!("signer-key", "SMARTSYNC_SIGNER_KEY"),
    };
}

impl<R> KeyOptions<R> {
    /// Where the key is, if that is said.
    pub fn source(&self) -> Option<&KeySource> {
        self.source.as_ref()
    }
}

impl<R: Role> KeyOptions<R> {
    /// What to say when no key is given.
    pub fn missing() -> SettingError {
        let names = R::NAMES;
        SettingError::NoKey {
            what: names.what,
            options: [
                names.keystore.shown,
                names.mnemonic_file.shown,
                names.aws_key.shown,
                names.ledger.shown,
            ],
            variable: names.key.variable,
        }
    }
}

impl<R> fmt::Debug for KeyOptions<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(formatter)
    }
}

impl<R: Role> Args for KeyOptions<R> {
    fn augment_args(command: Command) -> Command {
        let names = R::NAMES;
        let option = |name: Name, value: &'static str, parser: ValueParser, help: String| {
            Arg::new(name.option)
                .long(name.option)
                .env(name.variable)
                .value_name(value)
                .value_parser(parser)
                .help(help)
        };
        let file = || value_parser!(PathBuf);
        let text = ValueParser::string;
        command
            .arg(
                option(
                    names.keystore,
                    "FILE",
                    file(),
                    format!("Keystore file (version 3) with the key {}", names.what),
                )
                .hide_env_values(true)
                .requires(names.password_file.option),
            )
            .arg(
                option(
                    names.password_file,
                    "FILE",
                    file(),
                    "File with the keystore's password".to_owned(),
                )
                .hide_env_values(true),
            )
            .arg(
                option(
                    names.mnemonic_file,
                    "FILE",
                    file(),
                    "File with words (BIP-39) that give that key".to_owned(),
                )
                .hide_env_values(true),
            )
            .arg(
                option(
                    names.mnemonic,
                    "WORDS",
                    value_parser!(Secret).into(),
                    "The words themselves. Prefer the environment or a file: other users of the machine see command lines"
                        .to_owned(),
                )
                .hide_env_values(true),
            )
            .arg(option(
                names.mnemonic_index,
                "INDEX",
                value_parser!(u32).into(),
                "Which key of the words, m/44'/60'/0'/0/INDEX (default: 0)".to_owned(),
            ))
            .arg(option(
                names.aws_key,
                "ID",
                text(),
                "That key in AWS KMS: id, ARN or alias (needs the feature `aws`)".to_owned(),
            ))
            .arg(option(
                names.ledger,
                "INDEX",
                value_parser!(usize).into(),
                "That key on a Ledger, by its index in Ledger Live (needs the feature `ledger`)".to_owned(),
            ))
            .arg(
                option(
                    names.key,
                    "HEX",
                    value_parser!(Secret).into(),
                    format!(
                        "Key {}, hexadecimal. Prefer the environment or a keystore: other users of the machine see command \
                         lines",
                        names.what
                    ),
                )
                .hide_env_values(true),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<R: Role> FromArgMatches for KeyOptions<R> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self {
            source: chosen(&R::NAMES, matches)?,
            role: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The command line comes before the environment, and takes one key only; of the environment's the first counts.
fn chosen(names: &Names, matches: &ArgMatches) -> Result<Option<KeySource>, Error> {
    let typed = |name: Name| matches.value_source(name.option) == Some(ValueSource::CommandLine);
    let given = given(names, matches);
    let mut on_command_line = given.iter().filter(|(name, _)| typed(*name));
    match (on_command_line.next(), on_command_line.next()) {
        (Some((one, _)), Some((other, _))) => Err(Error::raw(
            ErrorKind::ArgumentConflict,
            format!(
                "{} and {} both give the key {}: give one",
                one.shown, other.shown, names.what
            ),
        )),
        (Some((_, source)), None) => Ok(Some(source.clone())),
        (None, _) => Ok(given.into_iter().next().map(|(_, source)| source)),
    }
}

/// All keys that are given, in the order in which they count.
fn given(names: &Names, matches: &ArgMatches) -> Vec<(Name, KeySource)> {
    let path = |name: Name| matches.get_one::<PathBuf>(name.option).cloned();
    let text = |name: Name| matches.get_one::<String>(name.option).cloned();
    let secret = |name: Name| matches.get_one::<Secret>(name.option).cloned();
    let index = matches
        .get_one(names.mnemonic_index.option)
        .copied()
        .unwrap_or(0);
    let keystore = path(names.keystore)
        .zip(path(names.password_file))
        .map(|(path, password)| KeySource::Keystore { path, password });
    let mnemonic_file =
        path(names.mnemonic_file).map(|path| KeySource::MnemonicFile { path, index });
    let mnemonic = secret(names.mnemonic).map(|words| KeySource::Mnemonic {
        option: names.mnemonic.shown,
        words,
        index,
    });
    let aws = text(names.aws_key).map(|key_id| KeySource::Aws { key_id });
    let ledger = matches
        .get_one(names.ledger.option)
        .map(|index| KeySource::Ledger { index: *index });
    let key = secret(names.key).map(|key| KeySource::Text {
        option: names.key.shown,
        key,
    });
    [
        (names.keystore, keystore),
        (names.mnemonic_file, mnemonic_file),
        (names.mnemonic, mnemonic),
        (names.aws_key, aws),
        (names.ledger, ledger),
        (names.key, key),
    ]
    .into_iter()
    .filter_map(|(name, source)| Some((name, source?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Option<KeySource>, String> {
        // Without the environment, which tests share.
        let command = KeyOptions::<Signing>::augment_args(Command::new("test"));
        let ids: Vec<String> = command
            .get_arguments()
            .map(|argument| argument.get_id().to_string())
            .collect();
        let command = ids.into_iter().fold(command, |command, id| {
            command.mut_arg(id, |argument| argument.env(None::<&str>))
        });
        let matches = command
            .try_get_matches_from([&["test"], arguments].concat())
            .map_err(|error| error.to_string())?;
        KeyOptions::<Signing>::from_arg_matches(&matches)
            .map(|options| options.source)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_way_of_giving_a_key_is_known() {
        let (path, password): (PathBuf, PathBuf) = ("key.json".into(), "password".into());
        for (arguments, expected) in [
            (&[][..], None),
            (
                &[
                    "--signer-keystore",
                    "key.json",
                    "--signer-password-file",
                    "password",
                ],
                Some(KeySource::Keystore {
                    path: path.clone(),
                    password,
                }),
            ),
            (
                &["--signer-mnemonic-file", "key.json"],
                Some(KeySource::MnemonicFile { path, index: 0 }),
            ),
            (
                &["--signer-mnemonic", "a b", "--signer-mnemonic-index", "4"],
                Some(KeySource::Mnemonic {
                    option: "--signer-mnemonic",
                    words: "a b".into(),
                    index: 4,
                }),
            ),
            (
                &["--signer-aws-key", "alias/x"],
                Some(KeySource::Aws {
                    key_id: "alias/x".to_owned(),
                }),
            ),
            (
                &["--signer-ledger", "2"],
                Some(KeySource::Ledger { index: 2 }),
            ),
            (
                &["--signer-key", "0x12"],
                Some(KeySource::Text {
                    option: "--signer-key",
                    key: "0x12".into(),
                }),
            ),
        ] {
            assert_eq!(parse(arguments), Ok(expected), "{arguments:?}");
        }
    }

    #[test]
    fn two_keys_and_a_keystore_without_password_are_refused() {
        let two = parse(&["--signer-key", "0x12", "--signer-ledger", "0"]).expect_err("two keys");
        assert!(
            two.contains("--signer-ledger and --signer-key both give the key"),
            "{two}"
        );
        let no_password = parse(&["--signer-keystore", "key.json"]).expect_err("no password");
        assert!(
            no_password.contains("--signer-password-file"),
            "{no_password}"
        );
    }
}
