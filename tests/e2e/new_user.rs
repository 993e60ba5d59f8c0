//! The README's commands, run by a shell as they stand there.

use std::{
    env,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use alloy_primitives::U256;
use alloy_sol_types::SolValue;
use devchain::{Config, DevChain, Kind};
use smartsync_tests::{Chain, PRIVATE_KEYS, Shares, UpgradeableProxy};
use tokio::process::Command;

const README: &str = include_str!("../../README.md");
/// How long a new user may take from `deploy` to `call --compare`.
const PATIENCE: Duration = Duration::from_secs(300);

/// The commands of the README from the settings on, but for what never ends.
fn commands() -> String {
    let (_, rest) = README
        .split_once("```sh\nexport SMARTSYNC_SOURCE_RPC")
        .expect("the commands");
    let (block, _) = rest.split_once("```").expect("an end");
    let lines = format!("export SMARTSYNC_SOURCE_RPC{block}");
    let lines: Vec<&str> = lines
        .lines()
        .filter(|line| !line.starts_with("smartsync watch"))
        .collect();
    lines.join("\n")
}

/// Where the binary is: beside the folder that this test runs from.
fn folder() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).map(Path::to_owned).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_alone_leads_from_plan_to_a_compared_read_of_an_upgradeable_token() {
    let source_chain = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
    let target_chain = DevChain::spawn(Config::new(Kind::Stylus)).await.unwrap();
    let source = Chain::at(&source_chain.url());
    let logic = source.deploy(&Shares::BYTECODE, []).await.unwrap();
    let token = source
        .deploy(&UpgradeableProxy::BYTECODE, logic.abi_encode())
        .await
        .unwrap();
    let holder = Chain::account(1);
    let amount = U256::from(700);
    let mint = Shares::mintCall { to: holder, amount };
    source.send(token, mint).await.unwrap();

    let script = commands()
        .replace("http://127.0.0.1:8545", &source_chain.url())
        .replace("http://127.0.0.1:8547", &target_chain.url())
        .replace(
            "PRIVATE_KEY=0x...",
            &format!("PRIVATE_KEY={}", PRIVATE_KEYS[0]),
        )
        .replace("0xSOURCE", &token.to_string())
        .replace("0xHOLDER", &holder.to_string());
    assert!(!script.contains("0x..."), "{script}");
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = [folder()].into_iter().chain(env::split_paths(&path));
    let home = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .current_dir(home.path())
        .env("PATH", env::join_paths(paths).unwrap())
        .output()
        .await
        .unwrap();
    let (said, log) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(output.status.success(), "{script}\n{said}\n{log}");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    let answered = said
        .split_once("the source answers the same at that block")
        .map(|(before, _)| before.lines().any(|line| line == "700"));
    assert_eq!(answered, Some(true), "{said}");
    for part in [
        "first copy",
        "is at source block",
        "all at its block; 1 read, all answered",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
