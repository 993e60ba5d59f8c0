use std::{fmt, time::Duration};

use alloy::transports::http::reqwest::Url;

use crate::error::{Error, SettingError};

/// The nodes of one chain, and how much they are relied on.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Addresses (`http`, `https`, `ws` or `wss`), the preferred first. A later one is asked when an earlier one fails.
    pub urls: Vec<String>,
    /// How many of them must show the same block before it is relied on; 1 to the number of addresses.
    pub quorum: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// How often all of them are asked, with growing pauses, before a request fails.
    pub rounds: u32,
}

impl fmt::Debug for Endpoints {
    /// Without what may be secret in the addresses.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<String> = self.urls.iter().map(|url| public_part(url)).collect();
        formatter
            .debug_struct("Endpoints")
            .field("urls", &urls)
            .field("quorum", &self.quorum)
            .field("timeout", &self.timeout)
            .field("rounds", &self.rounds)
            .finish()
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            quorum: 1,
            timeout: Duration::from_secs(120),
            rounds: 6,
        }
    }
}

impl Endpoints {
    /// Nodes at these addresses, which `option` gave. An address counts once, however often it is given.
    pub fn new<'a>(
        option: &'static str,
        addresses: impl IntoIterator<Item = &'a str>,
        quorum: usize,
    ) -> Result<Self, Error> {
        let mut urls: Vec<String> = Vec::new();
        for address in addresses {
            if node_url(address).is_none() {
                return Err(Error::Setting(SettingError::NotAUrl {
                    option,
                    text: shown(address),
                }));
            }
            if !urls.iter().any(|known| known == address) {
                urls.push(address.to_owned());
            }
        }
        if quorum == 0 || quorum > urls.len() {
            return Err(Error::Setting(SettingError::Quorum {
                option,
                quorum,
                endpoints: urls.len(),
            }));
        }
        Ok(Self {
            urls,
            quorum,
            ..Self::default()
        })
    }
}

/// The addresses in a text that separates them by commas. A comma inside an address separates nothing: what follows it
/// has no scheme.
pub fn separate_urls(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        let comma = all
            .match_indices(',')
            .map(|(comma, _)| comma)
            .find(|comma| all.get(comma + 1..).is_some_and(has_scheme));
        let (url, after) =
            match comma.and_then(|comma| Some((all.get(..comma)?, all.get(comma + 1..)?))) {
                Some((url, after)) => (url, Some(after)),
                None => (all, None),
            };
        rest = after;
        Some(url.trim())
    })
}

fn has_scheme(text: &str) -> bool {
    text.trim_start()
        .split_once("://")
        .is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

/// The address of a node, if it is one.
pub fn node_url(text: &str) -> Option<Url> {
    let known = ["http://", "https://", "ws://", "wss://"];
    if !known.iter().any(|scheme| text.starts_with(scheme)) {
        return None;
    }
    let url = text.parse::<Url>().ok()?;
    // A host with a comma is two addresses, of which the second lacks its scheme.
    let host = url.host_str()?;
    (!host.is_empty() && !host.contains(',')).then_some(url)
}

/// What was given for an address, without a password in it.
fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_secret, rest)) => format!("...@{rest}"),
        None => text.to_owned(),
    }
}

/// One node.
impl From<&str> for Endpoints {
    fn from(url: &str) -> Self {
        Self {
            urls: vec![url.to_owned()],
            ..Self::default()
        }
    }
}

/// One node.
impl From<&String> for Endpoints {
    fn from(url: &String) -> Self {
        Self::from(url.as_str())
    }
}

impl From<&Endpoints> for Endpoints {
    fn from(endpoints: &Endpoints) -> Self {
        endpoints.clone()
    }
}

/// Scheme, host and port of a URL: the rest may hold a secret.
pub(super) fn public_part(url: &str) -> String {
    url.parse::<Url>().map_or_else(
        |_no_url| "unknown".to_owned(),
        |url| match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
            (Some(host), None) => format!("{}://{host}", url.scheme()),
            (None, _) => "unknown".to_owned(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separated(text: &str) -> Vec<&str> {
        separate_urls(text).collect()
    }

    #[test]
    fn addresses_are_separated_by_commas_that_a_scheme_follows() {
        assert_eq!(
            separated("http://a:1, wss://b/key,file:///x"),
            ["http://a:1", "wss://b/key", "file:///x"]
        );
        assert_eq!(
            separated("https://a/key,with,commas?x=1,2 ,https://b"),
            ["https://a/key,with,commas?x=1,2", "https://b"]
        );
        assert_eq!(separated("http://a,b:8545"), ["http://a,b:8545"]);
        assert_eq!(separated(""), [""]);
    }

    #[test]
    fn an_address_counts_once_and_the_quorum_must_fit() {
        let urls = ["http://a:1", "wss://b/k,e", "http://a:1"];
        let endpoints = Endpoints::new("--source-rpc", urls, 2).expect("two nodes");
        assert_eq!(endpoints.urls, ["http://a:1", "wss://b/k,e"]);
        for (quorum, urls) in [(2, ["http://a:1"; 2]), (0, ["http://a:1"; 2])] {
            let refused = Endpoints::new("--source-rpc", urls, quorum)
                .expect_err("one node only")
                .to_string();
            assert_eq!(
                refused,
                format!(
                    "a quorum of {quorum} is not between 1 and the number of nodes in --source-rpc, 1"
                )
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name_and_without_its_password() {
        for (text, bad) in [
            ("", ""),
            ("file:///x", "file:///x"),
            ("http://", "http://"),
            ("http://a,b:8545", "http://a,b:8545"),
            ("user:secret@node", "...@node"),
        ] {
            let refused = Endpoints::new("--target-rpc", [text], 1).expect_err("no address");
            assert_eq!(
                refused.to_string(),
                format!("--target-rpc: `{bad}` is not a URL of a node (http, https, ws or wss)")
            );
        }
    }

    #[test]
    fn a_log_shows_no_secret_of_an_address() {
        let endpoints = Endpoints::from("https://user:hidden@node.example/hidden?key=hidden");
        let shown = format!("{endpoints:?}");
        assert!(
            shown.contains("node.example") && !shown.contains("hidden"),
            "{shown}"
        );
    }

    #[test]
    fn the_public_part_of_an_address_has_no_path_and_no_user() {
        for (url, public) in [
            (
                "https://user:secret@node.example/v3/secret?key=secret",
                "https://node.example",
            ),
            ("ws://127.0.0.1:8546/secret", "ws://127.0.0.1:8546"),
            ("nonsense", "unknown"),
        ] {
            assert_eq!(public_part(url), public);
        }
    }
}
