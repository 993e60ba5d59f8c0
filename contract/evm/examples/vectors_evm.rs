//! Official test vectors (ethereum/tests: VMTests and StateTests, JSON files anywhere below a folder), by the interpreter and by revm. Every
//! account with code in a vector's state is asked by a STATICCALL, once as it is, and once with `MSTORE` where it has `SSTORE` and with its
//! memory as the answer where its end is reached: vectors keep in storage what they compute, and a view keeps nothing. Stops with an error
//! at the first difference. `scripts/evm-vectors.sh` runs it and writes the report.

#[allow(dead_code)]
#[path = "../tests/evm/common.rs"]
mod common;
#[allow(dead_code)]
#[path = "../tests/evm/differential.rs"]
mod differential;
#[allow(dead_code)]
#[path = "../tests/evm/programs.rs"]
mod programs;

use std::{
    error::Error,
    fmt, fs,
    path::{Path, PathBuf},
    result,
};

use alloy_primitives::{Address, U256, hex};
use serde_json::Value;

use common::{Account, State, World, ours};
use differential::{Difference, Figures, compare};
use smartsync_evm::Answer;

type Result<T> = result::Result<T, Box<dyn Error>>;

/// `JUMPDEST`, `MSIZE`, `PUSH0`, `RETURN`: what code falls into at its end.
const ANSWER_MEMORY: [u8; 4] = hex!("5b595ff3");
/// `PUSH2 2047`, `AND`, `PUSH1 5`, `SHL`, `MSTORE`: what stores a word in memory where `SSTORE` stores it in a slot.
const STORE_WORD: [u8; 8] = hex!("6107ff1660051b52");
const SSTORE: u8 = 0x55;
const MSTORE: u8 = 0x52;
/// Instructions that a run may take in revm.
const MOST_STEPS: usize = 2_000_000;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("usage: vectors_evm FOLDER")?;
    let mut files = Vec::new();
    find(Path::new(&folder), &mut files)?;
    files.sort();
    let mut figures = [Figures::default(), Figures::default()];
    let (mut vectors, mut computed) = (0u64, 0u64);
    for file in &files {
        let tests: Value = serde_json::from_slice(&fs::read(file)?)?;
        for (name, test) in tests.as_object().into_iter().flatten() {
            // There are files of other tests.
            let Some(pre) = test.get("pre") else {
                continue;
            };
            vectors += 1;
            let of = |error: &dyn fmt::Debug| format!("{} {name}: {error:?}", file.display());
            let asked = vector(test, pre).map_err(|error| of(&error))?;
            computed += u64::from(stored(test).map_err(|error| of(&error))?);
            let views = asked.as_views();
            for (asked, figures) in [asked, views].into_iter().zip(&mut figures) {
                asked.compare(figures).map_err(|error| of(&error))?;
            }
        }
    }
    if vectors == 0 {
        return Err("no vectors".into());
    }
    println!("| vectors | {vectors} | {vectors} |");
    let [plain, views] = figures.map(|it| it.rows());
    for ((what, plain), (_, views)) in plain.into_iter().zip(views) {
        println!("| {what} | {plain} | {views} |");
    }
    println!("| the values that the vector says are stored | | {computed} |");
    println!("| differences | 0 | 0 |");
    Ok(())
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// A vector's state and calldata.
struct Asked {
    state: State,
    input: Vec<u8>,
}

fn vector(test: &Value, pre: &Value) -> Result<Asked> {
    let mut state = State::new();
    for (address, account) in pre.as_object().ok_or("no state")? {
        let mut read = Account {
            code: bytes(&account["code"])?,
            balance: word(&account["balance"])?,
            ..Account::default()
        };
        for (slot, value) in account["storage"].as_object().into_iter().flatten() {
            read.storage.insert(number(slot)?, word(value)?);
        }
        state.insert(address.parse()?, read);
    }
    if let Some(exec) = test.get("exec") {
        let address: Address = text(&exec["address"])?.parse()?;
        state.entry(address).or_default().code = bytes(&exec["code"])?;
    }
    let call = test.get("exec").or(test.get("transaction"));
    let data = &call.ok_or("no call")?["data"];
    Ok(Asked {
        state,
        // Later state tests have a list.
        input: bytes(data.get(0).unwrap_or(data))?,
    })
}

impl Asked {
    fn compare(self, figures: &mut Figures) -> result::Result<(), Difference> {
        let questions: Vec<_> = self
            .state
            .iter()
            .filter(|(_, account)| !account.code.is_empty())
            .map(|(address, _)| (*address, self.input.as_slice()))
            .collect();
        compare(self.state.clone(), &questions, MOST_STEPS, figures)
    }

    /// The same with `MSTORE` for `SSTORE`, and with the memory as the answer of code that reaches its end.
    fn as_views(&self) -> Self {
        let mut state = self.state.clone();
        for Account { code, .. } in state.values_mut() {
            let mut offset = 0;
            while let Some(instruction) = code.get_mut(offset) {
                if *instruction == SSTORE {
                    *instruction = MSTORE;
                }
                offset += match *instruction {
                    push @ 0x60..=0x7f => usize::from(push - 0x5e),
                    _ => 1,
                };
            }
            if !code.is_empty() {
                code.extend(ANSWER_MEMORY);
            }
        }
        Self {
            state,
            input: self.input.clone(),
        }
    }
}

/// Compares what code that only computes stores with what its vector says, where it may be moved: the word of slot `s` is memory at `32 (s mod 2048)`.
/// Whether there was such a value.
fn stored(test: &Value) -> Result<bool> {
    let Some(exec) = test.get("exec") else {
        return Ok(false);
    };
    // What runs out of gas or halts leaves no account.
    let account = text(&exec["address"])?;
    let Some(stored) = test["post"][account]["storage"].as_object() else {
        return Ok(false);
    };
    let code = bytes(&exec["code"])?;
    let (mut moved, mut end) = (Vec::new(), 0);
    let mut rest = code.as_slice();
    while let [instruction, behind @ ..] = rest {
        let operand = match *instruction {
            SSTORE => {
                moved.extend(STORE_WORD);
                end = moved.len();
                rest = behind;
                continue;
            }
            push @ 0x60..=0x7f => usize::from(push - 0x5f),
            0x00..=0x1a | 0x30 | 0x35 | 0x36 | 0x50 | 0x80..=0x9f => 0,
            _ => return Ok(false),
        };
        let Some(behind) = behind.get(operand..) else {
            return Ok(false);
        };
        moved.extend(&rest[..=operand]);
        rest = behind;
    }
    // Behind the last there is nothing to compare, and nothing that asks for more gas than the vector gave.
    moved.truncate(end);
    moved.extend(ANSWER_MEMORY);
    let address: Address = account.parse()?;
    let code = Account {
        code: moved,
        ..Account::default()
    };
    let mut world = World([(address, code)].into());
    let answer = ours(&mut world, address, &bytes(&exec["data"])?);
    let Ok(Answer {
        success: true,
        data,
    }) = answer
    else {
        return Err(format!("{answer:?}").into());
    };
    let mut expected = vec![0; data.len()];
    for (slot, value) in stored {
        let at = 32 * (number(slot)?.as_limbs()[0] & 0x7ff) as usize;
        let word = word(value)?.to_be_bytes::<32>();
        expected
            .get_mut(at..at + 32)
            .ok_or("not stored")?
            .copy_from_slice(&word);
    }
    if data != expected {
        return Err(hex::encode(data).into());
    }
    Ok(!stored.is_empty())
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| "no text".into())
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    let text = text(value)?;
    Ok(hex::decode(text)?)
}

fn word(value: &Value) -> Result<U256> {
    number(text(value)?)
}

fn number(text: &str) -> Result<U256> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.is_empty() {
        return Ok(U256::ZERO);
    }
    Ok(U256::from_str_radix(
        digits,
        if text.starts_with("0x") { 16 } else { 10 },
    )?)
}
