use std::{path::Path, time::Duration};

use alloy_primitives::Address;
use devchain::dev_accounts;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout, Command},
};

use crate::{
    command::{output, smartsync},
    stage::Stage,
    watched::migrated,
};

fn configuration(stage: &Stage, table: Address, folder: &Path) -> String {
    let text = format!(
        r#"
finality = "latest"
[source]
rpc = "{source}"
[target]
rpc = {{ env = "TARGET_URL" }}
[key]
private_key = {{ env = "PAYING_KEY" }}
[watch]
poll = "50ms"
[service]
log_format = "json"
[[mirror]]
name = "table"
address = "{table}"
"#,
        source = stage.chains[0].ws_url(),
    );
    let path = folder.join("watch.toml");
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

/// A watch as a process of its own.
struct Running {
    child: Child,
    results: Lines<BufReader<ChildStdout>>,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(stage: &Stage, config: &str) -> Self {
        let mut child = smartsync(&["watch", "--config", config, "--json"])
            .env("SMARTSYNC_LISTEN", "127.0.0.1:0")
            .env("TARGET_URL", stage.chains[1].url())
            .env("PAYING_KEY", dev_accounts()[0].private_key.to_string())
            .spawn()
            .expect("it starts");
        let results = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let log = BufReader::new(child.stderr.take().expect("stderr")).lines();
        Self {
            child,
            results,
            log,
        }
    }

    /// The next line of the log that says this; each is a JSON object.
    async fn logged(&mut self, clue: &str) -> Value {
        loop {
            let line = self.log.next_line().await.expect("read").expect("a line");
            let line: Value = serde_json::from_str(&line).expect("JSON");
            assert!(line["timestamp"].is_string() && line["level"].is_string());
            if line["message"]
                .as_str()
                .is_some_and(|said| said.contains(clue))
            {
                return line;
            }
        }
    }

    async fn synced(&mut self) -> Value {
        let line = self.results.next_line().await.expect("read");
        serde_json::from_str(&line.expect("a line")).expect("JSON")
    }

    async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await;
        assert!(sent.expect("kill runs").success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_from_a_configuration_file_syncs_ends_by_a_signal_and_starts_again_after_a_kill() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let folder = tempfile::tempdir().expect("a folder");
    stage
        .deployment
        .store(&folder.path().join("deployment.json"))
        .expect("written");
    let config = configuration(&stage, table, folder.path());
    let whole = async {
        let mut first = Running::start(&stage, &config);
        let line = first.logged("web page and metrics at").await;
        let said = line["message"].as_str().expect("text");
        let url = said.rsplit(' ').next().expect("a URL").to_owned();
        stage.write(table, &[(1, 2), (2, 2)]).await;
        let report = first.synced().await;
        assert_eq!(
            (&report["changes"], &report["source"]),
            (&json!(2), &json!(table))
        );
        let metrics = alloy::transports::http::reqwest::get(format!("{url}metrics"))
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        assert!(
            metrics.contains("smartsync_mirror_lag_blocks{mirror=\"table\"}"),
            "{metrics}"
        );
        first.signal("TERM").await;
        first.logged("ending after what is under way").await;
        let ended = first.child.wait().await.expect("it ends");
        assert_eq!(ended.code(), Some(0));

        // Killed at once, whatever it does, and started again.
        stage.write(table, &[(3, 3)]).await;
        let killed = Running::start(&stage, &config);
        killed.signal("KILL").await;
        let mut second = Running::start(&stage, &config);
        let report = second.synced().await;
        assert_eq!(report["changes"], 1);
        second.signal("INT").await;
        assert_eq!(second.child.wait().await.expect("it ends").code(), Some(0));
    };
    tokio::time::timeout(Duration::from_secs(240), whole)
        .await
        .expect("all of it comes");
    let [on_source, on_target] = {
        let proxy = stage.relayer.mirror(table).await.expect("a mirror").proxy;
        stage.roots(table, proxy).await
    };
    assert_eq!(on_source, on_target);
}

#[tokio::test]
async fn a_configuration_is_checked_without_any_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("watch.toml");
    let path = path.to_str().expect("text");
    let good = "[source]\nrpc = \"http://127.0.0.1:1\"\n[target]\nrpc = \"http://127.0.0.1:2\"\n[[mirror]]\n\
                address = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n";
    std::fs::write(path, good).expect("written");
    for arguments in [
        ["config", "check", path, "--json"].as_slice(),
        &["watch", "--config", path, "--check", "--json"],
    ] {
        let (code, stdout, stderr) = output(arguments).await;
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(
            report["mirrors"][0],
            "0x5FbDB2315678afecb367f032d93F642f64180aa3"
        );
    }
    std::fs::write(path, format!("{good}interval = 5\nmax-age = \"1h\"\n")).expect("written");
    let (code, stdout, stderr) = output(&["config", "check", path]).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(lines[0].contains("watch.toml:7: mirror[0].interval: got 5, expected a time"));
    assert!(
        lines[1].contains("watch.toml:8: mirror[0].max-age: got an unknown key, expected one of")
    );
    // Sources and a configuration at once contradict each other.
    let (code, _, stderr) = output(&[
        "watch",
        "--config",
        path,
        "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    ])
    .await;
    assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
}

#[tokio::test]
async fn completions_and_manual_pages_know_every_command() {
    let (code, help, _) = output(&["--help"]).await;
    assert_eq!(code, Some(0));
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"watch") && commands.len() > 8, "{help}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, stderr) = output(&["completions", shell]).await;
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        for command in &commands {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man1");
    let (code, ..) = output(&["man", "--out", pages.to_str().expect("text")]).await;
    assert_eq!(code, Some(0));
    for command in &commands {
        let page =
            std::fs::read_to_string(pages.join(format!("smartsync-{command}.1"))).expect("a page");
        assert!(page.contains(".TH"), "{command}");
    }
    let (_, page, _) = output(&["man"]).await;
    assert!(page.contains("smartsync") && page.contains(".SH"));
}

/// The first line of a dev chain's log.
async fn first_line(format: &str) -> String {
    let mut child = smartsync(&["devchain", "--kind", "evm", "-v"])
        .env("SMARTSYNC_LOG_FORMAT", format)
        .spawn()
        .expect("it starts");
    let mut log = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let line = log.next_line().await.expect("read").expect("a line");
    child.kill().await.expect("it ends");
    line
}

#[tokio::test]
async fn the_log_is_written_as_text_or_as_json_and_so_is_the_error_at_its_end() {
    let text = first_line("text").await;
    assert!(
        text.contains(" INFO ") && text.contains("listening") && text.contains("chain_id=31337"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colours in a file: {text}");
    let json: Value = serde_json::from_str(&first_line("json").await).expect("JSON");
    assert_eq!(
        (&json["level"], &json["message"], &json["chain_id"]),
        (&json!("INFO"), &json!("listening"), &json!(31_337))
    );
    assert!(json["timestamp"].is_string(), "{json}");

    let (code, stdout, stderr) = output(&["status", "--log-format", "text"]).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.starts_with("error: --source-rpc is needed"),
        "{stderr}"
    );
    let (code, stdout, stderr) = output(&["status", "--log-format", "json"]).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    let error: Value = serde_json::from_str(&stderr).expect("one JSON object");
    assert_eq!(error["level"], "ERROR");
    let said = error["message"].as_str().expect("text");
    assert!(said.starts_with("--source-rpc is needed"), "{said}");
}
