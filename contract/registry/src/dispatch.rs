use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IRegistry::{self, Status, Swept},
    IRootSource,
};
use smartsync_program::{
    Arguments, Reply, ToWord, emit, encode, host,
    source_chain::{self, SourceChain},
    split, unknown_selector,
};

use crate::{
    call::Call, configuration, create, knowledge, mirror, multicall, parts, read, reads,
    record::Record, sync,
};

/// Runs the function that calldata selects. Only `create` and `part` use value.
pub fn dispatch(call: &mut Call, input: &[u8]) -> Reply {
    let (selector, arguments) = split(input)?;
    match selector {
        IRegistry::syncCall::SELECTOR => sync::sync(call, arguments),
        IRegistry::syncManyCall::SELECTOR => sync::sync_many(call, arguments),
        IRegistry::partCall::SELECTOR => parts::part(call, arguments),
        IRegistry::completeCall::SELECTOR => parts::complete(call, arguments),
        IRegistry::loadCall::SELECTOR => parts::load(call, arguments),
        IRegistry::createCall::SELECTOR => create::create(call, arguments),
        IRegistry::deployCodeCall::SELECTOR => {
            host::call(&configuration::codes(), input, &B256::ZERO)
        }
        IRegistry::sweepCall::SELECTOR => sweep(call, arguments),
        IRegistry::submitHeaderCall::SELECTOR => submit_header(input, arguments),
        IRegistry::multicallCall::SELECTOR => multicall::multicall(call, arguments, dispatch),
        IRegistry::requireReadableCall::SELECTOR => reads::require_readable(arguments),
        IRegistry::requireFreshCall::SELECTOR => reads::require_fresh(arguments),
        IRegistry::proxyOfCall::SELECTOR => reads::proxy_of(arguments),
        IRegistry::recordCall::SELECTOR => reads::record(arguments),
        IRegistry::statusCall::SELECTOR => reads::status(arguments),
        IRegistry::proveCodeCall::SELECTOR => knowledge::prove_code(arguments),
        IRegistry::proveBalanceCall::SELECTOR => knowledge::prove_balance(arguments),
        IRegistry::readCall::SELECTOR => read::read(&call.sender, arguments),
        IRegistry::environmentCall::SELECTOR => read::environment(arguments),
        IRegistry::accountAtCall::SELECTOR => knowledge::account_at(&call.sender, arguments),
        IRegistry::balanceAtCall::SELECTOR => knowledge::balance_at(&call.sender, arguments),
        IRegistry::codeOfCall::SELECTOR => host::static_call(&configuration::codes(), input),
        IRegistry::sourceChainCall::SELECTOR => Ok(configuration::encoded_source_chain()),
        IRegistry::precompilesCall::SELECTOR => Ok(SourceChain::load().encoded_precompiles()),
        IRegistry::nativeRangesCall::SELECTOR => Ok(SourceChain::load().encoded_native_ranges()),
        IRegistry::readerCall::SELECTOR => Ok(encode(&[configuration::reader().to_word()])),
        IRegistry::codesCall::SELECTOR => Ok(encode(&[configuration::codes().to_word()])),
        IRegistry::rootSourceCall::SELECTOR => {
            Ok(encode(&[source_chain::root_source().0.to_word()]))
        }
        IRegistry::programCall::SELECTOR => Ok(encode(&[configuration::program().to_word()])),
        IRegistry::proxyCountCall::SELECTOR => Ok(encode(&[configuration::proxy_count()])),
        CONSTRUCTOR_SELECTOR => configuration::initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}

/// Sends wei that was forced into an active mirror to the caller, so that reads take the native lane again.
fn sweep(call: &Call, arguments: Arguments<'_>) -> Reply {
    let record = Record::load(&arguments.address(0)?)?;
    if !matches!(record.status, Status::Active) {
        return Err(record.wrong_status());
    }
    emit(&Swept {
        proxy: record.proxy,
        to: call.sender,
        amount: host::balance(&record.proxy).into(),
    });
    mirror::sweep(&record, &call.sender)?;
    Ok(Vec::new())
}

/// Hands a submission to the root source: to that address and that function only.
fn submit_header(input: &[u8], arguments: Arguments<'_>) -> Reply {
    const {
        assert!(matches!(
            IRegistry::submitHeaderCall::SELECTOR,
            IRootSource::submitHeaderCall::SELECTOR
        ))
    };
    arguments.bytes(0)?;
    host::call(&source_chain::root_source().0, input, &B256::ZERO)?;
    Ok(Vec::new())
}
