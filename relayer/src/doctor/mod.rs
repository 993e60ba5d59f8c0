//! What two nodes, the deployed contracts and a wallet offer, tried out one by one.

mod contracts;
mod node;
mod services;

use alloy::transports::http::reqwest::Url;
use alloy_primitives::{Address, address, utils::format_ether};
use serde::Serialize;

use crate::{chain::Chain, deployment::Deployment, error::Error};
use contracts::{contracts, stylus};
use node::{finding, node};
use services::notary_services;

/// EIP-2935: where a chain keeps the hashes of its last blocks. It always has storage, so it also serves to try with.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

/// What to look at.
#[derive(Debug, Default)]
pub struct DoctorOptions<'a> {
    /// The source chain.
    pub source: Option<&'a Chain>,
    /// The target chain.
    pub target: Option<&'a Chain>,
    /// The contracts on the target.
    pub deployment: Option<&'a Deployment>,
    /// The account that pays on the target.
    pub wallet: Option<Address>,
    /// Services that sign for the notary.
    pub notary_services: &'a [Url],
    /// A contract on the source to try the finding of changes with; the EIP-2935 contract if there is none.
    pub contract: Option<Address>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// The way of finding changes that a sync will use: the first that works.
    pub finds_changes_by: Option<String>,
    /// Everything that was tried, in order.
    pub checks: Vec<Check>,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it is about: `source`, `target`, `contracts`, `wallet`, `notary services`.
    pub about: &'static str,
    /// What was tried.
    pub name: String,
    /// Whether it works.
    pub works: bool,
    /// What it gives, or why it does not work.
    pub detail: String,
}

/// The checks about one thing.
struct Checks<'a> {
    about: &'static str,
    all: &'a mut Vec<Check>,
}

impl Checks<'_> {
    fn book(&mut self, name: impl Into<String>, outcome: Result<String, Error>) {
        let (works, detail) = match outcome {
            Ok(detail) => (true, detail),
            Err(error) => (false, error.to_string()),
        };
        self.note(name, works, detail);
    }

    fn note(&mut self, name: impl Into<String>, works: bool, detail: impl Into<String>) {
        self.all.push(Check {
            about: self.about,
            name: name.into(),
            works,
            detail: detail.into(),
        });
    }
}

/// Tries everything that a relayer needs. What does not work is in the report; it is never an error.
pub async fn doctor(options: &DoctorOptions<'_>) -> DoctorReport {
    let mut report = DoctorReport {
        finds_changes_by: None,
        checks: Vec::new(),
    };
    if let Some(source) = options.source {
        let mut checks = Checks {
            about: "source",
            all: &mut report.checks,
        };
        let contract = options.contract.unwrap_or(HISTORY);
        node(source, contract, &mut checks).await;
        report.finds_changes_by = finding(source, contract, &mut checks).await;
    }
    if let Some(target) = options.target {
        let mut checks = Checks {
            about: "target",
            all: &mut report.checks,
        };
        node(target, HISTORY, &mut checks).await;
        stylus(target, &mut checks).await;
        if let Some(deployment) = options.deployment {
            checks.about = "contracts";
            contracts(options, target, deployment, &mut checks).await;
        }
        if let Some(wallet) = options.wallet {
            checks.about = "wallet";
            let balance = target.balance(wallet).await;
            checks.note(
                "balance",
                balance.as_ref().is_ok_and(|balance| !balance.is_zero()),
                match balance {
                    Ok(balance) => format!("{} ETH of {wallet}", format_ether(balance)),
                    Err(error) => error.to_string(),
                },
            );
        }
    }
    if !options.notary_services.is_empty() {
        let mut checks = Checks {
            about: "notary services",
            all: &mut report.checks,
        };
        notary_services(options, &mut checks).await;
    }
    report
}
