//! Builds the Stylus programs for wasm32 in the contracts' own profile (`release`), in a target directory of their own,
//! and leaves them where `lib.rs` includes them.

use std::{
    convert::Infallible,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_encoder::{
    Module,
    reencode::{self, Reencode},
};
use wasmparser::{CustomSectionReader, Parser};

const PROGRAMS: [&str; 8] = [
    "combined",
    "consumer",
    "notary",
    "parent-chain",
    "proxy",
    "reader",
    "registry",
    "verifier",
];

fn main() {
    let crate_dir =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let workspace = crate_dir.join("../..");
    for watched in [
        "contract/abi",
        "contract/clone",
        "contract/evm",
        "contract/headers",
        "contract/program",
        "contract/proof/src",
        "contract/proof/Cargo.toml",
        "contract/trap",
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(PROGRAMS.iter().map(|program| format!("contract/{program}")))
    {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(watched).display()
        );
    }
    let target_dir = target_dir(&out_dir).join("contracts");
    for program in PROGRAMS {
        build(&workspace, &target_dir, program);
        let built = target_dir.join(format!(
            "wasm32-unknown-unknown/release/smartsync_{}.wasm",
            program.replace('-', "_")
        ));
        let included = out_dir.join(format!("{program}.wasm"));
        let wasm = fs::read(&built).unwrap_or_else(|error| panic!("{}: {error}", built.display()));
        let wasm = canonical(&wasm).unwrap_or_else(|error| panic!("{}: {error}", built.display()));
        if let Err(error) = fs::write(&included, wasm) {
            panic!("{}: {error}", included.display());
        }
    }
}

/// The module written anew, as cargo-stylus does: the standard library's objects know reference types, so the linker pads the
/// indices of tables, and Stylus takes only the shortest form. Custom sections are left out.
fn canonical(wasm: &[u8]) -> Result<Vec<u8>, reencode::Error> {
    struct WithoutCustomSections;

    impl Reencode for WithoutCustomSections {
        type Error = Infallible;

        fn parse_custom_section(
            &mut self,
            _module: &mut Module,
            _section: CustomSectionReader<'_>,
        ) -> Result<(), reencode::Error> {
            Ok(())
        }
    }

    let mut module = Module::new();
    WithoutCustomSections.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// `target`, found from `target/<profile>/build/<crate>/out`.
fn target_dir(out_dir: &Path) -> PathBuf {
    match out_dir.ancestors().nth(4) {
        Some(target) => target.to_owned(),
        None => panic!("{} is not in a target directory", out_dir.display()),
    }
}

/// One program by itself, so that no feature of another is switched on with it.
fn build(workspace: &Path, target_dir: &Path, program: &str) {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
            "--package",
        ])
        .arg(format!("smartsync-{program}"))
        .arg("--target-dir")
        .arg(target_dir);
    // What this build sets for itself must not reach that one: it has its own configuration and target.
    for (key, _) in env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_ENCODED_RUSTFLAGS")
            || name.starts_with("CARGO_CFG_")
            || name.starts_with("CARGO_FEATURE_")
            || matches!(
                &*name,
                "RUSTFLAGS" | "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" | "TARGET" | "PROFILE"
            )
        {
            command.env_remove(&key);
        }
    }
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!(
            "building {program} for wasm32: {status} (is the target installed? `rustup target add wasm32-unknown-unknown`)"
        ),
        Err(error) => panic!("building {program} for wasm32: {error}"),
    }
}
