//! Programs and mirrors that somebody delegate-calls: they then work on his storage and balance, never on their own.

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{CONSTRUCTOR_SELECTOR, INotary, IRegistry, management::LOAD};
use smartsync_tests::{CallError, Delegator, SelfReader, Stage, System, request};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_delegates_to_a_program_or_a_mirror_changes_nothing_but_himself() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(7).await.unwrap();
    stage.set(mirror.source, 8).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let sync = stage.proven_sync(mirror, block, &[U256::ZERO]).await;
    let sync = sync.unwrap();
    let initialize = System::initialize(U256::from(31_337), stage.notary, stage.programs());
    let constructor = [&CONSTRUCTOR_SELECTOR, &initialize.abi_encode()[4..]].concat();
    let word = B256::with_last_byte(1);
    let load = [&[LOAD], word.as_slice(), word.as_slice()].concat();
    let set = SelfReader::setCall {
        value_: U256::from(9),
    };
    let rotate = INotary::rotateCall {
        signers: vec![stage.notary],
        threshold: 1,
        signatures: Bytes::new(),
    };
    let sweep = IRegistry::sweepCall {
        proxy: mirror.proxy,
    };
    let accounts = [mirror.proxy, stage.registry, stage.notary, stage.program];
    let state = async || {
        let mut state = Vec::new();
        for account in accounts {
            state.push((
                stage.target.storage_root(account).await.unwrap(),
                stage.target.balance(account).await.unwrap(),
                stage.target.code(account).await.unwrap(),
            ));
        }
        state
    };
    let before = state().await;
    for (to, data) in [
        // The registry's code on a storage that knows no mirror, and the first variable of which is the delegator's own.
        (stage.registry, sync.abi_encode()),
        (stage.registry, sweep.abi_encode()),
        (stage.registry, constructor),
        (stage.notary, rotate.abi_encode()),
        // The program in an account that is no clone.
        (stage.program, load.clone()),
        (stage.program, set.abi_encode()),
        // Trapped code writes on nobody's storage.
        (mirror.proxy, load),
        (mirror.proxy, set.abi_encode()),
    ] {
        let delegator = stage.on_target(&Delegator::BYTECODE, to.abi_encode());
        let delegator = delegator.await.unwrap();
        let read = Bytes::from(Delegator::readCall { data: data.into() }.abi_encode());
        let receipt = stage.target.transact(request(delegator, read)).await;
        assert!(!receipt.unwrap().status(), "{to}");
        assert_eq!(state().await, before, "{to}");
    }
    let read = stage.target.view(mirror.proxy, SelfReader::valueCall {});
    assert_eq!(read.await, Ok::<_, CallError>(U256::from(7)));
    stage.target.send(stage.registry, sync).await.unwrap();
}
