use smartsync_abi::IRegistry::{CreateFailed, ProxyCreated};
use smartsync_clone::Configuration;
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, revert, source_chain};

use crate::{call::Call, code, configuration, record::Record, source::ProvenAccount};

/// Creates a mirror of a source whose proven code is on the target. Its storage is empty and it is locked.
pub fn create(call: &mut Call, arguments: Arguments<'_>) -> Reply {
    let lock = call.take_lock()?;
    let proven = ProvenAccount::take(arguments)?;
    let (source, code_hash) = (proven.address, proven.code_hash()?);
    // Code that begins with EF (EIP-7702 accounts, Stylus programs) is never deployed.
    let code = code::deployed(&code_hash)?;
    let (root_source, first_block) = source_chain::root_source();
    let configuration = Configuration {
        registry: host::this(),
        logic: code.logic,
        reader: configuration::reader(),
        program: configuration::program(),
        source,
        original: code.original,
        code_hash,
        creator: call.sender,
        root_source,
        first_block,
    };
    let salt = configuration::next_proxy();
    let proxy = host::create2(&configuration.init_code(), &lock, &salt)
        .ok_or_else(|| revert(CreateFailed {}))?;
    Record::create(&proxy);
    emit(&ProxyCreated {
        proxy,
        source,
        creator: call.sender,
        logic: code.logic,
        codeHash: code_hash,
    });
    Ok(encode(&[proxy.to_word()]))
}
