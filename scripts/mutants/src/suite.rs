use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::binary::Binary;

/// Seconds of processor time, unless `MUTANT_SECONDS` says otherwise: a mutant that has no failing test by then loops. A busy machine makes
/// no difference.
const PROCESSOR_LIMIT: &str = "300";

/// A mutant whose tests wait for something has no failing one by then.
const LIMIT: Duration = Duration::from_secs(1_200);

/// What ends a process that has had its processor time.
const SIGXCPU: i32 = 24;

/// What became of a run of tests.
pub enum Outcome {
    Passed(usize),
    Failed(String),
    Timeout,
}

impl Outcome {
    pub fn text(&self) -> String {
        match self {
            Self::Passed(0) => "no test".to_owned(),
            Self::Passed(_) => "SURVIVES".to_owned(),
            Self::Failed(test) => format!("killed by {test}"),
            Self::Timeout => "killed by the time limit".to_owned(),
        }
    }
}

/// Test binaries with all mutants inside, none of them alive, and where each test is.
pub struct Suite {
    binaries: Vec<Binary>,
    tests: BTreeMap<String, usize>,
    /// Where tests run.
    folder: PathBuf,
}

impl Suite {
    /// Reads the binaries that a list with commas names.
    pub fn read(paths: &str) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::var_os("TESTS").unwrap_or_else(|| "tests".into());
        let mut suite = Self {
            binaries: Vec::new(),
            tests: BTreeMap::new(),
            folder: folder.into(),
        };
        for path in paths.split(',') {
            let listed = Command::new(path)
                .args(["--list", "--format", "terse"])
                .output()?;
            let listed = String::from_utf8(listed.stdout)?;
            let names = listed
                .lines()
                .filter_map(|line| line.strip_suffix(": test"));
            let at = suite.binaries.len();
            suite.tests.extend(names.map(|name| (name.to_owned(), at)));
            suite.binaries.push(Binary::read(Path::new(path))?);
        }
        Ok(suite)
    }

    /// The tests that names of modules or tests mean.
    pub fn named(&self, name: &str) -> Vec<String> {
        let all = self.tests.keys();
        all.filter(|test| {
            test.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
        .cloned()
        .collect()
    }

    /// Writes binaries in which this mutant is alive; 0 is none.
    pub fn with(&self, number: u32, scratch: &Path) -> Result<Mutated<'_>, Box<dyn Error>> {
        fs::create_dir_all(scratch)?;
        let paths = self.binaries.iter().enumerate();
        let paths = paths
            .map(|(at, binary)| binary.with(number, scratch.join(at.to_string())))
            .collect::<Result<_, _>>()?;
        Ok(Mutated { suite: self, paths })
    }
}

/// The same binaries with at most one mutant alive.
pub struct Mutated<'a> {
    suite: &'a Suite,
    paths: Vec<PathBuf>,
}

impl Mutated<'_> {
    /// Runs groups of tests one after the other until the first test fails.
    pub fn in_turn(&self, groups: &[Vec<String>]) -> Result<Outcome, Box<dyn Error>> {
        let mut sum = 0;
        for group in groups {
            for (at, path) in self.paths.iter().enumerate() {
                let names = group
                    .iter()
                    .filter(|test| self.suite.tests.get(*test) == Some(&at));
                let names: Vec<&String> = names.collect();
                if names.is_empty() {
                    continue;
                }
                match tests(path, &self.suite.folder, &names)? {
                    Outcome::Passed(passed) => sum += passed,
                    outcome => return Ok(outcome),
                }
            }
        }
        Ok(Outcome::Passed(sum))
    }

    /// Runs one test.
    pub fn one(&self, test: &str) -> Result<Outcome, Box<dyn Error>> {
        self.in_turn(&[vec![test.to_owned()]])
    }
}

/// Runs tests of a binary until the first one fails.
fn tests(binary: &Path, folder: &Path, names: &[&String]) -> Result<Outcome, Box<dyn Error>> {
    let seconds = std::env::var("MUTANT_SECONDS");
    let seconds = seconds.as_deref().unwrap_or(PROCESSOR_LIMIT);
    let mut child: Child = Command::new("sh")
        .current_dir(folder)
        .args(["-c", "ulimit -S -t \"$0\" && exec \"$@\"", seconds])
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
