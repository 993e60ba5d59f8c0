//! Mutants of the programs and of the interpreter. `apply` writes every mutant into one copy of the sources, each behind a number that stands in a data
//! segment; `run` and `rules` patch that number in the test binaries, of which that of the tests end to end holds the programs, and run the tests. See
//! `docs/reports/program-mutants.md` and `docs/reports/evm-mutants.md`.

mod apply;
mod binary;
mod mutate;
mod run;
mod suite;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["apply", what, tree, list] => apply::apply(tree.as_ref(), list.as_ref(), what),
        ["run", binaries, list, tests, results, crates @ ..] => {
            run::run(binaries, list, tests, results, crates)
        }
        ["rules", binaries, list, rules] => run::rules(binaries, list, rules),
        _ => Err("mutants apply programs|interpreter TREE LIST | run BINARY[,BINARY..] LIST TESTS RESULTS [CRATE[=EVERY]..] | rules BINARY LIST RULES".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
