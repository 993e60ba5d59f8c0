//! Whether transactions pay their tips (from ArbOS 60): an owner's choice, off at the beginning.

use std::sync::LazyLock;

use alloy_primitives::U256;

use super::storage::{self, ARBOS};
use crate::{evm::context::Ctx, state::State};

static SLOT: LazyLock<U256> = LazyLock::new(|| storage::slot("fees", b"collect tips"));

/// Whether they do, as things stand.
pub fn get(ctx: &mut Ctx) -> bool {
    !storage::read(ctx, *SLOT).is_zero()
}

/// Has them pay tips, or no longer.
pub fn set(ctx: &mut Ctx, collected: bool) {
    storage::write(ctx, *SLOT, U256::from(collected));
}

/// Whether transactions that begin on a state pay tips.
pub fn are_collected(state: &State) -> bool {
    state
        .account(ARBOS)
        .is_some_and(|account| !account.storage_at(*SLOT).is_zero())
}
