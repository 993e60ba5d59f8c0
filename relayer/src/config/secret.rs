//! Values that may be secret: they are read from the environment or from files that the configuration names.

use std::path::Path;

use alloy::{signers::local::PrivateKeySigner, transports::http::reqwest::Url};
use toml::de::DeValue;

use super::{PayingKey, Secret, reader::Section};

/// Where names and paths of a configuration lead.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Folder of the configuration file.
    pub folder: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

const REFERENCE: &str = "{ env = \"NAME\" } or { file = \"PATH\" }";

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
            .ok_or_else(|| format!("the environment variable {name}, which is not set")),
        "file" => std::fs::read_to_string(place.folder.join(name.as_ref()))
            .map(|text| text.trim().to_owned())
            .map_err(|error| format!("the file {name}, which cannot be read ({error})")),
        _ => Err("a table of other keys".to_owned()),
    }
}

/// The nodes' URLs: text, references, or a list of both.
pub(super) fn urls(section: &mut Section<'_>, place: Place<'_>) -> Vec<String> {
    const EXPECTED: &str = "URLs of nodes (http, https, ws, wss) without a password, or { env = \"NAME\" } or \
         { file = \"PATH\" } for those that hold a secret";
    let Some((value, _)) = section.value("rpc") else {
        section.refuse("rpc", EXPECTED);
        return Vec::new();
    };
    let values: Vec<&DeValue<'_>> = match value {
        DeValue::Array(values) => values.iter().map(|value| value.get_ref()).collect(),
        single => vec![single],
    };
    let mut urls: Vec<String> = Vec::new();
    for value in &values {
        let (url, inline) = match value {
            DeValue::String(url) => (Ok(url.to_string()), true),
            reference => (resolve(reference, place), false),
        };
        let problem = match url {
            Err(problem) => Some(problem),
            Ok(url) => match Url::parse(&url) {
                Ok(parsed) if !["http", "https", "ws", "wss"].contains(&parsed.scheme()) => {
                    Some(format!("the scheme {}", parsed.scheme()))
                }
                Ok(parsed) if inline && parsed.password().is_some() => {
                    Some("a URL with a password in it".to_owned())
                }
                Ok(_) if urls.contains(&url) => Some("a URL twice".to_owned()),
                Ok(_) => {
                    urls.push(url);
                    None
                }
                Err(_no_url) => Some("text that is no URL".to_owned()),
            },
        };
        if let Some(problem) = problem {
            section.refuse_secret("rpc", &problem, EXPECTED);
        }
    }
    if values.is_empty() {
        section.refuse("rpc", EXPECTED);
    }
    urls
}

/// A list of references to secrets.
pub(super) fn texts(
    section: &mut Section<'_>,
    key: &'static str,
    place: Place<'_>,
    what: &str,
) -> Vec<Secret> {
    let expected = format!("a list of {what}, each as {REFERENCE}");
    let Some((value, _)) = section.value(key) else {
        return Vec::new();
    };
    let DeValue::Array(values) = value else {
        section.refuse_secret(key, "no list", &expected);
        return Vec::new();
    };
    let mut texts = Vec::new();
    for value in values {
        match private_key(value.get_ref(), place) {
            Ok(text) => texts.push(text),
            Err(problem) => section.refuse_secret(key, &problem, &expected),
        }
    }
    texts
}

/// A private key behind a reference.
fn private_key(value: &DeValue<'_>, place: Place<'_>) -> Result<Secret, String> {
    if matches!(value, DeValue::String(_)) {
        return Err("text, which may be the secret itself".to_owned());
    }
    let text = resolve(value, place)?;
    match text.parse::<PrivateKeySigner>() {
        Ok(_key) => Ok(Secret(text)),
        Err(_no_key) => Err("a reference to something that is no private key".to_owned()),
    }
}

/// The paying key: `private_key` as a reference, or `keystore` and `password_file`.
pub(super) fn paying_key(section: &mut Section<'_>, place: Place<'_>) -> Option<PayingKey> {
    let expected = format!("a private key as {REFERENCE}");
    let text = section.value("private_key").map(|(value, _)| value);
    let keystore = section.text("keystore");
    let password = section.text("password_file");
    match (text, keystore, password) {
        (Some(value), None, None) => match private_key(value, place) {
            Ok(text) => Some(PayingKey::Text(text)),
            Err(problem) => {
                section.refuse_secret("private_key", &problem, &expected);
                None
            }
        },
        (None, Some(path), Some(password)) => {
            let (path, password) = (place.folder.join(path), place.folder.join(password));
            for (key, file) in [("keystore", &path), ("password_file", &password)] {
                if let Err(error) = std::fs::metadata(file) {
                    section.refuse_secret(key, &format!("{} ({error})", file.display()), "a file");
                }
            }
            Some(PayingKey::Keystore { path, password })
        }
        (None, Some(_), None) => {
            section.refuse("password_file", "the file with the keystore's password");
            None
        }
        _ => {
            section.refuse_secret(
                "private_key",
                "neither or both of private_key and keystore",
                "one of private_key, and keystore with password_file",
            );
            None
        }
    }
}
