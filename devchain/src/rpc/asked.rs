//! The transaction that a request is about.

use alloy_rpc_types_eth::TransactionRequest;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

/// The members that it may have: those of geth's `TransactionArgs`, and what clients send beside them.
const MEMBERS: [&str; 20] = [
    "from",
    "to",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "maxFeePerBlobGas",
    "value",
    "nonce",
    "data",
    "input",
    "accessList",
    "chainId",
    "blobVersionedHashes",
    "blobs",
    "commitments",
    "proofs",
    "cellProofs",
    "authorizationList",
    "type",
];

/// A transaction as an object with no member that is not known.
#[derive(Debug)]
pub struct Asked(pub TransactionRequest);

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        if let Some(name) = members
            .keys()
            .find(|name| !MEMBERS.contains(&name.as_str()))
        {
            return Err(D::Error::custom(format!(
                "a transaction has no member {name:?}"
            )));
        }
        serde_json::from_value(Value::Object(members))
            .map(Self)
            .map_err(D::Error::custom)
    }
}
