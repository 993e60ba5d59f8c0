use std::time::Duration;

use alloy::transports::http::reqwest::Url;

use crate::error::{Error, SettingError};

/// The nodes of one chain, and how much they are relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Addresses separated by commas, as `option` gives them. An address counts once, however often it is given.
    pub fn parse(option: &'static str, text: &str, quorum: usize) -> Result<Self, Error> {
        let mut urls: Vec<String> = Vec::new();
        for url in text.split(',').map(str::trim) {
            let known = ["http://", "https://", "ws://", "wss://"]
                .iter()
                .any(|scheme| url.starts_with(scheme));
            if !known || url.parse::<Url>().is_err() {
                return Err(Error::Setting(SettingError::NotAUrl {
                    option,
                    text: url.to_owned(),
                }));
            }
            if !urls.iter().any(|known| known == url) {
                urls.push(url.to_owned());
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

    #[test]
    fn addresses_are_separated_by_commas_and_count_once() {
        let endpoints = Endpoints::parse("--source-rpc", "http://a:1, wss://b/key,http://a:1", 2)
            .expect("two nodes");
        assert_eq!(endpoints.urls, ["http://a:1", "wss://b/key"]);
        let refused = Endpoints::parse("--source-rpc", "http://a:1,http://a:1", 2)
            .expect_err("one node only")
            .to_string();
        assert_eq!(
            refused,
            "a quorum of 2 is not between 1 and the number of nodes in --source-rpc, 1"
        );
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        for (text, bad) in [
            ("", ""),
            ("http://a,file:///x", "file:///x"),
            ("http://", "http://"),
        ] {
            let refused = Endpoints::parse("--target-rpc", text, 1).expect_err("no address");
            assert_eq!(
                refused.to_string(),
                format!("--target-rpc: `{bad}` is not a URL of a node (http, https, ws or wss)")
            );
        }
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
