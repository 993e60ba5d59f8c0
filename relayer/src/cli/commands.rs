use std::time::Duration;

use devchain::DevChain;
use relayer::{
    Config as WatchConfig, DeployOptions, DoctorOptions, Error, MigrateOptions, ServiceOptions,
    SettingError, SyncOptions, WatchOptions, finder::Finders, offline, state_file,
};
use serde_json::json;

use super::{
    arguments::{Arguments, Command, ConfigCommand, Devchain, ProofCommand},
    manual,
    report::{self, ConfigReport},
    settings, watch,
};

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<(), Error> {
    let json = arguments.json;
    match arguments.command {
        Command::Devchain(options) => devchain(json, &options).await,
        Command::Deploy {
            connection,
            source_chain_id,
            signers,
            threshold,
            root_source,
            activation_value,
            anew,
        } => {
            let activation_value = state_file::number(&activation_value).map_err(|problem| {
                Error::Setting(SettingError::Other(format!(
                    "--activation-value: {problem}"
                )))
            })?;
            let (submitter, source_chain_id) =
                settings::deployer(&connection, source_chain_id).await?;
            let options = DeployOptions {
                signers,
                threshold,
                root_source: root_source.options(),
                activation_value,
                anew,
                ..DeployOptions::new(source_chain_id)
            };
            let report =
                relayer::deploy(&submitter, Some(connection.deployment()), &options).await?;
            report::print(json, &report)
        }
        Command::Migrate {
            source,
            block,
            unproven_code,
            load,
            connection,
        } => {
            let relayer = settings::relayer(&connection).await?;
            let options = MigrateOptions {
                block,
                unproven_code,
                load,
            };
            report::print(json, &relayer::migrate(&relayer, source, &options).await?)
        }
        Command::Sync {
            address,
            block,
            coordinate,
            connection,
        } => {
            let relayer = settings::relayer(&connection).await?;
            report::print(
                json,
                &coordinate
                    .sync(&relayer, address, &SyncOptions { block })
                    .await?,
            )
        }
        Command::Watch {
            sources,
            config,
            check,
            every,
            listen,
            coordinate,
            connection,
        } => {
            let config = config.as_deref().map(WatchConfig::load).transpose()?;
            match (config, check) {
                (Some(config), true) => report::print(json, &ConfigReport::of(&config)),
                (Some(config), false) => {
                    let mut connection = connection;
                    settings::fill(&mut connection, &config);
                    let mut service = config.service_options();
                    service.listen = listen.or(service.listen);
                    let options = config.watch_options();
                    watch::run(json, &connection, &coordinate, &options, &service).await
                }
                (None, _) => {
                    let options = WatchOptions::every(sources, Duration::from_secs(every));
                    let service = ServiceOptions {
                        listen,
                        ..ServiceOptions::default()
                    };
                    watch::run(json, &connection, &coordinate, &options, &service).await
                }
            }
        }
        Command::Config(ConfigCommand::Check { file }) => {
            report::print(json, &ConfigReport::of(&WatchConfig::load(&file)?))
        }
        Command::Status { connection } => {
            let relayer = settings::reader(&connection).await?;
            report::print(json, &relayer::status(&relayer).await?)
        }
        Command::Diff {
            source,
            block,
            by,
            connection,
        } => {
            let mut relayer = settings::reader(&connection).await?;
            if let Some(by) = by {
                relayer.finders = Finders::only(&by.replace('-', " ")).ok_or_else(|| {
                    Error::Setting(SettingError::Other(format!(
                        "--by: `{by}` is no way of finding changes"
                    )))
                })?;
            }
            report::print(json, &relayer::diff(&relayer, source, block).await?)
        }
        Command::Doctor {
            contract,
            connection,
        } => {
            let patient = settings::Patient::resolve(&connection).await?;
            let options = DoctorOptions {
                source: patient.source.as_ref(),
                target: patient.target.as_ref(),
                deployment: patient.deployment.as_ref(),
                wallet: patient.wallet,
                contract,
            };
            report::print(json, &relayer::doctor(&options).await)
        }
        Command::Notary(command) => super::notary::run(json, command).await,
        Command::Demo => {
            let demo = relayer::demo::run(|step| {
                if json {
                    Ok(())
                } else {
                    report::print(false, step)
                }
            })
            .await?;
            report::print(json, &demo)
        }
        Command::Proof(ProofCommand::Build { pre, post, out }) => {
            let report = offline::build(&pre, &post)?;
            if let Some(out) = &out {
                offline::store_multi_proof(out, &report.multi_proof)?;
            }
            match json || out.is_none() {
                true => report::print(json, &report),
                false => report::print_text(&report::build_summary(&report)),
            }
        }
        Command::Proof(ProofCommand::Verify { pre, proof }) => {
            report::print(json, &offline::verify(&pre, &proof)?)
        }
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { out } => manual::man(out.as_deref()),
    }
}

async fn devchain(json: bool, options: &Devchain) -> Result<(), Error> {
    let config = settings::devchain(options);
    let chain_id = config.chain_id;
    let chain = DevChain::spawn(config).await?;
    let url = chain.url();
    match json {
        true => report::print_text(&json!({ "url": url, "chainId": chain_id }).to_string())?,
        false => report::print_text(&url)?,
    }
    tracing::info!(chain_id, %url, "listening");
    relayer::signalled().await;
    chain.stop().await;
    Ok(())
}
