use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    path::PathBuf,
};

use alloy::json_abi::Function;
use alloy_primitives::{Address, B256, FixedBytes};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use relayer::{MemberOption, RollupContract, RollupOptions, RootSourceOptions};
use smartsync_roots::RootSourceKind;

use crate::{
    connection::Connection, coordinate::Coordinate, estimate::EstimateArguments,
    facts::FactArguments, feed::FeedCommand, notary::NotaryCommand, questions::Questions,
};

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
    /// Version of ArbOS that the Stylus chain runs: 51, 60 or 61.
    #[arg(long, default_value_t)]
    pub arbos: devchain::ArbOs,
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
        #[command(flatten)]
        facts: FactArguments,
        /// Notary signers; the sender if none is given.
        #[arg(long = "signer", value_parser = smartsync_chain::address, value_delimiter = ',')]
        signers: Vec<Address>,
        /// Number of signatures that a header needs.
        #[arg(long, default_value_t = 1)]
        threshold: u64,
        #[command(flatten)]
        root_source: Box<RootSourceArguments>,
        /// Wei sent along for the data fee of each activation; the rest comes back.
        #[arg(long, default_value = "10000000000000000")]
        activation_value: String,
        /// Deploy runner, prover and feeds as well, the programs of proven calls.
        #[arg(long)]
        prover: bool,
        /// Deploy everything anew.
        #[arg(long)]
        anew: bool,
    },
    /// Show what reads of a contract take on the target, and what that costs, before anything is sent: the first copy, and a day of syncs as of the
    /// last blocks.
    Plan {
        /// The contract on the source chain.
        #[arg(value_parser = smartsync_chain::address)]
        source: Address,
        #[command(flatten)]
        questions: Questions,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        /// How many of the source's blocks before it are looked at, for a day of syncs; 0: none.
        #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(..=1_000))]
        blocks: u64,
        /// Most slots of a contract that are copied in the dry run; where there are more, they are estimated from proofs.
        #[arg(long, value_name = "N", default_value_t = 100_000)]
        max_slots: u64,
        #[command(flatten)]
        connection: Connection,
    },
    /// Estimate what a mirror costs a day, without asking any node.
    Estimate(EstimateArguments),
    /// Read a view through a mirror on the target, and say at which source block and age the answer is true.
    Call {
        /// The contract on the source chain, or its mirror.
        #[arg(value_parser = smartsync_chain::address)]
        source: Address,
        /// The function, such as "balanceOf(address)(uint256)", or calldata.
        #[arg(value_name = "FUNCTION")]
        function: String,
        /// Its arguments.
        #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
        arguments: Vec<String>,
        /// Who asks (default: the zero address).
        #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address, default_value_t = Address::ZERO)]
        from: Address,
        /// Ask the source at that block too, and fail unless it answers the same.
        #[arg(long)]
        compare: bool,
        /// Prove all that the read touches instead of reading through a mirror: none is needed.
        #[arg(long)]
        proven: bool,
        /// Source block of a proven call (default: the newest that the root source knows).
        #[arg(long, requires = "proven")]
        block: Option<u64>,
        /// Send source block and witness to this contract's `update(uint64,bytes)`, as feeds have it.
        #[arg(long, requires = "proven", value_name = "CONSUMER", value_parser = smartsync_chain::address)]
        send_to: Option<Address>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Feeds: the answers to one question, proven and kept on the target for consumers of price and rate feeds.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Make the first copy of a contract, up to a verified mirror, and of all else that reads of it take.
    Migrate {
        /// The contract on the source chain.
        #[arg(value_parser = smartsync_chain::address)]
        source: Address,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        /// Load the storage unproven and prove it as a whole at the end, instead of in proven parts.
        #[arg(long, conflicts_with_all = ["calls", "file", "abi"])]
        load: bool,
        #[command(flatten)]
        questions: Questions,
        #[command(flatten)]
        connection: Connection,
    },
    /// Bring a mirror up to date in one transaction, with the others of its group.
    Sync {
        /// The source or its mirror.
        #[arg(value_name = "SOURCE|PROXY", value_parser = smartsync_chain::address)]
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
    /// configuration file and its feeds by their policies.
    Watch {
        /// Sources or mirrors.
        #[arg(value_name = "SOURCE", required_unless_present = "config", value_parser = smartsync_chain::address)]
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
    /// Push hashes of the newest source blocks to the block-hash buffer of a parent-chain root source, through the target
    /// chain's bridge: the target knows them some minutes later. Paid on the source chain.
    Push {
        /// The target chain's delayed inbox on the source chain.
        #[arg(long, env = "SMARTSYNC_INBOX", value_name = "ADDRESS", value_parser = smartsync_chain::address)]
        inbox: Address,
        /// How many of the newest blocks.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
        hashes: u64,
        /// Most that it may cost, in wei, with what the ticket pays for on the target.
        #[arg(long, value_name = "WEI", default_value_t = 10_000_000_000_000_000)]
        max_cost: u128,
        /// Pay no other pusher than this (default: the one that the buffer names).
        #[arg(long, env = "SMARTSYNC_PUSHER", value_name = "ADDRESS", value_parser = smartsync_chain::address)]
        pusher: Option<Address>,
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
        #[arg(value_name = "SOURCE|PROXY", value_parser = smartsync_chain::address)]
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
        #[arg(value_parser = smartsync_chain::address)]
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
    #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address, default_value_t = relayer::BLOCK_HASH_BUFFER)]
    pub buffer: Address,
    /// Hash that the buffer's code must have (default: that of the code that stands there); zero does not pin the code, and
    /// whoever can change it is trusted.
    #[arg(long, value_name = "HASH")]
    pub buffer_code_hash: Option<B256>,
    /// Milliseconds that the source chain takes at least for a block, on average: half of what it usually takes (default: that of a
    /// well-known chain, else 100).
    #[arg(long, value_name = "MILLISECONDS")]
    pub min_block_time: Option<u64>,
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
    /// The prover on the target that a rollup root source asks about the parent chain.
    #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address)]
    pub parent_prover: Option<Address>,
    /// The portal of an OP Stack chain, on the parent chain.
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "parent_prover",
        conflicts_with = "rollup_contract",
        value_parser = smartsync_chain::address
    )]
    pub portal: Option<Address>,
    /// The rollup contract of an Arbitrum chain, on the parent chain.
    #[arg(long, value_name = "ADDRESS", requires = "parent_prover", value_parser = smartsync_chain::address)]
    pub rollup_contract: Option<Address>,
    /// A contract on the parent chain with a view that answers with the hash of a final block of the rollup.
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "parent_prover",
        requires = "view",
        conflicts_with_all = ["portal", "rollup_contract"],
        value_parser = smartsync_chain::address
    )]
    pub view_contract: Option<Address>,
    /// That view, such as "finalised(uint256)": of a block's number, or without arguments of the newest.
    #[arg(long, value_name = "SIGNATURE", requires = "view_contract", value_parser = selector)]
    pub view: Option<FixedBytes<4>>,
    /// Which word of the view's answer is the block's hash, counted from 0.
    #[arg(
        long,
        value_name = "WORD",
        requires = "view_contract",
        default_value_t = 0
    )]
    pub hash_at: u64,
    /// Greatest age in seconds of a parent block that a rollup's claim is proven at.
    #[arg(long, value_name = "SECONDS", default_value_t = relayer::MAX_PARENT_AGE)]
    pub max_parent_age: u64,
}

impl RootSourceArguments {
    /// What `deploy` takes.
    pub fn options(self) -> RootSourceOptions {
        RootSourceOptions {
            kind: self.root_source.map(|kind| match kind {
                Kind::Notary => RootSourceKind::Notary,
                Kind::ParentChain => RootSourceKind::ParentChain,
                Kind::Combined => RootSourceKind::Combined,
                Kind::Rollup => RootSourceKind::Rollup,
            }),
            buffer: self.buffer,
            buffer_code_hash: self.buffer_code_hash,
            min_block_time: self.min_block_time,
            members: self.members,
            member_threshold: self.member_threshold,
            member_gas: self.member_gas,
            rollup: self.parent_prover.and_then(|prover| {
                let portal = self.portal.map(RollupContract::Portal);
                let arbitrum = self.rollup_contract.map(RollupContract::Arbitrum);
                let view = self.view_contract.zip(self.view);
                let view = view.map(|(contract, selector)| RollupContract::View {
                    contract,
                    selector,
                    hash_at: self.hash_at,
                });
                let contract = portal.or(arbitrum).or(view)?;
                Some(RollupOptions { prover, contract })
            }),
            max_parent_age: self.max_parent_age,
        }
    }
}

/// The selector of a function.
fn selector(signature: &str) -> Result<FixedBytes<4>, String> {
    match Function::parse(signature) {
        Ok(function) => Ok(function.selector()),
        Err(_unreadable) => Err(format!("`{signature}` is no function's signature")),
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
    /// A rollup's own contracts on its parent chain.
    Rollup,
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
