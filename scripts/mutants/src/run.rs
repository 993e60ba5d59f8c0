use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::binary::Binary;

/// Seconds of processor time: a mutant that has no failing test by then loops. A busy machine makes no difference.
const PROCESSOR_LIMIT: &str = "300";

/// A mutant whose tests wait for something has no failing one by then.
const LIMIT: Duration = Duration::from_secs(1_200);

/// What ends a process that has had its processor time.
const SIGXCPU: i32 = 24;

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

/// What became of a run of tests.
enum Outcome {
    Passed(usize),
    Failed(String),
    Timeout,
}

impl Outcome {
    fn text(&self) -> String {
        match self {
            Self::Passed(0) => "no test".to_owned(),
            Self::Passed(_) => "SURVIVES".to_owned(),
            Self::Failed(test) => format!("killed by {test}"),
            Self::Timeout => "killed by the time limit".to_owned(),
        }
    }
}

/// Runs groups of tests one after the other until the first test fails.
fn in_turn(
    binary: &Path,
    folder: &Path,
    groups: &[Vec<String>],
) -> Result<Outcome, Box<dyn Error>> {
    let mut sum = 0;
    for group in groups.iter().filter(|group| !group.is_empty()) {
        match tests(binary, folder, group)? {
            Outcome::Passed(passed) => sum += passed,
            outcome => return Ok(outcome),
        }
    }
    Ok(Outcome::Passed(sum))
}

/// Runs tests until the first one fails.
fn tests(binary: &Path, folder: &Path, names: &[String]) -> Result<Outcome, Box<dyn Error>> {
    let mut child: Child = Command::new("sh")
        .current_dir(folder)
        .args(["-c", "ulimit -S -t \"$0\" && exec \"$@\"", PROCESSOR_LIMIT])
        .arg(binary)
        .args(["--exact", "--test-threads", "2"])
        .args(names)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let begun = Instant::now();
    let mut passed = 0;
    let outcome = loop {
        match lines.recv_timeout(LIMIT.saturating_sub(begun.elapsed())) {
            Ok(line) => {
                if let Some(test) = line.strip_suffix(" ... FAILED") {
                    break Outcome::Failed(test.trim_start_matches("test ").to_owned());
                }
                passed += usize::from(line.ends_with(" ... ok"));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => break Outcome::Timeout,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = child.wait()?;
                break match status.signal() {
                    Some(SIGXCPU) => Outcome::Timeout,
                    _ if status.success() => Outcome::Passed(passed),
                    // A crash of the whole process counts as a failure.
                    _ => Outcome::Failed("the process's end".to_owned()),
                };
            }
        }
    };
    child.kill().ok();
    child.wait()?;
    Ok(outcome)
}

/// The tests of each crate: a line is a crate and names of modules or tests, by how soon they kill.
fn tests_of(
    binary: &Path,
    path: &str,
) -> Result<BTreeMap<String, Vec<Vec<String>>>, Box<dyn Error>> {
    let listed = Command::new(binary)
        .args(["--list", "--format", "terse"])
        .output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let all: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    let mut of = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let groups = words.map(|word| {
            let fits = all.iter().filter(|test| {
                **test == word
                    || test
                        .strip_prefix(word)
                        .is_some_and(|rest| rest.starts_with("::"))
            });
            fits.map(|test| (*test).to_owned()).collect()
        });
        of.insert(name.to_owned(), groups.collect());
    }
    Ok(of)
}

/// Which tests pass without any mutant, as far as was asked: with all mutants inside, programs cost more gas, which some tests limit.
/// Only those count.
struct Sane {
    binary: PathBuf,
    known: Mutex<BTreeMap<String, bool>>,
}

impl Sane {
    fn passes(&self, folder: &Path, test: &str) -> Result<bool, Box<dyn Error>> {
        let mut known = self.known.lock().map_err(|error| error.to_string())?;
        if let Some(passes) = known.get(test) {
            return Ok(*passes);
        }
        let outcome = tests(&self.binary, folder, &[test.to_owned()])?;
        let passes = matches!(outcome, Outcome::Passed(1));
        if !passes {
            println!("left out, since it fails without a mutant: {test}");
        }
        known.insert(test.to_owned(), passes);
        Ok(passes)
    }

    /// Runs a mutant's tests but for those that are known to fail without it.
    fn run(
        &self,
        binary: &Path,
        folder: &Path,
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
            match in_turn(binary, folder, &groups)? {
                Outcome::Failed(test) if test.contains("::") && !self.passes(folder, &test)? => {}
                outcome => return Ok(outcome),
            }
        }
    }
}

fn folder_of_tests() -> PathBuf {
    PathBuf::from(std::env::var_os("TESTS").unwrap_or_else(|| "tests".into()))
}

fn scratch() -> Result<PathBuf, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("mutants-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs the tests of each mutant of the named crates (`registry`, or `registry=3` for every third) that has no result yet.
pub fn run(
    binary: &str,
    list: &str,
    tests_file: &str,
    results: &str,
    crates: &[&str],
) -> Result<bool, Box<dyn Error>> {
    let image = Arc::new(Binary::read(Path::new(binary))?);
    let folder = folder_of_tests();
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
    let of = Arc::new(tests_of(Path::new(binary), tests_file)?);
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
    let scratch = scratch()?;
    let sane = Sane {
        binary: image.with(0, scratch.join("none"))?,
        known: Mutex::default(),
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (queue, file, image, of, sane) =
                    (&queue, &file, image.clone(), of.clone(), &sane);
                let path = scratch.join(format!("e2e-{worker}"));
                let folder = folder.clone();
                scope.spawn(move || -> Result<(), String> {
                    loop {
                        let next = queue.lock().map_err(|error| error.to_string())?.next();
                        let Some(mutant) = next else { return Ok(()) };
                        let tests = of.get(&mutant.name).map_or(&[][..], Vec::as_slice);
                        let outcome = image
                            .with(mutant.number, path.clone())
                            .and_then(|binary| sane.run(&binary, &folder, tests))
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
pub fn rules(binary: &str, list: &str, rules: &str) -> Result<bool, Box<dyn Error>> {
    let image = Binary::read(Path::new(binary))?;
    let folder = folder_of_tests();
    let mutants = listed(list)?;
    let scratch = scratch()?;
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
        let names = [test.to_owned()];
        if !passing.contains_key(test) {
            let binary = image.with(0, scratch.join("rule"))?;
            let passed = matches!(tests(&binary, &folder, &names)?, Outcome::Passed(1));
            passing.insert(test, passed);
        }
        let passed = passing.get(test) == Some(&true);
        let binary = image.with(mutant.number, scratch.join("rule"))?;
        let outcome = tests(&binary, &folder, &names)?;
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
