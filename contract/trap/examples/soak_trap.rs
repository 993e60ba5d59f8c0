//! Arbitrary byte strings, trapped, and delegate-called by a proxy with random storage in a transaction: no effect, and no data but the
//! original's. Stops with an error at the first that does otherwise. `scripts/soak-trap.sh` runs it and writes the report.

#[path = "../tests/lane/delegated.rs"]
mod delegated;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use delegated::{Outcome, check};
use revm::primitives::{U256, hex};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}

/// Arbitrary bytes; every other string has many small pushes, so that much of it runs, and ends with an answer.
fn code(random: &mut Random) -> Vec<u8> {
    let length = 1 + random.below(120);
    let mut code = Vec::new();
    if random.below(2) == 0 {
        code.extend((0..length).map(|_| random.byte()));
    } else {
        while code.len() < length as usize {
            match random.below(12) {
                0 => code.push(random.byte()),
                1..4 => code.push(0x5f),
                _ => code.extend([0x60, random.byte() & 0x7f]),
            }
        }
        code.extend([
            0x59,
            0x5f,
            0x53,
            0x59,
            0x5f,
            [0xf3, 0xfd][random.below(2) as usize],
        ]);
    }
    // No registry takes what begins with EF.
    if code.first() == Some(&0xef) {
        code.insert(0, 0x5b);
    }
    code
}

fn main() {
    let arguments: Option<Vec<u64>> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().ok())
        .collect();
    let Some([codes, seed, threads]) = arguments.as_deref() else {
        eprintln!("usage: soak_trap CODES SEED THREADS");
        std::process::exit(2);
    };
    let started = Instant::now();
    let (next, answered, trapped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= *codes {
                return;
            }
            let mut random = Random(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ index << 8);
            let code = code(&mut random);
            let input: Vec<u8> = (0..random.below(100)).map(|_| random.byte()).collect();
            let slots: Vec<_> = (0..random.below(20))
                .map(|_| (random.byte() & 0x7f, U256::from(random.next())))
                .collect();
            match check(&code, &input, &slots) {
                Ok(Outcome::TheOriginals) => answered.fetch_add(1, Ordering::Relaxed),
                Ok(Outcome::Nothing) => trapped.fetch_add(1, Ordering::Relaxed),
                Err(told) => {
                    eprintln!("code {index}, {}: {told}", hex::encode(&code));
                    std::process::exit(1);
                }
            };
        }
    };
    thread::scope(|scope| {
        for _ in 0..*threads {
            scope.spawn(work);
        }
    });
    for (what, number) in [
        ("byte strings", *codes),
        ("no data: the exact lane's", trapped.into_inner()),
        (
            "data, that of the original in a static context",
            answered.into_inner(),
        ),
        ("state changes, logs, calls, other data", 0),
        ("seed", *seed),
        ("threads", *threads),
        ("seconds", started.elapsed().as_secs()),
    ] {
        println!("| {what} | {number} |");
    }
}
