use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, Bytes, U64};

use crate::{Chain, Error};

/// Gas of these bytes as calldata (EIP-2028).
pub fn calldata_gas(data: &[u8]) -> u64 {
    data.iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum()
}

/// Gas of a transaction, the same whenever it is measured. Headers, signatures and account proofs hold hashes that depend on the
/// clock; where one of their bytes happens to be zero, it is counted as 16 gas like the others, not 4. The true gas is
/// lower by 12 for each such byte: one in 256.
pub fn settled_gas<'a>(
    receipt: &TransactionReceipt,
    hashed: impl IntoIterator<Item = &'a Bytes>,
) -> u64 {
    let zeros = hashed
        .into_iter()
        .flat_map(|bytes| bytes.iter())
        .filter(|byte| **byte == 0)
        .count();
    receipt.gas_used + 12 * zeros as u64
}

/// Gas of a transaction by itself: neither 21,000 nor calldata. It is traced, not sent, since it need not fit into a transaction.
pub async fn execution_gas(chain: &Chain, to: Address, data: Bytes) -> Result<u64, Error> {
    let calldata = calldata_gas(&data);
    let method = "debug_traceCall";
    let call = serde_json::json!([
        { "from": Chain::account(0), "to": to, "data": data },
        "latest",
        { "tracer": "callTracer" },
    ]);
    let frame = chain.rpc(method, call).await?;
    let gas_used: U64 =
        serde_json::from_value(frame["gasUsed"].clone()).map_err(|error| Error::Rpc {
            method,
            reason: error.to_string(),
        })?;
    Ok(gas_used.to::<u64>() - 21_000 - calldata)
}
