use alloy_primitives::{Address, Bytes, U256, hex};

use super::{cache, execution_gas};
use crate::{Error, Stage, System, ToldAccount, ToldState};

const CONTRACT: Address = Address::repeat_byte(0xc0);
const OTHER: Address = Address::repeat_byte(0xcc);
const NOBODY: Address = Address::repeat_byte(0xdd);

/// How often instructions are repeated, and how long the code is at most.
const REPEATS: usize = 1_000;
const LONGEST: usize = 20_000;

/// What stands in a pattern for the offset of its last byte.
const OFFSET: [u8; 2] = [0xee, 0xee];

/// What some instructions cost.
#[derive(Clone, Copy, Debug)]
pub struct Instructions {
    /// Their class.
    pub class: &'static str,
    /// Their names.
    pub names: &'static str,
    /// Ink in the interpreter.
    pub ink: u64,
    /// Gas in the EVM, accounts and slots warm.
    pub evm: u64,
}

/// What a call costs before its first instruction.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Of what.
    pub part: &'static str,
    /// Gas.
    pub gas: u64,
}

/// Class, names, instructions, gas in the EVM (Yellow Paper, appendix G; EIP-2929). They leave the stack as it was.
const PATTERNS: [(&str, &str, &[u8], u64); 35] = [
    ("stack", "PUSH0 POP", &hex!("5f50"), 4),
    ("stack", "PUSH1 POP", &hex!("600150"), 5),
    (
        "stack",
        "PUSH32 POP",
        &hex!("7f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f50"),
        5,
    ),
    ("stack", "DUP1 POP", &hex!("8050"), 5),
    ("stack", "SWAP1", &hex!("90"), 3),
    ("arithmetic", "DUP1 ADD", &hex!("8001"), 6),
    ("arithmetic", "DUP1 MUL", &hex!("8002"), 8),
    (
        "arithmetic",
        "DUP2 DUP2 DIV POP, full words",
        &hex!("81810450"),
        13,
    ),
    (
        "arithmetic",
        "DUP4 DUP4 DIV POP, words below 2^64",
        &hex!("83830450"),
        13,
    ),
    ("arithmetic", "DUP2 DUP2 SDIV POP", &hex!("81810550"), 13),
    (
        "arithmetic",
        "DUP2 DUP2 DUP2 MULMOD POP",
        &hex!("8181810950"),
        19,
    ),
    (
        "arithmetic",
        "PUSH2 DUP2 EXP POP",
        &hex!("61ffff810a50"),
        118,
    ),
    ("comparison, bits", "DUP2 LT", &hex!("8110"), 6),
    ("comparison, bits", "NOT", &hex!("19"), 3),
    ("comparison, bits", "ISZERO", &hex!("15"), 3),
    ("comparison, bits", "DUP2 AND", &hex!("8116"), 6),
    ("comparison, bits", "PUSH1 SHL", &hex!("60011b"), 6),
    ("comparison, bits", "PUSH1 SAR", &hex!("60011d"), 6),
    ("comparison, bits", "PUSH1 SIGNEXTEND", &hex!("60070b"), 8),
    ("memory", "PUSH0 MLOAD POP", &hex!("5f5150"), 7),
    ("memory", "DUP1 PUSH0 MSTORE", &hex!("805f52"), 8),
    ("memory", "MCOPY of 32 bytes", &hex!("60205f5f5e"), 13),
    (
        "memory",
        "CALLDATACOPY of 32 bytes",
        &hex!("60205f5f37"),
        13,
    ),
    ("the call", "CALLER POP", &hex!("3350"), 4),
    ("the call", "PUSH0 CALLDATALOAD POP", &hex!("5f3550"), 7),
    ("the block", "TIMESTAMP POP", &hex!("4250"), 4),
    ("storage", "PUSH0 SLOAD POP", &hex!("5f5450"), 104),
    ("accounts", "ADDRESS EXTCODEHASH POP", &hex!("303f50"), 104),
    ("hashing", "KECCAK256 of 32 bytes", &hex!("60205f2050"), 43),
    (
        "hashing",
        "KECCAK256 of 1,024 bytes",
        &hex!("6104005f2050"),
        229,
    ),
    ("jumps", "PUSH2 JUMP JUMPDEST", &hex!("61eeee565b"), 12),
    (
        "jumps",
        "PUSH1 PUSH2 JUMPI JUMPDEST",
        &hex!("600161eeee575b"),
        17,
    ),
    ("jumps", "PUSH0 PUSH0 JUMPI, not taken", &hex!("5f5f57"), 14),
    (
        "calls",
        "STATICCALL of code that stops",
        &hex!("5f5f5f5f73cccccccccccccccccccccccccccccccccccccccc5afa50"),
        115,
    ),
    (
        "calls",
        "STATICCALL of IDENTITY, 32 bytes",
        &hex!("5f5f60205f60045afa50"),
        134,
    ),
];

/// Two full words, two below 2^64, memory of 1,024 bytes.
const PROLOGUE: [u8; 73] = hex!(
    "67000000000000300b 670fedcba987654321"
    "6fffffffffffffffffffffffffffffff07"
    "7fffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221105"
    "5f6103e052"
);

/// The prologue and a pattern once, then so many times, `STOP`, and as many times more as make `all`.
fn code(pattern: &[u8], times: usize, all: usize) -> Bytes {
    let mut code = PROLOGUE.to_vec();
    for index in 0..=all {
        if index == times + 1 {
            code.push(0);
        }
        let last = code.len() + pattern.len() - 1;
        code.extend_from_slice(pattern);
        let tail = code.len() - pattern.len();
        if let Some(at) = pattern.windows(2).position(|bytes| bytes == OFFSET) {
            code[tail + at..tail + at + 2].copy_from_slice(&(last as u16).to_be_bytes());
        }
    }
    code.push(0);
    code.into()
}

fn state(code: Bytes) -> ToldState {
    let account = |code| ToldAccount {
        code,
        slots: [(U256::ZERO, U256::from(7))].into(),
        ..Default::default()
    };
    ToldState {
        block: 77,
        timestamp: 99,
        accounts: [
            (CONTRACT, account(code)),
            (OTHER, account(vec![0].into())),
            (NOBODY, account(Bytes::new())),
        ]
        .into(),
        supplies_codes: true,
        ..Default::default()
    }
}

struct Bench<'a> {
    stage: &'a Stage,
    runner: Address,
}

impl Bench<'_> {
    async fn gas(&self, state: &ToldState, to: Address) -> Result<u64, Error> {
        let message = state.message(NOBODY, to, &[0xff; 32]);
        execution_gas(&self.stage.target, self.runner, message).await
    }
}

/// What instructions cost in the interpreter as WASM: the difference of two codes of the same bytes, one of which stops early.
pub async fn instructions(stage: &Stage) -> Result<(Vec<Part>, Vec<Instructions>), Error> {
    let runner = System::deploy_runner(&stage.target, 1).await?;
    cache(&stage.target, &[runner], true).await?;
    let bench = Bench { stage, runner };
    let mut measured = Vec::new();
    for (class, names, pattern, evm) in PATTERNS {
        let all = REPEATS.min(LONGEST / pattern.len());
        let stopped = bench.gas(&state(code(pattern, 0, all)), CONTRACT).await?;
        let run = bench.gas(&state(code(pattern, all, all)), CONTRACT).await?;
        let ink = (run.saturating_sub(stopped)) * 10_000 / all as u64;
        measured.push(Instructions {
            class,
            names,
            ink,
            evm,
        });
    }
    Ok((parts(&bench).await?, measured))
}

/// Entry, and loading and preparing codes.
async fn parts(bench: &Bench<'_>) -> Result<Vec<Part>, Error> {
    const SHORT: usize = 480;
    const LONG: usize = 20_480;
    let by_thousand = |[long, short]: [u64; 2]| (long - short) / 20;
    let stops = |length| Bytes::from(vec![0; length]);
    let mut parts = vec![
        Part {
            part: "entry: the call of an account without code",
            gas: bench.gas(&state(Bytes::new()), NOBODY).await?,
        },
        Part {
            part: "the same, of code that is one `STOP`",
            gas: bench.gas(&state(stops(1)), CONTRACT).await?,
        },
    ];
    for (part, byte) in [
        (
            "1,000 bytes of `STOP` in the message: read, copied, swept",
            0u8,
        ),
        ("1,000 bytes of `JUMPDEST`, the same", 0x5b),
        ("1,000 bytes of `PUSH32`s, the same", 0x7f),
    ] {
        let code = |length: usize| {
            let mut code = vec![byte; length];
            code[0] = 0;
            Bytes::from(code)
        };
        let long = bench.gas(&state(code(LONG)), CONTRACT).await?;
        let short = bench.gas(&state(code(SHORT)), CONTRACT).await?;
        let gas = by_thousand([long, short]);
        parts.push(Part { part, gas });
    }
    let mut kept = Vec::new();
    for (source, length) in [(CONTRACT, LONG), (OTHER, SHORT)] {
        bench.stage.source.set_code(source, stops(length)).await?;
        bench.stage.deploy_code(source).await?;
        let state = ToldState {
            keeper: bench.stage.codes,
            supplies_codes: false,
            ..state(stops(length))
        };
        kept.push(bench.gas(&state, CONTRACT).await?);
    }
    if let [long, short] = kept[..] {
        parts.push(Part {
            part: "1,000 bytes of code that the registry keeps: loaded with its map of jump destinations",
            gas: by_thousand([long, short]),
        });
    }
    Ok(parts)
}
