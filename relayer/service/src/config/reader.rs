use std::{
    collections::BTreeSet,
    ops::{Range, RangeFrom},
    path::Path,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problem::{ConfigError, ConfigProblem};

/// Most of a value that a message shows.
const SHOWN: usize = 60;

/// A parsed file.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

/// A table of the file. It notes which keys were asked for and what was wrong; a key that was not asked for is unknown.
#[derive(Clone)]
pub(super) struct Section<'a> {
    text: &'a str,
    /// `mirror[1].`, or nothing.
    prefix: String,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    asked: BTreeSet<&'static str>,
    problems: Vec<ConfigProblem>,
}

fn line(text: &str, at: usize) -> usize {
    text.get(..at)
        .unwrap_or(text)
        .bytes()
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &'a Path, text: &'a str) -> Result<Self, ConfigError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { path, text, table }),
            Err(error) => Err(ConfigError {
                path: path.to_owned(),
                problems: vec![ConfigProblem {
                    line: line(text, error.span().map_or(0, |span| span.start)),
                    key: String::new(),
                    got: "text that is no TOML".to_owned(),
                    expected: error
                        .message()
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" "),
                }],
            }),
        }
    }

    pub(super) fn root(&self) -> Section<'_> {
        Section {
            text: self.text,
            prefix: String::new(),
            table: self.table.get_ref(),
            span: 0..0,
            asked: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// The result, if nothing is wrong.
    pub(super) fn finish<T>(&self, root: Section<'_>, result: Option<T>) -> Result<T, ConfigError> {
        let mut problems = root.close();
        problems.sort_by(|one, other| (one.line, &one.key).cmp(&(other.line, &other.key)));
        match result {
            Some(result) if problems.is_empty() => Ok(result),
            _ => Err(ConfigError {
                path: self.path.to_owned(),
                problems,
            }),
        }
    }
}

impl<'a> Section<'a> {
    fn note(&mut self, at: usize, key: &str, got: impl Into<String>, expected: &str) {
        self.problems.push(ConfigProblem {
            line: line(self.text, at),
            key: format!("{}{key}", self.prefix),
            got: got.into(),
            expected: expected.to_owned(),
        });
    }

    /// A value with its place.
    pub(super) fn value(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.asked.insert(key);
        let value = self.table.get(key)?;
        Some((value.get_ref(), value.span()))
    }

    /// Notes that a value is not what it should be.
    pub(super) fn refuse(&mut self, key: &'static str, expected: &str) {
        match self.value(key) {
            Some((value, span)) => {
                let got = shown(value, self.text, &span);
                self.note(span.start, key, got, expected);
            }
            None => self.note(self.span.start, key, "nothing", expected),
        }
    }

    /// Notes that a value is not what it should be, without showing it.
    pub(super) fn refuse_secret(&mut self, key: &'static str, got: &str, expected: &str) {
        let at = self
            .value(key)
            .map_or(self.span.start, |(_, span)| span.start);
        self.note(at, key, got, expected);
    }

    /// Text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'a str> {
        match self.value(key)?.0 {
            DeValue::String(text) => Some(text),
            _ => {
                self.refuse(key, "text in quotes");
                None
            }
        }
    }

    /// A list of text; none where there is no such key.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<&'a str> {
        let Some((value, _)) = self.value(key) else {
            return Vec::new();
        };
        let texts = match value {
            DeValue::Array(array) => array
                .iter()
                .map(|value| match value.get_ref() {
                    DeValue::String(text) => Some(&**text),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.refuse(key, "a list of text in quotes");
            Vec::new()
        })
    }

    /// Text that means something. A number is left to [`Section::integer`].
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = match self.value(key)?.0 {
            DeValue::String(text) => parse(text),
            DeValue::Integer(_) if key == "finality" => return None,
            _ => None,
        };
        if parsed.is_none() {
            self.refuse(key, expected);
        }
        parsed
    }

    /// Text that must be there.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if self.value(key).is_none() {
            self.refuse(key, expected);
            return None;
        }
        self.parsed(key, expected, parse)
    }

    /// A whole number.
    pub(super) fn integer(&mut self, key: &'static str, range: RangeFrom<u64>) -> Option<u64> {
        let number = match self.value(key)?.0 {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            // Said already where text is allowed, too.
            DeValue::String(_) if key == "finality" => return None,
            _ => None,
        };
        match number.filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                self.refuse(key, &format!("a whole number, at least {}", range.start));
                None
            }
        }
    }

    fn inner(&self, name: String, table: &'a DeTable<'a>, span: Range<usize>) -> Self {
        Self {
            text: self.text,
            prefix: format!("{}{name}.", self.prefix),
            table,
            span,
            asked: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// A table in this one. Give it back with [`Section::take`].
    pub(super) fn section(&mut self, key: &'static str) -> Option<Self> {
        let (value, span) = self.value(key)?;
        match value {
            DeValue::Table(table) => Some(self.inner(key.to_owned(), table, span)),
            // A key or an address may be there, where its table should be.
            _ => {
                self.refuse_secret(key, "a value", &format!("a table, [{key}]"));
                None
            }
        }
    }

    /// A table that must be there.
    pub(super) fn required_section(&mut self, key: &'static str) -> Option<Self> {
        if self.value(key).is_none() {
            self.refuse(key, &format!("a table, [{key}]"));
            return None;
        }
        self.section(key)
    }

    /// True or false.
    pub(super) fn truth(&mut self, key: &'static str) -> Option<bool> {
        match self.value(key)?.0 {
            DeValue::Boolean(truth) => Some(*truth),
            _ => {
                self.refuse(key, "true or false");
                None
            }
        }
    }

    /// Tables, if there are any.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Self> {
        match self.value(key) {
            Some(_) => self.required_sections(key),
            None => Vec::new(),
        }
    }

    /// One or more tables.
    pub(super) fn required_sections(&mut self, key: &'static str) -> Vec<Self> {
        let expected = format!("one or more tables, [[{key}]]");
        let Some((DeValue::Array(array), _)) = self.value(key) else {
            self.refuse(key, &expected);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, value) in array.iter().enumerate() {
            match value.get_ref() {
                DeValue::Table(table) => {
                    sections.push(self.inner(format!("{key}[{index}]"), table, value.span()));
                }
                other => {
                    let got = shown(other, self.text, &value.span());
                    self.note(
                        value.span().start,
                        &format!("{key}[{index}]"),
                        got,
                        "a table",
                    );
                }
            }
        }
        if array.is_empty() {
            self.refuse(key, &expected);
        }
        sections
    }

    /// Takes a table back, with what was wrong in it.
    pub(super) fn take(&mut self, section: Section<'_>) {
        self.problems.extend(section.close());
    }

    /// What was wrong, unknown keys included.
    fn close(self) -> Vec<ConfigProblem> {
        let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
        let unknown = self
            .table
            .keys()
            .filter(|key| !self.asked.contains(&**key.get_ref()));
        let mut problems = self.problems;
        problems.extend(unknown.map(|key| ConfigProblem {
            line: line(self.text, key.span().start),
            key: format!("{}{}", self.prefix, key.get_ref()),
            got: "an unknown key".to_owned(),
            expected: format!("one of {known}"),
        }));
        problems
    }
}

/// A value as it stands in the file.
fn shown(value: &DeValue<'_>, text: &str, span: &Range<usize>) -> String {
    match value {
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        _ => {
            let mut shown = text.get(span.clone()).unwrap_or_default().to_owned();
            if let Some((cut, _)) = shown.char_indices().nth(SHOWN) {
                shown.truncate(cut);
                shown.push_str("...");
            }
            shown
        }
    }
}
