use alloy::rpc::types::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::Deserialize;
use serde_json::json;

use super::{cache, execution_gas};
use crate::{CallError, Chain, Error, MirrorReader, SelfReader, Stage, request};

/// Gas that a view call of one slot takes through a mirror, above the same call of the logic itself.
#[derive(Clone, Debug)]
pub struct NativeRead {
    /// Who calls, and how.
    pub context: &'static str,
    /// Whether the programs are cached.
    pub cached: bool,
    /// Gas.
    pub added: u64,
}

/// Reads of the native lane, in each context.
pub async fn native_reads(stage: &Stage, programs: &[Address]) -> Result<Vec<NativeRead>, Error> {
    let mirror = stage.mirrored_reader(77).await?;
    let logic = stage.record(mirror).await?.logic;
    let direct = stage.on_target(&SelfReader::BYTECODE, []).await?;
    let set = SelfReader::setCall {
        value_: U256::from(77),
    };
    stage.target.send(direct, set).await?;
    let reader = stage.on_target(&MirrorReader::BYTECODE, [0; 32]).await?;
    let data = Bytes::from(SelfReader::valueCall {}.abi_encode());
    let mut reads = Vec::new();
    for cached in [true, false] {
        cache(&stage.target, programs, cached).await?;
        for (warm, context) in [
            (
                false,
                "STATICCALL from a contract, first in the transaction",
            ),
            (
                true,
                "STATICCALL from a contract, repeated in the transaction",
            ),
        ] {
            let metered = async |to| {
                let accounts = if warm { vec![to, logic] } else { Vec::new() };
                metered(&stage.target, reader, to, &data, &accounts).await
            };
            reads.push(NativeRead {
                context,
                cached,
                added: metered(mirror.proxy).await? - metered(direct).await?,
            });
        }
        let through = execution_gas(&stage.target, mirror.proxy, data.clone()).await?;
        let alone = execution_gas(&stage.target, direct, data.clone()).await?;
        reads.push(NativeRead {
            context: "not static (a wallet's `eth_call`, a plain CALL), first in the transaction",
            cached,
            added: through - alone,
        });
    }
    Ok(reads)
}

/// Gas of a STATICCALL from a contract, with these accounts, and their first slot, warm: what an earlier read in the same
/// transaction leaves (EIP-2929, EIP-2930).
pub(super) async fn metered(
    chain: &Chain,
    reader: Address,
    to: Address,
    data: &Bytes,
    warm: &[Address],
) -> Result<u64, Error> {
    let account = |address: &Address| AccessListItem {
        address: *address,
        storage_keys: vec![B256::ZERO],
    };
    let warm: Vec<_> = warm.iter().map(account).collect();
    metered_with(chain, reader, meter(to, data), warm.into()).await
}

/// The same with all warm that an earlier read in the same transaction touched, slots too, as the node lists it.
pub(super) async fn metered_again(
    chain: &Chain,
    reader: Address,
    to: Address,
    data: &Bytes,
) -> Result<u64, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Listed {
        access_list: AccessList,
    }
    let call = meter(to, data);
    let method = "eth_createAccessList";
    let asked = json!([{ "from": Chain::account(0), "to": reader, "data": Bytes::from(call.abi_encode()) }, "latest"]);
    let listed: Listed =
        serde_json::from_value(chain.rpc(method, asked).await?).map_err(|error| Error::Rpc {
            method,
            reason: error.to_string(),
        })?;
    metered_with(chain, reader, call, listed.access_list).await
}

fn meter(to: Address, data: &Bytes) -> MirrorReader::meterStaticCall {
    MirrorReader::meterStaticCall {
        mirror: to,
        data: data.clone(),
        gasLimit: U256::from(20_000_000),
    }
}

async fn metered_with(
    chain: &Chain,
    reader: Address,
    call: MirrorReader::meterStaticCall,
    warm: AccessList,
) -> Result<u64, Error> {
    let to = call.mirror;
    let request = request(reader, call.abi_encode().into()).access_list(warm);
    let failed = |reason: String| Error::Rpc {
        method: "eth_call",
        reason,
    };
    let output = chain
        .call_with(request)
        .await
        .map_err(|error: CallError| failed(format!("{error:?}")))?;
    let answer = MirrorReader::meterStaticCall::abi_decode_returns(&output)
        .map_err(|error| failed(error.to_string()))?;
    if !answer.success {
        return Err(failed(format!("the read of {to} fails")));
    }
    Ok(answer.gasUsed.to())
}
