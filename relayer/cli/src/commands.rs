use std::time::Duration;

use alloy_primitives::U256;
use relayer::{DeployOptions, MigrateOptions, SyncOptions, offline, state_file};
use smartsync_doctor::DoctorOptions;
use smartsync_finder::Finders;
use smartsync_groups::{PlanOptions, ProvenOptions, Question, call, call_proven, plan};
use smartsync_roots::PushOptions;
use smartsync_service::{Config as WatchConfig, ServiceOptions, WatchOptions};

use crate::{
    arguments::{Arguments, Command, ConfigCommand, ProofCommand},
    coordinate::Coordinate,
    devchain,
    error::{Error, SettingError},
    feed, group, manual, notary, questions,
    report::{self, ConfigReport},
    session,
    settings::Settings,
    status, watch,
};

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<(), Error> {
    let json = arguments.json;
    match arguments.command {
        Command::Devchain(options) => devchain::run(json, &options).await,
        Command::Deploy {
            connection,
            source_chain_id,
            facts,
            signers,
            threshold,
            root_source,
            activation_value,
            prover,
            anew,
        } => {
            let activation_value = state_file::number(&activation_value)
                .map_err(|problem| Error::Setting(SettingError::ActivationValue(problem)))?;
            let settings = Settings::resolve(&connection, None)?;
            let source = settings.source_chain(source_chain_id)?;
            let (submitter, source_chain_id) = session::deployer(&settings, &source).await?;
            let options = DeployOptions {
                signers,
                threshold,
                root_source: root_source.options(),
                activation_value,
                prover,
                anew,
                ..DeployOptions::new(source_chain_id, facts.of(source_chain_id)?)
            };
            let report = relayer::deploy(&submitter, Some(&settings.deployment), &options).await?;
            report::print(json, &report)
        }
        Command::Plan {
            source,
            questions,
            block,
            blocks,
            max_slots,
            connection,
        } => {
            let questions = questions.about(source)?;
            let relayer = session::reader(&Settings::resolve(&connection, None)?).await?;
            let options = PlanOptions {
                block,
                blocks,
                max_slots,
            };
            report::print(json, &plan(&relayer, source, &questions, &options).await?)
        }
        Command::Estimate(arguments) => report::print(json, &arguments.estimate()?),
        Command::Call {
            source,
            function,
            arguments,
            from,
            compare,
            proven,
            block,
            send_to,
            connection,
        } => {
            let question =
                Question::parse(source, from, &function, &arguments).map_err(questions::wrong)?;
            let settings = Settings::resolve(&connection, None)?;
            let relayer = match send_to {
                Some(_) => session::relayer(&settings).await?,
                None => session::reader(&settings).await?,
            };
            let answer = match proven {
                true => {
                    let prover = group::prover(&settings.deployment)?;
                    let options = ProvenOptions {
                        block,
                        compare,
                        send_to,
                    };
                    call_proven(&relayer, prover, &question, &options).await?
                }
                false => call(&relayer, &question, compare).await?,
            };
            report::print(json, &answer)?;
            match (answer.holds(), answer.differs()) {
                (true, _) => Ok(()),
                (false, true) => Err(Error::Differs),
                (false, false) => Err(Error::ReadFailed(
                    answer.error.unwrap_or_else(|| "no reason given".to_owned()),
                )),
            }
        }
        Command::Feed(command) => feed::run(json, command).await,
        Command::Migrate {
            source,
            block,
            load,
            questions,
            connection,
        } => {
            let questions = questions.about(source)?;
            let settings = Settings::resolve(&connection, None)?;
            let relayer = session::relayer(&settings).await?;
            if !questions.is_empty() {
                let path = &settings.deployment;
                let alone = Coordinate::default();
                let moved = group::move_to(&relayer, path, source, &questions, block, &alone);
                return report::print(json, &moved.await?);
            }
            let options = MigrateOptions {
                block,
                load,
                ..MigrateOptions::default()
            };
            report::print(json, &relayer::migrate(&relayer, source, &options).await?)
        }
        Command::Sync {
            address,
            block,
            coordinate,
            connection,
        } => {
            let settings = Settings::resolve(&connection, None)?;
            let relayer = session::relayer(&settings).await?;
            let path = &settings.deployment;
            if let Some(source) = group::named(&relayer, path, address).await? {
                let moved = group::move_to(&relayer, path, source, &[], block, &coordinate);
                return report::print(json, &moved.await?);
            }
            let synced = coordinate
                .sync(&relayer, address, &SyncOptions { block })
                .await?;
            match synced.rolled_back {
                Some(head) => Err(Error::RolledBack {
                    proxy: synced.proxy,
                    recorded: synced.source_block,
                    head,
                }),
                None => report::print(json, &synced),
            }
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
            if let (Some(config), true) = (&config, check) {
                return report::print(json, &ConfigReport::of(config));
            }
            let settings = Settings::resolve(&connection, config.as_ref())?;
            let (options, mut service) = match &config {
                Some(config) => (config.watch_options(), config.service_options()),
                None => (
                    WatchOptions::every(sources, Duration::from_secs(every)),
                    ServiceOptions::default(),
                ),
            };
            service.listen = listen.or(service.listen);
            if config.as_ref().is_some_and(|config| config.witnesses) {
                service.witnesses = Some(group::prover(&settings.deployment)?);
            }
            let coordinate = coordinate.or(config.and_then(|config| config.database));
            watch::run(json, &settings, &coordinate, options, &service).await
        }
        Command::Push {
            inbox,
            hashes,
            max_cost,
            pusher,
            connection,
        } => {
            let settings = Settings::resolve(&connection, None)?;
            let options = PushOptions {
                hashes,
                max_cost: U256::from(max_cost),
                pusher,
                ..PushOptions::new(inbox)
            };
            let (pusher, relayer) = session::pusher_and_reader(&settings, options).await?;
            report::print(json, &relayer.push(&pusher).await?)
        }
        Command::Config(ConfigCommand::Check { file }) => {
            report::print(json, &ConfigReport::of(&WatchConfig::load(&file)?))
        }
        Command::Status { connection } => {
            let settings = Settings::resolve(&connection, None)?;
            let relayer = session::reader(&settings).await?;
            report::print(json, &status::status(&relayer, &settings.deployment).await?)
        }
        Command::Diff {
            source,
            block,
            by,
            connection,
        } => {
            let mut relayer = session::reader(&Settings::resolve(&connection, None)?).await?;
            if let Some(by) = by {
                relayer.finders = Finders::only(&by.replace('-', " "))
                    .ok_or_else(|| Error::Setting(SettingError::NoFinder(by)))?;
            }
            report::print(json, &relayer::diff(&relayer, source, block).await?)
        }
        Command::Doctor {
            contract,
            connection,
        } => {
            let settings = Settings::resolve(&connection, None)?;
            let patient = session::Patient::resolve(&settings).await?;
            let options = DoctorOptions {
                source: patient.source.as_ref(),
                target: patient.target.as_ref(),
                deployment: patient.deployment.as_ref(),
                wallet: patient.wallet,
                notary_services: &settings.signatures.services,
                contract,
            };
            report::print(json, &smartsync_doctor::doctor(&options).await)
        }
        Command::Notary(command) => notary::run(json, command).await,
        Command::Demo => {
            let demo = smartsync_demo::run(|step| match json {
                true => Ok(()),
                false => report::write(false, step),
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
