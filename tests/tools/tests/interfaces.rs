//! `cargo stylus export-abi` of this repository's programs. In a process of its own, since the library works in the
//! current directory.

use std::{env, fs};

use smartsync_tools_tests::repository;
use stylus_tools::{core::reflection::ReflectionConfig, ops};

/// The programs' folders, in `contract`.
const PROGRAMS: [&str; 8] = [
    "combined",
    "notary",
    "parent-chain",
    "prover",
    "proxy",
    "registry",
    "rollup",
    "verifier",
];

#[test]
fn export_abi_prints_the_committed_interface_of_each_program() {
    env::set_current_dir(repository()).expect("the repository");
    let folder = env::temp_dir().join(format!("smartsync-abi-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for program in PROGRAMS {
        let file = folder.join(format!("{program}.sol"));
        let config = ReflectionConfig {
            file: Some(file.clone()),
            json: false,
            rust_features: None,
        };
        ops::export_abi(&format!("smartsync-{program}"), &config).expect("exported");
        let committed = repository().join("contract").join(program).join("abi.sol");
        assert_eq!(
            fs::read_to_string(&file).expect("the exported interface"),
            fs::read_to_string(&committed).expect("the committed interface"),
            "{}",
            committed.display()
        );
    }
    fs::remove_dir_all(&folder).expect("removed");
}
