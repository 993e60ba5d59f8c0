use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};

use crate::{Error, npm_directory};

/// A node in a process of its own, killed when dropped.
#[derive(Debug)]
struct Process {
    child: Child,
    port: u16,
}

impl Process {
    /// Starts a program and reads its standard output until `port` finds the port in a line. Waiting for that line is
    /// waiting for readiness: both nodes print it when they listen.
    fn start(mut command: Command, port: impl Fn(&str) -> Option<u16>) -> Result<Self, Error> {
        let program = PathBuf::from(command.get_program());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::Start {
                program: program.clone(),
                source,
            })?;
        let mut last = String::new();
        if let Some(output) = child.stdout.take() {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            while let Some(line) = lines.next() {
                if let Some(port) = port(&line) {
                    // A node that logs must not find its output closed or full.
                    thread::spawn(move || lines.for_each(drop));
                    return Ok(Self { child, port });
                }
                last = line;
            }
        }
        // Its output ended: so did it, or it is of no use.
        let _ = child.kill();
        let _ = child.wait();
        Err(Error::NoPort {
            program,
            line: last,
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of Foundry's (npm `@foundry-rs/NAME`), for this machine.
pub fn foundry(name: &str) -> PathBuf {
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    };
    let system = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    npm_directory().join(format!("@foundry-rs/{name}-{system}-{arch}/bin/{name}"))
}

/// anvil (npm `@foundry-rs/anvil`), as source.
#[derive(Debug)]
pub struct Anvil(Process);

impl Anvil {
    /// Starts it on a free port.
    pub fn start() -> Result<Self, Error> {
        let mut command = Command::new(foundry("anvil"));
        command.args(["--port", "0"]);
        Process::start(command, |line| {
            line.strip_prefix("Listening on ")?
                .rsplit(':')
                .next()?
                .parse()
                .ok()
        })
        .map(Self)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.0.url()
    }
}

/// ganache (npm `ganache`), as source.
#[derive(Debug)]
pub struct Ganache(Process);

impl Ganache {
    /// Starts it on a free port.
    pub fn start() -> Result<Self, Error> {
        let mut command = Command::new("node");
        command.arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("npm/ganache.js"));
        Process::start(command, |line| line.parse().ok()).map(Self)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.0.url()
    }
}
