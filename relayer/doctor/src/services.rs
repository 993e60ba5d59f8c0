use smartsync_roots::SignatureSources;

use crate::{options::DoctorOptions, report::Checks};

/// Whether the notary's services answer, and for whom they sign.
pub(crate) async fn notary_services(options: &DoctorOptions<'_>, checks: &mut Checks<'_>) {
    let services = SignatureSources {
        endpoints: options.notary_services.to_vec(),
        ..SignatureSources::default()
    };
    let notary = options.deployment.and_then(|deployment| {
        let notary = deployment.notary.as_ref()?;
        Some((deployment.target_chain_id, notary.address))
    });
    for (origin, answer) in services.ask_latest().await {
        let latest = match answer {
            Ok(latest) => latest,
            Err(fault) => {
                checks.note(origin.to_string(), false, fault.to_string());
                continue;
            }
        };
        let signs_for = (latest.domain.chain_id, latest.domain.verifying_contract);
        let signer = latest.signer;
        let (works, detail) = match (notary, latest.is_signer) {
            (Some(notary), _) if notary != signs_for => (
                false,
                format!(
                    "it signs for the notary {} on chain {}, not for {} on {}",
                    signs_for.1, signs_for.0, notary.1, notary.0
                ),
            ),
            (_, false) => (
                false,
                format!("its signer {signer} is none of the notary's at present"),
            ),
            (_, true) => (
                true,
                format!(
                    "signer {signer}, would sign up to source block {}",
                    latest.final_block
                ),
            ),
        };
        checks.note(origin.to_string(), works, detail);
    }
}
