//! What programs pay for what they call, to the gas.

use alloy::primitives::{Address, Bytes, hex};
use serde_json::json;

use crate::{
    calling::{Stage, caller, caller_ink, tell, tell_with_gas},
    fixture::{ARB_SYS, Fixture, compressed, intrinsic},
    ink::{A, H, P, entry, r, wasm},
};

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
