//! What `plan` says.

use smartsync_groups::{AccountPlan, Cost, Plan, ReadPlan, Role, Way};

use crate::report::{Report, grouped, several};

fn cost(cost: &Cost) -> String {
    format!(
        "{}, {} bytes, {} gas",
        several(cost.transactions, "transaction"),
        grouped(cost.bytes as u64),
        grouped(cost.gas)
    )
}

impl Report for Plan {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} at source block {}",
            self.source,
            grouped(self.source_block)
        )];
        for account in &self.accounts {
            let what = match account.role {
                Role::Mirror => "mirror",
                Role::Code => "code",
                Role::Balance => "balance",
                Role::Precompile => "precompiled",
                Role::Unknowable => "cannot be known",
            };
            let rest = if let Some(count) = account.estimate
                && !account.standing
            {
                format!(
                    "about {} slots ({} to {}, estimated from {} proofs), {}",
                    grouped(count.likely),
                    grouped(count.least),
                    grouped(count.most),
                    count.proofs,
                    cost(&account.cost)
                )
            } else {
                match (&account.why, account.standing, account.slots) {
                    (Some(why), ..) => why.to_string(),
                    (None, true, _) => "on the target already".to_owned(),
                    (None, false, Some(slots)) => {
                        format!("{}, {}", several(slots, "slot"), cost(&account.cost))
                    }
                    (None, false, None) => cost(&account.cost),
                }
            };
            lines.push(format!("  {}  {what:<11}  {rest}", account.account));
        }
        let unknowable = |account: &AccountPlan| account.role == Role::Unknowable;
        lines.push(match self.accounts.iter().any(unknowable) {
            true => "first copy   not possible: the reads need what cannot be known".to_owned(),
            false => format!(
                "first copy   {}: {} wei at {} wei a gas",
                cost(&self.copy),
                self.wei,
                self.gas_price
            ),
        });
        if let Some(day) = &self.day {
            let younger = day.youngest.map_or_else(String::new, |account| {
                format!(", all that {account} has seen")
            });
            lines.push(format!(
                "one sync     over the last {} source blocks ({} s{younger}): {}",
                day.blocks,
                grouped(day.seconds),
                cost(&day.sync)
            ));
            for (member, blocks) in &day.changed {
                lines.push(format!("  {member}  changed in {blocks} of them"));
            }
            lines.push(format!(
                "a day        {} such syncs: {} gas, {} wei",
                grouped(day.syncs),
                grouped(day.gas),
                day.wei
            ));
        }
        if let Some(why) = &self.no_day {
            lines.push(format!("a day        not known: {why}"));
        }
        for read in &self.reads {
            lines.extend(read_lines(read));
        }
        lines.push("What the target chain charges for posting the bytes comes on top.".to_owned());
        lines.join("\n")
    }
}

/// A read without a mirror, and what is cheapest.
fn read_lines(read: &ReadPlan) -> Vec<String> {
    let mut lines = vec![read.call.clone()];
    lines.push(match &read.proven {
        Some(proven) => format!(
            "  a proven call  {} gas, {} bytes, each time",
            grouped(proven.gas),
            grouped(proven.bytes as u64)
        ),
        None => "  a proven call  the prover does not answer it".to_owned(),
    });
    if let Some(refused) = &read.refused {
        lines.push(format!(
            "  a mirror       does not answer it either: {refused}"
        ));
        return lines;
    }
    if let Some(feed) = &read.feed {
        lines.push(format!(
            "  a feed         {} gas, once; {} gas an update, {} a day as the answer changes: {} gas",
            grouped(feed.creation),
            grouped(feed.update),
            grouped(feed.updates),
            grouped(feed.gas)
        ));
    }
    let ways: Vec<String> = read
        .cheapest
        .iter()
        .map(|cheapest| {
            let way = match cheapest.way {
                Way::Proven => "a proven call",
                Way::Feed => "a feed",
                Way::Mirror => "a mirror",
            };
            match cheapest.from {
                0 => way.to_owned(),
                1 => format!("from 1 read a day on {way}"),
                from => format!("from {} reads a day on {way}", grouped(from)),
            }
        })
        .collect();
    lines.push(format!(
        "  cheapest       {}; the first copy and a feed's creation apart",
        ways.join(", ")
    ));
    lines
}
