//! The notary's signer as a service: what it signs, what it never signs, and what a relayer makes of its answers.

mod agreement;
mod doctor;
mod gathering;
mod memory;
mod process;
mod rotation;
mod service;

use smartsync_chain::{Endpoints, Side};
use smartsync_roots::{RootSource, RootSourceKind, SignatureSources};

use crate::stage::{Stage, address, connect, key};

/// The source's node under so many addresses, which count as different nodes.
fn honest(stage: &Stage, addresses: usize) -> Endpoints {
    let urls = [stage.chains[0].url(), stage.chains[0].ws_url()];
    Endpoints {
        urls: urls
            .iter()
            .take(addresses)
            .map(|url| address(url))
            .collect(),
        quorum: addresses,
        ..Endpoints::default()
    }
}

/// A stage whose notary wants 2 of the accounts 3, 4 and 5.
async fn two_of_three() -> Stage {
    let signers = [3, 4, 5].map(|index| key(index).address());
    Stage::start_with(|options| {
        options.signers = signers.to_vec();
        options.threshold = 2;
    })
    .await
}

fn asking(stage: &mut Stage, sources: SignatureSources) {
    stage.relayer.root_source = RootSource::new(
        RootSourceKind::Notary,
        stage.relayer.root_source.address(),
        sources,
    );
}

/// Another chain with the chain id of the source: a node that lies has such headers.
async fn other_source() -> devchain::DevChain {
    let config = devchain::Config::new(devchain::Kind::Evm);
    let chain = devchain::DevChain::spawn(config).await.expect("a chain");
    let connected = connect(Side::Source, &chain).await;
    for _ in 0..20 {
        // One at a time, so that its headers have other times than the source's.
        let _mined: serde_json::Value = connected.request("evm_mine", ()).await.expect("mined");
    }
    chain
}
