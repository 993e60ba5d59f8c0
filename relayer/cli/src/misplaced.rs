use std::ffi::OsString;

use smartsync_chain::PrivateUrl;

/// Options whose values are secret, or may be.
const SECRET: [&str; 10] = [
    "--private-key",
    "--mnemonic",
    "--signer-key",
    "--signer-mnemonic",
    "--notary-key",
    "--notary-endpoint",
    "--source-rpc",
    "--parent-rpc",
    "--target-rpc",
    "--coordinate",
];

/// Words of a command line that may be secrets in a place that is none of theirs, such as those of a mnemonic without quotes:
/// what is said of a command line that is wrong shows none of them.
#[derive(Debug)]
pub struct Misplaced(Vec<Word>);

#[derive(Debug)]
struct Word {
    text: String,
    /// What is shown in its place.
    shown: String,
}

impl Misplaced {
    /// Those that follow an option whose value is secret, up to the next option, and what looks like a key or an address of a
    /// node wherever it is.
    pub fn in_words(words: &[OsString]) -> Self {
        let mut hidden = Vec::new();
        let mut after_secret = false;
        for word in words.iter().skip(1) {
            let word = word.to_string_lossy();
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value)),
                _ => (word.as_ref(), None),
            };
            let is_option = name.starts_with("--");
            if is_option {
                after_secret = SECRET.contains(&name);
            }
            let value = match (is_option, value) {
                (true, None) => continue,
                (true, Some(value)) => value,
                (false, _) => word.as_ref(),
            };
            let shown = match PrivateUrl::of_node(value) {
                Ok(url) => url.name(),
                Err(_) if after_secret || looks_like_a_key(value) => "...".to_owned(),
                Err(_) if value.contains("://") => "...".to_owned(),
                Err(_) => continue,
            };
            hidden.push(Word {
                text: value.to_owned(),
                shown,
            });
        }
        hidden.sort_by_key(|word| std::cmp::Reverse(word.text.len()));
        Self(hidden)
    }

    /// A message without them. clap puts what it shows in quotes.
    pub fn hidden_in(&self, message: &str) -> String {
        self.0.iter().filter(|word| !word.text.is_empty()).fold(
            message.to_owned(),
            |message, Word { text, shown }| {
                message
                    .replace(&format!("'{text}'"), &format!("'{shown}'"))
                    .replace(&format!("={text}'"), &format!("={shown}'"))
            },
        )
    }
}

/// 32 bytes in hexadecimal.
fn looks_like_a_key(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use smartsync_chain::Secret;

    use super::*;
    use crate::arguments::Arguments;

    fn check(command: &clap::Command) {
        for argument in command.get_arguments() {
            if argument.get_value_parser().type_id() != std::any::TypeId::of::<Secret>() {
                continue;
            }
            let option = format!("--{}", argument.get_long().expect("an option"));
            assert!(SECRET.contains(&option.as_str()), "{option}");
            // Help would show it.
            assert!(argument.is_hide_env_values_set(), "{option}");
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn every_option_with_a_secret_value_is_known_and_shows_none_in_its_help() {
        check(&Arguments::command());
    }

    fn hidden(words: &[&str], message: &str) -> String {
        let words: Vec<OsString> = ["smartsync"].iter().chain(words).map(Into::into).collect();
        Misplaced::in_words(&words).hidden_in(message)
    }

    #[test]
    fn words_after_an_option_that_takes_a_secret_are_not_shown() {
        let words = ["sync", "--mnemonic", "apple", "pear", "--block", "x"];
        assert_eq!(
            hidden(&words, "invalid value 'pear' for '<SOURCE|PROXY>', or 'x'"),
            "invalid value '...' for '<SOURCE|PROXY>', or 'x'"
        );
        let key = "ab".repeat(32);
        assert_eq!(
            hidden(&["sync", &key], &format!("invalid value '{key}'")),
            "invalid value '...'"
        );
        let misspelt = format!("--privat-key={key}");
        assert_eq!(
            hidden(&[&misspelt], &format!("unexpected argument '{misspelt}'")),
            "unexpected argument '--privat-key=...'"
        );
        assert_eq!(
            hidden(
                &["sync", "https://a/secret"],
                "invalid value 'https://a/secret'"
            ),
            "invalid value 'https://a'"
        );
    }
}
