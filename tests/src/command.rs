use std::{env, ffi::OsStr, path::PathBuf, process::Stdio};

use serde_json::Value;
use tokio::process::Command;

/// What a command said.
#[derive(Debug)]
pub struct Output {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output: the result.
    pub stdout: String,
    /// Standard error: the log.
    pub stderr: String,
}

impl Output {
    /// The one JSON object on standard output. Panics with everything that the command said if there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(json @ Value::Object(_)) if self.code == Some(0) => json,
            Ok(json) => panic!("exit code {:?}, {json}\n{}", self.code, self.stderr),
            Err(error) => panic!(
                "exit code {:?}, {error}: {}\n{}",
                self.code, self.stdout, self.stderr
            ),
        }
    }
}

/// Where cargo puts the binary: beside the folder that this test runs from.
fn binary() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    match test.parent().and_then(|deps| deps.parent()) {
        Some(profile) => profile.join(format!("smartsync{}", env::consts::EXE_SUFFIX)),
        None => panic!("{} is not in a target directory", test.display()),
    }
}

/// A `smartsync` to run, in an environment without any of its variables, that ends with the test.
pub fn smartsync_command(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("SMARTSYNC_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs `smartsync` to its end.
pub async fn smartsync(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    match smartsync_command(arguments).output().await {
        Ok(output) => Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(error) => panic!(
            "{}: {error} (cargo build -p smartsync-cli)",
            binary().display()
        ),
    }
}
