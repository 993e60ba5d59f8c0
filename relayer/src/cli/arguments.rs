use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use alloy_primitives::{Address, B256};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use relayer::{Finality, MemberOption, RootSourceKind, RootSourceOptions};

use super::{coordinate::Coordinate, notary::NotaryCommand};

/// Mirrors contracts of a source chain on a Stylus chain, with proofs.
#[derive(Debug, Parser)]
#[command(name = "smartsync", version, propagate_version = true)]
pub struct Arguments {
    /// Print one JSON object on stdout.
    #[arg(long, global = true)]
    pub json: bool,
    /// Log more to stderr (-vv: everything).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How the log is written (default: text).
    #[arg(long, global = true, env = "SMARTSYNC_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    #[command(subcommand)]
    pub command: Command,
}

/// What `devchain` starts.
#[derive(Debug, Args)]
pub struct Devchain {
    /// Plain EVM (a source) or Arbitrum with Stylus (a target).
    #[arg(long, value_enum)]
    pub kind: ChainKind,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Chain id (default: 31337 for EVM, 412346 for Stylus).
    #[arg(long)]
    pub chain_id: Option<u64>,
    /// Base fee in wei per gas: of every block of a Stylus chain, of the first block of an EVM chain.
    #[arg(long)]
    pub base_fee: Option<u64>,
    /// Ether that each dev account starts with.
    #[arg(long, default_value_t = 10_000)]
    pub balance: u64,
    /// Seconds from block to block; without it, each transaction is mined at once in a block of its own.
    #[arg(long)]
    pub block_time: Option<NonZeroU64>,
    /// Make the Stylus chain a debug chain: programs may use the console, and ArbDebug works.
    #[arg(long)]
    pub debug: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a dev chain until Ctrl-C or SIGTERM; its URL is the first line on stdout.
    Devchain(Devchain),
    /// Deploy proxy program, root source, registry and verifier on the target; what stands already is kept.
    Deploy {
        #[command(flatten)]
        connection: Connection,
        /// Chain id of the source, instead of asking --source-rpc.
        #[arg(long)]
        source_chain_id: Option<u64>,
        /// Notary signers; the sender if none is given.
        #[arg(long = "signer", value_delimiter = ',')]
        signers: Vec<Address>,
        /// Number of signatures that a header needs.
        #[arg(long, default_value_t = 1)]
        threshold: u64,
        #[command(flatten)]
        root_source: RootSourceArguments,
        /// Wei sent along for the data fee of each activation; the rest comes back.
        #[arg(long, default_value = "10000000000000000")]
        activation_value: String,
        /// Deploy everything anew.
        #[arg(long)]
        anew: bool,
    },
    /// Make the first copy of a contract, up to a verified mirror.
    Migrate {
        /// The contract on the source chain.
        source: Address,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        /// Mirror code that can reach DELEGATECALL or CALLCODE: what it runs may differ on the target.
        #[arg(long)]
        unproven_code: bool,
        /// Load the storage unproven and prove it as a whole at the end, instead of in proven parts.
        #[arg(long)]
        load: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Bring a mirror up to date in one transaction.
    Sync {
        /// The source or its mirror.
        #[arg(value_name = "SOURCE|PROXY")]
        address: Address,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        #[command(flatten)]
        coordinate: Coordinate,
        #[command(flatten)]
        connection: Connection,
    },
    /// Keep mirrors up to date until Ctrl-C or SIGTERM: those named here at each newer final block, or those of a
    /// configuration file by their policies.
    Watch {
        /// Sources or mirrors.
        #[arg(value_name = "SOURCE", required_unless_present = "config")]
        sources: Vec<Address>,
        /// Configuration file (TOML). Options and environment variables that are given override it.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "every"])]
        config: Option<PathBuf>,
        /// Only check the configuration file.
        #[arg(long, requires = "config")]
        check: bool,
        /// Seconds between two rounds.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..))]
        every: u64,
        /// Serve the web page, /metrics, /healthz and /readyz here, such as 127.0.0.1:9464; port 0 takes a free one.
        #[arg(long, env = "SMARTSYNC_LISTEN", value_name = "ADDRESS:PORT")]
        listen: Option<SocketAddr>,
        #[command(flatten)]
        coordinate: Coordinate,
        #[command(flatten)]
        connection: Connection,
    },
    /// Check a configuration file.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show both chains and all mirrors.
    Status {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what changed in a source since its mirror's record.
    Diff {
        /// The source or its mirror.
        #[arg(value_name = "SOURCE|PROXY")]
        source: Address,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        /// Find the changes in this way only: block-access-lists, block-traces, transaction-traces, struct-logs,
        /// local-replay or full-listing (default: the first that works).
        #[arg(long, value_name = "WAY")]
        by: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Try what the nodes, the deployed contracts and the wallet offer, and say what works.
    Doctor {
        /// A contract on the source to try the finding of changes with.
        contract: Option<Address>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Sign for a notary.
    #[command(subcommand)]
    Notary(NotaryCommand),
    /// Mirror two contracts on dev chains inside this process, and show each step.
    Demo,
    /// Build and verify multi-proofs between states in files.
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands to a folder.
    Man {
        /// The folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check a configuration file as `watch` does at its start: every mistake with its line and key.
    Check {
        /// The file (TOML).
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which root source to deploy.
#[derive(Args, Debug)]
pub struct RootSourceArguments {
    /// What vouches for the source's state roots (default: as in the deployment file, else notary).
    #[arg(long, value_enum)]
    pub root_source: Option<Kind>,
    /// The block-hash buffer of a parent-chain root source.
    #[arg(long, value_name = "ADDRESS", default_value_t = relayer::BLOCK_HASH_BUFFER)]
    pub buffer: Address,
    /// Hash that the buffer's code must have (default: that of the code that stands there).
    #[arg(long, value_name = "HASH")]
    pub buffer_code_hash: Option<B256>,
    /// Member of a combined root source: notary, parent-chain, or the address of one that stands (default: notary and
    /// parent-chain).
    #[arg(long = "member", value_name = "MEMBER", value_delimiter = ',')]
    pub members: Vec<MemberOption>,
    /// Number of members that must agree (default: all).
    #[arg(long, value_name = "M")]
    pub member_threshold: Option<u64>,
    /// Gas that each member gets at most.
    #[arg(long, value_name = "GAS", default_value_t = relayer::MEMBER_GAS)]
    pub member_gas: u64,
}

impl RootSourceArguments {
    /// What `deploy` takes.
    pub fn options(self) -> RootSourceOptions {
        RootSourceOptions {
            kind: self.root_source.map(|kind| match kind {
                Kind::Notary => RootSourceKind::Notary,
                Kind::ParentChain => RootSourceKind::ParentChain,
                Kind::Combined => RootSourceKind::Combined,
            }),
            buffer: self.buffer,
            buffer_code_hash: self.buffer_code_hash,
            members: self.members,
            member_threshold: self.member_threshold,
            member_gas: self.member_gas,
        }
    }
}

/// Kinds of root sources.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// M of N signers.
    Notary,
    /// The block-hash buffer of an Arbitrum chain whose parent is the source.
    ParentChain,
    /// M of N other root sources.
    Combined,
}

#[derive(Debug, Subcommand)]
pub enum ProofCommand {
    /// Build the multi-proof that leads from one state to another.
    Build {
        /// State before: JSON { "0xslot": "0xvalue" } or CSV slot,value.
        #[arg(long, value_name = "FILE")]
        pre: PathBuf,
        /// State after.
        #[arg(long, value_name = "FILE")]
        post: PathBuf,
        /// Write the multi-proof's bytes to this file.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Verify a multi-proof against the state it starts from, and print both roots.
    Verify {
        /// State before.
        #[arg(long, value_name = "FILE")]
        pre: PathBuf,
        /// The multi-proof: bytes, hexadecimal text, or the JSON of `proof build`.
        #[arg(long, value_name = "FILE")]
        proof: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ChainKind {
    Evm,
    Stylus,
}

/// How to reach the chains, with which keys.
#[derive(Args, Debug)]
pub struct Connection {
    /// Nodes of the source chain (http, https, ws, wss), separated by commas, the preferred first.
    #[arg(long, env = "SMARTSYNC_SOURCE_RPC", value_name = "URL,...")]
    pub source_rpc: Option<String>,
    /// Nodes of the target chain.
    #[arg(long, env = "SMARTSYNC_TARGET_RPC", value_name = "URL,...")]
    pub target_rpc: Option<String>,
    /// Sync only to blocks that so many source nodes agree on.
    #[arg(
        long,
        env = "SMARTSYNC_SOURCE_QUORUM",
        value_name = "N",
        default_value_t = 1
    )]
    pub source_quorum: usize,
    /// Rely only on mirrors' records that so many target nodes agree on.
    #[arg(
        long,
        env = "SMARTSYNC_TARGET_QUORUM",
        value_name = "N",
        default_value_t = 1
    )]
    pub target_quorum: usize,
    /// Key that pays on the target chain, hexadecimal. Prefer the environment or --keystore: other users of the machine
    /// see command lines.
    #[arg(
        long,
        env = "SMARTSYNC_PRIVATE_KEY",
        value_name = "HEX",
        hide_env_values = true
    )]
    pub private_key: Option<String>,
    /// Keystore file (version 3) with that key.
    #[arg(
        long,
        env = "SMARTSYNC_KEYSTORE",
        value_name = "FILE",
        requires = "password_file"
    )]
    pub keystore: Option<PathBuf>,
    /// File with the keystore's password.
    #[arg(long, env = "SMARTSYNC_PASSWORD_FILE", value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Words (BIP-39) that give that key. Prefer the environment.
    #[arg(
        long,
        env = "SMARTSYNC_MNEMONIC",
        value_name = "WORDS",
        hide_env_values = true
    )]
    pub mnemonic: Option<String>,
    /// Which key of the mnemonic, m/44'/60'/0'/0/INDEX.
    #[arg(
        long,
        env = "SMARTSYNC_MNEMONIC_INDEX",
        value_name = "INDEX",
        default_value_t = 0
    )]
    pub mnemonic_index: u32,
    /// Key in AWS KMS: id, ARN or alias (needs the feature `aws`).
    #[arg(long, env = "SMARTSYNC_AWS_KEY", value_name = "ID")]
    pub aws_key: Option<String>,
    /// Key on a Ledger, by its index in Ledger Live (needs the feature `ledger`).
    #[arg(long, env = "SMARTSYNC_LEDGER", value_name = "INDEX")]
    pub ledger: Option<usize>,
    /// Most that a unit of gas may cost on the target, in wei, priority fee included (default: no ceiling).
    #[arg(long, env = "SMARTSYNC_MAX_FEE_PER_GAS", value_name = "WEI")]
    pub max_fee_per_gas: Option<u128>,
    /// Seconds after which a transaction that is not mined is sent again with higher fees.
    #[arg(
        long,
        env = "SMARTSYNC_REPLACE_AFTER",
        value_name = "SECONDS",
        default_value_t = 20,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub replace_after: u64,
    /// Warn when the paying account has less, in wei.
    #[arg(
        long,
        env = "SMARTSYNC_LOW_BALANCE",
        value_name = "WEI",
        default_value_t = 0
    )]
    pub low_balance: u128,
    /// Keys that sign headers for the notary (default: the paying key).
    #[arg(
        long = "notary-key",
        env = "SMARTSYNC_NOTARY_KEY",
        value_name = "HEX",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub notary_keys: Vec<String>,
    /// Notary service that signs headers; several are asked at once.
    #[arg(
        long = "notary-endpoint",
        env = "SMARTSYNC_NOTARY_ENDPOINT",
        value_name = "URL",
        value_delimiter = ','
    )]
    pub notary_endpoints: Vec<String>,
    /// File with a signed header, or an array of them, as a notary service answers them.
    #[arg(
        long = "signature-file",
        env = "SMARTSYNC_SIGNATURE_FILE",
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub signature_files: Vec<PathBuf>,
    /// Deployment file (default: deployment.json).
    #[arg(long, env = "SMARTSYNC_DEPLOYMENT", value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    /// Source blocks that count as final: auto (the default: latest on dev chains, else finalized), finalized, safe,
    /// latest, or a number of blocks below the newest.
    #[arg(long, env = "SMARTSYNC_FINALITY")]
    pub finality: Option<Finality>,
}

impl Connection {
    /// The deployment file.
    pub fn deployment(&self) -> &Path {
        self.deployment
            .as_deref()
            .unwrap_or(Path::new("deployment.json"))
    }
}
