//! Random calls of random contracts, by the programs as WASM, against the source chain's own EVM.

use alloy_primitives::{Address, B256, Bytes, U256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use smartsync_tests::{MirrorReader, Question, Stage, Touched};

/// Accounts with code; beside them are one that has only a balance, and one that is not there.
const CONTRACTS: usize = 4;
const SLOTS: u64 = 8;
const CALLS_OF_A_STATE: usize = 6;

fn account(index: usize) -> Address {
    Address::with_last_byte(0xa0 + index as u8)
        .create2(B256::ZERO, B256::with_last_byte(index as u8))
}

fn word(random: &mut StdRng) -> U256 {
    match random.random_range(0..5) {
        0 => U256::ZERO,
        1 => U256::MAX,
        2 => U256::from(random.random_range(0..300)),
        3 => U256::from(1) << random.random_range(0..256),
        _ => random.random(),
    }
}

fn push(code: &mut Vec<u8>, word: U256) {
    let bytes = word.to_be_bytes_trimmed_vec();
    code.push(0x5f + bytes.len() as u8);
    code.extend(bytes);
}

/// Code that ends: it calls only accounts behind its own.
fn program(random: &mut StdRng, index: usize) -> Vec<u8> {
    // ADD to SIGNEXTEND but the two of three operands; LT to EQ, AND to XOR, BYTE to SAR.
    const BINARY: [u8; 21] = [
        1, 2, 3, 4, 5, 6, 7, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a,
        0x1b, 0x1c, 0x1d,
    ];
    let (mut code, mut height) = (Vec::new(), 0_usize);
    for _ in 0..random.random_range(5..40) {
        match random.random_range(0..9) {
            0 | 1 => {
                push(&mut code, word(random));
                height += 1;
            }
            2 | 3 if height >= 2 => {
                code.push(BINARY[random.random_range(0..BINARY.len())]);
                height -= 1;
            }
            4 => {
                push(&mut code, U256::from(random.random_range(0..SLOTS)));
                code.push(0x54);
                height += 1;
            }
            // BALANCE, EXTCODESIZE, EXTCODEHASH.
            5 => {
                let other = account(random.random_range(0..CONTRACTS + 2));
                push(&mut code, U256::from_be_slice(other.as_slice()));
                code.push([0x31, 0x3b, 0x3f][random.random_range(0..3)]);
                height += 1;
            }
            // CALLDATALOAD.
            6 => {
                push(&mut code, U256::from(random.random_range(0..64)));
                code.push(0x35);
                height += 1;
            }
            // MSTORE.
            7 if height >= 1 => {
                push(&mut code, U256::from(random.random_range(0..128)));
                code.push(0x52);
                height -= 1;
            }
            // CALL and CALLCODE without value, DELEGATECALL, STATICCALL with all gas; RETURNDATASIZE.
            8 => {
                let kind = [0xf1, 0xf2, 0xf4, 0xfa][random.random_range(0..4)];
                for _ in 0..4 {
                    push(&mut code, U256::from(random.random_range(0..100)));
                }
                if kind < 0xf4 {
                    push(&mut code, U256::ZERO);
                }
                let other = account(random.random_range(index + 1..CONTRACTS + 2));
                push(&mut code, U256::from_be_slice(other.as_slice()));
                code.extend([0x5a, kind, 0x3d]);
                height += 2;
            }
            _ => {}
        }
    }
    for index in 0..height.min(6) {
        push(&mut code, U256::from(0x100 + 32 * index));
        code.push(0x52);
    }
    push(&mut code, U256::from(random.random_range(0..0x1c0)));
    code.push(0x5f);
    // RETURN, or REVERT.
    code.push(if random.random_ratio(1, 5) {
        0xfd
    } else {
        0xf3
    });
    code
}

/// Puts a state on the source chain.
async fn set_up(stage: &Stage, random: &mut StdRng) {
    let set = async |method, parameters| {
        stage.source.rpc(method, parameters).await.unwrap();
    };
    for index in 0..CONTRACTS {
        let code = Bytes::from(program(random, index));
        set("anvil_setCode", json!([account(index), code])).await;
        for slot in 0..SLOTS {
            let value = B256::from(word(random));
            let slot = B256::from(U256::from(slot));
            set("anvil_setStorageAt", json!([account(index), slot, value])).await;
        }
    }
    let balance = U256::from(random.random_range(1..1_000));
    set("anvil_setBalance", json!([account(CONTRACTS), balance])).await;
    stage.source.mine().await.unwrap();
}

/// `SMARTSYNC_WASM_CALLS` sets their number, `SMARTSYNC_EVM_SEED` the seed.
#[tokio::test(flavor = "multi_thread")]
async fn random_calls_of_random_contracts_answer_what_the_source_answers() {
    let variable = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let number: usize = variable("SMARTSYNC_WASM_CALLS").unwrap_or(240);
    let mut random = StdRng::seed_from_u64(variable("SMARTSYNC_EVM_SEED").unwrap_or(1) as u64);
    let stage = Stage::start().await.unwrap();
    let prover = stage.deploy_prover().await.unwrap();
    let asker = stage
        .on_source(&MirrorReader::BYTECODE, B256::ZERO)
        .await
        .unwrap();
    let (mut equal, mut reverted, mut with_data) = (0, 0, 0);
    while equal < number {
        set_up(&stage, &mut random).await;
        let block = stage.submit_head().await.unwrap();
        let mut touched = Touched::default();
        for call in 0..CALLS_OF_A_STATE {
            let data: Vec<u8> = (0..random.random_range(0..80))
                .map(|_| random.random())
                .collect();
            let question = Question {
                block,
                from: asker,
                to: account(random.random_range(0..CONTRACTS)),
                data: data.into(),
            };
            // The first on a witness that grows, the others on all of the state.
            if call == 1 {
                for index in 0..CONTRACTS + 2 {
                    let slots = (0..SLOTS).map(U256::from);
                    touched.accounts.insert(account(index), slots.collect());
                }
                touched.codes.extend((0..CONTRACTS).map(account));
            }
            let answer = stage.prove(prover, &question, &mut touched).await;
            let expected = MirrorReader::readStaticCall {
                mirror: question.to,
                data: question.data.clone(),
            };
            let expected = stage.source.view_at(asker, expected, block).await.unwrap();
            with_data += usize::from(!expected.result.is_empty());
            reverted += usize::from(!expected.success);
            assert_eq!(
                answer,
                Ok((expected.success, expected.result)),
                "{question:?}"
            );
            equal += 1;
        }
    }
    println!("{equal} equal, {with_data} with data, {reverted} reverted, 0 refused");
    assert!(with_data > 0 && reverted > 0);
}
