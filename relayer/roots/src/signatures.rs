//! Where a notary's signatures come from: keys held here, files, and other people's notary services.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use alloy::transports::http::reqwest::{Client, Response, redirect::Policy};
use alloy_primitives::Address;
use futures::{StreamExt, stream::FuturesUnordered};
use serde::Deserialize;
use smartsync_chain::{Key, PrivateUrl, UrlProblem, plain};

use crate::{
    root_source_error::{Origin, SignatureFault, SignatureProblem},
    signed_header::{Request, SignedHeader},
    typed_data::Domain,
};

/// How long a notary's service may take for one answer.
pub const ENDPOINT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer or a file that are read: a header is some 600 bytes.
const LONGEST: usize = 65_536;

/// Everything that can give a notary's signatures.
#[derive(Clone, Debug, Default)]
pub struct SignatureSources {
    /// Keys; those that are no signers are not used.
    pub keys: Vec<Key>,
    /// Files, each with one [`SignedHeader`] or an array of them.
    pub files: Vec<PathBuf>,
    /// Notary services, asked at once.
    pub endpoints: Vec<PrivateUrl>,
    /// How long one may take; 10 s if it is not said.
    pub timeout: Option<Duration>,
}

impl<K: Into<Key>> From<Vec<K>> for SignatureSources {
    fn from(keys: Vec<K>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

/// The address of a notary's service, if it is one.
pub fn notary_service_url(text: &str) -> Result<PrivateUrl, UrlProblem> {
    PrivateUrl::parse(text, &["http", "https"])
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Signatures by signer, ascending as the notary wants them; never more than its threshold.
    pub signatures: BTreeMap<Address, Vec<u8>>,
    /// Why there are no more.
    pub problems: Vec<SignatureProblem>,
}

impl Gathered {
    fn is_enough(&self, request: &Request) -> bool {
        self.signatures.len() as u64 >= request.threshold
    }

    /// Books a checked signature; a signer's second one changes nothing.
    fn take(&mut self, request: &Request, signer: Address, signature: &[u8]) {
        if !self.is_enough(request) {
            self.signatures
                .entry(signer)
                .or_insert_with(|| signature.to_vec());
        }
    }

    fn problem(&mut self, origin: Origin, fault: SignatureFault) {
        let problem = SignatureProblem { origin, fault };
        tracing::warn!("notary signature skipped: {problem}");
        self.problems.push(problem);
    }
}

impl SignatureSources {
    /// Gathers as many signatures as the notary wants: from the keys, then the files, then all services at once, as far
    /// as each is needed. Each is checked by recovery before it counts; what gives a bad one is named and skipped.
    pub async fn gather(&self, request: &Request) -> Gathered {
        let mut gathered = Gathered::default();
        self.sign(request, &mut gathered).await;
        self.read(request, &mut gathered);
        self.ask(request, &mut gathered).await;
        gathered
    }

    async fn sign(&self, request: &Request, gathered: &mut Gathered) {
        for key in &self.keys {
            if gathered.is_enough(request) {
                return;
            }
            if !request.signers.contains(&key.address()) {
                continue;
            }
            match request.message().sign(key).await {
                Ok(signature) => gathered.take(request, key.address(), &signature.as_bytes()),
                Err(error) => gathered.problem(Origin::Key(key.address()), error.into()),
            }
        }
    }

    fn read(&self, request: &Request, gathered: &mut Gathered) {
        for path in &self.files {
            if gathered.is_enough(request) {
                return;
            }
            let origin = || Origin::File(path.clone());
            let signed = match std::fs::read(path) {
                Ok(bytes) => signed_headers(&bytes),
                Err(error) => Err(SignatureFault::File(error)),
            };
            match signed {
                Ok(signed) => {
                    // A file may keep signatures of many blocks; the others are none of this request's business.
                    for signed in signed
                        .iter()
                        .filter(|signed| signed.block_number == request.block_number)
                    {
                        match request.check(signed) {
                            Ok(signer) => gathered.take(request, signer, &signed.signature),
                            Err(fault) => gathered.problem(origin(), fault),
                        }
                    }
                }
                Err(fault) => gathered.problem(origin(), fault),
            }
        }
    }

    async fn ask(&self, request: &Request, gathered: &mut Gathered) {
        if gathered.is_enough(request) || self.endpoints.is_empty() {
            return;
        }
        let client = match client() {
            Ok(client) => client,
            Err(error) => {
                let origin = Origin::Endpoint("HTTP client".to_owned());
                return gathered.problem(origin, SignatureFault::Unreachable(error));
            }
        };
        let path = format!("v1/signatures/{}", request.block_number);
        let (client, path) = (&client, path.as_str());
        let mut answers: FuturesUnordered<_> = self
            .endpoints
            .iter()
            .map(|endpoint| async move {
                let answer = self.get::<SignedHeader>(client, endpoint, path).await;
                (endpoint, answer)
            })
            .collect();
        while !gathered.is_enough(request) {
            let Some((endpoint, answer)) = answers.next().await else {
                return;
            };
            match answer.and_then(|signed| Ok((request.check(&signed)?, signed))) {
                Ok((signer, signed)) => gathered.take(request, signer, &signed.signature),
                Err(fault) => gathered.problem(Origin::Endpoint(endpoint.name()), fault),
            }
        }
    }

    /// The newest block that at least `wanted` services would sign, where so many answer.
    pub async fn latest(&self, wanted: usize) -> Option<u64> {
        let mut blocks = Vec::new();
        for (origin, answer) in self.ask_latest().await {
            match answer {
                Ok(latest) => blocks.push(latest.final_block),
                Err(fault) => {
                    tracing::warn!("notary skipped: {}", SignatureProblem { origin, fault });
                }
            }
        }
        blocks.sort_unstable_by(|one, other| other.cmp(one));
        wanted
            .checked_sub(1)
            .and_then(|index| blocks.get(index))
            .copied()
    }

    /// What each service says of itself.
    pub async fn ask_latest(&self) -> Vec<(Origin, Result<Latest, SignatureFault>)> {
        let origin = |endpoint: &PrivateUrl| Origin::Endpoint(endpoint.name());
        let client = match client() {
            Ok(client) => client,
            Err(error) => {
                let origin = Origin::Endpoint("HTTP client".to_owned());
                return vec![(origin, Err(SignatureFault::Unreachable(error)))];
            }
        };
        let client = &client;
        futures::future::join_all(self.endpoints.iter().map(|endpoint| async move {
            let latest = self.get::<Latest>(client, endpoint, "v1/latest").await;
            (origin(endpoint), latest)
        }))
        .await
    }

    async fn get<T: for<'a> Deserialize<'a>>(
        &self,
        client: &Client,
        endpoint: &PrivateUrl,
        path: &str,
    ) -> Result<T, SignatureFault> {
        let timeout = self.timeout.unwrap_or(ENDPOINT_TIMEOUT);
        let url = format!(
            "{}/{path}",
            endpoint.expose().as_str().trim_end_matches('/')
        );
        let answer = async {
            let response = client.get(url).send().await.map_err(unreachable)?;
            let status = response.status();
            let body = body(response).await?;
            match status.is_success() {
                true => Ok(serde_json::from_slice(&body)?),
                false => Err(SignatureFault::Refused {
                    status: status.as_u16(),
                    error: endpoint.without_secrets(&refusal(&body)),
                }),
            }
        };
        match tokio::time::timeout(timeout, answer).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(SignatureFault::Slow {
                seconds: timeout.as_secs(),
            }),
        }
    }
}

/// What `/v1/latest` answers, as far as it is needed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Latest {
    /// Newest source block that it would sign.
    pub final_block: u64,
    /// Its signer.
    pub signer: Address,
    /// Whether the notary's present set has that signer.
    pub is_signer: bool,
    /// For which notary it signs.
    pub domain: Domain,
}

/// A service that redirects could send the relayer anywhere.
fn client() -> Result<Client, alloy::transports::http::reqwest::Error> {
    Client::builder().redirect(Policy::none()).build()
}

/// Without the address, which may hold a secret.
fn unreachable(error: alloy::transports::http::reqwest::Error) -> SignatureFault {
    SignatureFault::Unreachable(error.without_url())
}

async fn body(mut response: Response) -> Result<Vec<u8>, SignatureFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(SignatureFault::TooLong { limit: LONGEST });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Name and text of a service's error; nothing else of what it answers is shown.
fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        message: String,
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { error, message }) => plain(&format!("{error}, {message}")),
        Err(_other) => "no reason given".to_owned(),
    }
}

/// One signed header or an array of them.
fn signed_headers(bytes: &[u8]) -> Result<Vec<SignedHeader>, SignatureFault> {
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    Ok(match value {
        serde_json::Value::Array(_) => serde_json::from_value(value)?,
        one => vec![serde_json::from_value(one)?],
    })
}
