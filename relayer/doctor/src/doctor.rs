use alloy_primitives::utils::format_ether;

use crate::{
    contracts::{contracts, stylus},
    node::{finding, node},
    options::{DoctorOptions, HISTORY},
    report::{Checks, DoctorReport},
    services::notary_services,
};

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
