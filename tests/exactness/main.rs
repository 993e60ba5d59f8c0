//! Every view function of contracts from npm packages, asked through mirrors, by proven calls, and of the source at the same block: the bytes are equal, or one of our typed
//! errors says why they are not known, and what it says is so. Nothing else. `docs/reports/exactness.md` is what this test finds; with
//! `SMARTSYNC_WRITE_REPORT=1` it is written, with `SMARTSYNC_SETS=30` each function is asked with up to 30 sets of arguments, and the report is left alone.

mod asking;
mod examination;
mod proving;
mod reason;
mod report;
mod standing;

use std::env;

use smartsync_tests::{
    Stage,
    packages::{self, Scene},
};

use crate::{examination::examine, report::check};

/// Sets of arguments that a function is asked with, beside those that its contract is set up for.
const SETS: usize = 2;

macro_rules! scenes {
    ($($scene:ident),* $(,)?) => {
        const SCENES: &[&str] = &[$(stringify!($scene)),*];

        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $scene() {
                let more = env::var("SMARTSYNC_SETS").ok();
                let sets = more.as_ref().map_or(SETS, |sets| sets.parse().unwrap());
                let stage = Stage::start().await.unwrap();
                let mut scene = Scene::new(&stage.source);
                packages::$scene(&mut scene).await;
                let rows = examine(stringify!($scene), &stage, &scene, sets).await;
                assert!(!rows.is_empty());
                let others: Vec<String> = rows.iter().flat_map(report::Row::others).collect();
                assert!(others.is_empty(), "{}", others.join("\n"));
                if more.is_none() {
                    check(SCENES, stringify!($scene), &rows);
                }
            }
        )*
    };
}

scenes!(
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
