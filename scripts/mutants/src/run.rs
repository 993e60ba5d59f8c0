use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::Mutex,
    thread,
};

use crate::suite::{Mutated, Outcome, Suite};

const WORKERS: usize = 2;

struct Mutant {
    number: u32,
    name: String,
    key: String,
}

fn listed(path: &str) -> Result<Vec<Mutant>, Box<dyn Error>> {
    fs::read_to_string(path)?
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.splitn(3, '\t').collect();
            match fields.as_slice() {
                [number, name, key] => Ok(Mutant {
                    number: number.parse()?,
                    name: (*name).to_owned(),
                    key: (*key).to_owned(),
                }),
                _ => Err(format!("{path}: {line}").into()),
            }
        })
        .collect()
}

/// The tests of each crate: a line is a crate and names of modules or tests, by how soon they kill.
fn tests_of(
    suite: &Suite,
    path: &str,
) -> Result<BTreeMap<String, Vec<Vec<String>>>, Box<dyn Error>> {
    let mut of = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        of.insert(
            name.to_owned(),
            words.map(|word| suite.named(word)).collect(),
        );
    }
    Ok(of)
}

/// Which tests pass without any mutant, as far as was asked: with all mutants inside, programs cost more gas, which some tests limit.
/// Only those count.
struct Sane<'a> {
    none: Mutated<'a>,
    known: Mutex<BTreeMap<String, bool>>,
}

impl Sane<'_> {
    fn passes(&self, test: &str) -> Result<bool, Box<dyn Error>> {
        let mut known = self.known.lock().map_err(|error| error.to_string())?;
        if let Some(passes) = known.get(test) {
            return Ok(*passes);
        }
        let passes = matches!(self.none.one(test)?, Outcome::Passed(1));
        if !passes {
            println!("left out, since it fails without a mutant: {test}");
        }
        known.insert(test.to_owned(), passes);
        Ok(passes)
    }

    /// Runs a mutant's tests but for those that are known to fail without it.
    fn run(
        &self,
        mutated: &Mutated<'_>,
        groups: &[Vec<String>],
    ) -> Result<Outcome, Box<dyn Error>> {
        loop {
            let known = self
                .known
                .lock()
                .map_err(|error| error.to_string())?
                .clone();
            let groups: Vec<Vec<String>> = groups
                .iter()
                .map(|group| {
                    group
                        .iter()
                        .filter(|test| known.get(*test) != Some(&false))
                        .cloned()
                        .collect()
                })
                .collect();
            match mutated.in_turn(&groups)? {
                Outcome::Failed(test) if self.is_one(&groups, &test) && !self.passes(&test)? => {}
                outcome => return Ok(outcome),
            }
        }
    }

    /// Whether a test failed, and not the process that ran it.
    fn is_one(&self, groups: &[Vec<String>], test: &str) -> bool {
        groups.iter().flatten().any(|name| name == test)
    }
}

fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("mutants-{}", std::process::id()))
}

/// Runs the tests of each mutant of the named crates (`registry`, or `registry=3` for every third) that has no result yet.
pub fn run(
    binaries: &str,
    list: &str,
    tests_file: &str,
    results: &str,
    crates: &[&str],
) -> Result<bool, Box<dyn Error>> {
    let suite = Suite::read(binaries)?;
    let done = fs::read_to_string(results).unwrap_or_default();
    let done: BTreeSet<&str> = done
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    let every: Vec<(&str, u32)> = crates
        .iter()
        .map(|word| match word.split_once('=') {
            Some((name, every)) => every.parse().map(|every| (name, every)),
            None => Ok((*word, 1)),
        })
        .collect::<Result<_, _>>()?;
    let of = tests_of(&suite, tests_file)?;
    let mutants = listed(list)?;
    let mut queue: Vec<&Mutant> = Vec::new();
    // A crate may be named again, with more of its mutants.
    let mut queued = BTreeSet::new();
    for (name, every) in &every {
        queue.extend(mutants.iter().filter(|mutant| {
            mutant.name == *name
                && mutant.number % every == 0
                && !done.contains(mutant.key.as_str())
                && queued.insert(mutant.number)
        }));
    }
    println!("{} mutants to run", queue.len());
    let queue = Mutex::new(queue.into_iter());
    let file = Mutex::new(OpenOptions::new().create(true).append(true).open(results)?);
    let scratch = scratch();
    let sane = Sane {
        none: suite.with(0, &scratch.join("none"))?,
        known: Mutex::default(),
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (queue, file, suite, of, sane) = (&queue, &file, &suite, &of, &sane);
                let scratch = scratch.join(worker.to_string());
                scope.spawn(move || -> Result<(), String> {
                    loop {
                        let next = queue.lock().map_err(|error| error.to_string())?.next();
                        let Some(mutant) = next else { return Ok(()) };
                        let tests = of.get(&mutant.name).map_or(&[][..], Vec::as_slice);
                        let outcome = suite
                            .with(mutant.number, &scratch)
                            .and_then(|mutated| sane.run(&mutated, tests))
                            .map_err(|error| error.to_string())?;
                        let line = format!("{}\t{}\t{}", mutant.name, mutant.key, outcome.text());
                        let mut file = file.lock().map_err(|error| error.to_string())?;
                        writeln!(file, "{line}").map_err(|error| error.to_string())?;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_panic| "a worker panicked")??;
        }
        Ok(true)
    })
}

/// Runs the one test that each rule names with the mutant that takes the rule out; it must fail. A line is a test, a tab, and a
/// mutant's key.
pub fn rules(binaries: &str, list: &str, rules: &str) -> Result<bool, Box<dyn Error>> {
    let suite = Suite::read(binaries)?;
    let mutants = listed(list)?;
    let scratch = scratch();
    let none = suite.with(0, &scratch.join("none"))?;
    let mut good = true;
    let text = fs::read_to_string(rules)?;
    let mut passing = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (test, key) = line
            .split_once('\t')
            .ok_or_else(|| format!("no tab: {line}"))?;
        let mutant = mutants.iter().find(|mutant| mutant.key == key);
        let mutant = mutant.ok_or_else(|| format!("no such mutant: {key}"))?;
        if !passing.contains_key(test) {
            passing.insert(test, matches!(none.one(test)?, Outcome::Passed(1)));
        }
        let passed = passing.get(test) == Some(&true);
        let outcome = suite
            .with(mutant.number, &scratch.join("rule"))?
            .one(test)?;
        let dead = passed && matches!(outcome, Outcome::Failed(_) | Outcome::Timeout);
        good &= dead;
        println!(
            "{}\t{test}\t{key}",
            if dead {
                "dead"
            } else if passed {
                "ALIVE"
            } else {
                "NOT PASSING WITHOUT IT"
            }
        );
    }
    Ok(good)
}
