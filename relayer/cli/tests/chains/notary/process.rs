use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::stage::{Stage, key};

/// The `smartsync` binary as a service in a process of its own, killed at the end.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// `before` is shell text run in the process before it becomes the service.
    pub fn start(stage: &Stage, journal: &Path, before: &str) -> Self {
        let mut child = Command::new("bash")
            .arg("-c")
            .arg(format!("{before} exec \"$@\""))
            .arg("bash")
            .arg(env!("CARGO_BIN_EXE_smartsync"))
            .args([
                "notary",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--create-journal",
            ])
            .arg("--journal")
            .arg(journal)
            .args(["--source-rpc", &stage.source.chain().name()])
            .args(["--target-rpc", &stage.relayer.target().name()])
            .args(["--notary", &stage.relayer.root_source.address().to_string()])
            .env("SMARTSYNC_SIGNER_KEY", key(0).to_bytes().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("its stdout"))
            .read_line(&mut url)
            .expect("a line");
        assert!(url.starts_with("http://"), "{url:?}");
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}
