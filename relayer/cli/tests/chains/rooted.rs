//! Registries on root sources without signers.

use std::path::PathBuf;

use alloy_primitives::Address;
use relayer::{DeployOptions, Relayer, SourceChainFacts, deploy};
use smartsync_chain::Submitter;

use crate::stage::{Stage, connect, create, key};

const BUFFER: &str = include_str!("../../../../tests/fixtures/artifacts/BlockHashBuffer.json");

/// A stage with another registry, on another root source, and the folder of its deployment file.
pub struct Rooted {
    pub stage: Stage,
    pub relayer: Relayer,
    pub buffer: Address,
    pub path: PathBuf,
    pub options: DeployOptions,
    _folder: tempfile::TempDir,
}

impl Rooted {
    /// With a buffer that anybody fills.
    pub async fn start(change: impl FnOnce(&mut DeployOptions)) -> Self {
        let stage = Stage::start().await;
        let buffer = create(&stage.relayer.submitter, BUFFER, &[]).await;
        Self::on(stage, buffer, change).await
    }

    /// With this buffer.
    pub async fn on(
        stage: Stage,
        buffer: Address,
        change: impl FnOnce(&mut DeployOptions),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deployment.json");
        // The programs that stand are kept.
        stage.deployment.store(&path).expect("stored");
        let mut options = DeployOptions::new(
            stage.source.chain().chain_id(),
            SourceChainFacts::cautious(0),
        );
        options.root_source.buffer = buffer;
        change(&mut options);
        let report = deploy(&stage.relayer.submitter, Some(&path), &options)
            .await
            .expect("deployed");
        assert!(
            report.deployed.contains(&"registry"),
            "{:?}",
            report.deployed
        );
        assert!(!report.deployed.contains(&"proxy"), "{:?}", report.deployed);
        let target = Submitter::new(
            connect(smartsync_chain::Side::Target, &stage.chains[1]).await,
            key(0),
        );
        let stored = relayer::Deployment::load(&path).expect("loaded");
        assert_eq!(stored, report.deployment);
        let relayer = Relayer::new(
            stage.source.chain().clone(),
            target,
            vec![key(9)],
            &stored,
            &path,
        )
        .expect("a relayer");
        Self {
            stage,
            relayer,
            buffer,
            path,
            options,
            _folder: folder,
        }
    }

    pub async fn mirrored(&self, table: Address, proxy: Address) {
        let [on_source, on_target] = self.stage.roots(table, proxy).await;
        assert_eq!(on_source, on_target);
    }
}
