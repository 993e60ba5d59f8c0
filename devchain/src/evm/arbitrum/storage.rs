//! The state of ArbOS: slots of one account, so that it is part of the state root and reverts with the rest.

use alloy_primitives::{Address, B256, U256, address, keccak256};
use revm::context::JournalTr;

use super::{
    burner::{Burner, Fault},
    cost::{STORAGE_READ, STORAGE_WRITE},
};
use crate::evm::context::Ctx;

/// The account that holds it.
pub const ARBOS: Address = address!("a4b05fffffffffffffffffffffffffffffffffff");

/// A slot, by what it is for and of whom.
pub fn slot(purpose: &str, key: &[u8]) -> U256 {
    U256::from_be_bytes(keccak256([purpose.as_bytes(), &[0], key].concat()).0)
}

/// Reads a slot.
pub fn read(ctx: &mut Ctx, slot: U256) -> U256 {
    let journal = &mut ctx.journaled_state;
    let Ok(_account) = journal.load_account(ARBOS);
    let Ok(value) = journal.sload(ARBOS, slot);
    value.data
}

/// Writes a slot.
pub fn write(ctx: &mut Ctx, slot: U256, value: U256) {
    let journal = &mut ctx.journaled_state;
    let Ok(_account) = journal.load_account(ARBOS);
    journal.touch_account(ARBOS);
    let Ok(_stored) = journal.sstore(ARBOS, slot, value);
}

/// Reads a slot, which is paid for.
///
/// # Errors
/// [`Fault::OutOfGas`].
pub fn read_paid(ctx: &mut Ctx, burner: &mut Burner, slot: U256) -> Result<U256, Fault> {
    burner.burn(STORAGE_READ)?;
    Ok(read(ctx, slot))
}

/// Writes anything but zero to a slot, which is paid for.
///
/// # Errors
/// [`Fault::OutOfGas`].
pub fn write_paid(
    ctx: &mut Ctx,
    burner: &mut Burner,
    slot: U256,
    value: U256,
) -> Result<(), Fault> {
    burner.burn(STORAGE_WRITE)?;
    write(ctx, slot, value);
    Ok(())
}

/// Slot of a code hash.
pub fn of_code(purpose: &str, code_hash: B256) -> U256 {
    slot(purpose, code_hash.as_slice())
}
