use std::fmt::Write as _;

use alloy::transports::{RpcError, TransportErrorKind};

use crate::revert::Revert;

/// Most characters of what a node says that a message shows.
const LONGEST: usize = 300;

/// Why a transaction failed, as the end of a sentence.
pub(super) fn because(reason: Option<&Revert>) -> String {
    match reason {
        Some(revert) => format!(": {revert}"),
        None => "; somebody else was probably faster, run it again".to_owned(),
    }
}

/// What to do about a revert, as the end of a sentence.
pub(super) fn advice(revert: &Revert) -> &'static str {
    match revert.name.as_str() {
        "HeaderFromFuture" => {
            ": the source's clock is ahead of the target's; take older source blocks (--finality with a number of blocks below \
             the newest), or wait"
        }
        _ => "",
    }
}

/// A transport error without line breaks and control characters, cut to what a line can take.
pub fn one_line(error: &RpcError<TransportErrorKind>) -> String {
    let text = match error {
        RpcError::ErrorResp(payload) => format!("{} (code {})", payload.message, payload.code),
        RpcError::DeserError { err, .. } => format!("its answer is not what it should be: {err}"),
        RpcError::Transport(
            TransportErrorKind::HttpError(http)
            | TransportErrorKind::HttpErrorWithRetryAfter { error: http, .. },
        ) => format!("HTTP {} {}", http.status, http.body),
        other => chain_of_causes(other),
    };
    plain(&text)
}

/// Somebody else's text as a part of a line: without line breaks and control characters, and cut.
pub fn plain(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(cut);
        line.push_str("...");
    }
    escaped(&line)
}

/// Text in which nothing acts on a terminal but line breaks and tabs: control characters, and those that change the direction
/// of writing or are not seen, are shown by their number.
pub fn escaped(text: &str) -> String {
    if !text.chars().any(acts) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut clean, character| {
        match acts(character) {
            // Writing to a String cannot fail.
            true => _ = write!(clean, "{}", character.escape_unicode()),
            false => clean.push(character),
        }
        clean
    })
}

/// The same for JSON, in which a number is written otherwise.
pub fn escaped_json(text: &str) -> String {
    text.chars().fold(String::new(), |mut clean, character| {
        match acts(character) {
            // All of them are in the first plane. Writing to a String cannot fail.
            true => _ = write!(clean, "\\u{:04x}", u32::from(character)),
            false => clean.push(character),
        }
        clean
    })
}

fn acts(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Marks and overrides of the direction of writing, characters without width, line and paragraph separators.
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => true,
        other => other.is_control(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_says_cannot_draw_on_the_terminal() {
        let said = "\u{1b}[2J\u{1b}]0;owned\u{7}ok\r\nerror: \u{9b}31m\u{202e}txet";
        assert_eq!(
            plain(said),
            r"\u{1b}[2J\u{1b}]0;owned\u{7}ok error: \u{9b}31m\u{202e}txet"
        );
        assert_eq!(escaped("a\tb\nc"), "a\tb\nc");
        let json = escaped_json(&serde_json::json!({ "said": said }).to_string());
        assert!(!json.chars().any(acts), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON still");
        assert_eq!(read["said"], said);
    }

    #[test]
    fn a_header_from_the_future_comes_with_what_to_do() {
        use alloy_sol_types::SolError;
        let error = smartsync_abi::IRootSource::HeaderFromFuture {
            timestamp: 9,
            latestAllowed: 8,
        };
        let error = crate::Error::Reverted {
            call: "sync",
            revert: Revert::decode(error.abi_encode().into()),
        };
        assert_eq!(
            error.to_string(),
            "sync reverted: HeaderFromFuture(timestamp: 9, latestAllowed: 8): the source's clock is ahead of the target's; take \
             older source blocks (--finality with a number of blocks below the newest), or wait"
        );
    }

    #[test]
    fn an_answer_that_is_something_else_is_not_shown_whole() {
        let page = format!("<html>{}</html>", "x".repeat(10_000));
        let problem = serde_json::from_str::<bool>(&page).expect_err("no JSON");
        let said = one_line(&RpcError::deser_err(problem, &page));
        assert_eq!(
            said,
            "its answer is not what it should be: expected value at line 1 column 1"
        );
        let long = serde_json::from_value::<u64>(serde_json::json!("y".repeat(10_000)));
        let said = one_line(&RpcError::deser_err(long.expect_err("no number"), ""));
        assert!(said.len() < 310, "{}", said.len());
    }
}
