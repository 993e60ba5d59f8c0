//! Random and structured programs with random calldata, storage and balances, by the interpreter and by revm. Stops with an error at the first
//! difference. `scripts/soak-evm.sh` runs it and writes the report.

#[allow(dead_code)]
#[path = "../tests/evm/common.rs"]
mod common;
#[path = "../tests/evm/differential.rs"]
mod differential;
#[allow(dead_code)]
#[path = "../tests/evm/programs.rs"]
mod programs;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use differential::{Figures, one};
use programs::{PROGRAMS, Random};

fn main() {
    let arguments: Option<Vec<u64>> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().ok())
        .collect();
    let Some([states, seed, threads]) = arguments.as_deref() else {
        eprintln!("usage: soak_evm STATES SEED THREADS");
        std::process::exit(2);
    };
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let work = || {
        let mut figures = Figures::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= *states {
                return figures;
            }
            if let Err(difference) = one(&mut Random::of(*seed, index), &mut figures) {
                eprintln!("state {index}: {difference:?}");
                std::process::exit(1);
            }
            if index.is_multiple_of(1 << 20) {
                eprintln!("{index} states, {} s", started.elapsed().as_secs());
            }
        }
    };
    let parts: Vec<Figures> = thread::scope(|scope| {
        let threads: Vec<_> = (0..*threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it ends"))
            .collect()
    });
    let sum = |of: fn(&Figures) -> u64| parts.iter().map(of).sum::<u64>();
    for (what, number) in [
        ("states", *states),
        ("programs", *states * PROGRAMS as u64),
        ("answered with equal bytes", sum(|it| it.equal)),
        ("of these with data", sum(|it| it.with_data)),
        ("with frames of their own", sum(|it| it.nested)),
        ("with calls that are given little gas", sum(|it| it.limited)),
        ("refused: `UnsupportedInstruction`", sum(|it| it.refused[0])),
        ("refused: `GasLimited`", sum(|it| it.refused[1])),
        (
            "refused: `LimitExceeded`",
            sum(|it| it.refused[2] + it.refused[3]),
        ),
        (
            "refused: a precompiled contract that fails",
            sum(|it| it.refused[4]),
        ),
        (
            "not compared: 2,000 steps or 2^34 gas did not suffice, or `GAS` was read",
            sum(|it| it.skipped),
        ),
        ("differences", 0),
        ("seed", *seed),
        ("threads", *threads),
        ("seconds", started.elapsed().as_secs()),
    ] {
        println!("| {what} | {number} |");
    }
}
