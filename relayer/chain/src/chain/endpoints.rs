use std::{convert::Infallible, time::Duration};

use crate::{
    error::{Error, SettingError},
    private_url::PrivateUrl,
};

/// The nodes of one chain, and how much they are relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Addresses (`http`, `https`, `ws` or `wss`), the preferred first. A later one is asked when an earlier one fails.
    pub urls: Vec<PrivateUrl>,
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
    /// Nodes at these addresses, which `option` gave. An address counts once, however often it is given.
    pub fn new<'a>(
        option: &'static str,
        addresses: impl IntoIterator<Item = &'a str>,
        quorum: usize,
    ) -> Result<Self, Error> {
        let mut urls: Vec<PrivateUrl> = Vec::new();
        for (index, address) in addresses.into_iter().enumerate() {
            let url = PrivateUrl::of_node(address).map_err(|problem| {
                Error::Setting(SettingError::NotANode {
                    option,
                    position: index + 1,
                    problem,
                })
            })?;
            if !urls.contains(&url) {
                urls.push(url);
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
/// has no scheme. One at the end, or twice, separates nothing either.
pub fn separate_urls(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        let comma = all
            .match_indices(',')
            .map(|(comma, _)| comma)
            .find(|comma| all.get(comma + 1..).is_some_and(begins_anew));
        let (url, after) =
            match comma.and_then(|comma| Some((all.get(..comma)?, all.get(comma + 1..)?))) {
                Some((url, after)) => (url, Some(after)),
                None => (all, None),
            };
        rest = after;
        Some(url.trim())
    })
    .enumerate()
    // Nothing at all is an address that is none.
    .filter(|(index, url)| *index == 0 || !url.is_empty())
    .map(|(_, url)| url)
}

/// Whether an address, a comma or nothing comes.
fn begins_anew(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || text.starts_with(',')
        || text.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

/// One node.
impl TryFrom<&str> for Endpoints {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self, Error> {
        Self::new("the address", [url], 1)
    }
}

/// One node.
impl TryFrom<&String> for Endpoints {
    type Error = Error;

    fn try_from(url: &String) -> Result<Self, Error> {
        Self::try_from(url.as_str())
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<&Endpoints> for Endpoints {
    fn from(endpoints: &Endpoints) -> Self {
        endpoints.clone()
    }
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
    fn a_comma_at_the_end_or_twice_separates_nothing() {
        assert_eq!(separated("http://a:1,"), ["http://a:1"]);
        assert_eq!(separated("https://a/key, ,\n"), ["https://a/key"]);
        assert_eq!(
            separated("http://a:1,,http://b:2"),
            ["http://a:1", "http://b:2"]
        );
    }

    #[test]
    fn an_address_counts_once_and_the_quorum_must_fit() {
        let urls = ["http://a:1", "WSS://b/k,e", "HTTP://A:1/"];
        let endpoints = Endpoints::new("--source-rpc", urls, 2).expect("two nodes");
        let given: Vec<&str> = endpoints
            .urls
            .iter()
            .map(|url| url.expose().as_str())
            .collect();
        assert_eq!(given, ["http://a:1/", "wss://b/k,e"]);
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
    fn what_is_no_address_is_refused_by_its_place() {
        let refused = Endpoints::new("--target-rpc", ["http://a", "user:secret@node"], 1)
            .expect_err("no address");
        assert_eq!(
            refused.to_string(),
            "--target-rpc: address 2 is not a URL of a node: it does not begin with http://, https://, ws:// or wss://"
        );
    }

    #[test]
    fn a_log_shows_no_secret_of_an_address() {
        let url = "https://user:hidden@node.example/hidden?key=hidden";
        let endpoints = Endpoints::try_from(url).expect("a node");
        let shown = format!("{endpoints:?}");
        assert!(
            shown.contains("node.example") && !shown.contains("hidden"),
            "{shown}"
        );
    }
}
