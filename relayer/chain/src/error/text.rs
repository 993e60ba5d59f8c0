use alloy::transports::{RpcError, TransportErrorKind};

use crate::revert::Revert;

/// Why a transaction failed, as the end of a sentence.
pub(super) fn because(reason: Option<&Revert>) -> String {
    match reason {
        Some(revert) => format!(": {revert}"),
        None => "; somebody else was probably faster, run it again".to_owned(),
    }
}

/// A transport error without line breaks, cut to what a line can take.
pub fn one_line(error: &RpcError<TransportErrorKind>) -> String {
    let text = match error {
        RpcError::ErrorResp(payload) => format!("{} (code {})", payload.message, payload.code),
        other => chain_of_causes(other),
    };
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(400) {
        line.truncate(cut);
        line.push_str("...");
    }
    line
}

/// An error and what caused it, each said once.
pub fn chain_of_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
