//! Prices by kind of resource (from ArbOS 60), as an owner sets them. They are kept and told; gas costs what it always costs here.

use alloy_primitives::U256;

use super::{
    abi::ArbGasInfo::{MultiGasConstraint, WeightedResource},
    burner::Fault,
    storage,
};
use crate::evm::context::Ctx;

/// Kinds of resources that gas may have prices for.
pub const RESOURCE_KINDS: usize = 9;
/// Highest exponent of a price, in hundredths of a percent.
const MAX_EXPONENT: u128 = 85_000;
/// Hundredths of a percent in one.
const ONE: u128 = 10_000;

fn count_slot() -> U256 {
    storage::slot("multi-gas constraints", b"count")
}

/// Where a field of a constraint is kept: its target, window and backlog, and then the weights.
fn slot(index: u64, field: usize) -> U256 {
    let key = [index.to_be_bytes(), (field as u64).to_be_bytes()].concat();
    storage::slot("multi-gas constraint", &key)
}

/// How many there are.
pub fn count(ctx: &mut Ctx) -> u64 {
    storage::read(ctx, count_slot()).saturating_to()
}

/// All of them.
pub fn get(ctx: &mut Ctx) -> Vec<MultiGasConstraint> {
    let mut constraints = Vec::new();
    for index in 0..count(ctx) {
        let mut number = |field| storage::read(ctx, slot(index, field)).saturating_to::<u64>();
        let (target, window, backlog) = (number(0), number(1), number(2));
        let resources = (0..RESOURCE_KINDS)
            .map(|kind| WeightedResource {
                resource: kind as u8,
                weight: number(3 + kind),
            })
            .filter(|resource| resource.weight > 0)
            .collect();
        constraints.push(MultiGasConstraint {
            resources,
            adjustmentWindowSecs: window as u32,
            targetPerSec: target,
            backlog,
        });
    }
    constraints
}

/// Replaces all of them.
///
/// # Errors
/// [`Fault::Failed`] for one without target or window, an unknown kind of resource, or a price beyond all bounds.
pub fn set(ctx: &mut Ctx, constraints: &[MultiGasConstraint]) -> Result<(), Fault> {
    let mut exponents = [0_u128; RESOURCE_KINDS];
    for (index, constraint) in constraints.iter().enumerate() {
        let (target, window) = (constraint.targetPerSec, constraint.adjustmentWindowSecs);
        if target == 0 || window == 0 {
            return Err(Fault::Failed("a constraint without target or window"));
        }
        let mut weights = [0; RESOURCE_KINDS];
        for resource in &constraint.resources {
            *weights
                .get_mut(usize::from(resource.resource))
                .ok_or(Fault::Failed("unknown kind of resource"))? = resource.weight;
        }
        let heaviest = weights.iter().copied().max().unwrap_or_default();
        let divisor = u128::from(target)
            .saturating_mul(window.into())
            .saturating_mul(heaviest.into());
        for (exponent, weight) in exponents.iter_mut().zip(weights) {
            let backlog = u128::from(constraint.backlog)
                .saturating_mul(weight.into())
                .saturating_mul(ONE);
            // One without weights adds nothing.
            *exponent = exponent.saturating_add(backlog.checked_div(divisor).unwrap_or_default());
            if *exponent > MAX_EXPONENT {
                return Err(Fault::Failed("the calculated exponent exceeds the maximum"));
            }
        }
        let fields = [target, window.into(), constraint.backlog];
        for (field, number) in fields.into_iter().chain(weights).enumerate() {
            storage::write(ctx, slot(index as u64, field), U256::from(number));
        }
    }
    storage::write(ctx, count_slot(), U256::from(constraints.len()));
    Ok(())
}
