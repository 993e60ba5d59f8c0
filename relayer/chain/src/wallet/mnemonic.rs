use alloy::signers::local::{
    MnemonicBuilder,
    coins_bip39::{English, Wordlist},
};

use super::Key;
use crate::error::MnemonicProblem;

/// The key at `m/44'/60'/0'/0/index` of words, however many blanks or lines are between them.
pub(super) fn derive(words: &str, index: u32) -> Result<Key, MnemonicProblem> {
    let words: Vec<&str> = words.split_whitespace().collect();
    if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
        return Err(MnemonicProblem::Count(words.len()));
    }
    if let Some(wrong) = words
        .iter()
        .position(|word| English::get_index(word).is_err())
    {
        return Err(MnemonicProblem::Unknown(wrong + 1));
    }
    if index >= 1 << 31 {
        return Err(MnemonicProblem::Index(index));
    }
    MnemonicBuilder::<English>::default()
        .phrase(words.join(" "))
        .index(index)
        .and_then(|builder| builder.build())
        .map(Key::from)
        // The library's own error shows the words.
        .map_err(|_shown| MnemonicProblem::Checksum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    const WORDS: &str = "test test test test test test test test test test test junk";

    fn problem(words: &str) -> MnemonicProblem {
        derive(words, 0).expect_err("no mnemonic")
    }

    #[test]
    fn blanks_tabs_and_lines_between_words_do_not_count() {
        let spread = WORDS.replacen(' ', "  \t", 3).replacen(' ', "\r\n", 1);
        for words in [WORDS, &spread, &format!("\n {WORDS}\n\n")] {
            assert_eq!(
                derive(words, 0).expect("a key").address(),
                address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
            );
        }
    }

    #[test]
    fn what_is_wrong_with_words_is_told_by_its_place() {
        let misspelt = WORDS
            .replacen("test", "tset", 4)
            .replacen("tset", "test", 3);
        assert_eq!(problem(&misspelt), MnemonicProblem::Unknown(4));
        assert_eq!(problem("test test"), MnemonicProblem::Count(2));
        assert_eq!(problem(""), MnemonicProblem::Count(0));
        let unchecked = WORDS.replace("junk", "test");
        assert_eq!(problem(&unchecked), MnemonicProblem::Checksum);
        assert_eq!(
            derive(WORDS, u32::MAX).expect_err("no key"),
            MnemonicProblem::Index(u32::MAX)
        );
    }
}
