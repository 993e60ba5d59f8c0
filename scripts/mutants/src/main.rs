//! Mutants of the programs. `apply` writes every mutant into one copy of the sources, each behind a number that stands in a data segment;
//! `run` and `rules` patch that number in the test binary, which holds the programs, and run the tests. See `docs/reports/program-mutants.md`.

mod apply;
mod binary;
mod mutate;
mod run;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["apply", tree, list] => apply::apply(tree.as_ref(), list.as_ref()),
        ["run", binary, list, tests, results, crates @ ..] => {
            run::run(binary, list, tests, results, crates)
        }
        ["rules", binary, list, rules] => run::rules(binary, list, rules),
        _ => Err("mutants apply TREE LIST | run BINARY LIST TESTS RESULTS [CRATE[=EVERY]..] | rules BINARY LIST RULES".into()),
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
