//! A migration by its creator, unproven until its end.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProxy::NotVerified,
    IRegistry::{self, LengthMismatch, NotCreator, Status, WrongStatus},
};
use smartsync_tests::{Chain, SlotTable, Stage, State, numbered, request, storage_root};

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_by_load_completes_by_the_proof_of_its_whole_storage() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..100, 3);
    let (mirror, block) = stage.created_table(&state).await.unwrap();

    // In two chunks. Locked all the while.
    let (first, second): (State, State) =
        state.iter().partition(|(slot, _)| **slot < U256::from(60));
    for chunk in [&first, &second] {
        let call = stage.load_call(mirror, chunk);
        stage.target.send(stage.registry, call).await.unwrap();
        assert_eq!(stage.record(mirror).await.unwrap().status, Status::Open);
        let read = SlotTable::readCall { slot: U256::ONE };
        let answer = stage.target.view(mirror.proxy, read).await;
        answer.unwrap_err().expect::<NotVerified>();
    }
    // An open mirror takes no sync.
    let sync = stage.sync_call(mirror, block, Bytes::from_static(&[1, 0, 0]));
    let error = stage.refused(sync.await.unwrap()).await;
    assert_eq!(error.expect::<WrongStatus>().status, Status::Open as u8);

    let call = stage.complete_call_now(mirror, block).await.unwrap();
    stage
        .target
        .send(stage.registry, call.clone())
        .await
        .unwrap();
    let record = stage.record(mirror).await.unwrap();
    assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
    assert_eq!(record.storageRoot, storage_root(&state));
    assert_eq!(stage.target.storage(mirror.proxy).await.unwrap(), state);
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    let read = SlotTable::readCall {
        slot: U256::from(10),
    };
    assert_eq!(
        stage.target.view(mirror.proxy, read).await.unwrap(),
        U256::from(31)
    );
    // Never again.
    let again = stage.load_call(mirror, &first);
    stage.refused(again).await.expect::<WrongStatus>();
    stage.refused(call).await.expect::<WrongStatus>();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_creator_loads_and_as_many_values_as_slots() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..3, 3);
    let (mirror, _) = stage.created_table(&state).await.unwrap();
    let call = Bytes::from(stage.load_call(mirror, &state).abi_encode());
    let by_another = request(stage.registry, call).from(Chain::account(1));
    let error = stage.refused_request(by_another).await;
    assert_eq!(error.expect::<NotCreator>().creator, Chain::account(0));
    for (slots, values) in [(1, 0), (0, 1), (2, 3), (0, 0)] {
        let uneven = IRegistry::loadCall {
            proxy: mirror.proxy,
            slots: vec![U256::ONE; slots],
            values: vec![U256::ONE; values],
        };
        let error = stage.refused(uneven).await.expect::<LengthMismatch>();
        assert_eq!(
            (error.slots, error.values),
            (U256::from(slots), U256::from(values))
        );
    }
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Created);
}
