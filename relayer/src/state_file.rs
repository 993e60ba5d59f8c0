use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    path::{Path, PathBuf},
};

use alloy_primitives::U256;
use serde::{
    Deserializer,
    de::{self, MapAccess, Visitor},
};

/// What is wrong with a state file.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{path}: not UTF-8 text at line {line}", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The JSON is wrong; the message ends with line and column.
    #[error("{path}: {problem}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: serde_json::Error,
    },
    /// A line of CSV is wrong.
    #[error("{path}: {problem} at line {line}", path = path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: EntryError,
    },
}

/// What is wrong with one entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not two fields.
    #[error("expected `slot,value`, got `{0}`")]
    NotAPair(String),
    /// Not a number.
    #[error("`{0}` is not a number (decimal, or hexadecimal after 0x) of at most 256 bits")]
    NotANumber(String),
    /// Could be either.
    #[error(
        "`{0}` has 64 digits: write 0x before it if it is hexadecimal, or leave out the zeros if it is decimal"
    )]
    Ambiguous(String),
    /// The slot was there before.
    #[error("slot {0:#x} is listed twice")]
    Duplicate(U256),
}

/// Reads a contract's storage from a file: JSON `{ "0xslot": "0xvalue", ... }`, or CSV `slot,value` with or without a
/// header line, numbers decimal or hexadecimal. Slots with value zero are absent and not in the result.
pub fn load(path: &Path) -> Result<HashMap<U256, U256>, StateFileError> {
    let bytes = std::fs::read(path).map_err(|source| StateFileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|error| StateFileError::NotText {
        path: path.to_owned(),
        line: line_of(&bytes, error.valid_up_to()),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut state = if text.trim_start().starts_with('{') {
        parse_json(text).map_err(|problem| StateFileError::Json {
            path: path.to_owned(),
            problem,
        })?
    } else {
        parse_csv(text).map_err(|(line, problem)| StateFileError::Csv {
            path: path.to_owned(),
            line,
            problem,
        })?
    };
    state.retain(|_, value| !value.is_zero());
    Ok(state)
}

fn parse_json(text: &str) -> serde_json::Result<HashMap<U256, U256>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let state = deserializer.deserialize_map(StateVisitor)?;
    deserializer.end()?;
    Ok(state)
}

struct StateVisitor;

impl<'de> Visitor<'de> for StateVisitor {
    type Value = HashMap<U256, U256>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object { \"0xslot\": \"0xvalue\", ... }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut state = HashMap::new();
        while let Some((slot, value)) =
            map.next_entry::<std::borrow::Cow<'de, str>, std::borrow::Cow<'de, str>>()?
        {
            insert(&mut state, &slot, &value).map_err(de::Error::custom)?;
        }
        Ok(state)
    }
}

fn parse_csv(text: &str) -> Result<HashMap<U256, U256>, (usize, EntryError)> {
    let mut state = HashMap::new();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim();
        if content.is_empty() || (line == 1 && is_header(content)) {
            continue;
        }
        let (slot, value) = content
            .split_once(',')
            .ok_or_else(|| (line, EntryError::NotAPair(cut(content))))?;
        insert(&mut state, field(slot), field(value)).map_err(|problem| (line, problem))?;
    }
    Ok(state)
}

/// The line that a byte is in.
fn line_of(bytes: &[u8], place: usize) -> usize {
    let before = bytes.iter().take(place);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// Two names: neither a number, nor one that lacks its 0x.
fn is_header(line: &str) -> bool {
    let is_name = |text: &str| {
        let text = field(text);
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && !text.chars().all(|digit| digit.is_ascii_hexdigit())
    };
    line.split_once(',')
        .is_some_and(|(first, second)| is_name(first) && is_name(second))
}

fn field(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

fn insert(state: &mut HashMap<U256, U256>, slot: &str, value: &str) -> Result<(), EntryError> {
    let (slot, value) = (number(slot)?, number(value)?);
    match state.entry(slot) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
        Entry::Occupied(_) => Err(EntryError::Duplicate(slot)),
    }
}

/// Hexadecimal digits of 32 bytes.
const WORD_DIGITS: usize = 64;

/// A number of at most 256 bits, decimal or at most 64 hexadecimal digits after `0x`. So many digits without it are most
/// likely a word that lost it, and refused.
pub fn number(text: &str) -> Result<U256, EntryError> {
    let not_a_number = || EntryError::NotANumber(cut(text));
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(not_a_number());
    }
    if radix == 16 && digits.len() > WORD_DIGITS {
        return Err(not_a_number());
    }
    if radix == 10 && digits.len() == WORD_DIGITS {
        return Err(EntryError::Ambiguous(cut(text)));
    }
    U256::from_str_radix(digits, u64::from(radix)).map_err(|_too_large| not_a_number())
}

/// What a message quotes of a text: one line, not too long.
fn cut(text: &str) -> String {
    const QUOTED: usize = 80;
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => {
            let beginning = text.get(..end).unwrap_or_default();
            format!("{}...", beginning.escape_debug())
        }
        None => text.escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<HashMap<U256, U256>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        std::fs::write(&path, text).expect("written");
        load(&path).map_err(|error| {
            error
                .to_string()
                .replace(&format!("{}: ", path.display()), "")
        })
    }

    fn state(entries: &[(u64, u64)]) -> HashMap<U256, U256> {
        entries
            .iter()
            .map(|(slot, value)| (U256::from(*slot), U256::from(*value)))
            .collect()
    }

    #[test]
    fn json_and_csv_of_the_same_state_are_read_the_same() {
        let expected = Ok(state(&[(1, 2), (255, 16)]));
        assert_eq!(load_text(r#"{ "0x1": "0x2", "0xff": "16" }"#), expected);
        assert_eq!(load_text("slot,value\n1,2\n0xFF,0x10\n"), expected);
        assert_eq!(
            load_text("\u{feff}0x01, 0x02\r\n\"255\",\"16\"\r\n\r\n"),
            expected
        );
    }

    #[test]
    fn zero_values_are_absent() {
        assert_eq!(
            load_text(r#"{ "0x1": "0x0", "0x2": "0x3" }"#),
            Ok(state(&[(2, 3)]))
        );
    }

    #[test]
    fn an_empty_state_is_read_from_both_formats() {
        assert_eq!(load_text("{}"), Ok(HashMap::new()));
        assert_eq!(load_text("slot,value\n"), Ok(HashMap::new()));
    }

    #[test]
    fn a_slot_listed_twice_is_refused_with_its_line_even_when_written_differently() {
        assert_eq!(
            load_text("1,2\n2,3\n0x01,2\n"),
            Err("slot 0x1 is listed twice at line 3".to_owned())
        );
        let message = load_text("{\n\"0x1\": \"0x2\",\n\"1\": \"0x2\"}").expect_err("twice");
        assert!(
            message.contains("slot 0x1 is listed twice") && message.contains("line 3"),
            "{message}"
        );
    }

    #[test]
    fn bad_numbers_are_refused_with_their_line() {
        for (number, line) in [
            ("0xzz", 1),
            ("1_0", 1),
            ("-1", 1),
            ("", 1),
            ("0x", 1),
            ("1e3", 1),
        ] {
            let message = load_text(&format!("{number},1\n")).expect_err(number);
            assert!(
                message.contains("is not a number")
                    && message.ends_with(&format!("at line {line}")),
                "{message}"
            );
        }
        let too_large = format!("0x1{}", "0".repeat(64));
        assert!(
            load_text(&format!("1,{too_large}"))
                .expect_err("too large")
                .contains("at most 256 bits")
        );
    }

    #[test]
    fn the_largest_number_is_read() {
        let largest = U256::MAX;
        assert_eq!(number(&largest.to_string()), Ok(largest));
        assert_eq!(number(&format!("{largest:#x}")), Ok(largest));
        assert!(
            number(
                "115792089237316195423570985008687907853269984665640564039457584007913129639936"
            )
            .is_err()
        );
    }

    #[test]
    fn a_word_without_0x_is_never_taken_for_a_header_or_a_decimal_number() {
        let word = format!("{:064}", 10);
        assert_eq!(
            load_text("deadbeef,cafe\n"),
            Err("`deadbeef` is not a number (decimal, or hexadecimal after 0x) of at most 256 bits at line 1".to_owned())
        );
        let message = load_text(&format!("slot,value\n1,{word}\n")).expect_err("ambiguous");
        assert!(
            message.contains("has 64 digits") && message.ends_with("at line 2"),
            "{message}"
        );
        let largest = "f".repeat(64);
        assert_eq!(number(&format!("0x{largest}")), Ok(U256::MAX));
        assert!(number(&format!("0x0{largest}")).is_err(), "33 bytes");
        assert!(
            number(&format!("0x{}1", "0".repeat(64))).is_err(),
            "33 bytes"
        );
    }

    #[test]
    fn what_a_message_quotes_stays_on_its_line() {
        let message = load_text("1,2\r3,4\u{1b}[31m\n").expect_err("a line of an old Mac");
        assert_eq!(message.lines().count(), 1);
        assert!(!message.contains(['\r', '\u{1b}']), "{message:?}");
    }

    #[test]
    fn bytes_that_are_not_text_are_refused_with_their_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        std::fs::write(&path, b"1,2\n3,4\n5,\xff\n").expect("written");
        let message = load(&path).expect_err("not text").to_string();
        assert!(message.ends_with("not UTF-8 text at line 3"), "{message}");
    }

    #[test]
    fn a_line_without_a_comma_is_refused() {
        assert_eq!(
            load_text("1,2\n3\n"),
            Err("expected `slot,value`, got `3` at line 2".to_owned())
        );
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        assert!(load_text(r#"{ "0x1": 2 }"#).is_err());
        assert!(load_text(r#"{ "0x1": "0x2" } x"#).is_err());
        assert!(load_text(r#"{ "0x1": "#).is_err());
    }
}
