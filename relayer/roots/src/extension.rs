//! Reaching an older block from a newer one that a root source knows: `extendMany` takes parents by their hash.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_abi::INotary::extendManyCall;
use smartsync_chain::{CALLDATA_LIMIT, Chain, RawHeader, Transaction};

use crate::{error::Error, root_source_error::RootSourceError};

/// How many blocks after the wanted one are looked at: what `extendMany` costs grows with the distance.
pub const LONGEST_EXTENSION: u64 = 256;
/// Headers in one `extendMany`: two storage slots each, some 5 million gas.
const HEADERS: usize = 100;
/// Of a transaction's bytes, for headers.
const BYTES: usize = CALLDATA_LIMIT - 10_000;

/// Transactions that lead a root source from a block it knows, or will know by then, down to an older one, whose header
/// ends the last call; those between are fetched and must form a chain.
pub(crate) async fn extension(
    source: &Chain,
    root_source: Address,
    known: RawHeader,
    wanted: &RawHeader,
) -> Result<Vec<Transaction>, Error> {
    let mut transactions = Vec::new();
    let mut child = known;
    let mut headers: Vec<Bytes> = Vec::new();
    while child.header.number > wanted.header.number {
        let number = child.header.number - 1;
        let parent = match number == wanted.header.number {
            true => wanted.clone(),
            false => RawHeader::fetch(source, number).await?,
        };
        if child.header.parent_hash != parent.header.hash {
            return Err(RootSourceError::BrokenChain {
                child: child.header.number,
                block: number,
                hash: parent.header.hash,
            }
            .into());
        }
        let bytes: usize = headers.iter().map(|header| header.len()).sum();
        if headers.len() == HEADERS || bytes + parent.rlp.len() > BYTES {
            transactions.push(transaction(root_source, std::mem::take(&mut headers)));
        }
        headers.push(parent.rlp.clone());
        child = parent;
    }
    if !headers.is_empty() {
        transactions.push(transaction(root_source, headers));
    }
    Ok(transactions)
}

fn transaction(root_source: Address, headers: Vec<Bytes>) -> Transaction {
    Transaction {
        call: "extendMany",
        to: Some(root_source),
        value: Default::default(),
        data: extendManyCall { headers }.abi_encode().into(),
    }
}
