//! Builds the Stylus programs for wasm32 in the contracts' own profile (`release`), in a target directory of their own,
//! and leaves them where `lib.rs` includes them. Whoever builds the same sources gets the same bytes, see `build`.

use std::{
    convert::Infallible,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_encoder::{
    Module,
    reencode::{self, Reencode},
};
use wasmparser::{CustomSectionReader, Parser};

const PROGRAMS: [&str; 13] = [
    "codes",
    "combined",
    "consumer",
    "feeds",
    "notary",
    "parent-chain",
    "prover",
    "proxy",
    "reader",
    "registry",
    "rollup",
    "runner",
    "verifier",
];

const TARGET: &str = "wasm32-unknown-unknown";

/// What the build of the programs sees of the environment: where tools, sources and temporary files are, and how to fetch what is not
/// there.
const PASSED_ON: [&str; 23] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "CARGO_HOME",
    "RUSTUP_HOME",
    // Without it rustup would fetch toolchains unasked.
    "RUSTUP_AUTO_INSTALL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "CARGO_HTTP_PROXY",
    "CARGO_HTTP_CAINFO",
    "CARGO_NET_OFFLINE",
    "CARGO_NET_GIT_FETCH_WITH_CLI",
    "CARGO_MAKEFLAGS",
    "CARGO_BUILD_JOBS",
];

/// As in `.cargo/config.toml`.
const FLAGS: [&str; 4] = [
    "-C",
    "link-arg=-zstack-size=16384",
    "-C",
    "target-feature=-reference-types,-multivalue,+bulk-memory",
];

/// The profile `release` of the workspace, said once more: what is said here goes before any configuration file.
const PROFILE: [(&str, &str); 10] = [
    ("opt-level", "3"),
    ("lto", "'fat'"),
    ("codegen-units", "1"),
    ("panic", "'abort'"),
    ("strip", "true"),
    ("debug", "false"),
    ("debug-assertions", "false"),
    ("overflow-checks", "false"),
    ("incremental", "false"),
    ("rpath", "false"),
];

fn main() {
    let crate_dir =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let workspace = crate_dir.join("../..");
    // Sources and no tests, else each change of a test builds all programs and whatever stands on them.
    let crates = [
        "abi", "clone", "evm", "feed", "headers", "program", "proof", "trap", "views",
    ];
    let sources = crates
        .iter()
        .chain(&PROGRAMS)
        .flat_map(|name| ["src", "Cargo.toml"].map(|watched| format!("contract/{name}/{watched}")));
    let settings = [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        "rust-toolchain.toml",
    ];
    for watched in sources.chain(settings.map(str::to_owned)) {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(watched).display()
        );
    }
    let target_dir = target_dir(&out_dir).join("contracts");
    check_toolchain(&workspace);
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
///
/// What comes out depends on the sources, the lock file and the pinned toolchain, and on nothing else: not on the environment, not on
/// anybody's Cargo configuration, not on where the checkout and the registry's sources are.
fn build(workspace: &Path, target_dir: &Path, program: &str) {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let mut command = isolated(&cargo, workspace);
    command
        .args(["build", "--locked", "--release", "--lib"])
        .args(["--target", TARGET, "--package"])
        .arg(format!("smartsync-{program}"))
        .arg("--target-dir")
        .arg(target_dir)
        // In place of what any configuration file says of flags, wrappers and incremental builds.
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            rustc_flags(workspace).join("\u{1f}"),
        )
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "");
    for (key, value) in PROFILE {
        command.args(["--config", &format!("profile.release.{key}={value}")]);
    }
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!(
            "building {program} for wasm32: {status} (is the target installed? `rustup target add {TARGET}`)"
        ),
        Err(error) => panic!("building {program} for wasm32: {error}"),
    }
}

/// The flags of `.cargo/config.toml`, which cargo-stylus takes, and those that keep paths out of the programs.
fn rustc_flags(workspace: &Path) -> Vec<String> {
    let workspace = fs::canonicalize(workspace)
        .unwrap_or_else(|error| panic!("{}: {error}", workspace.display()));
    let home = |variable: &str, folder: &str| {
        env::var_os(variable).map(PathBuf::from).or_else(|| {
            let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
            Some(Path::new(&home).join(folder))
        })
    };
    let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    // Of several prefixes that fit the last one holds.
    for (from, to) in [
        (home("RUSTUP_HOME", ".rustup"), "/rustup"),
        (home("CARGO_HOME", ".cargo"), "/cargo"),
        (Some(workspace), "/smartsync"),
    ] {
        if let Some(from) = from {
            flags.push(format!("--remap-path-prefix={}={to}", from.display()));
        }
    }
    flags
}

/// A command in an environment of which little is left.
fn isolated(program: &OsStr, workspace: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace)
        .env_clear()
        .envs(
            env::vars_os()
                .filter(|(key, _)| PASSED_ON.iter().any(|name| key.eq_ignore_ascii_case(name))),
        )
        // For rustup: else it asks the folder that a compiler runs in, and some dependencies bring a toolchain file of their own.
        .env("RUSTUP_TOOLCHAIN", pinned_toolchain(workspace));
    command
}

/// The toolchain that `rust-toolchain.toml` names.
fn pinned_toolchain(workspace: &Path) -> String {
    let path = workspace.join("rust-toolchain.toml");
    let file =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.lines()
        .find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"'))
        .unwrap_or_else(|| panic!("{} names no channel", path.display()))
        .to_owned()
}

/// Warns unless the compiler that the programs are built with is the one that `rust-toolchain.toml` pins: the code hashes are then
/// other ones, and `scripts/check-code-hashes.sh` refuses it.
fn check_toolchain(workspace: &Path) {
    let output = isolated(OsStr::new("rustc"), workspace)
        .arg("--version")
        .output()
        .unwrap_or_else(|error| panic!("rustc: {error}"));
    let found = String::from_utf8_lossy(&output.stdout);
    let pinned = pinned_toolchain(workspace);
    if found.split(' ').nth(1) != Some(&pinned) {
        println!(
            "cargo::warning=the programs are built with {}, not with Rust {pinned}: their code hashes are not the release's",
            found.trim()
        );
    }
}
