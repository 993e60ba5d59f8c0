//! `smartsync notary`: the signer's side of a notary.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use alloy_primitives::{Address, TxHash};
use clap::{Args, Subcommand};
use relayer::{Deployment, FileProblem};
use serde::Serialize;
use serde_json::json;
use smartsync_chain::{Chain, Finality, Key, Side};
use smartsync_notary_service::{
    NotaryServiceConfig, NotaryServiceError, SourceNodes, serve_notary,
};
use smartsync_roots::{Origin, SignedRotation, SignerSet};

use crate::{
    connection::{Connection, DeploymentFile, SourceRpc, TargetRpc},
    error::Error,
    key::{KeyOptions, Signing},
    report::{self, Report},
    session,
    settings::Settings,
};

#[derive(Debug, Subcommand)]
pub enum NotaryCommand {
    /// Sign final source headers and serve the signatures over HTTP, until Ctrl-C or SIGTERM; the service's address is the
    /// first line on stdout.
    Serve(Box<Serve>),
    /// Sign a new signer set for the notary's present epoch, and print it as JSON.
    SignRotation {
        #[command(flatten)]
        set: NewSet,
        #[command(flatten)]
        notary: NotaryPlace,
        #[command(flatten)]
        key: KeyOptions<Signing>,
    },
    /// Replace the notary's signers, with signatures of the present ones.
    Rotate {
        #[command(flatten)]
        set: NewSet,
        /// Outputs of `notary sign-rotation`.
        #[arg(long = "rotation-file", value_name = "FILE", value_delimiter = ',')]
        rotation_files: Vec<PathBuf>,
        /// The notary (default: that of the deployment file).
        #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address)]
        notary: Option<Address>,
        #[command(flatten)]
        key: KeyOptions<Signing>,
        #[command(flatten)]
        connection: Box<Connection>,
    },
}

#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    source: SourceRpc,
    /// Number of source nodes that must agree, more than half of them (default: all).
    #[arg(long, value_name = "N")]
    quorum: Option<usize>,
    /// Source blocks that count as final: auto (latest on dev chains, else finalized), finalized, safe, latest, or a
    /// number of blocks below the newest.
    #[arg(long, env = "SMARTSYNC_FINALITY", default_value = "finalized")]
    finality: Finality,
    #[command(flatten)]
    notary: NotaryPlace,
    #[command(flatten)]
    key: KeyOptions<Signing>,
    /// The journal: what was signed. Never copy, restore or delete it.
    #[arg(long, env = "SMARTSYNC_JOURNAL", value_name = "FILE")]
    journal: PathBuf,
    /// Make the journal if it is missing. Only for a signer that never signed, or with --first-block.
    #[arg(long)]
    create_journal: bool,
    /// Lowest block that a new journal may sign. After a lost journal: above everything that may have been signed.
    #[arg(
        long,
        value_name = "BLOCK",
        default_value_t = 0,
        requires = "create_journal"
    )]
    first_block: u64,
    /// How far below the newest final block headers are signed.
    #[arg(long, value_name = "BLOCKS", default_value_t = 50_000)]
    window: u64,
    /// Sign each final block whose number is a multiple of this, without being asked.
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Seconds between two looks for such a block.
    #[arg(long, value_name = "SECONDS", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..))]
    poll: u64,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8560")]
    listen: SocketAddr,
}

/// Where the notary is.
#[derive(Args, Debug)]
pub struct NotaryPlace {
    #[command(flatten)]
    target: TargetRpc,
    /// The notary (default: that of the deployment file).
    #[arg(long = "notary", value_name = "ADDRESS", value_parser = smartsync_chain::address)]
    address: Option<Address>,
    #[command(flatten)]
    deployment: DeploymentFile,
}

impl NotaryPlace {
    async fn resolve(&self) -> Result<(Chain, Address), Error> {
        let nodes = self.target.resolve(None)?.ok_or_else(TargetRpc::missing)?;
        let notary = notary(self.address, self.deployment.path())?;
        Ok((Chain::connect(Side::Target, nodes).await?, notary))
    }
}

/// The address given, or the deployment's.
fn notary(address: Option<Address>, path: &std::path::Path) -> Result<Address, Error> {
    match address {
        Some(address) => Ok(address),
        None => match Deployment::load(path)?.notary {
            Some(notary) => Ok(notary.address),
            None => Err(relayer::Error::FileContent {
                path: path.to_owned(),
                problem: FileProblem::Incomplete("notary"),
            }
            .into()),
        },
    }
}

impl KeyOptions<Signing> {
    /// The key, if one is given.
    async fn open(&self) -> Result<Option<Key>, Error> {
        match self.source() {
            Some(source) => Ok(Some(source.open().await?)),
            None => Ok(None),
        }
    }

    async fn required(&self) -> Result<Key, Error> {
        let key = self.open().await?;
        key.ok_or_else(|| Error::Setting(Self::missing()))
    }
}

/// The signers to come.
#[derive(Args, Debug)]
pub struct NewSet {
    /// The new signers.
    #[arg(
        long = "new-signer",
        value_name = "ADDRESS",
        value_parser = smartsync_chain::address,
        value_delimiter = ',',
        required = true
    )]
    signers: Vec<Address>,
    /// Number of signatures that a header will need.
    #[arg(long = "new-threshold", value_name = "M")]
    threshold: u64,
}

impl NewSet {
    fn resolve(&self) -> Result<SignerSet, Error> {
        let set = SignerSet::new(self.signers.clone(), self.threshold);
        Ok(set.map_err(smartsync_roots::Error::RootSource)?)
    }
}

/// Runs the command.
pub async fn run(json: bool, command: NotaryCommand) -> Result<(), Error> {
    match command {
        NotaryCommand::Serve(serve) => run_service(json, *serve).await,
        NotaryCommand::SignRotation { set, notary, key } => {
            let (set, key) = (set.resolve()?, key.required().await?);
            let (target, notary) = notary.resolve().await?;
            let signed = smartsync_roots::sign_rotation(&target, notary, &set, &key).await?;
            report::print_text(&serde_json::to_string(&signed).map_err(std::io::Error::from)?)
        }
        NotaryCommand::Rotate {
            set,
            rotation_files,
            notary: address,
            key,
            connection,
        } => {
            let set = set.resolve()?;
            let mut signed = Vec::new();
            for path in rotation_files {
                let text = std::fs::read_to_string(&path).map_err(|source| Error::File {
                    path: path.clone(),
                    source,
                })?;
                let rotation: SignedRotation =
                    serde_json::from_str(&text).map_err(|problem| Error::Json {
                        path: path.clone(),
                        problem,
                    })?;
                signed.push((Origin::File(path), rotation));
            }
            let key = key.open().await?;
            let settings = Settings::resolve(&connection, None)?;
            let address = notary(address, &settings.deployment)?;
            let submitter = session::submitter(&settings).await?;
            if let Some(key) = key {
                let rotation =
                    smartsync_roots::sign_rotation(submitter.chain(), address, &set, &key).await?;
                signed.push((Origin::Key(key.address()), rotation));
            }
            let receipt = smartsync_roots::rotate(&submitter, address, &set, signed).await?;
            report::print(
                json,
                &RotationReport {
                    notary: address,
                    tx_hash: receipt.tx_hash,
                    block: receipt.block_number.to(),
                    gas_used: receipt.gas_used.to(),
                },
            )
        }
    }
}

/// What `rotate` did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RotationReport {
    notary: Address,
    tx_hash: TxHash,
    block: u64,
    gas_used: u64,
}

impl Report for RotationReport {
    fn text(&self) -> String {
        format!(
            "signers of {} replaced in block {} by {} ({} gas)",
            self.notary, self.block, self.tx_hash, self.gas_used
        )
    }
}

async fn run_service(json: bool, serve: Serve) -> Result<(), Error> {
    let nodes = serve.source.all_of(serve.quorum)?;
    let nodes = nodes.ok_or_else(SourceRpc::missing)?;
    let signer = serve.key.required().await?;
    let (target, notary) = serve.notary.resolve().await?;
    let source = Chain::connect(Side::Source, nodes).await?;
    let nodes = SourceNodes::new(source, serve.finality).map_err(NotaryServiceError::from)?;
    let address = signer.address();
    let config = NotaryServiceConfig {
        nodes,
        target,
        notary,
        signer,
        journal: serve.journal,
        create_journal: serve.create_journal.then_some(serve.first_block),
        window: serve.window,
        every: serve.every,
        poll: Duration::from_secs(serve.poll),
        listen: serve.listen,
    };
    serve_notary(config, smartsync_service::signalled(), |listening| {
        let url = format!("http://{listening}");
        tracing::info!(signer = %address, %notary, %url, "listening");
        match json {
            true => report::write_text(&json!({ "url": url, "signer": address }).to_string()),
            false => report::write_text(&url),
        }
    })
    .await?;
    Ok(())
}
