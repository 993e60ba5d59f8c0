//! The SmartSync programs as WASM, built from this workspace at compile time.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// What marks deployed code as a Stylus program, compressed without a dictionary.
pub const STYLUS_PREFIX: [u8; 4] = [0xef, 0xf0, 0x00, 0x00];

/// A Stylus program.
#[derive(Clone, Copy, Debug)]
pub struct Artifact {
    /// Name of the program.
    pub name: &'static str,
    /// The WASM module.
    pub wasm: &'static [u8],
}

/// Code of source chains.
pub const CODES: Artifact = Artifact {
    name: "codes",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/codes.wasm")),
};
/// Root source: M of N others.
pub const COMBINED: Artifact = Artifact {
    name: "combined",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/combined.wasm")),
};
/// Example: a contract that reads a mirror.
pub const CONSUMER: Artifact = Artifact {
    name: "consumer",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/consumer.wasm")),
};
/// Creates feeds, which delegate their updates to it.
pub const FEEDS: Artifact = Artifact {
    name: "feeds",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/feeds.wasm")),
};
/// Root source: the parent chain, by its block-hash buffer.
pub const PARENT_CHAIN: Artifact = Artifact {
    name: "parent-chain",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/parent-chain.wasm")),
};
/// Root source: M of N signatures over headers.
pub const NOTARY: Artifact = Artifact {
    name: "notary",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/notary.wasm")),
};
/// Proven calls of the source chain's contracts.
pub const PROVER: Artifact = Artifact {
    name: "prover",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/prover.wasm")),
};
/// The mirror.
pub const PROXY: Artifact = Artifact {
    name: "proxy",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/proxy.wasm")),
};
/// The exact lane of reads.
pub const READER: Artifact = Artifact {
    name: "reader",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/reader.wasm")),
};
/// The SmartSync contract.
pub const REGISTRY: Artifact = Artifact {
    name: "registry",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/registry.wasm")),
};
/// Root source: a rollup, by its contracts on the parent chain.
pub const ROLLUP: Artifact = Artifact {
    name: "rollup",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/rollup.wasm")),
};
/// What the prover delegates to.
pub const RUNNER: Artifact = Artifact {
    name: "runner",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/runner.wasm")),
};
/// The proof functions as view calls.
pub const VERIFIER: Artifact = Artifact {
    name: "verifier",
    wasm: include_bytes!(concat!(env!("OUT_DIR"), "/verifier.wasm")),
};

/// All programs.
pub const ALL: [Artifact; 13] = [
    CODES,
    COMBINED,
    CONSUMER,
    FEEDS,
    NOTARY,
    PARENT_CHAIN,
    PROVER,
    PROXY,
    READER,
    REGISTRY,
    ROLLUP,
    RUNNER,
    VERIFIER,
];

/// Code that is compressed when it is asked for first: to do it well takes longer than all else in a deployment.
type Compressed = Arc<OnceLock<Vec<u8>>>;

/// Each program's code by its WASM.
static COMPRESSED: Mutex<BTreeMap<&'static [u8], Compressed>> = Mutex::new(BTreeMap::new());

impl Artifact {
    /// The code that stands on chain: prefix and brotli-compressed WASM (quality 11, window 22, as cargo-stylus does).
    pub fn deploy_code(&self) -> Vec<u8> {
        // A map of empty cells is whole, whoever panicked.
        let mut compressed = COMPRESSED.lock().unwrap_or_else(PoisonError::into_inner);
        let code = compressed.entry(self.wasm).or_default().clone();
        drop(compressed);
        code.get_or_init(|| self.compress()).clone()
    }

    fn compress(&self) -> Vec<u8> {
        let mut writer = brotli::CompressorWriter::new(STYLUS_PREFIX.to_vec(), 4096, 11, 22);
        // Writing to a vector cannot fail.
        let written = writer.write_all(self.wasm);
        debug_assert!(written.is_ok());
        writer.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_fits_the_code_size_limit() {
        for artifact in ALL {
            let length = artifact.deploy_code().len();
            assert!(length <= 24_576, "{}: {length} bytes", artifact.name);
        }
    }

    /// What reader and runner may ask of the runtime: nothing that writes, sends, logs or creates.
    const READS: [&str; 17] = [
        "account_code",
        "contract_address",
        "evm_gas_left",
        "math_add_mod",
        "math_div",
        "math_mod",
        "math_mul_mod",
        "math_pow",
        "msg_sender",
        "native_keccak256",
        "pay_for_memory_grow",
        "read_args",
        "read_return_data",
        "return_data_size",
        "static_call_contract",
        "storage_load_bytes32",
        "write_result",
    ];

    #[test]
    fn reader_and_runner_import_nothing_that_writes_or_sends() {
        for program in [READER, RUNNER] {
            let imports: Vec<String> = wasmparser::Parser::new(0)
                .parse_all(program.wasm)
                .filter_map(|payload| match payload.expect("valid WASM") {
                    wasmparser::Payload::ImportSection(section) => Some(section),
                    _ => None,
                })
                .flatten()
                .map(|import| import.expect("an import").name.to_owned())
                .collect();
            assert!(imports.len() > 5, "{imports:?}");
            for import in imports {
                assert!(READS.contains(&import.as_str()), "{import}");
            }
        }
    }

    #[test]
    fn compressed_code_decompresses_to_the_module() {
        for artifact in ALL {
            let mut wasm = Vec::new();
            let code = artifact.deploy_code();
            brotli::BrotliDecompress(&mut &code[STYLUS_PREFIX.len()..], &mut wasm)
                .expect("valid brotli");
            assert_eq!(wasm, artifact.wasm, "{}", artifact.name);
        }
    }
}
