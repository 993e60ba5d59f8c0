use alloy::rpc::types::Log;
use alloy_primitives::{Address, U64};
use alloy_sol_types::SolEvent;
use serde_json::json;
use smartsync_abi::IRegistry::{self, ProxyCreated, ProxyRecord, Status};
use smartsync_chain::Chain;

use crate::error::Error;

/// Blocks asked for in one `eth_getLogs`, at first; halved when the node refuses.
const LOG_BLOCKS: u64 = 1_000_000;

/// The registry on the target chain.
#[derive(Clone, Copy, Debug)]
pub struct Registry {
    /// Where it stands.
    pub address: Address,
    /// Target block of its deployment: nothing before it matters.
    pub since: u64,
}

/// A mirror as the registry knows it at a target block.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The mirror.
    pub proxy: Address,
    /// What the registry knows.
    pub record: ProxyRecord,
    /// Target block that this was read at.
    pub target_block: u64,
}

impl Registry {
    /// A mirror's record at a target block.
    pub async fn record(
        &self,
        target: &Chain,
        proxy: Address,
        target_block: u64,
    ) -> Result<ProxyRecord, Error> {
        let call = IRegistry::recordCall { proxy };
        Ok(target.view_at(self.address, &call, target_block).await?)
    }

    /// The mirror of record of a source, or of the mirror itself, at the newest target block; `None` when there is none.
    pub async fn mirror(
        &self,
        target: &Chain,
        source_or_proxy: Address,
    ) -> Result<Option<Mirror>, Error> {
        let of_source = IRegistry::proxyOfCall {
            source: source_or_proxy,
        };
        let by_itself = IRegistry::recordCall {
            proxy: source_or_proxy,
        };
        // Which mirror it is does not depend on the block that its record is read at.
        let (target_block, primary, as_proxy) = futures::join!(
            target.head(),
            target.view(self.address, &of_source),
            target.view(self.address, &by_itself)
        );
        let proxy = match as_proxy {
            Ok(record) if record.status != Status::None => source_or_proxy,
            Ok(_none) => primary?,
            Err(error) if error.is_revert("UnknownProxy") => primary?,
            Err(error) => return Err(error.into()),
        };
        if proxy == Address::ZERO {
            return Ok(None);
        }
        let target_block = target_block?;
        let record = self.record(target, proxy, target_block).await?;
        Ok(Some(Mirror {
            proxy,
            record,
            target_block,
        }))
    }

    /// All mirrors that were created, or those of one source, oldest first.
    pub async fn created(
        &self,
        target: &Chain,
        source: Option<Address>,
    ) -> Result<Vec<ProxyCreated>, Error> {
        let head = target.head().await?;
        let mut found = Vec::new();
        let (mut from, mut blocks) = (self.since, LOG_BLOCKS);
        while from <= head {
            let to = head.min(from.saturating_add(blocks - 1));
            let filter = json!({
                "address": self.address,
                "fromBlock": U64::from(from),
                "toBlock": U64::from(to),
                "topics": [ProxyCreated::SIGNATURE_HASH, null_or_topic(None), null_or_topic(source)],
            });
            match target
                .request::<_, Vec<Log>>("eth_getLogs", (filter,))
                .await
            {
                Ok(logs) => {
                    found.extend(
                        logs.iter()
                            .filter_map(|log| ProxyCreated::decode_log_data(log.data()).ok()),
                    );
                    from = to + 1;
                }
                Err(error) if error.is_refusal() && blocks > 1 => blocks /= 2,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

fn null_or_topic(address: Option<Address>) -> serde_json::Value {
    address.map_or(serde_json::Value::Null, |address| {
        json!(address.into_word())
    })
}

/// A status in words.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::None => "none",
        Status::Created => "created",
        Status::Active => "active",
        Status::Open => "open",
        _ => "unknown",
    }
}
