use alloy::transports::RpcError;
use alloy_primitives::{Bytes, U64};
use smartsync_chain::Chain;

use crate::{error::Error, read::Read};

/// How nodes name exceptions (Yellow Paper, section 9.4.2) but for the end of gas, of which each has its own: geth, Nethermind, Besu, and
/// revm's of Reth and anvil.
const HALTS: [&str; 12] = [
    "invalid opcode",
    "invalidfeopcode",
    "opcodenotfound",
    "badinstruction",
    "invalid jump",
    "invalidjump",
    "bad jump",
    "stack underflow",
    "stackunderflow",
    "stack limit",
    "stackoverflow",
    "return data out of bounds",
];

/// Whether a node's error says that the code halted: an answer without data, as a STATICCALL sees it.
fn is_halt(message: &str) -> bool {
    let message = message.to_lowercase();
    HALTS.iter().any(|halt| message.contains(halt))
}

/// Whether it says that there was not enough gas.
fn is_out_of_gas(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("out of gas") || message.contains("outofgas")
}

/// What a contract answers at a block: whether it returned, and with what. `TooLarge` where the node itself runs out of gas.
pub async fn answer(chain: &Chain, read: &Read, block: u64) -> Result<(bool, Bytes), Error> {
    let answered = chain
        .try_request::<_, Bytes>("eth_call", (read.request(), U64::from(block)))
        .await;
    match answered.map_err(|error| chain.call_error(error, "eth_call", "the view")) {
        Ok(data) => Ok((true, data)),
        Err(smartsync_chain::Error::Reverted { revert, .. }) => Ok((false, revert.data)),
        Err(smartsync_chain::Error::Rpc {
            source: RpcError::ErrorResp(payload),
            ..
        }) if is_halt(&payload.message) => Ok((false, Bytes::new())),
        Err(smartsync_chain::Error::Rpc {
            source: RpcError::ErrorResp(payload),
            ..
        }) if is_out_of_gas(&payload.message) => Err(Error::TooLarge(Box::new(read.clone()))),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_halts_is_told_from_a_node_that_fails() {
        for halt in [
            "invalid opcode: INVALID",
            "invalid opcode: opcode 0xc not defined",
            "stack underflow (0 <=> 2)",
            "stack limit reached 1024 (1023)",
            "invalid jump destination",
            "return data out of bounds",
            "EVM error: InvalidFEOpcode",
            "EVM error InvalidJump",
            "Bad jump destination",
        ] {
            assert!(is_halt(halt), "{halt}");
        }
        for other in [
            "out of gas",
            "missing trie node",
            "header not found",
            "too many requests",
            "execution timeout",
        ] {
            assert!(!is_halt(other), "{other}");
            assert_eq!(is_out_of_gas(other), other == "out of gas", "{other}");
        }
        assert!(is_out_of_gas("EVM error: OutOfGas"));
    }
}
