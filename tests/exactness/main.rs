//! Every view function of contracts from npm packages, asked through mirrors, by proven calls, and of the source at the same block: the bytes are equal, or one of our typed
//! errors says why they are not known, and what it says is so. Nothing else. `docs/reports/exactness.md` is what this test finds; with
//! `SMARTSYNC_WRITE_REPORT=1` it is written, with `SMARTSYNC_SETS=30` each function is asked with up to 30 sets of arguments, and the report is left alone.

mod asking;
mod examination;
mod proving;
mod reason;
mod report;
mod standing;

use std::{env, fs, path::PathBuf, sync::Arc};

use smartsync_tests::{
    Stage,
    packages::{self, Scene},
};
use tokio::sync::Semaphore;

use crate::{examination::examine, report::Report};

/// Sets of arguments that a function is asked with, beside those that its contract is set up for.
const SETS: usize = 2;
/// Scenes that are examined at once.
const AT_ONCE: usize = 3;

macro_rules! scenes {
    ($sets:expr, $($scene:ident),* $(,)?) => {{
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        vec![$({
            let permits = permits.clone();
            tokio::spawn(async move {
                let _permit = permits.acquire_owned().await.unwrap();
                let stage = Stage::start().await.unwrap();
                let mut scene = Scene::new(&stage.source);
                packages::$scene(&mut scene).await;
                examine(stringify!($scene), &stage, &scene, $sets).await
            })
        }),*]
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_contracts_from_packages_answer_what_the_source_answers_or_say_why_not() {
    let more = env::var("SMARTSYNC_SETS").ok();
    let sets = more.as_ref().map_or(SETS, |sets| sets.parse().unwrap());
    let scenes = scenes!(
        sets,
        tokens,
        collections,
        vaults,
        treasury,
        governance,
        proxies,
        accounts,
        safe,
        ens,
        uniswap,
        uniswap_v1,
        uniswap_v3,
        aave,
        compound,
        balancer,
        aragon,
        chainlink,
    );
    let mut report = Report::default();
    let mut broken = 0;
    for scene in scenes {
        match scene.await {
            Ok(rows) => report.add(rows),
            Err(panic) if panic.is_panic() => broken += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(broken, 0, "scenes that did not come up");
    let (others, text) = (report.others(), report.to_string());
    println!("{}", report.summary());
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(report.contracts() >= 40);
    if more.is_some() {
        return;
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/reports/exactness.md");
    if env::var_os("SMARTSYNC_WRITE_REPORT").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "{} is not what was found; SMARTSYNC_WRITE_REPORT=1 writes it",
        path.display()
    );
}
