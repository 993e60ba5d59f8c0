//! Programs in pieces (from ArbOS 60), gas worked out by hand.

use alloy::{
    primitives::{Address, B256, Bytes, U256, hex, keccak256},
    providers::Provider,
    sol,
    sol_types::{SolCall, SolError},
};
use devchain::{ArbOs, Kind};
use serde_json::json;

use crate::fixture::{
    ACTOR, ARB_WASM, ARB_WASM_CACHE, ArbWasm, ArbWasmCache, CALL, Fixture, command, compressed,
    forwarder, intrinsic, returning, word,
};

sol! {
    interface Pieces {
        function getMaxStylusContractFragments() external view returns (uint8);
        function setMaxStylusContractFragments(uint8 maxFragments) external;
        function becomeChainOwner() external;
    }
}

const ARB_OWNER: Address = Address::with_last_byte(0x70);
const ARB_OWNER_PUBLIC: Address = Address::with_last_byte(0x6b);
const ARB_DEBUG: Address = Address::with_last_byte(0xff);

/// One function with a parameter and a result, one page, nothing else.
const MINIMAL: &str = r#"(module (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;

/// Reading and writing a slot of ArbOS's state.
const READ: u64 = 800;
const WRITE: u64 = 20_000;
/// What an activation of ArbOS 60 begins with: the version, a word of arguments, the constant charge, the fixed cost, the
/// parameters, and whether it is active.
const BEGIN: u64 = READ + 3 + READ + 1_659_168 + 100 + READ;
/// Gas of a cold account, and of a word of its code.
const COLD: u64 = 2_600;
const WARM: u64 = 100;
/// Gas of 24,576 bytes of code: 3 a word.
const LARGEST: u64 = 3 * 768;

fn wasm() -> Vec<u8> {
    wat::parse_str(MINIMAL).expect("valid WAT")
}

/// The compressed program, cut in pieces of so many bytes, as their accounts' code.
fn pieces(wasm: &[u8], size: usize) -> Vec<Vec<u8>> {
    compressed(wasm)[4..]
        .chunks(size)
        .map(|piece| [&hex!("eff001")[..], piece].concat())
        .collect()
}

/// A root's code.
fn root(length: usize, fragments: &[Address]) -> Vec<u8> {
    let mut code = hex!("eff002 00").to_vec();
    code.extend_from_slice(&(length as u32).to_be_bytes());
    for fragment in fragments {
        code.extend_from_slice(fragment.as_slice());
    }
    code
}

/// Deploys a program in pieces; its root and its pieces.
async fn deploy(fixture: &Fixture, wasm: &[u8], size: usize) -> (Address, Vec<Address>) {
    let mut fragments = Vec::new();
    for piece in pieces(wasm, size) {
        fragments.push(fixture.deploy(&piece).await);
    }
    let root = fixture.deploy(&root(wasm.len(), &fragments)).await;
    (root, fragments)
}

fn activation(program: Address) -> Bytes {
    ArbWasm::activateProgramCall { program }.abi_encode().into()
}

/// Gas of the words of some code.
fn copied(code: &[u8]) -> u64 {
    3 * (code.len() as u64).div_ceil(32)
}

/// What is left to pay once [`MINIMAL`] is read: 28 gas a microsecond, and what ArbOS writes and tells (`gas.rs`).
fn rest() -> u64 {
    let micros = wasm().len() as u64 * 31_733 / 100_000 + 2_217 + 31 * 535 / 1_000;
    let event = 375 + 2 * 375 + 4 * 32 * 8;
    28 * micros + WRITE + (5 * READ + 2 * WRITE) + WRITE + READ + event + 2 * 3
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_pays_for_reading_each_piece() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let (program, fragments) = deploy(&fixture, &wasm(), 50).await;
    assert!(fragments.len() >= 2, "{} pieces", fragments.len());
    let codes = pieces(&wasm(), 50);
    let read: u64 = codes.iter().map(|code| COLD + copied(code)).sum();
    let call = activation(program);
    let receipt = fixture
        .send(Some(ARB_WASM), call.clone(), 10_u128.pow(17))
        .await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, intrinsic(&call) + BEGIN + read + rest());

    // Entering it costs what the whole program costs: 11 * 32 + (globals: 6) + (one page: 5), and 69 * 128 + 8 + 2 + 0.1286 a byte.
    let init = 8_832 + 8 + 2 + wasm().len() as u64 * 1_286 / 10_000;
    let (cached, body) = (352 + 6 + 5, 1);
    let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, 21_000 + cached + init + body);
    // Cached, the block's first call pays no more than that.
    let cache = ArbWasmCache::cacheProgramCall { addr: program };
    let receipt = fixture
        .send(Some(ARB_WASM_CACHE), cache.abi_encode(), 0)
        .await;
    assert!(receipt.status());
    let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
    assert_eq!(receipt.gas_used, 21_000 + cached + body);
    // Another root of the same code needs no activation.
    let twin = fixture.deploy(&root(wasm().len(), &fragments)).await;
    let receipt = fixture.send(Some(twin), Bytes::new(), 0).await;
    assert_eq!(receipt.gas_used, 21_000 + cached + body);
    let (_, _, data) = fixture
        .call(ARB_WASM, activation(twin))
        .await
        .expect_err("active");
    let selector = hex::encode_prefixed(ArbWasm::ProgramUpToDate::SELECTOR);
    assert_eq!(data, Some(selector.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_the_transaction_has_touched_is_warm() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let (program, fragments) = deploy(&fixture, &wasm(), 50).await;
    let codes = pieces(&wasm(), 50);
    let call = activation(program);
    let request = json!([{
        "from": fixture.account(0), "to": ARB_WASM, "data": call, "gas": "0x1312d00", "value": "0x16345785d8a0000",
        "accessList": [{ "address": fragments[0], "storageKeys": [] }],
    }]);
    let hash = fixture.request("eth_sendTransaction", request).await;
    let hash: B256 = serde_json::from_value(hash).expect("a hash");
    let receipt = fixture
        .client
        .get_transaction_receipt(hash)
        .await
        .expect("an answer")
        .expect("mined");
    assert!(receipt.status());
    let cold: u64 = codes[1..].iter().map(|code| COLD + copied(code)).sum();
    let read = WARM + copied(&codes[0]) + cold;
    // EIP-2930: 2,400 for the account.
    let gas = intrinsic(&call) + 2_400 + BEGIN + read + rest();
    assert_eq!(receipt.gas_used, gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_is_read_only_if_the_largest_could_be_paid_for() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let (_, fragments) = deploy(&fixture, &wasm(), 50).await;
    let codes = pieces(&wasm(), 50);
    // One byte shorter than it says: all pieces are read, and then it reverts and keeps the rest.
    let wrong = fixture.deploy(&root(wasm().len() + 1, &fragments)).await;
    let call = activation(wrong);
    let last = codes.len() - 1;
    let before: u64 = codes[..last].iter().map(|code| COLD + copied(code)).sum();
    let enough = intrinsic(&call) + BEGIN + before + COLD + LARGEST;
    let receipt = fixture
        .send_with_gas(Some(ARB_WASM), call.clone(), 0, enough)
        .await;
    assert!(!receipt.status());
    let read = before + COLD + copied(&codes[last]);
    assert_eq!(receipt.gas_used, intrinsic(&call) + BEGIN + read);
    let receipt = fixture
        .send_with_gas(Some(ARB_WASM), call, 0, enough - 1)
        .await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, enough - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_whole_program_is_refused_with_the_reason() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let (_, fragments) = deploy(&fixture, &wasm(), 50).await;
    let plain = fixture.deploy(&hex!("00")).await;
    let length = wasm().len();
    let too_many = vec![fragments[0]; 5];
    for (code, reason) in [
        (
            pieces(&wasm(), 50)[0].clone(),
            "fragmented stylus programs cannot be activated directly",
        ),
        (root(length, &[]), "fragment count cannot be zero"),
        (root(length, &too_many), "fragment count exceeds limit of 4"),
        (
            root(256 * 1_024 + 1, &fragments),
            "decompressedLength 262145 is greater then MaxWasmSize 262144",
        ),
        (
            root(length, &[plain]),
            "specified bytecode is not a Stylus program fragment",
        ),
        (
            root(length + 1, &fragments),
            "does not match expected length",
        ),
        (root(length - 1, &fragments), "larger than"),
        (root(length, &fragments[..1]), "cannot decompress"),
        (hex!("eff00200").to_vec(), "malformed root"),
    ] {
        let contract = fixture.deploy(&code).await;
        let (_, message, _) = fixture
            .call(ARB_WASM, activation(contract))
            .await
            .expect_err(reason);
        assert!(message.contains(reason), "{reason}: {message}");
        // What is not active takes all gas that a call has; a piece is no program but an invalid opcode.
        let receipt = fixture
            .send_with_gas(Some(contract), Bytes::new(), 0, 100_000)
            .await;
        assert_eq!((receipt.status(), receipt.gas_used), (false, 100_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_chain_knows_no_pieces() {
    let fixture = Fixture::start_on(ArbOs::V51).await;
    for code in [pieces(&wasm(), 50)[0].clone(), root(9, &[ARB_WASM])] {
        let receipt = fixture.send(None, returning(&code), 0).await;
        assert!(!receipt.status());
    }
    let (_, message, _) = fixture
        .call(
            ARB_OWNER_PUBLIC,
            Pieces::getMaxStylusContractFragmentsCall {}.abi_encode(),
        )
        .await
        .expect_err("no such method");
    assert!(message.contains("unknown method"), "{message}");
    let version = fixture.view(ARB_WASM, ArbWasm::stylusVersionCall {}).await;
    assert_eq!(version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sets_how_many_pieces_there_may_be() {
    let fixture = Fixture::start_debug().await;
    let most = async || {
        let call = Pieces::getMaxStylusContractFragmentsCall {};
        fixture.view(ARB_OWNER_PUBLIC, call).await
    };
    assert_eq!(most().await, 4);
    let become_owner = Pieces::becomeChainOwnerCall {}.abi_encode();
    assert!(
        fixture
            .send(Some(ARB_DEBUG), become_owner, 0)
            .await
            .status()
    );
    let set = Pieces::setMaxStylusContractFragmentsCall { maxFragments: 1 };
    assert!(
        fixture
            .send(Some(ARB_OWNER), set.abi_encode(), 0)
            .await
            .status()
    );
    assert_eq!(most().await, 1);
    let (program, _) = deploy(&fixture, &wasm(), 50).await;
    let (_, message, _) = fixture
        .call(ARB_WASM, activation(program))
        .await
        .expect_err("two pieces");
    assert!(
        message.contains("fragment count exceeds limit of 1"),
        "{message}"
    );
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    (0..len.div_ceil(32))
        .flat_map(|index| keccak256(index.to_be_bytes()).0)
        .take(len)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_40_kb_runs_expires_and_is_activated_again() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // The program that does what it is told, with 40,000 bytes of data in its memory's last bytes.
    let escaped: String = noise(40_000)
        .iter()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    let end = ACTOR.trim_end().strip_suffix(')').expect("a module");
    let wat = format!("{end} (data (i32.const 0xa00) \"{escaped}\"))").replacen(
        "(memory (export \"memory\") 1)",
        "(memory (export \"memory\") 2)",
        1,
    );
    let wasm = wat::parse_str(&wat).expect("valid WAT");
    let size = compressed(&wasm).len();
    assert!(size > 40_000, "{size} bytes");
    let (program, fragments) = deploy(&fixture, &wasm, 24_576 - 3).await;
    assert_eq!(fragments.len(), 2);
    fixture.activate(program).await;
    let store = command(0, &[word(3).as_slice(), word(4).as_slice()]);
    assert!(fixture.send(Some(program), store, 0).await.status());
    // Also from other contracts, by either kind of call.
    let caller = fixture.deploy(&forwarder(CALL)).await;
    let load = command(1, &[word(3).as_slice()]);
    let answer = fixture
        .call(caller, [program.as_slice(), &load].concat())
        .await
        .expect("it runs");
    assert_eq!(answer, word(4).as_slice());
    let left = ArbWasm::programTimeLeftCall { program };
    assert!(fixture.view(ARB_WASM, left).await > 364 * 86_400);
    fixture
        .request("evm_increaseTime", json!([366 * 86_400]))
        .await;
    fixture.request("evm_mine", json!([])).await;
    let (_, message, _) = fixture
        .call(program, load.clone())
        .await
        .expect_err("expired");
    assert!(message.contains("program expired"), "{message}");
    fixture.activate(program).await;
    assert_eq!(
        fixture.call(program, load).await.expect("it runs again"),
        U256::from(4).to_be_bytes_vec()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_is_tried_out_with_pieces_that_stand_nowhere() {
    // As `cargo stylus check` does it: from an account that is rich by override, with the pieces at random addresses.
    let fixture = Fixture::start(Kind::Stylus).await;
    let mut overrides = serde_json::Map::new();
    let sender = Address::repeat_byte(0x51);
    overrides.insert(sender.to_string(), json!({ "balance": U256::MAX }));
    let mut fragments = Vec::new();
    for (index, piece) in pieces(&wasm(), 50).iter().enumerate() {
        let address = Address::repeat_byte(0x60 + index as u8);
        overrides.insert(
            address.to_string(),
            json!({ "code": hex::encode_prefixed(piece) }),
        );
        fragments.push(address);
    }
    let program = Address::repeat_byte(0x52);
    let code = root(wasm().len(), &fragments);
    overrides.insert(
        program.to_string(),
        json!({ "code": hex::encode_prefixed(code) }),
    );
    let request = json!({ "from": sender, "to": ARB_WASM, "value": "0xde0b6b3a7640000", "data": activation(program) });
    let answer = fixture
        .request("eth_call", json!([request, "latest", overrides]))
        .await;
    let answer: Bytes = serde_json::from_value(answer).expect("bytes");
    let answer = ArbWasm::activateProgramCall::abi_decode_returns(&answer).expect("typed");
    assert_eq!(answer.version, 3);
    assert!(answer.dataFee > U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_roots_of_two_chains_run_what_their_own_pieces_hold() {
    // The same accounts, in the same order, so that the roots are equal byte by byte; the programs differ in what they return.
    let mut roots = Vec::new();
    for status in [0, 1] {
        let fixture = Fixture::start(Kind::Stylus).await;
        let wat = MINIMAL.replace("i32.const 0", &format!("i32.const {status}"));
        let wasm = wat::parse_str(&wat).expect("valid WAT");
        let (program, _) = deploy(&fixture, &wasm, 1_000).await;
        fixture.activate(program).await;
        let receipt = fixture.send(Some(program), Bytes::new(), 0).await;
        assert_eq!(receipt.status(), status == 0);
        roots.push(fixture.client.get_code_at(program).await.expect("code"));
    }
    assert_eq!(roots[0], roots[1]);
}
