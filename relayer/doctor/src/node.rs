use alloy_primitives::{Address, U256};
use futures::{StreamExt, stream};
use smartsync_chain::{
    Block, Chain, Clock, Error, KEYS_PER_REQUEST, RawHeader, clock, fetch_unverified, plain, proofs,
};
use smartsync_finder::{Finders, Probe};

use crate::report::Checks;

/// Blocks looked back for one with transactions.
const RECENT: u64 = 64;

/// What either node must offer.
pub(crate) async fn node(chain: &Chain, contract: Address, checks: &mut Checks<'_>) {
    checks.note("chain id", true, chain.chain_id().to_string());
    let client = chain.request::<_, String>("web3_clientVersion", ()).await;
    checks.book("client", client.map(|client| plain(&client)));
    let mut head = 0;
    for tag in ["latest", "safe", "finalized"] {
        let block: Result<Block, Error> = chain.tagged_block(tag).await;
        let newest = block.as_ref().ok().filter(|_| tag == "latest");
        let clock = newest.map(|block| {
            head = block.number.to();
            Clock::compare(clock::local_time(), block.timestamp.to())
        });
        checks.book(tag, block.map(|block| format!("block {}", block.number)));
        if let Some(clock) = clock {
            checks.note("clock", clock == Clock::Agrees, clock.to_string());
        }
    }
    let header = RawHeader::fetch(chain, head).await;
    checks.book(
        "block headers",
        header.map(|header| format!("hash to the block's hash, {} bytes", header.rlp.len())),
    );
    checks.book("eth_getProof", proof_window(chain, contract, head).await);
    checks.book("keys a proof", most_keys(chain, contract, head).await);
}

/// How far back the node proves state.
async fn proof_window(chain: &Chain, contract: Address, head: u64) -> Result<String, Error> {
    let proves = async |block| {
        let root = proofs::storage_root(chain, contract, block).await?;
        Ok::<bool, Error>(root.is_some())
    };
    // Unlike a block that is too old, a method that is missing is worth its error.
    fetch_unverified(chain, contract, &[], head).await?;
    if proves(0).await? {
        return Ok("all blocks, back to the first".to_owned());
    }
    // The newest that is known not to be proven, and the oldest that is.
    let (mut without, mut with) = (0, head);
    while with - without > 1 {
        // Near the head first: windows are short.
        let step = ((head - with) * 2).max(1).min((with - without) / 2).max(1);
        match proves(with - step).await? {
            true => with -= step,
            false => without = with - step,
        }
    }
    Ok(format!("{} blocks, back to block {with}", head - with + 1))
}

/// How many slots one request proves; more than a relayer asks for are not tried.
async fn most_keys(chain: &Chain, contract: Address, head: u64) -> Result<String, Error> {
    let mut keys = KEYS_PER_REQUEST;
    loop {
        let slots: Vec<U256> = (0..keys as u64).map(U256::from).collect();
        match fetch_unverified(chain, contract, &slots, head).await {
            Ok(_proven) if keys == KEYS_PER_REQUEST => return Ok(format!("{keys} at least")),
            Ok(_proven) => return Ok(format!("{keys}, fewer than {KEYS_PER_REQUEST}")),
            Err(error) if keys == 1 => return Err(error),
            Err(_too_many) => keys /= 2,
        }
    }
}

/// Tries each way of finding changes; the name of the first that works.
pub(crate) async fn finding(
    source: &Chain,
    contract: Address,
    checks: &mut Checks<'_>,
) -> Option<String> {
    let probe = match recent_block(source).await {
        Ok(block) => Probe {
            source: source.clone(),
            contract,
            block: block.number.to(),
            transactions: block.transactions,
        },
        Err(error) => {
            checks.book("finding changes", Err(error));
            return None;
        }
    };
    let mut first = None;
    for way in Finders::default().all() {
        let tried = way.probe(&probe).await;
        if tried.is_ok() && first.is_none() {
            first = Some(way.name().to_owned());
        }
        let name = format!("finding changes by {}", way.name());
        checks.book(
            name,
            tried.map(|()| format!("tried on block {}", probe.block)),
        );
    }
    first
}

/// The newest block with transactions among the recent ones, else the newest.
async fn recent_block(source: &Chain) -> Result<Block, Error> {
    let head = source.latest_block().await?;
    if !head.transactions.is_empty() {
        return Ok(head);
    }
    let newest: u64 = head.number.to();
    let mut earlier = stream::iter((newest.saturating_sub(RECENT)..newest).rev())
        .map(|number| source.block(number))
        .buffered(8);
    while let Some(block) = earlier.next().await {
        let block = block?;
        if !block.transactions.is_empty() {
            return Ok(block);
        }
    }
    Ok(head)
}
