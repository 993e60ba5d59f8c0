//! What entering a program costs, its memory, and the least charge for its output.

use alloy_primitives::B256;
use devchain::wasm::{
    ModuleCache, Outcome, Pages, Status, StylusParams, activate, call_program, entry_gas, run,
};

use crate::world::World;

/// A program that grows its memory by as many pages as calldata has bytes, then returns 100 bytes per page it was given.
fn growing(pages: u32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
            (memory (export "memory") {pages})
            (func (export "user_entrypoint") (param $len i32) (result i32)
                (drop (memory.grow (local.get $len))) i32.const 0))"#
    ))
    .expect("valid WAT")
}

fn call(wasm: &[u8], world: &mut World, input: &[u8], gas: u64, cached: bool) -> Outcome {
    let params = StylusParams::default();
    let info = activate(wasm, &params).expect("the program activates");
    let module = ModuleCache::shared()
        .and_then(|cache| cache.translate(wasm, &params))
        .expect("translates");
    call_program(&module, &info, cached, world, input, gas, &params)
}

#[test]
fn a_minimal_program_costs_the_minimum_and_its_few_bytes() {
    let params = StylusParams::default();
    let wasm = growing(1);
    let info = activate(&wasm, &params).expect("activates");
    let len = wasm.len() as u64;
    // one function (i32) -> i32: 13420/100000 = 0, 2 * 89/100000 = 0; no global of its own and the meter's four:
    // 4 * 1628/1000 = 6; no data; one page: 5
    assert_eq!(u64::from(info.cached_cost), len * 122 / 100_000 + 6 + 5);
    // 8252/1000 = 8; 2 * 1059/1000 = 2
    assert_eq!(u64::from(info.init_cost), 8 + 2 + len * 1_286 / 10_000);
    assert_eq!(
        info.cached_gas(&params),
        11 * 32 + u64::from(info.cached_cost)
    );
    assert_eq!(info.init_gas(&params), 69 * 128 + u64::from(info.init_cost));
    let (uncached, cached) = (
        entry_gas(&info, &params, false, Pages::default()),
        entry_gas(&info, &params, true, Pages::default()),
    );
    assert_eq!(cached, info.cached_gas(&params));
    assert_eq!(uncached, info.cached_gas(&params) + info.init_gas(&params));
}

#[test]
fn data_and_tables_make_a_program_dearer_to_enter() {
    let params = StylusParams::default();
    let with = |fields: &str| {
        let wat = format!(
            r#"(module (memory (export "memory") 1 1) {fields}
                (func $f (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
        );
        let wasm = wat::parse_str(wat).expect("valid WAT");
        (
            activate(&wasm, &params).expect("activates"),
            wasm.len() as u64,
        )
    };
    let (bare, bare_len) = with("");
    // a segment of 1,000 bytes: flags 1 + offset expression 3 + length 2 + 1,000 = 1,006 bytes at 0.75244
    let data = format!("(data (i32.const 0) \"{}\")", "x".repeat(1_000));
    let (filled, filled_len) = with(&data);
    let cost = |len: u64| 6 + 5 + len * 122 / 100_000;
    assert_eq!(u64::from(bare.cached_cost), cost(bare_len));
    assert_eq!(
        u64::from(filled.cached_cost),
        cost(filled_len) + 1_006 * 75_244 / 100_000
    );
    // an element segment of two functions: flags 1 + offset expression 3 + count 1 + two indices 2 = 7 bytes
    let (tabled, tabled_len) = with("(table 2 2 funcref) (elem (i32.const 0) $f $f)");
    assert_eq!(
        u64::from(tabled.cached_cost),
        cost(tabled_len) + 7 * 75_244 / 100_000
    );
}

#[test]
fn the_first_two_pages_of_a_transaction_are_free() {
    let (gas, params) = (1_000_000, StylusParams::default());
    for (pages, price) in [(1, 0), (2, 0), (3, 1_000), (10, 8_000 + 3 - 1)] {
        let wasm = growing(pages);
        let info = activate(&wasm, &params).expect("activates");
        let mut world = World::default();
        let outcome = call(&wasm, &mut world, &[], gas, true);
        // body: [local.get memory.grow drop const end] 75 + 8,050 + 9 + 1 + 1 + 2,450, and H for growing by nothing
        let ink = 75 + 8_050 + 9 + 1 + 1 + 2_450 + 8_400u64;
        assert_eq!(
            outcome.gas_left,
            gas - info.cached_gas(&params) - price - ink.div_ceil(10_000),
            "{pages} pages"
        );
        assert_eq!(
            world.pages,
            Pages {
                open: 0,
                ever: pages as u16
            }
        );
    }
}

#[test]
fn growing_pays_for_pages_beyond_the_free_ones() {
    // one page, grown by 3: two of the four are free
    let wasm = growing(1);
    let params = StylusParams {
        ink_price: 1,
        ..StylusParams::default()
    };
    let module = ModuleCache::shared()
        .and_then(|cache| cache.translate(&wasm, &params))
        .expect("translates");
    let mut world = World {
        pages: Pages { open: 1, ever: 1 },
        ..World::default()
    };
    let outcome = run(&module, &mut world, &[0; 3], 1_000_000, &params);
    assert_eq!(
        outcome.gas_left,
        1_000_000 - (75 + 8_050 + 9 + 1 + 1 + 2_450) - 2_000
    );
    assert_eq!(world.pages, Pages { open: 4, ever: 4 });
}

#[test]
fn pages_open_in_outer_frames_count() {
    let wasm = growing(1);
    let params = StylusParams::default();
    let info = activate(&wasm, &params).expect("activates");
    let open = Pages { open: 5, ever: 5 };
    // the sixth page: 1,000 gas, and the ramp goes from 1 to 2
    assert_eq!(
        entry_gas(&info, &params, true, open),
        info.cached_gas(&params) + 1_000 + 1
    );
    // a page that was open before pays no ramp again
    let reopened = Pages { open: 5, ever: 9 };
    assert_eq!(
        entry_gas(&info, &params, true, reopened),
        info.cached_gas(&params) + 1_000
    );
}

#[test]
fn more_than_128_pages_cannot_be_paid() {
    let wasm = growing(1);
    let mut world = World::default();
    let outcome = call(&wasm, &mut world, &[0; 128], u64::from(u32::MAX), true);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
    let mut world = World {
        pages: Pages {
            open: 128,
            ever: 128,
        },
        ..World::default()
    };
    let outcome = call(&wasm, &mut world, &[], u64::from(u32::MAX), true);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
    assert_eq!(world.pages.open, 128);
}

#[test]
fn all_128_pages_can_be_paid_with_32_million_gas() {
    let wasm = growing(1);
    // 126 pages at 1,000 gas, and the ramp: 31,873,999 - 1
    let price = 126_000 + 31_873_998;
    let enough = call(&wasm, &mut World::default(), &[0; 127], price + 1_000, true);
    assert_eq!(enough.status, Status::Return);
    let short = call(&wasm, &mut World::default(), &[0; 127], price, true);
    assert_eq!(short.status, Status::OutOfInk);
}

#[test]
fn output_costs_at_least_what_evm_memory_would() {
    // 64 KiB of output: 2,048 words, 3 gas each and 2,048^2 / 512 more: 14,336 gas
    let wasm = wat::parse_str(
        r#"(module
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $write_result (i32.const 0) (i32.const 65536)) i32.const 0))"#,
    )
    .expect("valid WAT");
    let params = StylusParams::default();
    let info = activate(&wasm, &params).expect("activates");
    // the program itself: [const const call] + 2 * (16,381 + 55 * 65,504) + 8,400, [const end]
    let ink = (2 + 3_800 + 2_450) + 8_400 + 2 * (16_381 + 55 * 65_504) + 2_452u64;
    let spent = info.cached_gas(&params) + ink.div_ceil(10_000);
    assert!(spent < 14_336);
    let outcome = call(&wasm, &mut World::default(), &[], 1_000_000, true);
    assert_eq!(
        (outcome.status, outcome.gas_left),
        (Status::Return, 1_000_000 - 14_336)
    );
    // with gas for the program but not for the output, all is gone
    let outcome = call(&wasm, &mut World::default(), &[], 14_000, true);
    assert_eq!(
        (outcome.status, outcome.gas_left, outcome.output.len()),
        (Status::OutOfInk, 0, 0)
    );
}

#[test]
fn a_program_that_cannot_pay_its_entry_does_not_run() {
    let wasm = growing(1);
    let params = StylusParams::default();
    let entry = entry_gas(
        &activate(&wasm, &params).expect("activates"),
        &params,
        false,
        Pages::default(),
    );
    let outcome = call(&wasm, &mut World::default(), &[], entry - 1, false);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
}

/// A program as it stands on chain.
fn deployed(wasm: &[u8]) -> Vec<u8> {
    let mut code = devchain::wasm::PREFIX.to_vec();
    code.push(0);
    let quality = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &*wasm, &mut code, &quality).expect("compresses");
    code
}

#[test]
fn a_module_is_translated_once_for_its_code_hash() {
    let params = StylusParams::default();
    let code = deployed(&growing(2));
    let cache = ModuleCache::shared().expect("an engine");
    let hash = alloy_primitives::keccak256(&code);
    let first = cache.get(hash, &code, &params).expect("translates");
    // no code is needed the second time
    let second = cache.get(hash, &[], &params).expect("is cached");
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    assert!(cache.get(B256::ZERO, &[], &params).is_err());
}
