//! What programs pay for what they call, create and write, to the gas.

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use devchain::Kind;
use serde_json::json;

use crate::fixture::{ARB_SYS, Fixture, compressed, intrinsic, returning, word};

/// Ink of any host function, of each pointer, and of a trip to the node.
const H: u64 = 8_400;
const P: u64 = 5_040;
const A: u64 = 59_673;

/// Ink for writing bytes to a program, and for reading them from it.
fn w(bytes: u64) -> u64 {
    5_040 + 30 * bytes.saturating_sub(32)
}
fn r(bytes: u64) -> u64 {
    16_381 + 55 * bytes.saturating_sub(32)
}

/// Entering a program of one function (i32) -> i32, without data or globals of its own: cached = 11 * 32 + (4 globals of the
/// meters * 1.628 = 6) + 5 a page + 0.00122 a byte; init = 69 * 128 + (one function: 8) + (two types: 2) + 0.1286 a byte.
fn entry(wasm: &[u8], pages: u64) -> u64 {
    let len = wasm.len() as u64;
    352 + 6 + 5 * pages + len * 122 / 100_000 + 8_832 + 8 + 2 + len * 1_286 / 10_000
}

fn wasm(imports: &str, pages: u64, body: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module {imports} (memory (export "memory") {pages} {pages})
            (func (export "user_entrypoint") (param $len i32) (result i32) {body}))"#
    ))
    .expect("valid WAT")
}

/// Makes a call as its calldata says: address (20 bytes), value (32), gas (8, little-endian), calldata. Whatever becomes of
/// the call, it returns 0.
fn caller(kind: &str) -> Vec<u8> {
    let (ty, value) = match kind {
        "call" => ("i32 i32 i32 i32 i64 i32", "(i32.const 20)"),
        _ => ("i32 i32 i32 i64 i32", ""),
    };
    let name = match kind {
        "call" => "call_contract".to_owned(),
        kind => format!("{kind}_call_contract"),
    };
    wasm(
        &format!(
            r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
               (import "vm_hooks" "{name}" (func $call (param {ty}) (result i32)))"#
        ),
        1,
        &format!(
            "(call $read_args (i32.const 0))
             (drop (call $call (i32.const 0) (i32.const 60) (i32.sub (local.get $len) (i32.const 60)) {value}
               (i64.load (i32.const 52)) (i32.const 60000)))
             (i32.const 0)"
        ),
    )
}

/// What [`caller`] is told: ask for all gas.
fn tell(to: Address, value: u64, data: &[u8]) -> Vec<u8> {
    tell_with_gas(to, value, data, u64::MAX)
}

fn tell_with_gas(to: Address, value: u64, data: &[u8], gas: u64) -> Vec<u8> {
    [
        to.as_slice(),
        word(value).as_slice(),
        &gas.to_le_bytes(),
        data,
    ]
    .concat()
}

/// Ink that [`caller`] has used when its call begins, and what it uses in all, but for the call's own gas.
fn caller_ink(kind: &str, calldata: usize) -> (u64, u64) {
    let (all, data) = (calldata as u64, calldata as u64 - 60);
    // [const call], then [const const local.get const sub (const) const i64.load const call]
    let constants = if kind == "call" { 6 } else { 5 };
    let before = (1 + 3_800 + 2_450)
        + (H + w(all))
        + (constants + 75 + 70 + 680 + 3_800 + 2_450)
        + (H + 3 * P + A + 2 * r(data));
    // [drop const end]
    (before, before + 9 + 1 + 1 + 2_450)
}

/// A chain with a program that calls.
struct Stage {
    fixture: Fixture,
    kind: &'static str,
    wasm: Vec<u8>,
    caller: Address,
}

impl Stage {
    async fn new(kind: &'static str) -> Self {
        Self::on(Fixture::start(Kind::Stylus).await, kind).await
    }

    async fn on(fixture: Fixture, kind: &'static str) -> Self {
        let wasm = caller(kind);
        let caller = fixture.deploy(&compressed(&wasm)).await;
        fixture.activate(caller).await;
        Self {
            fixture,
            kind,
            wasm,
            caller,
        }
    }

    /// Deploys and activates a program.
    async fn program(&self, wasm: &[u8]) -> Address {
        let address = self.fixture.deploy(&compressed(wasm)).await;
        self.fixture.activate(address).await;
        address
    }

    /// What the call itself costs: the gas used, less what the transaction and the caller use beside it.
    async fn cost(&self, calldata: Vec<u8>, value: u128) -> u64 {
        let receipt = self
            .fixture
            .send(Some(self.caller), calldata.clone(), value)
            .await;
        assert!(receipt.status());
        let (_, ink) = caller_ink(self.kind, calldata.len());
        receipt.gas_used - intrinsic(&calldata) - entry(&self.wasm, 1) - ink.div_ceil(10_000)
    }

    /// Gas that the caller has when its call begins, of a transaction with this limit.
    fn left(&self, limit: u64, calldata: &[u8]) -> u64 {
        let (ink, _) = caller_ink(self.kind, calldata.len());
        let gas = limit - intrinsic(calldata) - entry(&self.wasm, 1);
        (gas * 10_000 - ink) / 10_000
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_the_touch_and_what_value_costs_and_no_stipend_comes_back() {
    // the newer ones let it enter itself as if it were cached (`elara.rs`)
    let stage = Stage::on(Fixture::start_on(devchain::ArbOs::V51).await, "call").await;
    let (eoa, nobody) = (stage.fixture.account(5), Address::repeat_byte(0xd1));
    assert_eq!(stage.cost(tell(eoa, 0, &[]), 0).await, 2_600);
    assert_eq!(stage.cost(tell(nobody, 0, &[]), 0).await, 2_600);
    // 9,000 for value; the 2,300 that go with it are not the caller's, and do not come back to it
    assert_eq!(stage.cost(tell(eoa, 1, &[]), 1).await, 2_600 + 9_000);
    assert_eq!(
        stage.cost(tell(nobody, 1, &[]), 1).await,
        2_600 + 25_000 + 9_000
    );
    // 100 times PUSH0 POP: 400 gas, of the stipend where nothing else was asked for
    let spender = stage.fixture.deploy(&hex!("5f50").repeat(100)).await;
    assert_eq!(stage.cost(tell(spender, 0, &[]), 0).await, 2_600 + 400);
    for gas in [u64::MAX, 0] {
        let calldata = tell_with_gas(spender, 1, &[], gas);
        assert_eq!(stage.cost(calldata, 1).await, 2_600 + 9_000 + 400, "{gas}");
    }
    // value that is not there: the call fails before it begins, and only its base is gone
    assert_eq!(stage.cost(tell(eoa, 77, &[]), 0).await, 2_600 + 9_000);
    // itself: warm; below it the same again, which calls the cold account
    let itself = tell(stage.caller, 0, &tell(eoa, 0, &[]));
    let (_, ink) = caller_ink("call", 60);
    let inner = entry(&stage.wasm, 1) + 2_600 + ink.div_ceil(10_000);
    assert_eq!(stage.cost(itself, 0).await, 100 + inner);
}

#[tokio::test(flavor = "multi_thread")]
async fn precompiled_contracts_are_warm_and_cost_what_they_cost() {
    let stage = Stage::new("call").await;
    // identity: 15, and 3 a word
    let identity = Address::with_last_byte(4);
    assert_eq!(stage.cost(tell(identity, 0, &[]), 0).await, 100 + 15);
    assert_eq!(
        stage.cost(tell(identity, 0, &[7; 33]), 0).await,
        100 + 15 + 6
    );
    // arbBlockNumber: the ArbOS version, a word out
    let number = hex!("a3b1b31d");
    assert_eq!(
        stage.cost(tell(ARB_SYS, 0, &number), 0).await,
        100 + 800 + 3
    );
    // mapL1SenderContractAddressToL2Alias is pure: two words in, one out
    let alias = [&hex!("4dbbd506")[..], &[0; 64]].concat();
    assert_eq!(stage.cost(tell(ARB_SYS, 0, &alias), 0).await, 100 + 6 + 3);
    // ArbInfo.getBalance and getCode (of no code: two words), one word in
    let info = Address::with_last_byte(0x65);
    let balance = [&hex!("f8b2cb4f")[..], &[0; 32]].concat();
    assert_eq!(
        stage.cost(tell(info, 0, &balance), 0).await,
        100 + 800 + 3 + 700 + 3
    );
    let code = [&hex!("7e105ce2")[..], &[0; 32]].concat();
    assert_eq!(
        stage.cost(tell(info, 0, &code), 0).await,
        100 + 800 + 3 + 2_100 + 6
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_gets_63_64_of_the_gas_rounded_down() {
    let stage = Stage::new("call").await;
    // INVALID: all that was given is gone
    let invalid = stage.fixture.deploy(&hex!("fe")).await;
    let calldata = tell(invalid, 0, &[]);
    let (_, ink) = caller_ink("call", 60);
    for limit in 1_000_000..1_000_008 {
        let receipt = stage
            .fixture
            .send_with_gas(Some(stage.caller), calldata.clone(), 0, limit)
            .await;
        let given = (stage.left(limit, &calldata) - 2_600) * 63 / 64;
        let used = intrinsic(&calldata) + entry(&stage.wasm, 1) + ink.div_ceil(10_000);
        assert_eq!(
            (receipt.status(), receipt.gas_used),
            (true, used + 2_600 + given),
            "{limit}"
        );
    }
    // less where less is asked for
    assert_eq!(
        stage.cost(tell_with_gas(invalid, 0, &[], 1_234), 0).await,
        2_600 + 1_234
    );
    // REVERT (two PUSH0) keeps what is left
    let revert = stage.fixture.deploy(&hex!("5f5ffd")).await;
    assert_eq!(stage.cost(tell(revert, 0, &[]), 0).await, 2_600 + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_below_a_program_pays_its_entry_and_its_pages_and_ends_in_many_ways() {
    let stage = Stage::new("call").await;
    // three pages beside the caller's one: two of four are free; [const end] is one gas
    let large = wasm("", 3, "(i32.const 0)");
    let program = stage.program(&large).await;
    assert_eq!(
        stage.cost(tell(program, 0, &[]), 0).await,
        2_600 + entry(&large, 3) + 2_000 + 1
    );
    // a trap keeps the rest: [unreachable end] is one block that is paid at its head
    let trap = wasm("", 1, "(unreachable)");
    let program = stage.program(&trap).await;
    assert_eq!(
        stage.cost(tell(program, 0, &[]), 0).await,
        2_600 + entry(&trap, 1) + 1
    );
    // a status other than 0 reverts and keeps the rest
    let refuse = wasm("", 1, "(i32.const 1)");
    let program = stage.program(&refuse).await;
    assert_eq!(
        stage.cost(tell(program, 0, &[]), 0).await,
        2_600 + entry(&refuse, 1) + 1
    );
    // a loop that never ends, a recursion that never ends, and a program that was not activated take all they are given
    let looping = wasm("", 1, "(loop $again (br $again)) (i32.const 0)");
    let recursive = wat::parse_str(
        r#"(module (memory (export "memory") 1 1)
            (func $f (export "user_entrypoint") (param i32) (result i32) (call $f (i32.const 0))))"#,
    )
    .expect("valid WAT");
    let inactive = wasm("", 1, "(nop) (i32.const 0)");
    let callees = [
        stage.program(&looping).await,
        stage.program(&recursive).await,
        stage.fixture.deploy(&compressed(&inactive)).await,
    ];
    for callee in callees {
        let calldata = tell_with_gas(callee, 0, &[], 100_000);
        assert_eq!(stage.cost(calldata, 0).await, 2_600 + 100_000);
    }
    // with gas for the entry but one, likewise
    let gas = entry(&trap, 1) - 1;
    let calldata = tell_with_gas(program, 0, &[], gas);
    assert_eq!(stage.cost(calldata, 0).await, 2_600 + gas);
    // output costs at least what EVM memory of its size would: 2,048 words, 3 gas each and 2,048^2 / 512 more
    let verbose = wasm(
        r#"(import "vm_hooks" "write_result" (func $write_result (param i32 i32)))"#,
        1,
        "(call $write_result (i32.const 0) (i32.const 65536)) (i32.const 0)",
    );
    let program = stage.program(&verbose).await;
    let ink = (2 + 3_800 + 2_450) + H + 2 * r(65_536) + 2_452;
    let gas = (entry(&verbose, 1) + ink.div_ceil(10_000)).max(3 * 2_048 + 2_048 * 2_048 / 512);
    assert_eq!(stage.cost(tell(program, 0, &[]), 0).await, 2_600 + gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_cannot_be_destroyed_by_what_it_delegates_to() {
    let stage = Stage::new("delegate").await;
    let heir = Address::repeat_byte(0xee);
    // PUSH20 heir, SELFDESTRUCT
    let code = [&hex!("73")[..], heir.as_slice(), &hex!("ff")].concat();
    let bomb = stage.fixture.deploy(&code).await;
    // the cold target; PUSH20; the opcode, and its cold heir. It reverts, and the rest comes back
    assert_eq!(
        stage.cost(tell(bomb, 0, &[]), 0).await,
        2_600 + 3 + 5_000 + 2_600
    );
    // with a balance it would also pay for the new account, but the balance stays
    let calldata = tell(bomb, 0, &[]);
    assert_eq!(
        stage.cost(calldata, 5).await,
        2_600 + 3 + 5_000 + 2_600 + 25_000
    );
    let balance = |account: Address| {
        stage
            .fixture
            .request("eth_getBalance", json!([account, "latest"]))
    };
    assert_eq!(balance(stage.caller).await, json!("0x5"));
    assert_eq!(balance(heir).await, json!("0x0"));
    // a contract still can destroy what it has
    let receipt = stage.fixture.send(Some(bomb), Bytes::new(), 7).await;
    assert!(receipt.status());
    assert_eq!(balance(heir).await, json!("0x7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_call_lets_nothing_be_written_however_deep() {
    let stage = Stage::new("static").await;
    // PUSH0 PUSH0 SSTORE in a static context: all that was given is gone
    let writer = stage.fixture.deploy(&hex!("5f5f55")).await;
    let calldata = tell_with_gas(writer, 0, &[], 50_000);
    assert_eq!(stage.cost(calldata, 0).await, 2_600 + 50_000);
    // a program's write traps at the flush, and the rest comes back: [const const call] [const call] [const end], the flush's
    // trip is paid
    let wat = wasm(
        r#"(import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
           (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))"#,
        1,
        "(call $cache (i32.const 0) (i32.const 32)) (call $flush (i32.const 0)) (i32.const 0)",
    );
    let program = stage.program(&wat).await;
    let ink = (2 + 3_800 + 2_450) + (H + 2 * P) + (1 + 3_800 + 2_450) + (H + A);
    assert_eq!(
        stage.cost(tell(program, 0, &[]), 0).await,
        2_600 + entry(&wat, 1) + ink.div_ceil(10_000)
    );
    // value in a static context: the call fails at no cost at all
    let wat = caller("call");
    let program = stage.program(&wat).await;
    let eoa = stage.fixture.account(5);
    let (_, ink) = caller_ink("call", 60);
    let inner = entry(&wat, 1) + ink.div_ceil(10_000);
    assert_eq!(
        stage.cost(tell(program, 0, &tell(eoa, 1, &[])), 0).await,
        2_600 + inner
    );
}

/// Writes slots as its calldata says (pairs of key and value), flushing after each: with the least significant bit of the
/// first pair's key as the clear flag.
const WRITER: &str = r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_costs_and_refunds_as_sstore_does() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // two writes to one slot, each flushed
    let code = wasm(
        WRITER,
        1,
        "(call $read_args (i32.const 0))
         (call $cache (i32.const 0) (i32.const 32)) (call $flush (i32.const 0))
         (call $cache (i32.const 0) (i32.const 64)) (call $flush (i32.const 1))
         (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&code)).await;
    fixture.activate(program).await;
    // [const call], twice [const const call] [const call], [const end]
    let ink = (1 + 3_800 + 2_450)
        + (H + w(96))
        + 2 * ((2 + 3_800 + 2_450) + (H + 2 * P) + (1 + 3_800 + 2_450) + (H + A))
        + 2_452;
    // what the slot holds before, the two values written, what they cost and what is refunded (EIP-2200, 2929, 3529)
    let cases: [(u64, u64, u64, u64, u64); 7] = [
        // a cold slot is set, then changed while it is dirty
        (0, 1, 2, 2_100 + 20_000 + 100, 0),
        // set, and back to nothing: all but the access comes back
        (0, 1, 0, 2_100 + 20_000 + 100, 20_000 - 100),
        // changed, then cleared
        (5, 6, 0, 2_100 + 2_900 + 100, 4_800),
        // cleared, then set to something else: the refund is taken back
        (5, 0, 7, 2_100 + 2_900 + 100, 0),
        // cleared, and back to what it was: only what a change costs comes back
        (5, 0, 5, 2_100 + 2_900 + 100, 2_800),
        // written with what it holds: only the access, and the second write finds the cache clean
        (5, 5, 5, 2_100 + 100, 0),
        // changed, then back
        (5, 6, 5, 2_100 + 2_900 + 100, 2_800),
    ];
    for (before, first, second, gas, refund) in cases {
        fixture
            .request(
                "anvil_setStorageAt",
                json!([program, word(9), word(before)]),
            )
            .await;
        let calldata = [word(9), word(first), word(second)].concat();
        let receipt = fixture.send(Some(program), calldata.clone(), 0).await;
        assert!(receipt.status());
        let used = intrinsic(&calldata) + entry(&code, 1) + ink.div_ceil(10_000) + gas;
        // at most a fifth is refunded
        assert_eq!(
            receipt.gas_used,
            used - refund.min(used / 5),
            "{before} {first} {second}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_costs_32000_gas_its_hash_and_what_its_init_code_uses() {
    let fixture = Fixture::start(Kind::Stylus).await;
    for create2 in [false, true] {
        let (ty, salt) = match create2 {
            true => ("i32 i32 i32 i32 i32 i32", "(i32.const 32000)"),
            false => ("i32 i32 i32 i32 i32", ""),
        };
        let name = if create2 { "create2" } else { "create1" };
        let code = wasm(
            &format!(
                r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
                   (import "vm_hooks" "{name}" (func $create (param {ty})))"#
            ),
            1,
            &format!(
                "(call $read_args (i32.const 0))
                 (call $create (i32.const 0) (local.get $len) (i32.const 31000) {salt} (i32.const 33000) (i32.const 34000))
                 (i32.const 0)"
            ),
        );
        let program = fixture.deploy(&compressed(&code)).await;
        fixture.activate(program).await;
        let cost = async |init: Vec<u8>| {
            let receipt = fixture.send(Some(program), init.clone(), 0).await;
            assert!(receipt.status());
            let len = init.len() as u64;
            // [const call] [const local.get const (const) const const call] [const end]
            let (constants, pointers) = if create2 { (5, 4) } else { (4, 3) };
            let ink = (1 + 3_800 + 2_450)
                + (H + w(len))
                + (constants + 75 + 3_800 + 2_450)
                + (H + pointers * P + A + 2 * r(len))
                + 2_452;
            receipt.gas_used - intrinsic(&init) - entry(&code, 1) - ink.div_ceil(10_000)
        };
        let hash = |init: &[u8]| match create2 {
            true => 6 * (init.len() as u64).div_ceil(32),
            false => 0,
        };
        // PUSH2 DUP1 PUSH1 PUSH0 CODECOPY PUSH0 RETURN: 3 * 3 + 2 + (3 + 3 a word) + 2, memory of a word 3; 200 a byte of code
        let init = returning(&hex!("00112233"));
        let execution = 9 + 2 + 6 + 2 + 3 + 4 * 200;
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + execution);
        // REVERT: two PUSH0
        let init = hex!("5f5ffd").to_vec();
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + 4);
        // no init code at all
        assert_eq!(cost(Vec::new()).await, 32_000);
        // init code larger than the 49,152 bytes of EIP-3860 is nothing special to a program: JUMPDESTs of a gas each
        let init = vec![0x5b; 30_000];
        assert_eq!(cost(init.clone()).await, 32_000 + hash(&init) + 30_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_cost_their_touch_and_code_700_more_once() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let code = wasm(
        r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))
           (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
           (import "vm_hooks" "account_codehash" (func $hash (param i32 i32)))
           (import "vm_hooks" "account_code_size" (func $size (param i32) (result i32)))"#,
        1,
        "(call $read_args (i32.const 0))
         (call $balance (i32.const 0) (i32.const 100)) (call $hash (i32.const 0) (i32.const 100))
         (drop (call $size (i32.const 0))) (drop (call $size (i32.const 0)))
         (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&code)).await;
    fixture.activate(program).await;
    // [const call] [const const call] twice [const call] [drop const call] [drop const end]
    let ink = (1 + 3_800 + 2_450)
        + (H + w(20))
        + 2 * ((2 + 3_800 + 2_450) + (H + 2 * P + A))
        + (1 + 3_800 + 2_450)
        + (9 + 1 + 3_800 + 2_450)
        + 2 * (H + A)
        + (9 + 1 + 1 + 2_450);
    let contract = fixture.deploy(&hex!("00")).await;
    let nobody = Address::repeat_byte(0xd2);
    // cold, warm, warm with 700 for the code; a code that is there is remembered, one that is not is looked up again
    for (account, gas) in [
        (contract, 2_600 + 100 + 800),
        (nobody, 2_600 + 100 + 800 + 800),
        (program, 100 + 100 + 800),
    ] {
        let receipt = fixture.send(Some(program), account.to_vec(), 0).await;
        assert!(receipt.status());
        assert_eq!(
            receipt.gas_used,
            intrinsic(account.as_slice()) + entry(&code, 1) + ink.div_ceil(10_000) + gas,
            "{account}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_an_evm_frame_has_touched_is_warm_for_a_program_and_the_other_way_round() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let load = wasm(
        r#"(import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))"#,
        1,
        "(call $load (i32.const 0) (i32.const 32)) (i32.const 0)",
    );
    let program = fixture.deploy(&compressed(&load)).await;
    fixture.activate(program).await;
    // [const const call] [const end], and 5 gas for the trip
    let ink = (2 + 3_800 + 2_450) + (H + 2 * P) + 2_452;
    let inner = entry(&load, 1) + ink.div_ceil(10_000) + 5;
    // PUSH0 SLOAD POP, then DELEGATECALL (PUSH0 * 4, PUSH20, GAS), POP, and PUSH0 SLOAD POP again
    let delegate = [&hex!("5f5f5f5f73")[..], program.as_slice(), &hex!("5af450")].concat();
    let sload = hex!("5f5450");
    let code = [&sload[..], &delegate, &sload].concat();
    let contract = fixture.deploy(&code).await;
    let receipt = fixture.send(Some(contract), Bytes::new(), 0).await;
    assert!(receipt.status());
    let frame = (2 + 2_100 + 2) + (4 * 2 + 3 + 2 + 2_600 + 2) + (2 + 100 + 2);
    assert_eq!(receipt.gas_used, 21_000 + frame + inner + 100);
    // without the first read the program pays for the cold slot, and the second read is warm
    let contract = fixture.deploy(&[&delegate[..], &sload].concat()).await;
    let receipt = fixture.send(Some(contract), Bytes::new(), 0).await;
    let frame = (4 * 2 + 3 + 2 + 2_600 + 2) + (2 + 100 + 2);
    assert_eq!(receipt.gas_used, 21_000 + frame + inner + 2_100);
    // an access list makes it warm from the beginning, at 2,400 for the address and 1,900 for the slot
    let hash: B256 = serde_json::from_value(
        fixture
            .request(
                "eth_sendTransaction",
                json!([{
                    "from": fixture.account(0), "to": program, "gas": "0x100000",
                    "accessList": [{ "address": program, "storageKeys": [word(0)] }],
                }]),
            )
            .await,
    )
    .expect("a hash");
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([hash]))
        .await;
    let used: U256 = serde_json::from_value(receipt["gasUsed"].clone()).expect("a number");
    assert_eq!(used, U256::from(21_000 + 2_400 + 1_900 + inner + 100));
}
