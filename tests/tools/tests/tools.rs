//! What `cargo stylus` does, by the library that it is made of, on the dev chain. The library works in the current
//! directory, of which a process has one: all tests here use the counter's.

use std::{env, fs};

use alloy::{
    eips::BlockNumberOrTag,
    network::{EthereumWallet, TransactionBuilder},
    primitives::{Address, B256, Bytes, TxHash, U256, hex, keccak256},
    providers::{Provider, ProviderBuilder, WalletProvider},
    rpc::types::TransactionRequest,
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolError,
};
use clap::Parser;
use smartsync_tools_tests::{Chain, KEY, counter};
use stylus_tools::{
    core::{
        activation::{self, ActivationConfig},
        cache::{self, CacheError},
        check::{CheckConfig, check_wasm_file},
        deployment::{self, DeploymentConfig, deployer},
        project::{
            contract::{Contract, ContractStatus},
            workspace::Workspace,
        },
        tracing::{Trace, TraceConfig},
        verification::VerificationStatus,
    },
    ops,
    precompiles::ArbWasm::ProgramKeepaliveTooSoon,
};

sol! {
    #[sol(rpc)]
    #[derive(Debug)]
    interface Counter {
        function number() external view returns (uint256);
        function advance(uint256 wanted) external;
        error Backwards(uint256 number, uint256 wanted);
    }
}

/// How `cargo stylus trace` takes its options, whose fields are the library's own.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    trace: TraceConfig,
}

/// The contract of the current directory.
fn contract() -> Contract {
    env::set_current_dir(counter()).expect("the contract's folder");
    let workspace = Workspace::current().expect("a Stylus workspace");
    let mut contracts: Vec<Contract> = workspace
        .default_contracts()
        .collect::<Result<_, _>>()
        .expect("contracts");
    assert_eq!(contracts.len(), 1);
    contracts.remove(0)
}

async fn client(chain: &Chain) -> impl Provider + WalletProvider + use<> {
    let signer: PrivateKeySigner = KEY.parse().expect("a key");
    ProviderBuilder::new()
        .wallet(EthereumWallet::new(signer))
        .connect(chain.url())
        .await
        .expect("a connection")
}

/// The only transaction of the latest block.
async fn last_transaction(client: &impl Provider) -> TxHash {
    let block = client
        .get_block_by_number(BlockNumberOrTag::Latest)
        .await
        .expect("an answer")
        .expect("a block");
    let hashes: Vec<B256> = block.transactions.hashes().collect();
    assert_eq!(hashes.len(), 1);
    hashes[0]
}

/// Deploys the counter with its constructor; the transaction and the address.
async fn deploy(
    contract: &Contract,
    first: u64,
    salt: u8,
    client: &(impl Provider + WalletProvider),
) -> (TxHash, Address) {
    let config = DeploymentConfig {
        deployer_address: deployer::ADDRESS,
        deployer_salt: B256::with_last_byte(salt),
        constructor_args: vec![first.to_string()],
        constructor_value: U256::from(5),
        ..DeploymentConfig::default()
    };
    contract.deploy(&config, client).await.expect("deployed");
    let hash = last_transaction(client).await;
    let receipt = client
        .get_transaction_receipt(hash)
        .await
        .expect("an answer")
        .expect("a receipt");
    let address = deployer::get_address_from_receipt(&receipt).expect("an address");
    (hash, address)
}

/// A file with the smallest program, which returns nothing, or with another body.
fn wasm_file(name: &str, body: &str) -> std::path::PathBuf {
    let wasm = wat::parse_str(format!(
        r#"(module
            (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
            (memory (export "memory") 0)
            (func (export "user_entrypoint") (param i32) (result i32) {body} i32.const 0))"#
    ))
    .expect("valid WAT");
    let path = env::temp_dir().join(format!("smartsync-{name}-{}.wasm", std::process::id()));
    fs::write(&path, wasm).expect("written");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_40_kb_is_deployed_in_pieces() {
    // Bytes that do not compress, in the memory of a small program.
    let noise: String = (0..1_250_u32)
        .flat_map(|index| keccak256(index.to_be_bytes()).0)
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    let wasm = wat::parse_str(format!(
        r#"(module
            (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "{noise}")
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    ))
    .expect("valid WAT");
    let path = env::temp_dir().join(format!("smartsync-large-{}.wasm", std::process::id()));
    fs::write(&path, wasm).expect("written");
    let chain = Chain::start().expect("a chain");
    let client = client(&chain).await;
    deployment::deploy_wasm_file(&path, &DeploymentConfig::default(), &client)
        .await
        .expect("deployed");
    // Two pieces, the root, and its activation, each in a block.
    assert_eq!(client.get_block_number().await.expect("a number"), 4);
    let receipts = client
        .get_block_receipts(3.into())
        .await
        .expect("an answer")
        .expect("a block");
    let root = receipts[0].contract_address.expect("a creation");
    let code = client.get_code_at(root).await.expect("code");
    assert!(code.starts_with(&hex!("eff002")));
    assert_eq!(code.len(), 8 + 2 * 20);
    let call = TransactionRequest::default().with_to(root);
    client.call(call).await.expect("it runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_checked_deployed_with_its_constructor_and_verified() {
    let contract = contract();
    let chain = Chain::start().expect("a chain");
    let client = client(&chain).await;
    let status = contract
        .check(None, &CheckConfig::default(), &client)
        .await
        .expect("checked");
    let ContractStatus::Ready { fee, .. } = &status else {
        panic!("expected a new contract, got {status:?}");
    };
    assert!(*fee > U256::ZERO);
    let (deployment, address) = deploy(&contract, 41, 0, &client).await;
    let number = Counter::new(address, &client).number().call().await;
    assert_eq!(number.expect("a number"), U256::from(41));
    let balance = client.get_balance(address).await.expect("a balance");
    assert_eq!(balance, U256::from(5));
    // The same code needs no second activation.
    let status = contract
        .check(None, &CheckConfig::default(), &client)
        .await
        .expect("checked");
    assert!(
        matches!(status, ContractStatus::Active { .. }),
        "{status:?}"
    );
    let (_, other) = deploy(&contract, 1, 1, &client).await;
    assert_ne!(other, address);
    let verified = contract
        .verify(deployment, true, &client)
        .await
        .expect("an answer");
    assert!(
        matches!(verified, VerificationStatus::Success),
        "the source builds to other code"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_traced_by_the_native_tracer_and_by_the_script() {
    let contract = contract();
    let chain = Chain::start().expect("a chain");
    let client = client(&chain).await;
    let (_, address) = deploy(&contract, 41, 0, &client).await;
    let program = Counter::new(address, &client);
    let receipt = program
        .advance(U256::from(42))
        .send()
        .await
        .expect("sent")
        .get_receipt()
        .await
        .expect("mined");
    let mut traces = Vec::new();
    for arguments in [&["trace"][..], &["trace", "--use-native-tracer"]] {
        let options = Options::parse_from(arguments);
        let trace = Trace::new(receipt.transaction_hash, &options.trace, &client)
            .await
            .expect("a trace");
        assert_eq!(trace.address(), Some(address));
        traces.push(trace.json().clone());
    }
    assert_eq!(traces[0], traces[1]);
    // In the order in which the program cannot but do it.
    let mut steps = traces[0].as_array().expect("steps").iter();
    for name in [
        "user_entrypoint",
        "read_args",
        "storage_load_bytes32",
        "storage_cache_bytes32",
        "emit_log",
        "storage_flush_cache",
        "user_returned",
    ] {
        assert!(
            steps.any(|step| step["name"] == name),
            "{name}: {:#}",
            traces[0]
        );
    }
    let failed = program
        .advance(U256::from(7))
        .call()
        .await
        .expect_err("backwards");
    let error = failed
        .as_decoded_error::<Counter::Backwards>()
        .expect("a typed error");
    assert_eq!(
        (error.number, error.wanted),
        (U256::from(42), U256::from(7))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_file_is_deployed_activated_and_cached() {
    env::set_current_dir(counter()).expect("the contract's folder");
    let chain = Chain::start().expect("a chain");
    let client = client(&chain).await;
    let file = wasm_file("smallest", "");
    let config = DeploymentConfig {
        no_activate: true,
        ..DeploymentConfig::default()
    };
    deployment::deploy_wasm_file(&file, &config, &client)
        .await
        .expect("deployed");
    let receipt = client
        .get_transaction_receipt(last_transaction(&client).await)
        .await
        .expect("an answer")
        .expect("a receipt");
    let address = receipt.contract_address.expect("an address");
    let call = TransactionRequest::default().with_to(address);
    let refused = client.call(call.clone()).await.expect_err("not activated");
    assert!(refused.to_string().contains("not activated"), "{refused}");
    let bid = cache::min_bid(address, &client).await;
    assert!(
        matches!(bid, Err(CacheError::ProgramNotActivated)),
        "{bid:?}"
    );

    let config = ActivationConfig::default();
    let estimate = activation::estimate_gas(address, &config, &client)
        .await
        .expect("an estimate");
    let receipt = activation::activate_contract(address, &config, &client)
        .await
        .expect("activated");
    assert!(receipt.status());
    assert!(estimate >= receipt.gas_used, "{estimate}");
    assert_eq!(client.call(call).await.expect("it runs"), Bytes::new());

    let manager = cache::cache_manager(&client).await.expect("a CacheManager");
    let status = cache::status(Some(address), &manager, &client)
        .await
        .expect("a status");
    assert!(!status.is_paused && !status.is_cached);
    let bid = cache::min_bid(address, &client).await.expect("a bid");
    assert!(bid.is_zero(), "there is room");
    cache::place_bid(address, U256::ZERO, None, &client)
        .await
        .expect("cached");
    let status = cache::status(Some(address), &manager, &client)
        .await
        .expect("a status");
    assert!(status.is_cached);
    let twice = cache::place_bid(address, U256::ZERO, None, &client).await;
    assert!(matches!(twice, Err(CacheError::AlreadyCached)), "{twice:?}");

    // Too soon: only old programs are kept alive.
    let code = client.get_code_at(address).await.expect("code");
    let early = ops::codehash_keepalive::codehash_keepalive(keccak256(code), &client)
        .await
        .expect_err("too soon");
    let too_soon = hex::encode_prefixed(ProgramKeepaliveTooSoon::SELECTOR);
    assert!(early.to_string().contains(&too_soon), "{early}");
    fs::remove_file(&file).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_floats_fails_the_check_for_that_reason() {
    let chain = Chain::start().expect("a chain");
    let client = client(&chain).await;
    let file = wasm_file("floats", "f32.const 1 drop");
    let refused = check_wasm_file(
        &file,
        Default::default(),
        None,
        None,
        &CheckConfig::default(),
        &client,
    )
    .await
    .expect_err("floats are refused");
    assert!(
        refused.to_string().to_lowercase().contains("float"),
        "{refused}"
    );
    fs::remove_file(&file).expect("removed");
}
