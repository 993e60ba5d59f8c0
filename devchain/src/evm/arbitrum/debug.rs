//! ArbDebug (0xff): what debug chains have for tests; elsewhere every call of it fails.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolInterface;

use super::{
    ARB_DEBUG, Request,
    abi::ArbDebug::{self, ArbDebugCalls},
    address_set::CHAIN_OWNERS,
    burner::{Burner, Fault},
    sys::returns,
    wasm::emit,
};
use crate::evm::machine::Ctx;

/// What `customRevert` says.
const CUSTOM_MESSAGE: &str = "This spider family wards off bugs: /\\oo/\\ //\\(oo)//\\ /\\oo/\\";

/// Serves a call.
pub fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let debug = ctx
        .chain
        .arbitrum
        .as_ref()
        .is_some_and(|arbitrum| arbitrum.stylus.debug);
    if !debug {
        return Err(Fault::Refused("ArbDebug: debug precompiles are disabled"));
    }
    let call = ArbDebugCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbDebug: unknown method or bad arguments"))?;
    match call {
        ArbDebugCalls::becomeChainOwner(_) => {
            writable(request)?;
            CHAIN_OWNERS.add(ctx, burner, request.caller)?;
            Ok(Bytes::new())
        }
        ArbDebugCalls::events(call) => events(ctx, burner, request, call.flag, call.value),
        // A view that tries to emit, which fails.
        ArbDebugCalls::eventsView(_) => {
            Err(Fault::Refused("ArbDebug: a view cannot emit an event"))
        }
        ArbDebugCalls::customRevert(call) => Err(Fault::typed(&ArbDebug::Custom {
            _0: call.number,
            _1: CUSTOM_MESSAGE.to_owned(),
            _2: true,
        })),
        ArbDebugCalls::panic(_) => Err(Fault::Refused("ArbDebug: called to panic")),
        ArbDebugCalls::legacyError(_) => Err(Fault::Refused("ArbDebug: example legacy error")),
    }
}

fn writable(request: &Request<'_>) -> Result<(), Fault> {
    if request.writable {
        Ok(())
    } else {
        Err(Fault::Refused("ArbDebug: write protection"))
    }
}

fn events(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    flag: bool,
    value: B256,
) -> Result<Bytes, Fault> {
    writable(request)?;
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
