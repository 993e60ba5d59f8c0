//! The Solidity interfaces beside the programs.

use std::{fs, path::PathBuf, process::Command};

use smartsync_abi::solidity::Program;

#[test]
fn abi_sol_beside_each_program_is_what_the_sol_interfaces_generate() {
    for program in Program::ALL {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../contract")
            .join(program.folder())
            .join("abi.sol");
        let committed =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            committed,
            program.solidity(),
            "{} drifted from contract/abi",
            path.display()
        );
    }
}

/// Whoever reads a mirror or calls a program from Solidity imports them.
#[test]
fn abi_sol_beside_each_program_is_taken_by_the_solidity_compiler() {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for program in Program::ALL {
        let interface = tests.join("../contract").join(program.folder());
        let copy = folder.path().join(format!("{}.sol", program.folder()));
        fs::copy(interface.join("abi.sol"), copy).unwrap();
    }
    let root_source = tests.join("../contract/interfaces/IRootSource.sol");
    fs::copy(root_source, folder.path().join("IRootSource.sol")).unwrap();
    let output = Command::new("node")
        .arg(tests.join("npm/compile.js"))
        .arg(folder.path().join("artifacts"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_program_fits_the_code_size_limit_of_the_chain() {
    for artifact in smartsync_artifacts::ALL {
        let length = artifact.deploy_code().len();
        assert!(length <= 24_576, "{}: {length} bytes", artifact.name);
    }
}
