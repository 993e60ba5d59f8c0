//! EVM and WASM frames calling each other, in every combination.

use alloy::{
    primitives::{Address, B256, U256, hex},
    providers::Provider,
    sol_types::SolError,
};
use devchain::Kind;

use crate::fixture::{
    ACTOR, ArbWasm, CALL, DELEGATECALL, Fixture, STATICCALL, command, compressed, forwarder, word,
};

async fn storage(fixture: &Fixture, address: Address, slot: u64) -> U256 {
    fixture
        .client
        .get_storage_at(address, U256::from(slot))
        .await
        .expect("a slot")
}

struct Cast {
    fixture: Fixture,
    /// A program.
    actor: Address,
    /// The same program elsewhere: activated already, since activation belongs to the code.
    other: Address,
    /// EVM contracts that forward.
    caller: Address,
    delegator: Address,
    viewer: Address,
}

impl Cast {
    async fn assemble() -> Self {
        let fixture = Fixture::start(Kind::Stylus).await;
        let actor = fixture.deploy_program(ACTOR).await;
        let other = fixture
            .deploy(&compressed(&wat::parse_str(ACTOR).expect("valid WAT")))
            .await;
        let caller = fixture.deploy(&forwarder(CALL)).await;
        let delegator = fixture.deploy(&forwarder(DELEGATECALL)).await;
        let viewer = fixture.deploy(&forwarder(STATICCALL)).await;
        Self {
            fixture,
            actor,
            other,
            caller,
            delegator,
            viewer,
        }
    }
}

fn store(slot: u64, value: u64) -> Vec<u8> {
    command(0, &[word(slot).as_slice(), word(value).as_slice()]).to_vec()
}

fn through(address: Address, data: &[u8]) -> Vec<u8> {
    [address.as_slice(), data].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_goes_to_the_context_of_the_frame_whatever_mix_of_frames_leads_there() {
    let Cast {
        fixture,
        actor,
        other,
        caller,
        delegator,
        ..
    } = Cast::assemble().await;
    // A transaction to the program itself.
    assert!(fixture.send(Some(actor), store(1, 11), 0).await.status());
    assert_eq!(storage(&fixture, actor, 1).await, U256::from(11));
    // EVM calls WASM.
    assert!(
        fixture
            .send(Some(caller), through(actor, &store(2, 22)), 0)
            .await
            .status()
    );
    assert_eq!(storage(&fixture, actor, 2).await, U256::from(22));
    // An EVM clone delegates to WASM: the clone's storage.
    assert!(
        fixture
            .send(Some(delegator), through(actor, &store(3, 33)), 0)
            .await
            .status()
    );
    assert_eq!(storage(&fixture, delegator, 3).await, U256::from(33));
    assert_eq!(storage(&fixture, actor, 3).await, U256::ZERO);
    // WASM calls WASM.
    let call_other = command(2, &[&through(other, &store(4, 44))]);
    assert!(fixture.send(Some(actor), call_other, 0).await.status());
    assert_eq!(storage(&fixture, other, 4).await, U256::from(44));
    // WASM delegates to WASM: the first one's storage.
    let delegate_other = command(3, &[&through(other, &store(5, 55))]);
    assert!(fixture.send(Some(actor), delegate_other, 0).await.status());
    assert_eq!(storage(&fixture, actor, 5).await, U256::from(55));
    assert_eq!(storage(&fixture, other, 5).await, U256::ZERO);
    // WASM calls EVM, which delegates to WASM, which calls EVM, which calls WASM.
    let innermost = through(actor, &store(6, 66));
    let by_caller = command(2, &[&through(caller, &innermost)]);
    let by_delegator = through(other, &by_caller);
    let outermost = command(2, &[&through(delegator, &by_delegator)]);
    assert!(fixture.send(Some(actor), outermost, 0).await.status());
    assert_eq!(storage(&fixture, actor, 6).await, U256::from(66));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_context_reaches_through_frames_of_either_kind() {
    let Cast {
        fixture,
        actor,
        other,
        caller,
        viewer,
        ..
    } = Cast::assemble().await;
    assert!(fixture.send(Some(actor), store(1, 7), 0).await.status());
    let load = command(1, &[word(1).as_slice()]);
    // EVM static-calls WASM: it reads but does not write.
    let read = fixture
        .call(viewer, through(actor, &load))
        .await
        .expect("a read");
    assert_eq!(read, word(7).as_slice());
    assert!(
        fixture
            .call(viewer, through(actor, &store(1, 8)))
            .await
            .is_err()
    );
    // WASM static-calls EVM that calls WASM: still static.
    let nested = command(4, &[&through(caller, &through(other, &store(1, 8)))]);
    assert!(fixture.call(actor, nested).await.is_err());
    // A log is a write, too.
    let log = command(6, &[word(1).as_slice(), b"data"]);
    assert!(fixture.call(viewer, through(actor, &log)).await.is_err());
    assert!(fixture.call(caller, through(actor, &log)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn revert_data_passes_through_frames_of_either_kind() {
    let Cast {
        fixture,
        actor,
        other,
        caller,
        ..
    } = Cast::assemble().await;
    let fail = command(9, &[&hex!("deadbeef")]);
    let by_evm = command(2, &[&through(caller, &through(other, &fail))]);
    let (code, message, data) = fixture.call(actor, by_evm).await.expect_err("a revert");
    assert_eq!(code, 3);
    assert_eq!(message, "execution reverted");
    assert_eq!(data, Some("0xdeadbeef".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_frame_wrote_is_undone() {
    let Cast {
        fixture,
        actor,
        other,
        ..
    } = Cast::assemble().await;
    let store_and_trap = command(10, &[word(1).as_slice(), word(9).as_slice()]);
    let receipt = fixture.send(Some(actor), store_and_trap.clone(), 0).await;
    assert!(!receipt.status());
    assert_eq!(storage(&fixture, actor, 1).await, U256::ZERO);
    // Likewise below a frame that lives: it reverts with the status of its call, so call it through one that does not.
    let receipt = fixture
        .send(
            Some(other),
            command(2, &[&through(actor, &store_and_trap)]),
            0,
        )
        .await;
    assert!(!receipt.status());
    assert_eq!(storage(&fixture, actor, 1).await, U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_uses_up_its_gas_and_the_chain_goes_on() {
    let Cast { fixture, actor, .. } = Cast::assemble().await;
    let receipt = fixture
        .send_with_gas(Some(actor), command(8, &[]), 0, 1_000_000)
        .await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 1_000_000);
    assert!(fixture.send(Some(actor), store(1, 1), 0).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_sees_its_frame_and_the_parent_chains_block_number() {
    let Cast {
        fixture,
        actor,
        caller,
        delegator,
        ..
    } = Cast::assemble().await;
    let tell = command(7, &[]);
    let words = |bytes: &[u8]| bytes.chunks(32).map(B256::from_slice).collect::<Vec<_>>();
    let direct = words(&fixture.call(actor, tell.clone()).await.expect("an answer"));
    assert_eq!(direct[0], word(0), "not re-entered");
    assert!(
        U256::from_be_bytes(direct[1].0) >= U256::from(20_000_000),
        "the parent chain's number"
    );
    assert_eq!(direct[2], fixture.account(0).into_word());
    assert_eq!(direct[3], actor.into_word());
    let called = words(
        &fixture
            .call(caller, through(actor, &tell))
            .await
            .expect("an answer"),
    );
    assert_eq!(
        (called[2], called[3]),
        (caller.into_word(), actor.into_word())
    );
    let delegated = words(
        &fixture
            .call(delegator, through(actor, &tell))
            .await
            .expect("an answer"),
    );
    assert_eq!(
        (delegated[2], delegated[3]),
        (fixture.account(0).into_word(), delegator.into_word())
    );
    assert_eq!(
        delegated[0],
        word(0),
        "a clone that delegates is not re-entered"
    );
    // The program, called by an EVM contract that it called itself.
    let again = command(2, &[&through(caller, &through(actor, &tell))]);
    let again = words(&fixture.call(actor, again).await.expect("an answer"));
    assert_eq!(again[0], word(1), "re-entered");
}

#[tokio::test(flavor = "multi_thread")]
async fn value_travels_with_calls_between_frames_of_either_kind() {
    let Cast {
        fixture,
        actor,
        other,
        caller,
        ..
    } = Cast::assemble().await;
    let tell = command(7, &[]);
    // Transaction to WASM, on to EVM, on to WASM.
    let route = command(2, &[&through(caller, &through(other, &tell))]);
    let receipt = fixture.send(Some(actor), route, 1_234).await;
    assert!(receipt.status());
    let balance = fixture.client.get_balance(other).await.expect("a balance");
    assert_eq!(balance, U256::from(1_234));
    assert_eq!(
        fixture.client.get_balance(actor).await.expect("a balance"),
        U256::ZERO
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_creates_contracts() {
    let Cast { fixture, actor, .. } = Cast::assemble().await;
    let init = crate::fixture::returning(&hex!("602a5f5260205ff3"));
    let receipt = fixture.send(Some(actor), command(5, &[&init]), 0).await;
    assert!(receipt.status());
    // A contract's first creation has nonce 1 (EIP-161).
    let created = actor.create(1);
    assert_eq!(
        fixture.call(created, hex!("")).await.expect("an answer"),
        word(42).as_slice()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_not_activated_does_not_run() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let address = fixture
        .deploy(&compressed(&wat::parse_str(ACTOR).expect("valid WAT")))
        .await;
    let (_, message, _) = fixture
        .call(address, store(1, 1))
        .await
        .expect_err("a failure");
    assert!(message.contains("not activated"), "{message}");
    let call = ArbWasm::programVersionCall { program: address };
    let (code, _, data) = fixture
        .call(
            crate::fixture::ARB_WASM,
            alloy::sol_types::SolCall::abi_encode(&call),
        )
        .await
        .expect_err("a revert");
    assert_eq!(code, 3);
    assert_eq!(
        data,
        Some(alloy::hex::encode_prefixed(ArbWasm::ProgramNotActivated::SELECTOR).into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_recursion_across_frames_of_either_kind_ends_without_harm() {
    let Cast {
        fixture,
        actor,
        caller,
        ..
    } = Cast::assemble().await;
    // Calldata that makes the program call the EVM contract, which calls the program, 400 times over.
    let mut data = command(7, &[]).to_vec();
    for _ in 0..400 {
        data = command(2, &[&through(caller, &through(actor, &data))]).to_vec();
    }
    let ended = fixture
        .send_with_gas(Some(actor), data, 0, 32_000_000)
        .await;
    assert!(ended.gas_used <= 32_000_000);
    assert!(fixture.send(Some(actor), store(1, 1), 0).await.status());
}
