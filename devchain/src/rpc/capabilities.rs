//! What the node is: its forks (EIP-7910), and how far back it knows what.

use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_primitives::{Address, Bytes, U64};
use serde_json::{Map, Value, json};

use super::api::Api;
use crate::config::Kind;

/// Names and addresses of the precompiled contracts of Osaka.
const PRECOMPILES: [(&str, u16); 18] = [
    ("BLAKE2F", 0x09),
    ("BLS12_G1ADD", 0x0b),
    ("BLS12_G1MSM", 0x0c),
    ("BLS12_G2ADD", 0x0d),
    ("BLS12_G2MSM", 0x0e),
    ("BLS12_MAP_FP2_TO_G2", 0x11),
    ("BLS12_MAP_FP_TO_G1", 0x10),
    ("BLS12_PAIRING_CHECK", 0x0f),
    ("BN254_ADD", 0x06),
    ("BN254_MUL", 0x07),
    ("BN254_PAIRING", 0x08),
    ("ECREC", 0x01),
    ("ID", 0x04),
    ("KZG_POINT_EVALUATION", 0x0a),
    ("MODEXP", 0x05),
    ("P256VERIFY", 0x100),
    ("RIPEMD160", 0x03),
    ("SHA256", 0x02),
];

/// `eth_config`: one fork, from genesis on.
pub fn config(api: &Api) -> Value {
    let ledger = api.read();
    let genesis = ledger.block(0).map(|block| block.hash).unwrap_or_default();
    let precompiles: Map<String, Value> = PRECOMPILES
        .iter()
        .map(|(name, number)| {
            let address = Address::left_padding_from(&number.to_be_bytes());
            ((*name).to_owned(), json!(address))
        })
        .collect();
    // Osaka's; an Arbitrum chain has no blobs.
    let blobs = match ledger.kind() {
        Kind::Evm => json!({ "target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716 }),
        Kind::Stylus => Value::Null,
    };
    json!({
        "current": {
            "activationTime": 0,
            "blobSchedule": blobs,
            "chainId": U64::from(ledger.config().chain_id),
            // EIP-2124: forks that stand at genesis do not count.
            "forkId": Bytes::copy_from_slice(&checksum(genesis.as_slice()).to_be_bytes()),
            "precompiles": precompiles,
            "systemContracts": { "HISTORY_STORAGE_ADDRESS": HISTORY_STORAGE_ADDRESS },
        },
        "next": Value::Null,
        "last": Value::Null,
    })
}

/// `eth_capabilities`: everything since genesis.
pub fn capabilities(api: &Api) -> Value {
    let ledger = api.read();
    let head = ledger.head();
    let all = json!({ "disabled": false, "oldestBlock": "0x0" });
    json!({
        "head": { "number": U64::from(head.header.number), "hash": head.hash },
        "state": all,
        "tx": all,
        "logs": all,
        "receipts": all,
        "blocks": all,
        "stateproofs": all,
    })
}

/// What the node calls itself. Helpers of other tools ask by its first part whether the test methods are there.
pub fn client_version() -> String {
    format!("anvil/smartsync-devchain/v{}", env!("CARGO_PKG_VERSION"))
}

/// `anvil_nodeInfo`.
pub fn node_info(api: &Api) -> Value {
    let ledger = api.read();
    let head = ledger.head();
    let (pending, _) = ledger.pending();
    json!({
        "currentBlockNumber": U64::from(head.header.number),
        "currentBlockTimestamp": head.header.timestamp,
        "currentBlockHash": head.hash,
        "hardFork": "osaka",
        "transactionOrder": "fifo",
        "environment": {
            "baseFee": U64::from(pending.block.basefee),
            "chainId": ledger.config().chain_id,
            "gasLimit": U64::from(pending.block.gas_limit),
            "gasPrice": U64::from(pending.block.basefee),
        },
        "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
    })
}

/// `anvil_metadata`.
pub fn metadata(api: &Api) -> Value {
    let ledger = api.read();
    let head = ledger.head();
    let genesis = ledger.block(0).map(|block| block.hash).unwrap_or_default();
    json!({
        "clientVersion": client_version(),
        "chainId": ledger.config().chain_id,
        "instanceId": genesis,
        "latestBlockNumber": head.header.number,
        "latestBlockHash": head.hash,
    })
}

/// CRC-32 (IEEE).
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = sum & 1;
            sum >>= 1;
            if carry == 1 {
                sum ^= 0xedb8_8320;
            }
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;

    use super::*;

    #[test]
    fn the_checksum_of_the_main_networks_genesis_is_that_of_eip_2124() {
        let genesis = b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
        assert_eq!(checksum(genesis.as_slice()), 0xfc64_ec04);
    }
}
