use smartsync_chain::{
    KeySource,
    wallet::{self, Keystore},
};
use toml::de::DeValue;

use super::{
    reader::Section,
    reference::{self, Place, REFERENCE},
};

/// The ways of giving a key, of which exactly one is taken.
const WAYS: [&str; 5] = ["private_key", "keystore", "mnemonic", "aws", "ledger"];

/// The paying key.
pub(super) fn paying_key(section: &mut Section<'_>, place: Place<'_>) -> Option<KeySource> {
    let given: Vec<&'static str> = WAYS
        .into_iter()
        .filter(|way| section.value(way).is_some())
        .collect();
    for (detail, way) in [
        ("password_file", "keystore"),
        ("mnemonic_index", "mnemonic"),
    ] {
        if section.value(detail).is_some() && !given.contains(&way) {
            section.refuse(detail, &format!("{way} beside it"));
        }
    }
    let [way] = given.as_slice() else {
        let got = match given.as_slice() {
            [] => "none of them".to_owned(),
            several => several.join(" and "),
        };
        let at = given.first().copied().unwrap_or("private_key");
        let expected = "one of private_key, keystore with password_file, mnemonic, aws and ledger";
        section.refuse_secret(at, &got, expected);
        return None;
    };
    let key = match *way {
        "private_key" => private_key(section, place),
        "keystore" => keystore(section, place),
        "mnemonic" => mnemonic(section, place),
        "aws" => aws(section),
        _ => section
            .integer("ledger", 0..)
            .and_then(|index| usize::try_from(index).ok())
            .map(|index| KeySource::Ledger { index }),
    }?;
    if let Some(feature) = key.missing_feature() {
        let got = format!("a key that needs the feature `{feature}`, which is not built in");
        section.refuse_secret(way, &got, "another way of giving the key");
        return None;
    }
    Some(key)
}

fn private_key(section: &mut Section<'_>, place: Place<'_>) -> Option<KeySource> {
    let (value, _) = section.value("private_key")?;
    match text_key("key.private_key", value, place) {
        Ok(key) => Some(key),
        Err(problem) => {
            let expected = format!("a private key as {REFERENCE}");
            section.refuse_secret("private_key", &problem, &expected);
            None
        }
    }
}

/// A list of private keys.
pub(super) fn notary_keys(section: &mut Section<'_>, place: Place<'_>) -> Vec<KeySource> {
    let expected = format!("a list of private keys, each as {REFERENCE}");
    let Some((value, _)) = section.value("keys") else {
        return Vec::new();
    };
    let DeValue::Array(values) = value else {
        section.refuse_secret("keys", "no list", &expected);
        return Vec::new();
    };
    let mut keys = Vec::new();
    for value in values {
        match text_key("notary.keys", value.get_ref(), place) {
            Ok(key) => keys.push(key),
            Err(problem) => section.refuse_secret("keys", &problem, &expected),
        }
    }
    keys
}

/// A private key behind a reference.
fn text_key(
    option: &'static str,
    value: &DeValue<'_>,
    place: Place<'_>,
) -> Result<KeySource, String> {
    let key = reference::secret(value, place)?;
    match wallet::text(option, key.expose()) {
        Ok(_key) => Ok(KeySource::Text { option, key }),
        Err(_no_key) => Err("a reference to something that is no private key".to_owned()),
    }
}

fn keystore(section: &mut Section<'_>, place: Place<'_>) -> Option<KeySource> {
    if section.value("password_file").is_none() {
        section.refuse("password_file", "the file with the keystore's password");
    }
    let password = reference::key_file(section, "password_file", place);
    let path = reference::key_file(section, "keystore", place)?;
    // What cannot be read as text is no keystore either.
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    if let Err(problem) = Keystore::parse(&text) {
        let got = format!("{} ({problem})", path.display());
        section.refuse_secret("keystore", &got, "a keystore of version 3 (JSON)");
        return None;
    }
    Some(KeySource::Keystore {
        path,
        password: password?,
    })
}

fn mnemonic(section: &mut Section<'_>, place: Place<'_>) -> Option<KeySource> {
    let index = match section.value("mnemonic_index") {
        None => 0,
        Some(_) => section.integer("mnemonic_index", 0..)?,
    };
    let Ok(index) = u32::try_from(index) else {
        section.refuse("mnemonic_index", "a whole number below 2^32");
        return None;
    };
    let (value, _) = section.value("mnemonic")?;
    let source = reference::secret(value, place).and_then(|words| {
        let option = "key.mnemonic";
        match wallet::mnemonic(option, words.expose(), index) {
            Ok(_key) => Ok(KeySource::Mnemonic {
                option,
                words,
                index,
            }),
            Err(_no_words) => Err("a reference to something that is no mnemonic".to_owned()),
        }
    });
    match source {
        Ok(source) => Some(source),
        Err(problem) => {
            let expected = format!("words (BIP-39) as {REFERENCE}");
            section.refuse_secret("mnemonic", &problem, &expected);
            None
        }
    }
}

fn aws(section: &mut Section<'_>) -> Option<KeySource> {
    let key_id = section.parsed("aws", "id, ARN or alias of a key in AWS KMS", |text| {
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    })?;
    Some(KeySource::Aws { key_id })
}
