//! The Solidity interfaces beside the programs.

use std::{fs, path::PathBuf};

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

#[test]
fn every_program_fits_the_code_size_limit_of_the_chain() {
    for artifact in smartsync_artifacts::ALL {
        let length = artifact.deploy_code().len();
        assert!(length <= 24_576, "{}: {length} bytes", artifact.name);
    }
}
