//! Random and structured programs, against revm.

use std::fmt;

use alloy_primitives::{Address, U256, hex};
use smartsync_evm::{Answer, GAS, Limit, MAX_FRAMES, MAX_MEMORY, Refusal};

use crate::{common::*, programs::*};

/// What was tried.
#[derive(Debug, Default)]
pub struct Figures {
    pub equal: u64,
    /// Of these, how many answered with data, had frames of their own, and gave a frame little gas.
    pub with_data: u64,
    pub nested: u64,
    pub limited: u64,
    /// Runs in which revm's gas did not suffice, or whose answer may depend on `GAS`.
    pub skipped: u64,
    /// Refusals: an instruction, little gas, frames, memory, a precompiled contract.
    pub refused: [u64; 5],
}

/// How two sides differ.
pub struct Difference {
    state: State,
    input: Vec<u8>,
    told: String,
}

impl fmt::Debug for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}, input {}", self.told, hex::encode(&self.input))?;
        for (address, account) in &self.state {
            writeln!(out, "{address} {}", hex::encode(&account.code))?;
            writeln!(out, "{} {:?}", account.balance, account.storage)?;
        }
        Ok(())
    }
}

/// Runs the programs of a random state on both sides, each on an input of its own.
pub fn one(random: &mut Random, figures: &mut Figures) -> Result<(), Difference> {
    let (state, _) = random_state(random, true);
    let inputs: Vec<Vec<u8>> = (0..PROGRAMS).map(|_| random.bytes(100)).collect();
    let questions: Vec<_> = (0..)
        .map(account)
        .zip(inputs.iter().map(Vec::as_slice))
        .collect();
    compare(state, &questions, MAX_STEPS, figures)
}

/// Asks accounts of a state on both sides, each with an input and what instructions it may take.
pub fn compare(
    mut state: State,
    questions: &[(Address, &[u8])],
    steps: usize,
    figures: &mut Figures,
) -> Result<(), Difference> {
    state.entry(FORWARDER).or_default().code = FORWARD.to_vec();
    let answers = homes(&state, questions, steps);
    let mut world = World(state);
    for ((source, input), (expected, seen)) in questions.iter().zip(answers) {
        if seen.lacked_gas() || seen.gas {
            figures.skipped += 1;
            continue;
        }
        let answer = ours(&mut world, *source, input);
        if !figures.count(&answer, &expected, &seen) {
            return Err(Difference {
                told: format!("{source}: {answer:?}, not {expected:?}"),
                state: world.0,
                input: input.to_vec(),
            });
        }
    }
    Ok(())
}

impl Figures {
    /// What was compared, row by row.
    pub fn rows(&self) -> [(&'static str, u64); 9] {
        let [unsupported, gas_limited, frames, memory, precompile] = self.refused;
        [
            ("answered with equal bytes", self.equal),
            ("of these with data", self.with_data),
            ("with frames of their own", self.nested),
            ("with calls that are given little gas", self.limited),
            ("refused: `UnsupportedInstruction`", unsupported),
            ("refused: `GasLimited`", gas_limited),
            ("refused: `LimitExceeded`", frames + memory),
            ("refused: a precompiled contract that fails", precompile),
            (
                "not compared: the steps or 2^34 gas did not suffice, or `GAS` was read",
                self.skipped,
            ),
        ]
    }

    /// Counts a comparison, and says whether it is as it must be.
    fn count(&mut self, answer: &Result<Answer, Unknown>, expected: &Answer, seen: &Seen) -> bool {
        match answer {
            Ok(answer) => {
                self.equal += 1;
                self.with_data += u64::from(!answer.data.is_empty());
                self.nested += u64::from(seen.deepest > 2);
                self.limited += u64::from(seen.limited);
                answer == expected
            }
            Err(Unknown::Refused(Refusal::Unsupported { instruction, .. })) => {
                self.refused[0] += 1;
                seen.opcodes[usize::from(*instruction)]
            }
            Err(Unknown::Refused(Refusal::GasLimited { gas, .. })) => {
                self.refused[1] += 1;
                seen.limited && *gas < U256::from(GAS - GAS / 64)
            }
            Err(Unknown::Refused(Refusal::Limit(Limit::Frames))) => {
                self.refused[2] += 1;
                seen.deepest > MAX_FRAMES
            }
            Err(Unknown::Refused(Refusal::Limit(Limit::Memory))) => {
                self.refused[3] += 1;
                // revm's gas ends before there is so much, where it is little.
                seen.limited || seen.memory > MAX_MEMORY / MAX_FRAMES
            }
            Err(Unknown::Precompile) => {
                self.refused[4] += 1;
                true
            }
        }
    }
}

#[test]
fn programs_answer_what_they_answer_in_revm() {
    let mut figures = Figures::default();
    for index in 0..2_000 {
        one(&mut Random::of(1, index), &mut figures).expect("the same answer");
    }
    println!("{:?}", figures.rows());
    assert!(figures.with_data > 0 && figures.nested > 0 && figures.limited > 0);
}
