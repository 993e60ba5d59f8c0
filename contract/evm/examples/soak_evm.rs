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
    let mut rows = vec![("states", *states), ("programs", *states * PROGRAMS as u64)];
    for (index, (what, _)) in Figures::default().rows().into_iter().enumerate() {
        let number = parts.iter().map(|part| part.rows()[index].1).sum();
        rows.push((what, number));
    }
    rows.extend([
        ("differences", 0),
        ("seed", *seed),
        ("threads", *threads),
        ("seconds", started.elapsed().as_secs()),
    ]);
    for (what, number) in rows {
        println!("| {what} | {number} |");
    }
}
