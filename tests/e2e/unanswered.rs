//! Gas, pages and programs that do not suffice are no answer, under code that catches every revert.

use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_sol_types::{SolCall, SolError, SolValue};
use serde_json::json;
use smartsync_abi::IReader::{GasLimited, NotAnswered};
use smartsync_clone::data_init_code;
use smartsync_tests::{CallError, Mirror, MirrorReader, Stage, System, World};

use crate::{
    combined::page_opener,
    exact::{assert_exact, readers, refused, world},
};

/// Two mirrors at one source block.
async fn pair() -> (Stage, Mirror, Mirror) {
    let (stage, first, _) = world().await;
    let source = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let second = stage.migrate(source).await.unwrap();
    let block = stage.source.mine().await.unwrap();
    stage.submit_header(block).await.unwrap();
    for mirror in [first, second] {
        let call = stage.proven_sync(mirror, block, &[]).await.unwrap();
        stage.target.send(stage.registry, call).await.unwrap();
    }
    (stage, first, second)
}

/// A question to the first, which asks the second one and catches whatever that reverts with, and the right answer.
async fn swallowing(stage: &Stage, first: Mirror, second: Mirror) -> (Bytes, Bytes) {
    let data = Bytes::from(
        World::swallowCall {
            account: second.source,
            data: World::storedCall {}.abi_encode().into(),
        }
        .abi_encode(),
    );
    let right = stage.target.call(first.proxy, data.clone()).await.unwrap();
    assert_eq!(String::abi_decode(&right).unwrap(), "answered");
    (data, right)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_little_gas_are_refused_unless_they_need_less() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    let ask = |gas: u64| {
        World::askWithCall {
            account: mirror.source,
            limit_: U256::from(gas),
            data: World::hereCall {}.abi_encode().into(),
        }
        .abi_encode()
    };
    for gas in [0, 5, 50] {
        let error: GasLimited = refused(&stage, reader, mirror, &ask(gas)).await;
        assert_eq!((error.account, error.gas), (mirror.source, U256::from(gas)));
    }
    // ERC-165 has every question asked with 30,000 gas.
    for gas in [30_000, 100_000_000_000] {
        assert_exact(&stage, reader, mirror, &ask(gas)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn little_gas_is_counted_across_mirrors() {
    let (stage, first, second) = pair().await;
    let reader = readers(&stage).await;
    let ask = |account: Address, gas: u64, data: Vec<u8>| {
        World::askWithCall {
            account,
            limit_: U256::from(gas),
            data: data.into(),
        }
        .abi_encode()
    };
    let stored = World::storedCall {}.abi_encode();
    // A cold slot takes 2,100.
    let little = ask(second.source, 2_000, stored.clone());
    let error: GasLimited = refused(&stage, reader, first, &little).await;
    assert_eq!(
        (error.account, error.gas),
        (second.source, U256::from(2_000))
    );
    // Whatever a frame asks another mirror, which it gives all that it has, it goes on with what that leaves.
    let all = |account: Address, data: Vec<u8>| {
        World::askCall {
            account,
            data: data.into(),
        }
        .abi_encode()
    };
    for call in [
        ask(second.source, 30_000, stored.clone()),
        ask(
            second.source,
            60_000,
            ask(first.source, 30_000, stored.clone()),
        ),
        ask(first.source, 30_000, all(second.source, stored.clone())),
        // It reverts.
        ask(first.source, 30_000, all(second.source, vec![1, 2, 3, 4])),
        ask(
            second.source,
            60_000,
            all(first.source, all(second.source, stored)),
        ),
    ] {
        assert_exact(&stage, reader, first, &call).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn precompiled_contracts_refuse_what_they_refuse_on_the_source() {
    let (stage, mirror, _) = world().await;
    let reader = readers(&stage).await;
    let point = [[0xff; 32]; 2].concat();
    for (number, input) in [
        (6, point.repeat(2)),
        (7, point.clone()),
        // Off the curve, and of a length that is none.
        (8, [[1; 32]; 6].concat()),
        (8, vec![0; 191]),
        (9, vec![0; 212]),
        (9, [vec![0; 4], vec![2; 209]].concat()),
        // What is missing of a head is zeros.
        (5, Vec::new()),
        (5, vec![0; 31]),
        (5, [vec![0; 31], vec![1]].concat()),
        (5, [U256::ONE.to_be_bytes::<32>(); 2].concat()),
    ] {
        let (account, data) = (Address::with_last_byte(number), Bytes::from(input));
        let limit_ = U256::from(200_000);
        for call in [
            World::askCall {
                account,
                data: data.clone(),
            }
            .abi_encode(),
            World::lendCall {
                account,
                data: data.clone(),
            }
            .abi_encode(),
            World::askWithCall {
                account,
                limit_,
                data,
            }
            .abi_encode(),
        ] {
            assert_exact(&stage, reader, mirror, &call).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_code_has_written_in_it_is_a_limit_however_high() {
    let stage = Stage::start().await.unwrap();
    for limit in [999_999_999_u32, 1_000_000_001] {
        // Without calldata it asks itself with this gas, and answers whether that returned. Asked so, it has 1,984 KiB of memory touched
        // 125 times, each in a frame of its own: 8,062,976 gas each time on the source, and next to nothing here.
        let code = [
            &hex!("36601657 5f5f60015f3063")[..],
            &limit.to_be_bytes(),
            &hex!(
                "fa 5f5260205ff3"
                "5b 366002146033 57 607d 5b 5f5f60025f305afa50 60019003 80602057 00"
                "5b 5f621effff53 00"
            ),
        ]
        .concat();
        let creation = data_init_code(&[&code]).into();
        let source = stage.on_source(&creation, []).await.unwrap();
        let mirror = stage.migrate(source).await.unwrap();
        let there = stage.source.call(source, Bytes::new()).await.unwrap();
        assert!(there.iter().all(|byte| *byte == 0), "it ran out of gas");
        let answer = stage.target.call(mirror.proxy, Bytes::new()).await;
        let error = answer.unwrap_err().expect::<GasLimited>();
        assert_eq!(error.account, source);
    }
}

/// How often a mirror answers a read that has so little gas, each time as is right, and how often it does not.
async fn with_each_gas(
    stage: &Stage,
    mirror: Mirror,
    data: &Bytes,
    right: &Bytes,
    gas: impl Iterator<Item = u64>,
) -> (usize, usize) {
    let reader = stage.reader().await.unwrap();
    let (mut answered, mut refused) = (0, 0);
    for gas in gas {
        let call = MirrorReader::readWithGasCall {
            mirror: mirror.proxy,
            data: data.clone(),
            gasLimit: U256::from(gas),
            depth: U256::ZERO,
        };
        let answer = stage.target.view(reader, call).await.unwrap();
        if answer.success {
            assert_eq!(answer.result, *right, "with {gas} gas");
            answered += 1;
        } else {
            let ours = answer.result.is_empty() || NotAnswered::abi_decode(&answer.result).is_ok();
            assert!(ours, "with {gas} gas: {}", answer.result);
            refused += 1;
        }
    }
    (answered, refused)
}

/// `BLAKE2F` of a million rounds, and whether that succeeded.
pub fn many_rounds() -> Bytes {
    data_init_code(&[&hex!(
        "63000f424060e01b5f52 60405f60d55f60095afa 5f5260205ff3"
    )])
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn little_gas_is_no_failure_of_a_precompiled_contract() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&many_rounds(), []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let there = stage.source.call(source, Bytes::new()).await.unwrap();
    let little = (2_000..40_000).step_by(500);
    let gas = little.chain((40_000..1_200_000).step_by(20_011));
    let (answered, refused) = with_each_gas(&stage, mirror, &Bytes::new(), &there, gas).await;
    assert!(answered > 0 && refused > 0, "{answered} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_that_does_not_suffice_is_no_answer_wherever_it_ends() {
    let (stage, first, second) = pair().await;
    let (data, right) = swallowing(&stage, first, second).await;
    let gas = (2_000..120_000).step_by(397);
    let gas = gas.chain((120_000..400_000).step_by(7_001));
    let (answered, refused) = with_each_gas(&stage, first, &data, &right, gas).await;
    assert!(answered > 10 && refused > 10, "{answered} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_of_open_pages_makes_another_answer_of_a_read_across_mirrors() {
    let (stage, first, second) = pair().await;
    let (data, right) = swallowing(&stage, first, second).await;
    let opener = page_opener(&stage).await;
    let (mut answered, mut unanswered) = (0, 0);
    for pages in 0..=126 {
        let input = [&[pages][..], first.proxy.as_slice(), &data].concat();
        match stage.target.call(opener, input).await {
            Ok(answer) => {
                assert_eq!(answer, right, "{pages} pages");
                answered += 1;
            }
            Err(CallError::Reverted(revert)) => {
                assert_eq!(revert, NotAnswered {}.abi_encode(), "{pages} pages");
                unanswered += 1;
            }
            // Not enough gas for so many pages.
            Err(_) => {}
        }
    }
    assert!(answered > 50, "{answered} numbers of pages leave an answer");
    assert!(unanswered > 0, "every number of pages leaves enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_program_whose_activation_has_expired_makes_another_answer_of_a_read_across_mirrors() {
    let (stage, first, second) = pair().await;
    let (data, right) = swallowing(&stage, first, second).await;
    let year = json!([366 * 24 * 3_600]);
    stage.target.rpc("evm_increaseTime", year).await.unwrap();
    stage.target.mine().await.unwrap();
    let mut snapshot = stage.target.rpc("evm_snapshot", json!([])).await.unwrap();
    // The proxy program has no part in it, and the other two have to be there.
    for active in 0..8 {
        for (bit, program) in [stage.reader, stage.registry, stage.program]
            .into_iter()
            .enumerate()
        {
            if active >> bit & 1 == 1 {
                System::activate(&stage.target, program).await.unwrap();
            }
        }
        let answer = stage.target.call(first.proxy, data.clone()).await;
        if active & 3 == 3 {
            assert_eq!(answer, Ok(right.clone()), "{active:b}");
        } else {
            answer.unwrap_err().expect::<NotAnswered>();
        }
        let revert = json!([snapshot]);
        stage.target.rpc("evm_revert", revert).await.unwrap();
        snapshot = stage.target.rpc("evm_snapshot", json!([])).await.unwrap();
    }
}
