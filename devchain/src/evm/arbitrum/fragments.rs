//! Programs in pieces: their code as if it stood in one piece.

use alloy_primitives::{Address, Bytes};
use revm::{DatabaseRef, bytecode::Bytecode, context::JournalTr};

use super::{
    burner::{Burner, Fault},
    cost::COPY_WORD,
};
use crate::{
    evm::context::Ctx,
    wasm::{ActivationError, Root, StylusParams, payload},
};

/// Gas of reading the code of an account that the transaction has touched, and of one that it has not.
const WARM: u64 = 100;
const COLD: u64 = 2_600;
/// Bytes of the largest code: before a piece is looked at, there must be gas for one of this size.
const LARGEST: usize = 24_576;

/// Gas of reading a piece of this many bytes.
fn cost(is_cold: bool, bytes: usize) -> u64 {
    let words = (bytes as u64).div_ceil(32);
    (if is_cold { COLD } else { WARM }) + COPY_WORD * words
}

impl From<ActivationError> for Fault {
    fn from(error: ActivationError) -> Self {
        Self::reason(error.to_string())
    }
}

/// Reads the pieces of a program for its activation, which pays for them.
///
/// # Errors
/// [`Fault::OutOfGas`], and a reason if the program is not whole or larger than allowed.
pub fn read(
    ctx: &mut Ctx,
    burner: &mut Burner,
    root: &Root,
    params: &StylusParams,
) -> Result<Bytes, Fault> {
    root.check(params.max_wasm_size, params.max_fragments)?;
    let mut code = root.begin();
    for address in &root.fragments {
        let journal = &mut ctx.journaled_state;
        // Asking in this way does not warm the account.
        let is_cold = journal
            .load_account_info_skip_cold_load(*address, false, true)
            .is_err();
        if burner.left() < cost(is_cold, LARGEST) {
            return Err(Fault::OutOfGas);
        }
        let account = journal
            .load_account_info_skip_cold_load(*address, true, false)
            .map_err(|_never| Fault::Failed("cannot read a fragment"))?;
        let fragment = account
            .code
            .as_ref()
            .map(Bytecode::original_bytes)
            .unwrap_or_default();
        burner.burn(cost(is_cold, fragment.len()))?;
        code.extend_from_slice(payload(&fragment)?);
    }
    Ok(code.into())
}

/// Puts the pieces of a program together for a call, which neither pays for them nor warms them.
///
/// # Errors
/// [`ActivationError`] if a piece is gone.
pub fn assemble(ctx: &Ctx, root: &Root) -> Result<Bytes, ActivationError> {
    let mut code = root.begin();
    for address in &root.fragments {
        code.extend_from_slice(payload(&code_of(ctx, *address))?);
    }
    Ok(code.into())
}

/// An account's code, whether the transaction has touched it or not.
fn code_of(ctx: &Ctx, address: Address) -> Bytes {
    let journal = &ctx.journaled_state;
    let code = match journal.inner.state.get(&address) {
        Some(account) => account.info.code.clone(),
        None => match journal.database.basic_ref(address) {
            Ok(info) => info.and_then(|info| info.code),
            Err(never) => match never {},
        },
    };
    code.as_ref()
        .map(Bytecode::original_bytes)
        .unwrap_or_default()
}
