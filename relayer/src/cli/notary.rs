//! `smartsync notary`: the signer's side of a notary.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use alloy::signers::{
    Signer,
    local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English},
};
use alloy_primitives::{Address, TxHash};
use clap::{Args, Subcommand};
use relayer::{
    Chain, Deployment, Endpoints, Error, FileProblem, Finality, KeySource, Origin, SettingError,
    Side, SignedRotation, SignerSet,
    notary_service::{NotaryServiceConfig, NotaryServiceError, SourceNodes, serve_notary},
};
use serde::Serialize;
use serde_json::json;

use super::{
    arguments::Connection,
    report::{self, Report},
    settings,
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
        key: SignerKey,
    },
    /// Replace the notary's signers, with signatures of the present ones.
    Rotate {
        #[command(flatten)]
        set: NewSet,
        /// Outputs of `notary sign-rotation`.
        #[arg(long = "rotation-file", value_name = "FILE", value_delimiter = ',')]
        rotation_files: Vec<PathBuf>,
        /// The notary (default: that of the deployment file).
        #[arg(long, value_name = "ADDRESS")]
        notary: Option<Address>,
        #[command(flatten)]
        key: SignerKey,
        #[command(flatten)]
        connection: Box<Connection>,
    },
}

#[derive(Args, Debug)]
pub struct Serve {
    /// Node of the source chain. Several (repeated, or separated by commas) must agree.
    #[arg(
        long,
        env = "SMARTSYNC_SOURCE_RPC",
        value_name = "URL",
        value_delimiter = ',',
        required = true
    )]
    source_rpc: Vec<String>,
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
    key: SignerKey,
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
    /// Node of the target chain, where the notary is.
    #[arg(long, env = "SMARTSYNC_TARGET_RPC", value_name = "URL")]
    target_rpc: String,
    /// The notary (default: that of the deployment file).
    #[arg(long = "notary", value_name = "ADDRESS")]
    address: Option<Address>,
    /// Deployment file.
    #[arg(
        long,
        env = "SMARTSYNC_DEPLOYMENT",
        value_name = "FILE",
        default_value = "deployment.json"
    )]
    deployment: PathBuf,
}

impl NotaryPlace {
    async fn resolve(&self) -> Result<(Chain, Address), Error> {
        let nodes = Endpoints::parse("--target-rpc", &self.target_rpc, 1)?;
        let target = Chain::connect(Side::Target, nodes).await?;
        Ok((target, notary(self.address, &self.deployment)?))
    }
}

/// The address given, or the deployment's.
fn notary(address: Option<Address>, path: &std::path::Path) -> Result<Address, Error> {
    match address {
        Some(address) => Ok(address),
        None => match Deployment::load(path)?.notary {
            Some(notary) => Ok(notary.address),
            None => Err(Error::FileContent {
                path: path.to_owned(),
                problem: FileProblem::Incomplete("notary"),
            }),
        },
    }
}

/// The key that signs for the notary.
#[derive(Args, Debug)]
pub struct SignerKey {
    /// Key that signs for the notary, hexadecimal. Prefer the environment or a keystore: other users of the machine see
    /// command lines.
    #[arg(
        long,
        env = "SMARTSYNC_SIGNER_KEY",
        value_name = "HEX",
        hide_env_values = true
    )]
    signer_key: Option<String>,
    /// Keystore file (version 3) with that key.
    #[arg(
        long,
        env = "SMARTSYNC_SIGNER_KEYSTORE",
        value_name = "FILE",
        requires = "signer_password_file"
    )]
    signer_keystore: Option<PathBuf>,
    /// File with the keystore's password.
    #[arg(long, env = "SMARTSYNC_SIGNER_PASSWORD_FILE", value_name = "FILE")]
    signer_password_file: Option<PathBuf>,
    /// File with a mnemonic phrase that has that key at m/44'/60'/0'/0/INDEX.
    #[arg(long, env = "SMARTSYNC_SIGNER_MNEMONIC_FILE", value_name = "FILE")]
    signer_mnemonic_file: Option<PathBuf>,
    /// Index of the key under the mnemonic.
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    signer_mnemonic_index: u32,
}

impl SignerKey {
    /// The key, if one is given.
    fn load(&self) -> Result<Option<PrivateKeySigner>, Error> {
        if let (Some(path), Some(password)) = (&self.signer_keystore, &self.signer_password_file) {
            let source = KeySource::Keystore {
                path: path.clone(),
                password: password.clone(),
            };
            return source.load().map(Some);
        }
        if let Some(path) = &self.signer_mnemonic_file {
            let phrase = std::fs::read_to_string(path).map_err(|source| Error::File {
                path: path.clone(),
                source,
            })?;
            return MnemonicBuilder::<English>::default()
                .phrase(phrase.trim())
                .index(self.signer_mnemonic_index)
                .and_then(|builder| builder.build())
                .map(Some)
                .map_err(|problem| Error::FileContent {
                    path: path.clone(),
                    problem: FileProblem::Key(problem),
                });
        }
        match &self.signer_key {
            Some(key) => KeySource::Text {
                option: "--signer-key",
                key: key.clone(),
            }
            .load()
            .map(Some),
            None => Ok(None),
        }
    }

    fn required(&self) -> Result<PrivateKeySigner, Error> {
        self.load()?.ok_or(Error::Setting(SettingError::Missing {
            option: "--signer-key, --signer-keystore or --signer-mnemonic-file",
            variable: "SMARTSYNC_SIGNER_KEY",
        }))
    }
}

/// The signers to come.
#[derive(Args, Debug)]
pub struct NewSet {
    /// The new signers.
    #[arg(
        long = "new-signer",
        value_name = "ADDRESS",
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
        Ok(SignerSet::new(self.signers.clone(), self.threshold)?)
    }
}

/// Runs the command.
pub async fn run(json: bool, command: NotaryCommand) -> Result<(), Error> {
    match command {
        NotaryCommand::Serve(serve) => run_service(json, *serve).await,
        NotaryCommand::SignRotation { set, notary, key } => {
            let (set, key) = (set.resolve()?, key.required()?);
            let (target, notary) = notary.resolve().await?;
            let signed = relayer::sign_rotation(&target, notary, &set, &key).await?;
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
                    serde_json::from_str(&text).map_err(|problem| Error::FileContent {
                        path: path.clone(),
                        problem: problem.into(),
                    })?;
                signed.push((Origin::File(path), rotation));
            }
            let key = key.load()?;
            let address = notary(address, connection.deployment())?;
            // The source plays no part in it.
            let (submitter, _source_chain_id) = settings::deployer(&connection, Some(0)).await?;
            if let Some(key) = key {
                let rotation =
                    relayer::sign_rotation(submitter.chain(), address, &set, &key).await?;
                signed.push((Origin::Key(key.address()), rotation));
            }
            let receipt = relayer::rotate(&submitter, address, &set, signed).await?;
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
    let key = serve.key.required()?;
    let nodes = serve
        .source_rpc
        .iter()
        .map(|url| Endpoints::parse("--source-rpc", url, 1))
        .collect::<Result<Vec<_>, _>>()?;
    let (target, notary) = serve.notary.resolve().await?;
    let nodes = futures::future::try_join_all(
        nodes
            .into_iter()
            .map(|node| Chain::connect(Side::Source, node)),
    )
    .await?;
    let nodes =
        SourceNodes::new(nodes, serve.quorum, serve.finality).map_err(NotaryServiceError::from)?;
    let signer: Box<dyn Signer + Send + Sync> = Box::new(key);
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
    serve_notary(config, relayer::signalled(), |listening| {
        let url = format!("http://{listening}");
        tracing::info!(signer = %address, %notary, %url, "listening");
        match json {
            true => report::print_text(&json!({ "url": url, "signer": address }).to_string()),
            false => report::print_text(&url),
        }
    })
    .await
}
