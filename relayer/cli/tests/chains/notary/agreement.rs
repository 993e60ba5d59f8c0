//! Nodes that must agree before anything is signed.

use alloy::transports::http::reqwest;
use smartsync_chain::{Chain, Endpoints, Finality, RawHeader, Side};
use smartsync_notary_service::{Journal, NodesError, Owner, SourceNodes};
use smartsync_roots::header_digest;

use super::{
    honest, other_source,
    service::{get, refused, serve, signed},
};
use crate::stage::{Stage, address, key};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_disagree_get_no_signature_and_a_majority_that_agrees_does() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let block = {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        stage.source.chain().head().await.expect("a head")
    };
    let source = stage.source.chain().clone();
    let other = other_source().await;
    let lying = other.url();
    let nodes = |urls: &[&String], quorum| Endpoints {
        urls: urls.iter().map(|url| address(url)).collect(),
        quorum,
        ..Endpoints::default()
    };
    let [http, websocket] = [stage.chains[0].url(), stage.chains[0].ws_url()];

    let journal = folder.path().join("journal");
    let both = nodes(&[&http, &lying], 2);
    let service = serve(&stage, 0, both, &journal).await;
    assert_eq!(
        refused(service.url.as_str(), block).await,
        (503, "NodesDisagree".to_owned())
    );
    // Final on the lying one alone.
    assert_eq!(
        refused(service.url.as_str(), block + 10).await,
        (404, "NotFinal".to_owned())
    );
    service.end().await;
    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: source.chain_id(),
    };
    assert!(
        Journal::open(&journal, owner)
            .expect("a journal")
            .is_empty()
    );

    let three = nodes(&[&lying, &http, &websocket], 2);
    let service = serve(&stage, 0, three, &journal).await;
    let answer = signed(service.url.as_str(), block).await;
    let header = RawHeader::fetch(&source, block).await.expect("a header");
    assert_eq!(answer.block_hash, header.header.hash);
    assert_eq!(answer.header, header.rlp);
    let (status, latest) = get(service.url.as_str(), "v1/latest").await;
    assert_eq!(
        (
            status,
            &latest["finalBlock"],
            &latest["signedBlock"],
            &latest["isSigner"]
        ),
        (200, &block.into(), &block.into(), &true.into())
    );
    // The digest is the contract's own.
    let digest = stage
        .relayer
        .target()
        .view(
            answer.domain.verifying_contract,
            &smartsync_abi::INotary::headerDigestCall {
                blockHash: answer.block_hash,
            },
        )
        .await
        .expect("a digest");
    assert_eq!(
        digest,
        header_digest(
            answer.domain.chain_id,
            answer.domain.verifying_contract,
            alloy_primitives::U256::from(answer.source_chain_id),
            answer.block_hash,
            answer.epoch,
        )
    );
    let (status, body) = get(service.url.as_str(), "v1/signatures/0x7").await;
    assert_eq!((status, &body["error"]), (400, &"NotABlockNumber".into()));
    let (status, body) = get(service.url.as_str(), "v2").await;
    assert_eq!((status, &body["error"]), (404, &"NotFound".into()));
    assert_eq!(get(service.url.as_str(), "healthz").await.0, 200);
    let metrics = reqwest::get(format!("{}metrics", service.url))
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(
        metrics.contains("\nsmartsync_notary_signatures_total 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains(&format!("\nsmartsync_notary_signed_block {block}\n")),
        "{metrics}"
    );
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_gone_takes_no_majority_with_it() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    let mut nodes = honest(&stage, 2);
    // Nobody listens on a port that only root may take, and that is not taken.
    nodes.urls.insert(0, address("http://127.0.0.1:1"));
    nodes.rounds = 2;
    let service = serve(&stage, 0, nodes, &folder.path().join("journal")).await;
    let answer = signed(service.url.as_str(), block).await;
    assert_eq!(answer.block_number, block);
    service.end().await;
}

#[tokio::test]
async fn a_quorum_that_two_headers_could_both_have_is_refused() {
    let config = devchain::Config::new(devchain::Kind::Evm);
    let chain = devchain::DevChain::spawn(config).await.expect("a chain");
    let nodes = Endpoints {
        urls: vec![address(&chain.url()), address(&chain.ws_url())],
        ..Endpoints::default()
    };
    let source = Chain::connect(Side::Source, nodes)
        .await
        .expect("connected");
    let refused = SourceNodes::new(source, Finality::Latest).expect_err("one of two");
    assert_eq!(
        refused,
        NodesError::Quorum {
            quorum: 1,
            nodes: 2
        }
    );
}
