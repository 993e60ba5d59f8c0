//! ArbDebug (0xff): what debug chains have for tests; elsewhere calls of it fail, but that the devnode's key becomes chain owner.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use revm::{bytecode::Bytecode, context::JournalTr};

use super::{
    abi::ArbDebug::{self, ArbDebugCalls},
    address::ARB_DEBUG,
    address_set::CHAIN_OWNERS,
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    request::Request,
    wasm::emit,
};
use crate::evm::context::Ctx;

/// What `customRevert` says.
const CUSTOM_MESSAGE: &str = "This spider family wards off bugs: /\\oo/\\ //\\(oo)//\\ /\\oo/\\";

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbDebugCalls>(
    "ArbDebug",
    run,
    &[
        (
            Purity::Pure,
            &[
                ArbDebug::customRevertCall::SELECTOR,
                ArbDebug::legacyErrorCall::SELECTOR,
            ],
        ),
        (
            Purity::Write,
            &[
                ArbDebug::becomeChainOwnerCall::SELECTOR,
                ArbDebug::panicCall::SELECTOR,
                ArbDebug::overwriteContractCodeCall::SELECTOR,
            ],
        ),
        (Purity::Payable, &[ArbDebug::eventsCall::SELECTOR]),
    ],
)
.for_debugging()
.with_developer(&[ArbDebug::becomeChainOwnerCall::SELECTOR]);

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    match decode::<ArbDebugCalls>(request)? {
        ArbDebugCalls::becomeChainOwner(_) => {
            CHAIN_OWNERS.add(ctx, burner, request.caller)?;
            Ok(Bytes::new())
        }
        ArbDebugCalls::events(call) => events(ctx, burner, request, call.flag, call.value),
        // A view that tries to emit, which fails.
        ArbDebugCalls::eventsView(_) => Err(Fault::Failed("a view cannot emit an event")),
        ArbDebugCalls::customRevert(call) => Err(Fault::typed(&ArbDebug::Custom {
            _0: call.number,
            _1: CUSTOM_MESSAGE.to_owned(),
            _2: true,
        })),
        ArbDebugCalls::panic(_) => Err(Fault::Refused("called to panic")),
        ArbDebugCalls::legacyError(_) => Err(Fault::Failed("example legacy error")),
        ArbDebugCalls::overwriteContractCode(call) => {
            let Ok(account) = ctx.journaled_state.load_account_with_code(call.target);
            let old = account.info.code.as_ref().map(Bytecode::original_bytes);
            ctx.journaled_state
                .set_code(call.target, Bytecode::new_raw(call.newCode));
            Ok(returns::<ArbDebug::overwriteContractCodeCall>(
                &old.unwrap_or_default(),
            ))
        }
    }
}

fn events(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    flag: bool,
    value: B256,
) -> Result<Bytes, Fault> {
    let basic = ArbDebug::Basic { flag: !flag, value };
    emit(ctx, burner, ARB_DEBUG, &basic)?;
    let mixed = ArbDebug::Mixed {
        flag,
        not: !flag,
        value,
        conn: ARB_DEBUG,
        caller: request.caller,
    };
    emit(ctx, burner, ARB_DEBUG, &mixed)?;
    Ok(returns::<ArbDebug::eventsCall>(
        &(request.caller, request.value).into(),
    ))
}
