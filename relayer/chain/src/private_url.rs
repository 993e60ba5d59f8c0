use std::fmt;

use alloy::transports::{Authorization, http::reqwest::Url};
use percent_encoding::percent_decode_str;

/// Schemes of nodes.
const NODES: &[&str] = &["http", "https", "ws", "wss"];
/// The shortest part of an address that is taken for a secret where a node repeats it, in bytes: `v3` is none.
const SHORTEST_PART: usize = 6;
/// The same of a user, a password and the value of a query.
const SHORTEST_SECRET: usize = 3;

/// An address on the network of which only scheme, host and port are ever shown: user, password, path and query may be
/// secret.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateUrl(Url);

/// Why a text is no such address. It does not show the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// Not an address at all.
    #[error("it does not begin with {}", beginnings(.0))]
    NoUrl(&'static [&'static str]),
    /// An address of another kind.
    #[error("its scheme is {scheme}, not {}", either(.known))]
    Scheme {
        /// The scheme.
        scheme: String,
        /// Those that are taken.
        known: &'static [&'static str],
    },
    /// An address without a host, or with a port that is none.
    #[error("it names no host and port")]
    NoHost,
    /// Two, the second without its scheme.
    #[error("it is two addresses, of which the second lacks its scheme")]
    Two,
}

fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn beginnings(schemes: &[&str]) -> String {
    let beginnings: Vec<String> = schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect();
    either(&beginnings.iter().map(String::as_str).collect::<Vec<_>>())
}

impl PrivateUrl {
    /// The address of a node.
    pub fn of_node(text: &str) -> Result<Self, UrlProblem> {
        Self::parse(text, NODES)
    }

    /// An address with one of these schemes, in whatever case.
    pub fn parse(text: &str, schemes: &'static [&'static str]) -> Result<Self, UrlProblem> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(UrlProblem::NoUrl(schemes));
        };
        let is_scheme = scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if scheme.is_empty() || !is_scheme {
            return Err(UrlProblem::NoUrl(schemes));
        }
        let scheme = scheme.to_ascii_lowercase();
        if !schemes.contains(&scheme.as_str()) {
            return Err(UrlProblem::Scheme {
                scheme,
                known: schemes,
            });
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        if host.contains(',') {
            return Err(UrlProblem::Two);
        }
        match text.parse::<Url>() {
            Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(Self(url)),
            _ => Err(UrlProblem::NoHost),
        }
    }

    /// The whole address.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and port.
    pub fn name(&self) -> String {
        public_part(&self.0)
    }

    /// Whether it is one of a WebSocket.
    pub fn is_websocket(&self) -> bool {
        matches!(self.0.scheme(), "ws" | "wss")
    }

    /// How to connect to it, if it is one of a WebSocket. User and password are sent as they are meant, without the percent
    /// signs that an address needs.
    #[cfg(feature = "tls")]
    pub fn websocket(&self) -> Option<alloy::rpc::client::WsConnect> {
        use alloy::rpc::client::WsConnect;
        self.is_websocket().then(|| {
            WsConnect::new(self.without_user().as_str()).with_auth_opt(self.authorization())
        })
    }

    /// The header of user and password.
    fn authorization(&self) -> Option<Authorization> {
        let user = decoded(self.0.username());
        match (user.is_empty(), self.0.password().map(decoded)) {
            (true, None) => None,
            (_, password) => Some(Authorization::basic(user, password.unwrap_or_default())),
        }
    }

    /// A text without what may be secret in this address: nodes and libraries like to repeat it.
    pub fn without_secrets(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in self.secrets() {
            if clean.contains(&secret) {
                clean = clean.replace(&secret, "...");
            }
        }
        clean
    }

    /// Whatever may be secret, the longest first.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        let mut add = |text: &str, shortest: usize| {
            for text in [text.to_owned(), decoded(text)] {
                if text.len() >= shortest && !secrets.contains(&text) {
                    secrets.push(text);
                }
            }
        };
        let mut rest = self.0.path().to_owned();
        if let Some(query) = self.0.query() {
            add(query, SHORTEST_SECRET);
            rest = format!("{rest}?{query}");
        }
        add(&rest, SHORTEST_PART);
        add(self.0.path(), SHORTEST_PART);
        for segment in self.0.path_segments().into_iter().flatten() {
            add(segment, SHORTEST_PART);
        }
        for (name, value) in self.0.query_pairs() {
            add(&value, SHORTEST_SECRET);
            if value.is_empty() {
                add(&name, SHORTEST_SECRET);
            }
        }
        for pair in self
            .0
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
        {
            add(
                pair.split_once('=').map_or(pair, |(_, value)| value),
                SHORTEST_SECRET,
            );
        }
        if let Some(authorization) = self.authorization() {
            // As it is in a header.
            let header = authorization.to_string();
            add(header.trim_start_matches("Basic "), SHORTEST_SECRET);
        }
        add(self.0.username(), SHORTEST_SECRET);
        add(self.0.password().unwrap_or_default(), SHORTEST_SECRET);
        add(self.0.fragment().unwrap_or_default(), SHORTEST_SECRET);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    #[cfg(feature = "tls")]
    fn without_user(&self) -> Url {
        let mut url = self.0.clone();
        // Neither can fail on an address that has a host.
        let removed = url.set_username("").and(url.set_password(None));
        debug_assert!(removed.is_ok());
        url
    }
}

/// Scheme, host and port of an address.
pub(crate) fn public_part(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
        (Some(host), None) => format!("{}://{host}", url.scheme()),
        (None, _) => "unknown".to_owned(),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Without what may be secret.
impl fmt::Debug for PrivateUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> PrivateUrl {
        PrivateUrl::of_node(text).expect("an address")
    }

    #[test]
    fn only_scheme_host_and_port_are_shown() {
        for (text, shown) in [
            (
                "https://user:secret@node.example/v3/secret?key=secret#secret",
                "https://node.example",
            ),
            ("ws://127.0.0.1:8546/secret", "ws://127.0.0.1:8546"),
            ("HTTPS://Node.Example:8545/", "https://node.example:8545"),
            (" wss://[::1]:1/x\n", "wss://[::1]:1"),
        ] {
            let url = node(text);
            assert_eq!(url.name(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_told_without_showing_it() {
        for (text, said) in [
            (
                "secret",
                "it does not begin with http://, https://, ws:// or wss://",
            ),
            (
                "user:secret@node.example",
                "it does not begin with http://, https://, ws:// or wss://",
            ),
            (
                "ftp://secret",
                "its scheme is ftp, not http, https, ws or wss",
            ),
            (
                "http://a.example,secret.example:8545",
                "it is two addresses, of which the second lacks its scheme",
            ),
            ("http://", "it names no host and port"),
            ("https://secret:port/", "it names no host and port"),
        ] {
            let problem = PrivateUrl::of_node(text).expect_err("no address");
            assert_eq!(problem.to_string(), said, "{text}");
            assert!(!format!("{problem:?}").contains("secret"), "{text}");
        }
    }

    #[test]
    fn what_a_node_repeats_of_its_address_is_taken_out() {
        let url = node("https://us%40er:p%23ss@node.example/v3/0123abcd?key=k%201&flag#end");
        for (said, clean) in [
            ("project 0123abcd is unknown", "project ... is unknown"),
            ("POST /v3/0123abcd?key=k%201&flag", "POST ..."),
            ("no access for us@er, p#ss", "no access for ..., ..."),
            ("us%40er:p%23ss", "...:..."),
            ("key `k 1` is over its limit", "key `...` is over its limit"),
            ("header not found", "header not found"),
        ] {
            assert_eq!(url.without_secrets(said), clean);
        }
    }
}
