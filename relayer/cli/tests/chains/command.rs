use std::process::Stdio;

use tokio::process::Command;

/// The `smartsync` binary, in an environment without any of its variables.
pub fn smartsync(arguments: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_smartsync"), arguments)
}

/// A program in an environment without any variable of `smartsync`.
pub fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SMARTSYNC_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Exit code, stdout and stderr.
pub async fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = smartsync(arguments).output().await.expect("it runs");
    (
        output.status.code(),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}
