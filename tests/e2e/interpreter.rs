//! Programs of the interpreter's soak run, by the runner as WASM, against revm.

#[allow(dead_code)]
#[path = "../../contract/evm/tests/evm/common.rs"]
mod common;
#[allow(dead_code)]
#[path = "../../contract/evm/tests/evm/programs.rs"]
mod programs;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use common::{ENVIRONMENT, FORWARDER, LITTLE, MAX_STEPS, Seen, State, homes, is_precompile};
use programs::{PROGRAMS, Random, account, random_state};
use smartsync_abi::IReader::{
    GasLimited, LimitExceeded, NativeAccount, PrecompileFailed, UnsupportedInstruction,
};
use smartsync_evm::{Answer, MAX_FRAMES, MAX_MEMORY};
use smartsync_tests::{CallError, Chain, Stage, System, ToldAccount, ToldState};

const STATES: u64 = 60;

fn told(state: &State) -> ToldState {
    let accounts = state.iter().map(|(address, account)| {
        let told = ToldAccount {
            balance: account.balance,
            code: account.code.clone().into(),
            slots: account.storage.clone(),
        };
        (*address, told)
    });
    ToldState {
        block: ENVIRONMENT.number.unwrap(),
        timestamp: ENVIRONMENT.timestamp,
        accounts: accounts.collect(),
        supplies_codes: true,
        ..Default::default()
    }
}

/// What the runner says, once it is told of every account and slot that it asks for.
async fn answer(
    target: &Chain,
    runner: Address,
    state: &mut ToldState,
    to: Address,
    input: &[u8],
) -> Result<Answer, Vec<u8>> {
    loop {
        let message = state.message(FORWARDER, to, input);
        match target.call(runner, message).await {
            // Whether it returned, and the length of what it answers.
            Ok(output) => {
                return Ok(Answer {
                    success: output[0] == 1,
                    data: output[5..].to_vec(),
                });
            }
            Err(CallError::Reverted(data)) if state.take_up(&data) => {}
            Err(CallError::Reverted(data)) => return Err(data.to_vec()),
            Err(CallError::Failed(reason)) => panic!("{reason}: {to} {state:?}"),
        }
    }
}

/// Whether an error names what revm ran into.
fn is_due(error: &[u8], seen: &Seen) -> bool {
    if let Ok(error) = UnsupportedInstruction::abi_decode(error) {
        seen.opcodes[usize::from(error.instruction)]
    } else if let Ok(error) = GasLimited::abi_decode(error) {
        seen.limited && error.gas <= U256::from(LITTLE)
    } else if let Ok(error) = LimitExceeded::abi_decode(error) {
        match error.limit {
            0 => seen.deepest > MAX_FRAMES,
            1 => seen.limited || seen.memory > MAX_MEMORY / MAX_FRAMES,
            // `MODEXP` of less than its head.
            _ => true,
        }
    } else if let Ok(error) = NativeAccount::abi_decode(error) {
        is_precompile(&error.account)
            || error.account < Address::from_word(B256::from(U256::from(1 << 20)))
    } else {
        PrecompileFailed::abi_decode(error).is_ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_of_the_soak_run_answer_as_wasm_what_they_answer_in_revm() {
    let stage = Stage::start().await.unwrap();
    let runner = System::deploy_runner(&stage.target, ENVIRONMENT.chain_id)
        .await
        .unwrap();
    let (mut equal, mut with_data, mut refused) = (0, 0, 0);
    for index in 0..STATES {
        let random = &mut Random::of(1, index);
        let (state, _) = random_state(random, true);
        let inputs: Vec<_> = (0..PROGRAMS).map(|_| random.bytes(100)).collect();
        let questions: Vec<_> = (0..)
            .map(account)
            .zip(inputs.iter().map(Vec::as_slice))
            .collect();
        let mut told = told(&state);
        for ((source, input), (expected, seen)) in
            questions.iter().zip(homes(&state, &questions, MAX_STEPS))
        {
            if seen.lacked_gas() || seen.gas {
                continue;
            }
            match answer(&stage.target, runner, &mut told, *source, input).await {
                Ok(answer) => {
                    assert_eq!(answer, expected, "state {index}: {source}");
                    equal += 1;
                    with_data += usize::from(!answer.data.is_empty());
                }
                Err(error) => {
                    assert!(
                        is_due(&error, &seen),
                        "state {index}: {source}: {error:02x?}"
                    );
                    refused += 1;
                }
            }
        }
    }
    println!("{equal} equal, {with_data} with data, {refused} refused");
    assert!(with_data > 0 && refused > 0 && equal > refused);
}
