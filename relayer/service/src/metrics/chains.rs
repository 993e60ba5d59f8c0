use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use smartsync_chain::EndpointErrors;

use super::value::{gwei, number};
use crate::watch::View;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    side: String,
    endpoint: String,
    kind: &'static str,
}

/// Where both chains are.
pub(super) fn chains(registry: &mut Registry, view: &View) {
    for (name, help, value) in [
        ("source_head_block", "Newest source block", view.source.head),
        (
            "source_usable_block",
            "Newest source block that is final and that the root source can be brought up to",
            view.source.usable,
        ),
        ("target_head_block", "Newest target block", view.target.head),
        (
            "root_source_block",
            "Newest source block that the root source knows",
            view.target.known_block,
        ),
    ] {
        number(registry, name, help, value as f64);
    }
    number(
        registry,
        "target_gas_price_gwei",
        "Price of target gas",
        gwei(view.target.gas_price),
    );
}

/// Requests that failed.
pub(super) fn endpoint_errors(registry: &mut Registry, endpoints: &[EndpointErrors]) {
    let failures = Family::<Failure, Counter>::default();
    for endpoint in endpoints {
        for (kind, count) in [
            ("transport", endpoint.transport),
            ("refused", endpoint.refused),
        ] {
            failures
                .get_or_create(&Failure {
                    side: endpoint.side.to_string(),
                    endpoint: endpoint.endpoint.clone(),
                    kind,
                })
                .inc_by(count);
        }
    }
    registry.register(
        "rpc_errors",
        "Requests that failed: transport is no connection, answer or JSON; refused is an error of the node other than a revert",
        failures,
    );
}
