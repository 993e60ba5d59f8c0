use std::fmt;

use serde::Serialize;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// The way of finding changes that a sync will use: the first that works.
    pub finds_changes_by: Option<String>,
    /// Everything that was tried, in order.
    pub checks: Vec<Check>,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it is about: `source`, `target`, `contracts`, `wallet`, `notary services`.
    pub about: &'static str,
    /// What was tried.
    pub name: String,
    /// Whether it works.
    pub works: bool,
    /// What it gives, or why it does not work.
    pub detail: String,
}

/// The checks about one thing.
pub(crate) struct Checks<'a> {
    pub about: &'static str,
    pub all: &'a mut Vec<Check>,
}

impl Checks<'_> {
    pub fn book(&mut self, name: impl Into<String>, outcome: Result<String, impl fmt::Display>) {
        let (works, detail) = match outcome {
            Ok(detail) => (true, detail),
            Err(error) => (false, error.to_string()),
        };
        self.note(name, works, detail);
    }

    pub fn note(&mut self, name: impl Into<String>, works: bool, detail: impl Into<String>) {
        self.all.push(Check {
            about: self.about,
            name: name.into(),
            works,
            detail: detail.into(),
        });
    }
}
