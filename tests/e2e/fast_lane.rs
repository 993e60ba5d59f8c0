//! The clone's fast lane under every amount of gas: a write through the mirror never happens, and a read is right or
//! fails.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_tests::{
    GAS_LIMIT, GasScanner, Mirror, MirrorReader, SelfReader, Stage, Writer, request,
};

/// Gas that one scan may need in its frame.
const SCAN_BUDGET: u64 = 20_000_000;

/// Ranges of gas limits that cover `0..to` in steps, each small enough for one call.
fn ranges(to: u64, step: u64) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while from < to {
        let (mut end, mut budget) = (from, 0);
        while end < to && budget + end + 4_000 < SCAN_BUDGET {
            budget += end + 4_000;
            end += step;
        }
        ranges.push((from, end.min(to)));
        from = end;
    }
    ranges
}

struct Scan {
    successes: U256,
    matching: U256,
    first: U256,
}

async fn scan(
    stage: &Stage,
    scanner: alloy_primitives::Address,
    to: alloy_primitives::Address,
    data: &Bytes,
    expected: B256,
    range: (u64, u64, u64),
    depth: u64,
) -> Scan {
    let (from, end, step) = range;
    let call = GasScanner::scanCall {
        to_: to,
        data: data.clone(),
        expected,
        from: U256::from(from),
        to: U256::from(end),
        step: U256::from(step),
        depth: U256::from(depth),
    };
    let answer = stage
        .target
        .view(scanner, call)
        .await
        .unwrap_or_else(|error| panic!("{range:?}, {depth}: {error:?}"));
    Scan {
        successes: answer.successes,
        matching: answer.matching,
        first: answer.first,
    }
}

async fn writer(stage: &Stage) -> Mirror {
    let source = stage.on_source(&Writer::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(source, Writer::incrementCall {})
        .await
        .unwrap();
    stage.migrate(source).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_gas_limit_lets_a_write_through_a_plain_call() {
    let stage = Stage::start().await.unwrap();
    let mirror = writer(&stage).await;
    let scanner = stage.on_target(&GasScanner::BYTECODE, []).await.unwrap();
    let write = Bytes::from(Writer::incrementCall {}.abi_encode());
    // What the logic itself needs, for comparison: on its own it does succeed within the range.
    let direct = stage.on_target(&Writer::BYTECODE, []).await.unwrap();
    let needed = scan(
        &stage,
        scanner,
        direct,
        &write,
        B256::ZERO,
        (0, 60_000, 50),
        0,
    )
    .await;
    assert!(needed.successes > U256::ZERO, "the range shows nothing");

    // Every single limit up to well past what the clone takes before the logic, then coarser up to well past what the reader and logic need together.
    for (to, step) in [(8_000, 1), (400_000, 211)] {
        for (from, end) in ranges(to, step) {
            let scan = scan(
                &stage,
                scanner,
                mirror.proxy,
                &write,
                B256::ZERO,
                (from, end, step),
                0,
            )
            .await;
            assert_eq!(
                scan.successes,
                U256::ZERO,
                "a write succeeds with {} gas",
                scan.first
            );
        }
    }
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, Writer::counterCall {})
            .await
            .unwrap(),
        U256::ONE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_whose_logic_is_not_trapped_would_be_found_out() {
    // The tests here show something only if a clone that lets writes through does not pass them: here is one, whose logic is the
    // source's code as it is.
    let stage = Stage::start().await.unwrap();
    let mirror = writer(&stage).await;
    let code = stage.target.code(mirror.proxy).await.unwrap();
    let configuration = smartsync_clone::Configuration {
        logic: stage.on_target(&Writer::BYTECODE, []).await.unwrap(),
        ..smartsync_clone::Configuration::parse(&code).expect("a clone")
    };
    let open = alloy_primitives::Address::repeat_byte(0x57);
    stage
        .target
        .set_code(open, Bytes::from(configuration.runtime().to_vec()))
        .await
        .unwrap();
    let scanner = stage.on_target(&GasScanner::BYTECODE, []).await.unwrap();
    let write = Bytes::from(Writer::incrementCall {}.abi_encode());
    let scan = scan(
        &stage,
        scanner,
        open,
        &write,
        B256::ZERO,
        (0, 400_000, 4_001),
        0,
    )
    .await;
    assert!(scan.successes > U256::ZERO, "the scan is blind");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_depth_lets_a_write_through() {
    let stage = Stage::start().await.unwrap();
    let mirror = writer(&stage).await;
    let scanner = stage.on_target(&GasScanner::BYTECODE, []).await.unwrap();
    let write = Bytes::from(Writer::incrementCall {}.abi_encode());
    for depth in [1, 2, 10, 60, 120] {
        for (from, end, step) in [
            (0, 700, 1),
            (2_000, 3_000, 13),
            (20_000, 21_000, 41),
            (120_000, 120_500, 61),
        ] {
            let scan = scan(
                &stage,
                scanner,
                mirror.proxy,
                &write,
                B256::ZERO,
                (from, end, step),
                depth,
            )
            .await;
            assert_eq!(
                scan.successes,
                U256::ZERO,
                "depth {depth}: a write succeeds with {} gas",
                scan.first
            );
        }
    }
    // As deep as the gas of a transaction reaches: the 63/64 rule ends the recursion, not the call depth.
    let reader = stage.reader().await.unwrap();
    for depth in (0..400).step_by(7) {
        let call = MirrorReader::readWithGasCall {
            mirror: mirror.proxy,
            data: write.clone(),
            gasLimit: U256::from(GAS_LIMIT),
            depth: U256::from(depth),
        };
        // Too deep for the gas left is a revert of the reader; what reaches the mirror must fail there.
        if let Ok(answer) = stage.target.view(reader, call.clone()).await {
            assert!(!answer.success, "depth {depth}");
        }
        stage
            .target
            .transact(request(reader, call.abi_encode().into()))
            .await
            .unwrap();
    }
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, Writer::counterCall {})
            .await
            .unwrap(),
        U256::ONE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_right_or_fails_whatever_gas_it_is_given() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(77).await.unwrap();
    let scanner = stage.on_target(&GasScanner::BYTECODE, []).await.unwrap();
    for (data, value) in [
        (SelfReader::valueCall {}.abi_encode(), 77u64),
        // Through `this`: two frames of the logic.
        (SelfReader::doubledCall {}.abi_encode(), 154),
    ] {
        let data = Bytes::from(data);
        let expected = keccak256(U256::from(value).abi_encode());
        let mut succeeded = U256::ZERO;
        for (to, step) in [(7_000, 1), (300_000, 503)] {
            for (from, end) in ranges(to, step) {
                let plain = scan(
                    &stage,
                    scanner,
                    mirror.proxy,
                    &data,
                    expected,
                    (from, end, step),
                    0,
                )
                .await;
                assert_eq!(
                    plain.successes, plain.matching,
                    "a wrong answer between {from} and {end} gas"
                );
                let call = GasScanner::scanStaticCall {
                    to_: mirror.proxy,
                    data: data.clone(),
                    expected,
                    from: U256::from(from),
                    to: U256::from(end),
                    step: U256::from(step),
                };
                let fast = stage.target.view(scanner, call).await.unwrap();
                assert_eq!(
                    fast.successes, fast.matching,
                    "a wrong static answer between {from} and {end} gas"
                );
                succeeded += plain.successes + fast.successes;
            }
        }
        assert!(succeeded > U256::from(100), "the ranges show nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_read_costs_little_more_than_the_logic_itself() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(77).await.unwrap();
    let direct = stage.on_target(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .target
        .send(
            direct,
            SelfReader::setCall {
                value_: U256::from(77),
            },
        )
        .await
        .unwrap();
    let reader = stage.reader().await.unwrap();
    let gas = async |mirror| {
        let data = SelfReader::valueCall {}.abi_encode().into();
        let call = MirrorReader::meterStaticCall {
            mirror,
            data,
            gasLimit: U256::from(1_000_000),
        };
        stage
            .target
            .view(reader, call)
            .await
            .unwrap()
            .gasUsed
            .to::<u64>()
    };
    let (through, alone) = (gas(mirror.proxy).await, gas(direct).await);
    println!("static read, cold: {through} gas through the mirror, {alone} gas of the logic alone");
    // The prototype of the paper measured 4,178 more.
    assert!(
        through < alone + 4_178,
        "{through} gas through the mirror, {alone} alone"
    );
}
