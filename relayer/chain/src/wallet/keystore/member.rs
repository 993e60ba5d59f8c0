//! Members of a keystore's JSON.

use alloy_primitives::hex;
use serde_json::{Map, Value};

use crate::error::KeystoreProblem;

pub(super) fn member(member: &'static str, expected: &'static str) -> KeystoreProblem {
    KeystoreProblem::Member { member, expected }
}

pub(super) fn unknown(what: &'static str, got: &str, known: &'static str) -> KeystoreProblem {
    KeystoreProblem::Unknown {
        what,
        got: crate::error::plain(got),
        known,
    }
}

pub(super) fn object<'a>(
    value: Option<&'a Value>,
    at: &'static str,
) -> Result<&'a Map<String, Value>, KeystoreProblem> {
    value
        .and_then(Value::as_object)
        .ok_or(member(at, "an object"))
}

pub(super) fn name<'a>(
    of: &'a Map<String, Value>,
    key: &str,
    at: &'static str,
) -> Result<&'a str, KeystoreProblem> {
    of.get(key)
        .and_then(Value::as_str)
        .ok_or(member(at, "a name"))
}

pub(super) fn bytes(
    of: &Map<String, Value>,
    key: &str,
    at: &'static str,
) -> Result<Vec<u8>, KeystoreProblem> {
    of.get(key)
        .and_then(Value::as_str)
        .and_then(|text| hex::decode(text).ok())
        .ok_or(member(at, "bytes in hexadecimal"))
}

pub(super) fn exactly<const N: usize>(
    of: &Map<String, Value>,
    key: &str,
    at: &'static str,
) -> Result<[u8; N], KeystoreProblem> {
    let bytes = bytes(of, key, at)?;
    let got = bytes.len();
    bytes
        .try_into()
        .map_err(|_other_length| KeystoreProblem::Length {
            member: at,
            got,
            expected: N,
        })
}
