use relayer::{MigrateReport, SyncReport};

/// What a migration did.
pub(crate) fn migrated(report: &MigrateReport) -> Vec<(&'static str, String)> {
    vec![
        ("proxy", report.proxy.to_string()),
        ("source block", report.source_block.to_string()),
        ("storage root", report.storage_root.to_string()),
        (
            "slots",
            format!(
                "{} in a multi-proof of {} bytes",
                report.changes, report.proof_bytes
            ),
        ),
        (
            "gas",
            format!(
                "{} in {} transactions",
                report.gas_used,
                report.transactions.len()
            ),
        ),
        ("time", format!("{:.1} ms", report.elapsed_ms.total)),
    ]
}

/// What a sync did.
pub(crate) fn synced(report: &SyncReport) -> Vec<(&'static str, String)> {
    vec![
        ("source block", report.source_block.to_string()),
        ("pre root", report.pre_storage_root.to_string()),
        ("post root", report.post_storage_root.to_string()),
        (
            "changes",
            format!(
                "{} in a multi-proof of {} bytes",
                report.changes, report.proof_bytes
            ),
        ),
        ("gas", report.gas_used.to_string()),
        (
            "time",
            format!(
                "{:.1} ms: find {:.1}, fetch {:.1}, build {:.1}, submit {:.1}",
                report.elapsed_ms.total,
                report.elapsed_ms.find,
                report.elapsed_ms.fetch,
                report.elapsed_ms.build,
                report.elapsed_ms.submit
            ),
        ),
    ]
}
