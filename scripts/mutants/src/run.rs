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

/// Tests of modules, each module's together.
type Groups = Vec<Vec<String>>;

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
fn tests_of(suite: &Suite, path: &str) -> Result<BTreeMap<String, Groups>, Box<dyn Error>> {
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
            let groups: Groups = groups
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

/// Which tests killed mutants, by the function and by the file that these stand in: most likely they kill the next one, too.
struct Killers(Mutex<BTreeMap<String, Vec<String>>>);

/// What of a mutant's key says the function, and the file: `registry/sync.rs sync: ..` gives `registry/sync.rs sync` and `registry/sync.rs`.
fn places(key: &str) -> [&str; 2] {
    let function = key.split(':').next().unwrap_or(key);
    [function, key.split(' ').next().unwrap_or(key)]
}

impl Killers {
    /// Reads the lines of an earlier run's results.
    fn read<'a>(results: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let killers = Self(Mutex::default());
        for line in results {
            if let [_, key, outcome] = line.split('\t').collect::<Vec<_>>()[..]
                && let Some(test) = outcome.strip_prefix("killed by ")
            {
                killers.add(key, test)?;
            }
        }
        Ok(killers)
    }

    fn add(&self, key: &str, test: &str) -> Result<(), String> {
        let mut of = self.0.lock().map_err(|error| error.to_string())?;
        for place in places(key) {
            let tests = of.entry(place.to_owned()).or_default();
            tests.retain(|known| known != test);
            tests.insert(0, test.to_owned());
        }
        Ok(())
    }

    /// Tests of `all` to begin with: the last three that killed in the same function, and the last one in the same file.
    fn likely(&self, key: &str, all: &[Vec<String>]) -> Result<Groups, String> {
        let of = self.0.lock().map_err(|error| error.to_string())?;
        let mut likely = Vec::new();
        for (place, most) in places(key).into_iter().zip([3, 1]) {
            let tests = of.get(place).into_iter().flatten();
            let tests = tests.filter(|test| all.iter().flatten().any(|known| known == *test));
            likely.extend(tests.take(most).map(|test| vec![test.clone()]));
        }
        likely.dedup();
        Ok(likely)
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
    let killers = Killers::read(done.lines())?;
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
                let (queue, file, suite, of) = (&queue, &file, &suite, &of);
                let (sane, killers) = (&sane, &killers);
                let scratch = scratch.join(worker.to_string());
                scope.spawn(move || -> Result<(), String> {
                    loop {
                        let next = queue.lock().map_err(|error| error.to_string())?.next();
                        let Some(mutant) = next else { return Ok(()) };
                        let tests = of.get(&mutant.name).map_or(&[][..], Vec::as_slice);
                        let mut groups = killers.likely(&mutant.key, tests)?;
                        groups.extend_from_slice(tests);
                        let outcome = suite
                            .with(mutant.number, &scratch)
                            .and_then(|mutated| sane.run(&mutated, &groups))
                            .map_err(|error| error.to_string())?;
                        if let Outcome::Failed(test) = &outcome {
                            killers.add(&mutant.key, test)?;
                        }
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
