use std::sync::atomic::AtomicU64;

use alloy_primitives::{U256, utils::format_units};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

pub(super) type Number = Gauge<f64, AtomicU64>;
pub(super) type Sum = Counter<f64, AtomicU64>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct OfMirror {
    pub mirror: String,
}

/// A gauge for each mirror.
pub(super) fn of_mirrors() -> Family<OfMirror, Number> {
    Family::default()
}

/// A gauge without labels.
pub(super) fn number(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Number::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

pub(super) fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

pub(super) fn ether(wei: U256) -> f64 {
    in_units(wei, "ether")
}

pub(super) fn gwei(wei: U256) -> f64 {
    in_units(wei, "gwei")
}

/// An amount as a metric: exact to the 15 digits that a float has.
fn in_units(wei: U256, unit: &str) -> f64 {
    format_units(wei, unit)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_wei_become_ether_and_gwei() {
        assert_eq!(ether(U256::from(1_234_500_000_000_000_000_u64)), 1.2345);
        assert_eq!(gwei(U256::from(100_000_000)), 0.1);
    }
}
