//! What the programs do is told by their events, with the values that were proven.

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, LogData, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    ICodes::CodeDeployed,
    INotary::{self, SignersRotated},
    IRegistry::{
        self, BalanceProven, CodeProven, Knowledge, Loaded, MigrationCompleted, PartApplied,
        ProxyCreated, ProxySet, Synced,
    },
    IRootSource::HeaderAccepted,
};
use smartsync_tests::{
    Chain, Mirror, PRIVATE_KEYS, Stage, System, numbered, request, storage_root,
};

/// What a program told in a transaction.
fn told(receipt: &TransactionReceipt, program: Address) -> Vec<LogData> {
    let logs = receipt.inner.logs().iter();
    logs.filter(|log| log.address() == program)
        .map(|log| log.inner.data.clone())
        .collect()
}

fn count(receipt: &TransactionReceipt) -> usize {
    receipt.inner.logs().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_mirror_is_told_by_its_events() {
    let stage = Stage::start().await.unwrap();
    let registry = stage.registry;
    let state = numbered(0..3, 5);
    let source = stage.slot_table(state.clone()).await.unwrap();
    let code = stage.source.code(source).await.unwrap();
    let code_hash = keccak256(&code);
    let deploy = IRegistry::deployCodeCall { code };
    let receipt = stage.target.send(registry, deploy.clone()).await.unwrap();
    let code = stage.code_of(code_hash).await.unwrap();
    let deployed = CodeDeployed {
        codeHash: code_hash,
        logic: code.logic,
        original: code.original,
    };
    assert_eq!(told(&receipt, stage.codes), [deployed.encode_log_data()]);
    let again = stage.target.send(registry, deploy).await.unwrap();
    assert_eq!(count(&again), 0, "it stands already");

    let block = stage.source.block_number().await.unwrap();
    let (header, _) = stage.source.header(block).await.unwrap();
    let receipt = stage.submit_header(block).await.unwrap();
    let accepted = HeaderAccepted {
        blockNumber: block,
        blockHash: header.hash_slow(),
        stateRoot: header.state_root,
        timestamp: header.timestamp,
    };
    assert_eq!(told(&receipt, stage.notary), [accepted.encode_log_data()]);
    let again = stage.submit_header(block).await.unwrap();
    assert_eq!(count(&again), 0, "it is known already");

    let create = stage.create_call(source, block).await.unwrap();
    let request = stage.with_lock(&create).from(Chain::account(0));
    let receipt = stage.target.send_request(request).await.unwrap();
    let created = told(&receipt, registry);
    let proxy = ProxyCreated::decode_log_data(&created[0]).unwrap().proxy;
    let mirror = Mirror { source, proxy };
    let expected = ProxyCreated {
        proxy,
        source,
        creator: Chain::account(0),
        logic: code.logic,
        codeHash: code_hash,
    };
    assert_eq!(created, [expected.encode_log_data()]);

    let load = stage.load_call(mirror, &state);
    let receipt = stage.target.send(registry, load).await.unwrap();
    let loaded = Loaded { proxy, slots: 3 };
    assert_eq!(told(&receipt, registry), [loaded.encode_log_data()]);
    let slots: Vec<U256> = state.keys().copied().collect();
    let changed = numbered(1..3, 9);
    stage.write(source, changed.clone()).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let part = stage.part_call(mirror, block, &slots[1..]).await.unwrap();
    let receipt = stage.target.send(registry, part).await.unwrap();
    let applied = PartApplied {
        proxy,
        sourceBlock: block,
        changes: 2,
    };
    assert_eq!(told(&receipt, registry), [applied.encode_log_data()]);
    let (header, _) = stage.source.header(block).await.unwrap();
    let mut state = state;
    state.extend(changed);
    let pre = storage_root(&state);
    let receipt = stage.complete(mirror, block).await.unwrap();
    let completed = MigrationCompleted {
        proxy,
        sourceBlock: block,
        sourceTimestamp: header.timestamp,
        storageRoot: pre,
    };
    let first = ProxySet { source, proxy };
    let expected = [first.encode_log_data(), completed.encode_log_data()];
    assert_eq!(told(&receipt, registry), expected);

    let changed = numbered(2..3, 77);
    stage.write(source, changed.clone()).await.unwrap();
    state.extend(changed);
    let (block, receipt) = stage.sync(mirror, &slots).await.unwrap();
    let (header, _) = stage.source.header(block).await.unwrap();
    let synced = Synced {
        proxy,
        sourceBlock: block,
        sourceTimestamp: header.timestamp,
        storageRoot: storage_root(&state),
        changes: 1,
    };
    assert_eq!(told(&receipt, registry), [synced.encode_log_data()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proven_of_accounts_and_who_signs_is_told_once() {
    let stage = Stage::start().await.unwrap();
    let registry = stage.registry;
    let account = stage.self_reader(6).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let receipt = stage.prove_code(account, block).await.unwrap();
    let proven = CodeProven {
        account,
        sourceBlock: block,
        codeHash: keccak256(stage.source.code(account).await.unwrap()),
    };
    assert_eq!(told(&receipt, registry), [proven.encode_log_data()]);
    let again = stage.prove_code(account, block).await.unwrap();
    assert_eq!(count(&again), 0);
    let nobody = Address::repeat_byte(0x99);
    for (account, knowledge) in [
        (account, Knowledge::Code),
        (Chain::account(0), Knowledge::NoCode),
        (nobody, Knowledge::Empty),
    ] {
        let receipt = stage.prove_balance(account, block).await.unwrap();
        let proven = BalanceProven {
            account,
            sourceBlock: block,
            balance: stage.source.balance(account).await.unwrap(),
            knowledge,
        };
        assert_eq!(told(&receipt, registry), [proven.encode_log_data()]);
        let again = stage.prove_balance(account, block).await.unwrap();
        assert_eq!(count(&again), 0);
    }

    let notary = System::deploy_program(&stage.target, &smartsync_artifacts::NOTARY);
    let notary = notary.await.unwrap();
    let signers: Vec<Address> = vec![Chain::account(0)];
    let initialize = INotary::initializeCall {
        sourceChainId: U256::from(31_337),
        signers: signers.clone(),
        threshold: 1,
        minBlockTime: 1,
    };
    let construct = [
        CONSTRUCTOR_SELECTOR.as_slice(),
        &initialize.abi_encode()[4..],
    ]
    .concat();
    let construct = request(notary, construct.into());
    let receipt = stage.target.send_request(construct).await.unwrap();
    let rotated = |epoch: u64| SignersRotated {
        epoch,
        threshold: 1,
        count: 1,
    };
    assert_eq!(told(&receipt, notary), [rotated(0).encode_log_data()]);
    let mut system = System::clone(&stage);
    system.notary = notary;
    let rotate = system.rotation(signers, 1, 0, &PRIVATE_KEYS[..1]);
    let receipt = stage.target.send(notary, rotate).await.unwrap();
    assert_eq!(told(&receipt, notary), [rotated(1).encode_log_data()]);
}
