use smartsync_abi::IRegistry::{CodeHashMismatch, CreateFailed, NotAContract, ProxyCreated};
use smartsync_clone::Configuration;
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, revert};

use crate::{
    call::Call,
    configuration, logic,
    record::Record,
    source::{SourceState, empty_code_hash},
};

/// Creates a mirror of a source whose code is proven to be that of the logic. Its storage is empty and it is locked.
pub fn create(call: &mut Call, arguments: Arguments<'_>) -> Reply {
    let (source, logic, source_block) = (
        arguments.address(0)?,
        arguments.address(1)?,
        arguments.uint64(2)?,
    );
    let lock = call.take_lock()?;
    let account = SourceState::at(source_block)?.account(&source, arguments.byte_arrays(3)?)?;
    if account.code_hash == empty_code_hash() {
        return Err(revert(NotAContract { source }));
    }
    // An EIP-7702 account's code (ef0100 and an address) cannot be deployed (EIP-3541), so no logic has its hash.
    let code_hash = logic::deployed_code_hash(&logic)?;
    if account.code_hash != code_hash {
        return Err(revert(CodeHashMismatch {
            proven: account.code_hash,
            logic: code_hash,
        }));
    }
    let configuration = Configuration {
        registry: host::this(),
        logic,
        program: configuration::program(),
    };
    let salt = configuration::next_proxy();
    let proxy = host::create2(&configuration.init_code(), lock, &salt.into())
        .ok_or_else(|| revert(CreateFailed {}))?;
    Record::create(&proxy, source, &logic, &code_hash, &call.sender);
    emit(&ProxyCreated {
        proxy,
        source,
        creator: call.sender,
        logic,
        codeHash: code_hash,
    });
    Ok(encode(&[proxy.to_word()]))
}
