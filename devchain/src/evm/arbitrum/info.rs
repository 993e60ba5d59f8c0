//! ArbInfo (0x65): balances and code.

use alloy_primitives::Bytes;
use alloy_sol_types::SolInterface;
use revm::context::JournalTr;

use super::{
    Request, STORAGE_READ,
    abi::ArbInfo::{self, ArbInfoCalls},
    burner::{Burner, Fault},
    sys::returns,
};
use crate::evm::machine::Ctx;

/// Gas of looking up a balance.
const BALANCE: u64 = 700;
/// Gas of looking up code, for each word of it.
const CODE_WORD: u64 = 3;

/// Serves a call.
pub fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = ArbInfoCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbInfo: unknown method or bad arguments"))?;
    match call {
        ArbInfoCalls::getBalance(call) => {
            burner.burn(BALANCE)?;
            let Ok(account) = ctx.journaled_state.load_account(call.account);
            Ok(returns::<ArbInfo::getBalanceCall>(&account.info.balance))
        }
        ArbInfoCalls::getCode(call) => {
            burner.burn(STORAGE_READ)?;
            let Ok(code) = ctx.journaled_state.code(call.account);
            burner.burn(CODE_WORD * (code.data.len() as u64).div_ceil(32))?;
            Ok(returns::<ArbInfo::getCodeCall>(&code.data))
        }
    }
}
