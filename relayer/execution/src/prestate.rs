use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};
use smartsync_chain::Chain;

use crate::read::Read;

const METHOD: &str = "debug_traceCall";

/// What the `prestateTracer` shows of an account: its state before what is traced.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Traced {
    pub balance: Option<U256>,
    #[serde(default)]
    pub nonce: U64,
    #[serde(default)]
    pub code: Bytes,
    /// The slots that are touched. Some nodes leave out those that are zero.
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// What a read touches at the end of a block, by the node's `prestateTracer`, in one request. `None` where it does not give that; then it is not asked for it
/// again as long as the connection lives.
pub(crate) async fn trace(
    chain: &Chain,
    read: &Read,
    block: u64,
) -> Option<BTreeMap<Address, Traced>> {
    if chain.lacks(METHOD) {
        return None;
    }
    let options = json!({ "tracer": "prestateTracer" });
    let traced = chain
        .request::<_, Value>(METHOD, (read.request(), U64::from(block), options))
        .await;
    match traced {
        Ok(answer) => match serde_json::from_value(answer) {
            Ok(traced) => return Some(traced),
            Err(error) => tracing::info!(%error, "what the node traces is of another form"),
        },
        Err(error) => tracing::info!(%error, "the node traces no reads"),
    }
    chain.learn_lack(METHOD);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn nodes_show_accounts_with_and_without_code_and_slots() {
        let contract = address!("00000000000000000000000000000000000000aa");
        let shown = json!({
            contract.to_string(): {
                "balance": "0x1", "nonce": 1, "code": "0x6000",
                "storage": { "0x0000000000000000000000000000000000000000000000000000000000000002": "0x0000000000000000000000000000000000000000000000000000000000000003" },
            },
            "0x0000000000000000000000000000000000000000": { "balance": "0x0" },
            "0x0000000000000000000000000000000000000001": { "nonce": "0x2" },
        });
        let traced: BTreeMap<Address, Traced> = serde_json::from_value(shown).expect("a trace");
        let account = &traced[&contract];
        assert_eq!(
            (account.balance, account.nonce),
            (Some(U256::ONE), U64::ONE)
        );
        assert_eq!(account.code, Bytes::from_static(&[0x60, 0]));
        assert_eq!(account.storage, [(U256::from(2), U256::from(3))].into());
        assert_eq!(traced[&Address::ZERO].balance, Some(U256::ZERO));
        let other = &traced[&Address::with_last_byte(1)];
        assert_eq!((other.balance, other.nonce), (None, U64::from(2)));
    }
}
