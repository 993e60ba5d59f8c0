//! ArbInfo (0x65): balances and code.

use alloy_primitives::Bytes;
use revm::context::JournalTr;

use super::{
    abi::ArbInfo::{self, ArbInfoCalls},
    burner::{Burner, Fault},
    contract::{Contract, decode, returns},
    request::Request,
};
use crate::evm::context::Ctx;

/// Gas of looking up a balance.
const BALANCE: u64 = 700;
/// Gas of looking up code.
const CODE: u64 = 2_100;
/// Gas of looking up code, for each word of it.
const CODE_WORD: u64 = 3;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbInfoCalls>("ArbInfo", run, &[]);

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbInfoCalls>(request)?;
    match call {
        ArbInfoCalls::getBalance(call) => {
            burner.burn(BALANCE)?;
            let Ok(account) = ctx.journaled_state.load_account(call.account);
            Ok(returns::<ArbInfo::getBalanceCall>(&account.info.balance))
        }
        ArbInfoCalls::getCode(call) => {
            burner.burn(CODE)?;
            let Ok(code) = ctx.journaled_state.code(call.account);
            burner.burn(CODE_WORD * (code.data.len() as u64).div_ceil(32))?;
            Ok(returns::<ArbInfo::getCodeCall>(&code.data))
        }
    }
}
