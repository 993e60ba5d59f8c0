//! The Solidity text of each program's interface, generated from the `sol!` definitions: what `abi.sol` beside each
//! program holds and what `cargo stylus export-abi` prints.

use alloy_sol_types::{
    SolCall, SolError, SolStruct,
    private::alloy_json_abi::{InternalType, JsonAbi, Param, ToSolConfig},
};

use crate::{
    ICodes, ICombined, IFeed, IFeeds, INotary, IParentChain, IProgramErrors, IProofErrors, IProver,
    IProxy, IReader, IRegistry, IRollup, IRootSource, IVerifier,
};

/// Name under which the interfaces describe a constructor's parameters.
const INITIALIZE: &str = "initialize";

/// A program, by its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Code of source chains.
    Codes,
    /// Root source: M of N others.
    Combined,
    /// What a feed answers; most of it is no program.
    Feed,
    /// Creates feeds.
    Feeds,
    /// Root source: M of N signatures.
    Notary,
    /// Root source: the parent chain, by its block-hash buffer.
    ParentChain,
    /// Proven calls.
    Prover,
    /// The mirror.
    Proxy,
    /// The exact lane of reads.
    Reader,
    /// The SmartSync contract.
    Registry,
    /// Root source: a rollup, by its contracts on the parent chain.
    Rollup,
    /// The proof functions.
    Verifier,
}

impl Program {
    /// All programs.
    pub const ALL: [Self; 12] = [
        Self::Codes,
        Self::Combined,
        Self::Feed,
        Self::Feeds,
        Self::Notary,
        Self::ParentChain,
        Self::Prover,
        Self::Proxy,
        Self::Reader,
        Self::Registry,
        Self::Rollup,
        Self::Verifier,
    ];

    /// Its folder in `contract/`.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Codes => "codes",
            Self::Combined => "combined",
            Self::Feed => "feed",
            Self::Feeds => "feeds",
            Self::Notary => "notary",
            Self::ParentChain => "parent-chain",
            Self::Prover => "prover",
            Self::Proxy => "proxy",
            Self::Reader => "reader",
            Self::Registry => "registry",
            Self::Rollup => "rollup",
            Self::Verifier => "verifier",
        }
    }

    /// Its interface with all errors that it can throw.
    pub fn json_abi(self) -> JsonAbi {
        let (mut abi, others) = match self {
            Self::Codes => (ICodes::abi::contract(), vec![program_errors()]),
            Self::Combined => (
                ICombined::abi::contract(),
                vec![root_source(), program_errors()],
            ),
            Self::Feed => (
                IFeed::abi::contract(),
                vec![program_errors(), IProver::abi::contract(), prover_errors()],
            ),
            Self::Feeds => (IFeeds::abi::contract(), vec![program_errors()]),
            Self::Notary => (
                INotary::abi::contract(),
                vec![root_source(), program_errors(), proof_errors()],
            ),
            Self::ParentChain => (
                IParentChain::abi::contract(),
                vec![root_source(), program_errors(), proof_errors()],
            ),
            Self::Prover => (
                IProver::abi::contract(),
                vec![program_errors(), prover_errors()],
            ),
            Self::Proxy => (
                IProxy::abi::contract(),
                vec![program_errors(), proof_errors(), reader_errors()],
            ),
            Self::Reader => (IReader::abi::contract(), vec![program_errors()]),
            Self::Registry => (
                IRegistry::abi::contract(),
                vec![
                    codes(),
                    program_errors(),
                    proof_errors(),
                    mirror_errors(),
                    reader_errors(),
                ],
            ),
            Self::Rollup => (
                IRollup::abi::contract(),
                vec![
                    root_source(),
                    program_errors(),
                    proof_errors(),
                    IProver::abi::contract(),
                    prover_errors(),
                ],
            ),
            Self::Verifier => (
                IVerifier::abi::contract(),
                vec![program_errors(), proof_errors()],
            ),
        };
        // The constructor has its own selector; the function that describes its parameters is none of the program's.
        abi.functions.remove(INITIALIZE);
        for other in others {
            merge(&mut abi, other);
        }
        for (function, taken, returned) in structs() {
            for function in abi.functions.get_mut(function).into_iter().flatten() {
                (function.inputs.iter_mut()).for_each(|input| name_struct(input, taken));
                (function.outputs.iter_mut()).for_each(|output| name_struct(output, returned));
            }
        }
        abi
    }

    /// Solidity signature of its constructor, which cargo-stylus asks for before it deploys.
    pub fn constructor(self) -> Option<String> {
        let abi = match self {
            Self::Combined => ICombined::abi::contract(),
            Self::Notary => INotary::abi::contract(),
            Self::ParentChain => IParentChain::abi::contract(),
            Self::Prover => IProver::abi::contract(),
            Self::Registry => IRegistry::abi::contract(),
            Self::Rollup => IRollup::abi::contract(),
            Self::Codes
            | Self::Feed
            | Self::Feeds
            | Self::Proxy
            | Self::Reader
            | Self::Verifier => return None,
        };
        let initialize = abi.functions.get(INITIALIZE)?.first()?;
        let parameters: Vec<String> = initialize
            .inputs
            .iter()
            .map(|input| format!("{} {}", input.ty, input.name))
            .collect();
        Some(format!("constructor({})", parameters.join(", ")))
    }

    /// What the program's own binary prints for cargo-stylus: the constructor when asked for it by `argument`, else the
    /// interface.
    pub fn export(self, argument: Option<&str>) -> String {
        match argument {
            Some("constructor") => self.constructor().unwrap_or_default(),
            _ => self.solidity(),
        }
    }

    /// Name of its interface.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Codes => "ICodes",
            Self::Combined => "ICombined",
            Self::Feed => "IFeed",
            Self::Feeds => "IFeeds",
            Self::Notary => "INotary",
            Self::ParentChain => "IParentChain",
            Self::Prover => "IProver",
            Self::Proxy => "IProxy",
            Self::Reader => "IReader",
            Self::Registry => "IRegistry",
            Self::Rollup => "IRollup",
            Self::Verifier => "IVerifier",
        }
    }

    /// The text of its `abi.sol`.
    pub fn solidity(self) -> String {
        solidity(self.interface(), &self.json_abi())
    }
}

/// The files of `contract/interfaces`: each interface as Solidity that compiles alone, and its ABI as JSON, by name.
///
/// # Errors
/// What the JSON encoder refuses, which is nothing.
pub fn interface_files() -> Result<Vec<(String, String)>, serde_json::Error> {
    let programs = Program::ALL.map(|program| (program.interface(), program.json_abi()));
    let mut files = Vec::new();
    for (name, abi) in programs.into_iter().chain([("IRootSource", root_source())]) {
        let mut json = serde_json::to_string_pretty(&abi)?;
        json.push('\n');
        files.push((format!("{name}.sol"), solidity(name, &abi)));
        files.push((format!("{name}.json"), json));
    }
    Ok(files)
}

/// An interface as Solidity.
fn solidity(name: &str, abi: &JsonAbi) -> String {
    let config = ToSolConfig::default().print_constructors(false);
    let mut text = String::from(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n// Generated from contract/abi. Do not edit.\npragma solidity ^0.8.20;\n\n",
    );
    text.push_str(&abi.to_sol(name, Some(config)));
    text.push('\n');
    text
}

/// What a registry's keeper of codes throws and emits.
fn codes() -> JsonAbi {
    ICodes::abi::contract()
}

fn root_source() -> JsonAbi {
    IRootSource::abi::contract()
}

fn program_errors() -> JsonAbi {
    IProgramErrors::abi::contract()
}

fn proof_errors() -> JsonAbi {
    IProofErrors::abi::contract()
}

/// What a mirror refuses a read or a transfer with, and its registry therefore too.
fn mirror_errors() -> JsonAbi {
    let mut abi = IProxy::abi::contract();
    let signatures = [
        IProxy::NotVerified::SIGNATURE,
        IProxy::SyncInProgress::SIGNATURE,
        IProxy::TransferFailed::SIGNATURE,
    ];
    abi.errors
        .retain(|_, errors| (errors.iter()).all(|error| signatures.contains(&&*error.signature())));
    abi
}

/// What a read that is not answered reverts with, wherever it was asked.
fn reader_errors() -> JsonAbi {
    IReader::abi::contract()
}

/// What a proven call that is not answered reverts with.
fn prover_errors() -> JsonAbi {
    let mut abi = reader_errors();
    let mirrors = [
        IReader::BalanceUnknown::SIGNATURE,
        IReader::BlocksDiffer::SIGNATURE,
        IReader::NotMirrored::SIGNATURE,
    ];
    abi.errors
        .retain(|_, errors| (errors.iter()).all(|error| !mirrors.contains(&&*error.signature())));
    let registry = IRegistry::abi::contract();
    let signatures = [
        IRegistry::BeforeFirstBlock::SIGNATURE,
        IRegistry::InvalidConfiguration::SIGNATURE,
        IRegistry::RootSourceFailed::SIGNATURE,
    ];
    let shared = registry.errors.into_iter().filter(|(_, errors)| {
        (errors.iter()).all(|error| signatures.contains(&&*error.signature()))
    });
    abi.errors.extend(shared);
    abi
}

/// Functions that take or return a struct, and the names of what they take and return. The JSON ABI of `sol!` has only its members, and
/// Solidity no type without a name.
fn structs() -> [(&'static str, &'static str, &'static str); 7] {
    fn name<F: SolCall>() -> &'static str {
        F::SIGNATURE.split('(').next().unwrap_or_default()
    }
    fn both<F: SolCall, S: SolStruct>() -> (&'static str, &'static str, &'static str) {
        (name::<F>(), S::NAME, S::NAME)
    }
    [
        both::<IFeeds::createCall, IFeeds::Question>(),
        both::<IFeeds::feedOfCall, IFeeds::Question>(),
        both::<IRegistry::recordCall, IRegistry::ProxyRecord>(),
        both::<IRegistry::syncManyCall, IRegistry::SyncItem>(),
        both::<IVerifier::verifyAccountCall, IVerifier::Account>(),
        both::<IVerifier::confirmTransitionCall, IVerifier::SlotChange>(),
        (
            name::<IProver::callsCall>(),
            IProver::Call::NAME,
            IProver::Answer::NAME,
        ),
    ]
}

/// Names the struct, or the array of structs, that a parameter is.
fn name_struct(parameter: &mut Param, name: &str) {
    if let Some(dimensions) = parameter.ty.strip_prefix("tuple") {
        parameter.internal_type = Some(InternalType::Struct {
            contract: None,
            ty: format!("{name}{dimensions}"),
        });
    }
}

/// Adds what `other` has and `abi` does not.
fn merge(abi: &mut JsonAbi, other: JsonAbi) {
    for (name, errors) in other.errors {
        abi.errors.entry(name).or_insert(errors);
    }
    for (name, events) in other.events {
        abi.events.entry(name).or_insert(events);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    /// `SMARTSYNC_WRITE_ABI=1 cargo test -p smartsync-abi --features json` writes the files instead of comparing them.
    #[test]
    fn abi_sol_beside_each_program_is_what_the_sol_interfaces_say() {
        let write = std::env::var_os("SMARTSYNC_WRITE_ABI").is_some();
        let drifted: Vec<_> = Program::ALL
            .into_iter()
            .filter(|program| {
                let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                    .join("..")
                    .join(program.folder())
                    .join("abi.sol");
                if write {
                    fs::write(&path, program.solidity()).expect("abi.sol is writable");
                }
                fs::read_to_string(&path).ok() != Some(program.solidity())
            })
            .collect();
        assert_eq!(drifted, [], "abi.sol drifted from contract/abi");
    }

    /// The same for the folder of interfaces, which has nothing else in it but its own description.
    #[test]
    fn the_folder_of_interfaces_is_what_the_sol_interfaces_say() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../interfaces");
        let files = interface_files().expect("JSON");
        if std::env::var_os("SMARTSYNC_WRITE_ABI").is_some() {
            for (name, content) in &files {
                fs::write(folder.join(name), content).expect("the folder is writable");
            }
        }
        let mut present: Vec<String> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .filter(|name| name != "README.md")
            .collect();
        present.sort();
        let mut names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
        names.sort();
        assert!(present.iter().eq(names), "{present:?}");
        for (name, content) in &files {
            let committed = fs::read_to_string(folder.join(name)).ok();
            assert_eq!(
                committed.as_ref(),
                Some(content),
                "{name} drifted from contract/abi"
            );
        }
    }

    #[test]
    fn programs_with_a_constructor_export_its_signature() {
        assert_eq!(
            Program::Registry.constructor().as_deref(),
            Some(
                "constructor(address rootSource, address program, address reader, address codes, uint64 chainId, uint64 firstBlock, uint64 clzBlock, \
                 bool permanentCode, bool numberIsHeaders, uint256[] precompiles, address[] nativeRanges)"
            )
        );
        assert_eq!(
            Program::Notary.export(Some("constructor")),
            "constructor(uint256 sourceChainId, address[] signers, uint64 threshold, uint64 minBlockTime)"
        );
        assert_eq!(Program::Proxy.export(Some("constructor")), "");
    }

    #[test]
    fn the_constructor_selector_is_that_of_the_stylus_sdk() {
        let hash = alloy_primitives::keccak256("stylus_constructor()");
        assert_eq!(hash[..4], crate::CONSTRUCTOR_SELECTOR);
    }
}
