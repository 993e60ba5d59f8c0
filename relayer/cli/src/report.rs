use std::io::{self, Write};

use relayer::{
    DeployReport, DiffReport, Elapsed, MigrateReport, SyncReport,
    offline::{BuildReport, VerifyReport},
};
use serde::Serialize;
use smartsync_demo::{DemoReport, DemoStep};
use smartsync_doctor::DoctorReport;
use smartsync_estimate::Estimate;
use smartsync_groups::{CallReport, FeedReport, FeedUpdate, GroupReport, Through};
use smartsync_roots::PushReport;
use smartsync_service::Config;

use crate::error::Error;

/// A result that a person likes to read.
pub trait Report: Serialize {
    /// Its text, without a line end.
    fn text(&self) -> String;
}

/// Prints a result to stdout: one JSON object, or text.
pub fn print<R: Report>(json: bool, report: &R) -> Result<(), Error> {
    Ok(write(json, report)?)
}

/// The same where only what happens to stdout matters.
pub fn write<R: Report>(json: bool, report: &R) -> io::Result<()> {
    match json {
        true => write_text(&smartsync_chain::escaped_json(&serde_json::to_string(
            report,
        )?)),
        // Whatever of it is somebody else's text.
        false => write_text(&smartsync_chain::escaped(&report.text())),
    }
}

/// Prints text and a line end to stdout.
pub fn print_text(text: &str) -> Result<(), Error> {
    Ok(write_text(text)?)
}

/// The same where only what happens to stdout matters.
pub fn write_text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Digits in groups of three.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things.
pub fn several(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", grouped(number as u64)),
    }
}

fn elapsed(elapsed: &Elapsed) -> String {
    format!(
        "{:.1} ms (look up {:.1}, find {:.1}, fetch {:.1}, build {:.1}, simulate {:.1}, submit {:.1})",
        elapsed.total,
        elapsed.look_up,
        elapsed.find,
        elapsed.fetch,
        elapsed.build,
        elapsed.simulate,
        elapsed.submit
    )
}

/// What a checked configuration says, without its secrets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigReport {
    source_nodes: usize,
    target_nodes: usize,
    mirrors: Vec<String>,
    feeds: Vec<String>,
    listen: Option<std::net::SocketAddr>,
}

impl ConfigReport {
    /// The report of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            source_nodes: config.source.urls.len(),
            target_nodes: config.target.urls.len(),
            mirrors: config
                .mirrors
                .iter()
                .map(|mirror| mirror.name.clone())
                .collect(),
            feeds: config.feeds.iter().map(|feed| feed.name.clone()).collect(),
            listen: config.listen,
        }
    }
}

impl Report for ConfigReport {
    fn text(&self) -> String {
        format!(
            "the configuration is good: {} of the source, {} of the target, {}, {}",
            several(self.source_nodes, "node"),
            several(self.target_nodes, "node"),
            several(self.mirrors.len(), "mirror"),
            several(self.feeds.len(), "feed"),
        )
    }
}

impl Report for DeployReport {
    fn text(&self) -> String {
        let deployment = &self.deployment;
        let mut lines = vec![format!(
            "SmartSync for source chain {} on target chain {}",
            deployment.source_chain_id, deployment.target_chain_id
        )];
        for (name, program) in deployment.programs() {
            let what = if self.deployed.contains(&name) {
                "deployed"
            } else {
                "stands  "
            };
            lines.push(format!(
                "  {name:<12}{}  {what}  {:>6} bytes  {:>11} gas",
                program.address,
                grouped(program.code_bytes as u64),
                grouped(program.gas_used)
            ));
        }
        lines.join("\n")
    }
}

impl Report for MigrateReport {
    fn text(&self) -> String {
        if self.already_active {
            return format!(
                "{} is mirrored already\n  proxy         {}\n  source block  {}\n  storage root  {}",
                self.source,
                self.proxy,
                grouped(self.source_block),
                self.storage_root
            );
        }
        format!(
            "{} is mirrored\n  proxy         {}\n  logic         {}\n  source block  {}\n  storage root  {}\n  \
             slots         {}\n  proof         {} bytes\n  gas           {} in {}\n  time          {}",
            self.source,
            self.proxy,
            self.logic,
            grouped(self.source_block),
            self.storage_root,
            grouped(self.changes as u64),
            grouped(self.proof_bytes as u64),
            grouped(self.gas_used),
            several(self.transactions.len(), "transaction"),
            elapsed(&self.elapsed_ms)
        )
    }
}

impl Report for GroupReport {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} is at source block {}, with all that its reads take",
            self.source,
            grouped(self.source_block)
        )];
        for member in &self.members {
            let copied = self.copied.iter().find(|copied| copied.account == *member);
            lines.push(match copied {
                Some(copied) => format!(
                    "  mirror   {member}  copied now, {}",
                    several(copied.slots, "slot")
                ),
                None => format!("  mirror   {member}"),
            });
        }
        for (what, accounts) in [("code   ", &self.codes), ("balance", &self.balances)] {
            lines.extend(
                accounts
                    .iter()
                    .map(|account| format!("  {what}  {account}")),
            );
        }
        lines.push(match self.steps.len() {
            0 => "  nothing had to be sent".to_owned(),
            steps => format!(
                "  gas      {} in {}",
                grouped(self.gas_used),
                several(steps, "transaction")
            ),
        });
        lines.join("\n")
    }
}

impl Report for Estimate {
    fn text(&self) -> String {
        let (sync, header, day) = (&self.sync, &self.header, &self.per_day);
        let mut lines = vec![
            format!(
                "a sync      {:.1} changed slots: {:.0} gas, {:.0} bytes, {:.0} compressed",
                self.changed_slots, sync.gas, sync.calldata_bytes, sync.compressed_bytes
            ),
            format!(
                "its header  {:.0} gas, {:.0} bytes, {:.0} compressed; mirrors that are synced to one block share it",
                header.gas, header.calldata_bytes, header.compressed_bytes
            ),
            format!(
                "a day       {:.1} syncs: {:.0} gas, {:.0} bytes, {:.0} compressed",
                day.syncs, day.gas, day.calldata_bytes, day.compressed_bytes
            ),
            format!(
                "            {:.6} ether: {:.6} for gas, {:.6} for data",
                day.ether, day.execution_ether, day.data_ether
            ),
        ];
        if let Some(price) = day.price {
            lines.push(format!(
                "            {price:.2} in the currency of the ether's price"
            ));
        }
        lines.push(format!(
            "first copy  {} gas, once, without the contract's code",
            grouped(self.copy_gas)
        ));
        lines.join("\n")
    }
}

impl Report for CallReport {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        match (&self.values, &self.error) {
            (Some(values), _) => lines.extend(values.iter().cloned()),
            (None, Some(error)) if self.refused => lines.push(format!("refused: {error}")),
            (None, Some(error)) => lines.push(format!("reverted: {error}")),
            (None, None) => lines.push(self.data.to_string()),
        }
        if let Some(advice) = &self.advice {
            lines.push(advice.clone());
        }
        let through = match &self.through {
            Through::Mirror(proxy) => format!("read through the mirror {proxy}"),
            Through::Proof {
                witness_bytes,
                calldata_bytes,
                gas,
                ..
            } => format!(
                "proven by a witness of {} bytes: {} of calldata, {} gas",
                grouped(*witness_bytes as u64),
                grouped(*calldata_bytes as u64),
                grouped(*gas)
            ),
        };
        let is = if self.refused { "asked" } else { "true" };
        lines.push(format!(
            "  {is} at source block {}, {} s ago, {through}",
            grouped(self.source_block),
            grouped(self.age_seconds),
        ));
        if let Some(comparison) = &self.comparison {
            lines.push(match comparison.equal {
                true => "  the source answers the same at that block".to_owned(),
                false => format!(
                    "  the source {} {} at that block",
                    if comparison.success {
                        "answers"
                    } else {
                        "reverts with"
                    },
                    comparison.data
                ),
            });
        }
        if let Some(sent) = &self.sent {
            lines.push(format!(
                "  sent to {} in {}, {} gas",
                sent.to,
                sent.tx_hash,
                grouped(sent.gas_used)
            ));
        }
        lines.join("\n")
    }
}

impl Report for FeedReport {
    fn text(&self) -> String {
        let answer = match &self.answer {
            Some(answer) => format!(
                "{answer}\n  round {} of source block {}, {} s ago",
                grouped(self.round),
                grouped(self.source_block),
                grouped(self.age_seconds)
            ),
            None => "no answer yet".to_owned(),
        };
        format!(
            "{}: {answer}\n  feed      {}\n  asks      {} {}\n  as        {}\n  prover    {}\n  takes     blocks up to {} s old",
            self.description,
            self.feed,
            self.to,
            self.data,
            self.from,
            self.prover,
            grouped(self.max_age)
        )
    }
}

impl Report for FeedUpdate {
    fn text(&self) -> String {
        let what = match self.stored {
            true => "is at",
            false => "had an answer as new already, of",
        };
        let mut lines = vec![format!(
            "{} {what} source block {}\n  answer   {}, round {}",
            self.feed,
            grouped(self.source_block),
            self.answer,
            grouped(self.round)
        )];
        if self.tx_hash.is_some() {
            lines.push(format!(
                "  witness  {} bytes, {} of calldata\n  gas      {}",
                grouped(self.witness_bytes as u64),
                grouped(self.calldata_bytes as u64),
                grouped(self.gas_used)
            ));
        }
        lines.join("\n")
    }
}

impl Report for PushReport {
    fn text(&self) -> String {
        format!(
            "hashes of source blocks {} to {} are on their way to {}\n  transaction   {}\n  fee           {} wei\n  \
             ticket        {} wei, less what it does not need",
            self.first_block, self.last_block, self.buffer, self.transaction, self.fee, self.value
        )
    }
}

impl Report for SyncReport {
    fn text(&self) -> String {
        let Some(tx_hash) = self.tx_hash else {
            return format!(
                "{} is at source block {} already",
                self.proxy,
                grouped(self.source_block)
            );
        };
        format!(
            "{} synced to source block {}\n  pre root      {}\n  post root     {}\n  changes       {}\n  \
             proof         {} bytes\n  gas           {}\n  transaction   {tx_hash}\n  time          {}",
            self.proxy,
            grouped(self.source_block),
            self.pre_storage_root,
            self.post_storage_root,
            match self.found_by {
                Some(way) => format!("{} (found by {way})", grouped(self.changes as u64)),
                None => "none: the storage root has not changed".to_owned(),
            },
            grouped(self.proof_bytes as u64),
            grouped(self.gas_used),
            elapsed(&self.elapsed_ms)
        )
    }
}

impl Report for DiffReport {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} from source block {} to {}: {} {}",
            self.source,
            grouped(self.recorded_block),
            grouped(self.source_block),
            several(self.changes.len(), "slot"),
            match self.changes.len() {
                1 => "differs",
                _ => "differ",
            }
        )];
        for change in &self.changes {
            lines.push(format!(
                "  {:#066x}  {:#x} -> {:#x}",
                change.slot, change.pre, change.post
            ));
        }
        if let Some(bytes) = self.proof_bytes {
            lines.push(format!(
                "  a sync sends a multi-proof of {} bytes",
                grouped(bytes as u64)
            ));
        }
        lines.join("\n")
    }
}

impl Report for DoctorReport {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        let mut about = "";
        for check in &self.checks {
            if check.about != about {
                about = check.about;
                lines.push(about.to_owned());
            }
            let works = if check.works { "ok" } else { "NO" };
            lines.push(format!("  {works}  {}: {}", check.name, check.detail));
        }
        if let Some(way) = &self.finds_changes_by {
            lines.push(format!("a sync finds changes by {way}"));
        }
        lines.join("\n")
    }
}

impl Report for DemoStep {
    fn text(&self) -> String {
        self.text()
    }
}

impl Report for DemoReport {
    fn text(&self) -> String {
        self.text()
    }
}

impl Report for BuildReport {
    fn text(&self) -> String {
        format!(
            "{}\n  multi-proof   {}",
            build_summary(self),
            self.multi_proof
        )
    }
}

/// What a build prints when the multi-proof goes to a file.
pub fn build_summary(report: &BuildReport) -> String {
    format!(
        "multi-proof of {} changes, {} bytes\n  pre root      {}\n  post root     {}",
        grouped(report.changes as u64),
        grouped(report.bytes as u64),
        report.pre_storage_root,
        report.post_storage_root
    )
}

impl Report for VerifyReport {
    fn text(&self) -> String {
        format!(
            "the multi-proof holds: {} changes, {} bytes\n  pre root      {}\n  post root     {}",
            grouped(self.changes as u64),
            grouped(self.bytes as u64),
            self.pre_storage_root,
            self.post_storage_root
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_in_threes_from_the_right() {
        for (number, text) in [
            (0_u64, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
