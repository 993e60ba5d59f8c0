use std::{path::Path, time::Duration};

use alloy::transports::http::reqwest::{self, Url};
use smartsync_chain::{Chain, Endpoints, Finality, Side};
use smartsync_notary_service::{
    NotaryServiceConfig, NotaryServiceError, SourceNodes, serve_notary,
};
use smartsync_roots::SignedHeader;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::stage::{Stage, key};

/// A service in this process.
pub struct Running {
    pub url: Url,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), NotaryServiceError>>,
}

impl Running {
    pub async fn end(mut self) {
        drop(self.stop.take());
        self.task.await.expect("no panic").expect("ended well");
    }
}

/// Serves the signer with the key of a dev account, over nodes that must agree.
pub async fn serve(stage: &Stage, signer: usize, nodes: Endpoints, journal: &Path) -> Running {
    let source = Chain::connect(Side::Source, nodes)
        .await
        .expect("connected");
    let config = NotaryServiceConfig {
        nodes: SourceNodes::new(source, Finality::Latest).expect("a quorum"),
        target: stage.relayer.target().clone(),
        notary: stage.relayer.root_source.address(),
        signer: key(signer).into(),
        journal: journal.to_owned(),
        create_journal: Some(0),
        window: 1_000,
        every: None,
        poll: Duration::from_secs(1),
        listen: "127.0.0.1:0".parse().expect("an address"),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel();
    let task = tokio::spawn(serve_notary(
        config,
        async {
            stopped.await.unwrap_or_default();
        },
        move |address| {
            tell.send(address).expect("the test waits");
            Ok(())
        },
    ));
    let address = told.await.expect("it listens");
    Running {
        url: format!("http://{address}").parse().expect("a URL"),
        stop: Some(stop),
        task,
    }
}

pub async fn get(url: &str, path: &str) -> (u16, serde_json::Value) {
    let response = reqwest::get(format!("{}/{path}", url.trim_end_matches('/')))
        .await
        .expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub async fn refused(url: &str, block: u64) -> (u16, String) {
    let (status, body) = get(url, &format!("v1/signatures/{block}")).await;
    assert!(body.get("signature").is_none(), "{body}");
    let name = body["error"].as_str().unwrap_or_else(|| panic!("{body}"));
    (status, name.to_owned())
}

pub async fn signed(url: &str, block: u64) -> SignedHeader {
    let (status, body) = get(url, &format!("v1/signatures/{block}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).expect("a signed header")
}
