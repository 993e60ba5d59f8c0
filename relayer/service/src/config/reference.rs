//! Values that may be secret: they are read from the environment or from files that the configuration names.

use std::path::{Path, PathBuf};

use smartsync_chain::{PrivateUrl, Secret, UrlProblem, wallet::may_be_shown};
use smartsync_roots::notary_service_url;
use toml::de::DeValue;

use super::reader::Section;
use crate::coordination::address::{Address, NoAddress};

/// Where names and paths of a configuration lead.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Folder of the configuration file.
    pub folder: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// How a secret is given.
pub(super) const REFERENCE: &str = "{ env = \"NAME\" } or { file = \"PATH\" }";

/// What `{ env = "NAME" }` or `{ file = "PATH" }` stands for; else why not.
fn resolve(value: &DeValue<'_>, place: Place<'_>) -> Result<String, String> {
    let DeValue::Table(table) = value else {
        return Err("no reference".to_owned());
    };
    let mut entries = table.iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else {
        return Err("a table of other keys".to_owned());
    };
    let DeValue::String(name) = value.get_ref() else {
        return Err("a reference that is no text".to_owned());
    };
    match key.get_ref().as_ref() {
        "env" => (place.variable)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .ok_or_else(|| match is_variable(name) {
                true => format!("the environment variable {name}, which is not set"),
                false => "an environment variable that is not set".to_owned(),
            }),
        "file" => std::fs::read_to_string(place.folder.join(name.as_ref()))
            .map(|text| text.trim().to_owned())
            .map_err(|error| match may_be_shown(Path::new(name.as_ref())) {
                true => format!("the file {name}, which cannot be read ({error})"),
                false => format!("a file that cannot be read ({error})"),
            }),
        _ => Err("a table of other keys".to_owned()),
    }
}

/// Whether a name is that of an environment variable, as they are spelt, rather than the secret itself in the wrong place.
fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A secret behind a reference.
pub(super) fn secret(value: &DeValue<'_>, place: Place<'_>) -> Result<Secret, String> {
    match value {
        DeValue::String(_) => Err("text, which may be the secret itself".to_owned()),
        reference => resolve(reference, place).map(Secret::from),
    }
}

/// Text, or a reference to it where it holds a secret; whether it is in the file itself.
fn text_or_reference(value: &DeValue<'_>, place: Place<'_>) -> Result<(String, bool), String> {
    match value {
        DeValue::String(text) => Ok((text.to_string(), true)),
        reference => resolve(reference, place).map(|text| (text, false)),
    }
}

/// Which URLs are taken.
pub(super) struct UrlRule {
    expected: &'static str,
    accept: fn(&str) -> Result<PrivateUrl, UrlProblem>,
}

/// Those of nodes.
pub(super) const NODES: UrlRule = UrlRule {
    expected: "URLs of nodes (http, https, ws, wss) without a password, or { env = \"NAME\" } or { file = \"PATH\" } for \
         those that hold a secret",
    accept: PrivateUrl::of_node,
};

/// Those of notary services.
pub(super) const NOTARY_SERVICES: UrlRule = UrlRule {
    expected: "URLs of notary services (http, https) without a password, or { env = \"NAME\" } or { file = \"PATH\" } \
         for those that hold a secret",
    accept: notary_service_url,
};

impl UrlRule {
    fn check(&self, text: &str, inline: bool) -> Result<PrivateUrl, String> {
        match (self.accept)(text) {
            Ok(url) if inline && url.expose().password().is_some() => {
                Err("a URL with a password in it".to_owned())
            }
            Ok(url) => Ok(url),
            Err(UrlProblem::Scheme { scheme, .. }) => Err(format!("the scheme {scheme}")),
            Err(UrlProblem::Two) => Err("two URLs in one text".to_owned()),
            Err(UrlProblem::NoUrl(_) | UrlProblem::NoHost) => Err("text that is no URL".to_owned()),
        }
    }
}

/// URLs, each as text or reference, alone or in a list.
pub(super) fn urls(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
    rule: &UrlRule,
) -> Vec<PrivateUrl> {
    let Some((value, _)) = section.value(key) else {
        return Vec::new();
    };
    let values: Vec<&DeValue<'_>> = match value {
        DeValue::Array(values) => values.iter().map(|value| value.get_ref()).collect(),
        single => vec![single],
    };
    let mut urls: Vec<PrivateUrl> = Vec::new();
    for value in &values {
        let url =
            text_or_reference(value, place).and_then(|(text, inline)| rule.check(&text, inline));
        let problem = match url {
            Ok(url) if urls.contains(&url) => "a URL twice".to_owned(),
            Ok(url) => {
                urls.push(url);
                continue;
            }
            Err(problem) => problem,
        };
        section.refuse_secret(key, &problem, rule.expected);
    }
    if values.is_empty() {
        section.refuse(key, rule.expected);
    }
    urls
}

/// URLs of which there must be one at least.
pub(super) fn required_urls(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
    rule: &UrlRule,
) -> Vec<PrivateUrl> {
    if section.value(key).is_none() {
        section.refuse(key, rule.expected);
    }
    urls(section, key, place, rule)
}

/// The address of a PostgreSQL database.
pub(super) fn database(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
) -> Option<Secret> {
    const EXPECTED: &str = "a PostgreSQL database (postgres://user@host/database) without a password, or { env = \"NAME\" } \
         or { file = \"PATH\" } for one with a password";
    let (value, _) = section.value(key)?;
    let address =
        text_or_reference(value, place).and_then(|(text, inline)| match Address::parse(&text) {
            Ok(address) if inline && address.config.get_password().is_some() => {
                Err("an address with a password in it".to_owned())
            }
            Ok(_address) => Ok(Secret::from(text)),
            Err(NoAddress(problem)) => Err(problem.to_owned()),
        });
    match address {
        Ok(address) => Some(address),
        Err(problem) => {
            section.refuse_secret(key, &problem, EXPECTED);
            None
        }
    }
}

/// Files that must be there, each as a path.
pub(super) fn files(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
) -> Vec<PathBuf> {
    const EXPECTED: &str = "a list of paths of files";
    let Some((value, _)) = section.value(key) else {
        return Vec::new();
    };
    let DeValue::Array(values) = value else {
        section.refuse(key, EXPECTED);
        return Vec::new();
    };
    let mut files = Vec::new();
    for value in values {
        match value.get_ref() {
            DeValue::String(path) => {
                files.extend(file(section, key, &place.folder.join(path.as_ref())));
            }
            _ => section.refuse_secret(key, "a value that is no text", EXPECTED),
        }
    }
    files
}

/// A file that must be there.
pub(super) fn file(section: &mut Section<'_>, key: &'static str, path: &Path) -> Option<PathBuf> {
    match std::fs::File::open(path) {
        Ok(_file) => Some(path.to_owned()),
        Err(error) => {
            section.refuse_secret(key, &format!("{} ({error})", path.display()), "a file");
            None
        }
    }
}

/// A file of a key that must be there. What was given is shown only if it is a path: it may be the secret itself.
pub(super) fn key_file(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
) -> Option<PathBuf> {
    let given = match section.value(key)?.0 {
        DeValue::String(given) => given,
        _ => {
            section.refuse_secret(key, "no text", "a path in quotes");
            return None;
        }
    };
    let path = place.folder.join(given.as_ref());
    match std::fs::File::open(&path) {
        Ok(_file) => Some(path),
        Err(error) => {
            let got = match may_be_shown(Path::new(given.as_ref())) {
                true => format!("{} ({error})", path.display()),
                false => format!("a path of no file ({error})"),
            };
            section.refuse_secret(key, &got, "a file");
            None
        }
    }
}
