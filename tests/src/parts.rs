use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::U256;
use smartsync_abi::IRegistry;

use crate::{Error, Mirror, System, account_proof, storage_proof};

/// What a mirror needs that no single transaction brings up to date.
impl System {
    /// The call that proves, by inclusion, the values of these slots at a source block.
    pub async fn part_call(
        &self,
        mirror: Mirror,
        block: u64,
        slots: &[U256],
    ) -> Result<IRegistry::partCall, Error> {
        let proof = self.source.proof(mirror.source, slots, block).await?;
        let values: Vec<(U256, U256)> = proof
            .storage_proof
            .iter()
            .map(|slot| (slot.key.as_b256().into(), slot.value))
            .collect();
        let built =
            smartsync_proof::build_inclusion(&values, proof.storage_hash, storage_proof(&proof))
                .map_err(|error| Error::Rpc {
                    method: "eth_getProof",
                    reason: format!("no multi-proof from it: {error}"),
                })?;
        Ok(IRegistry::partCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            accountProof: account_proof(&proof),
            multiProof: built.multi_proof.into(),
        })
    }

    /// The call that writes unproven values.
    pub fn load_call<'a>(
        &self,
        mirror: Mirror,
        state: impl IntoIterator<Item = (&'a U256, &'a U256)>,
    ) -> IRegistry::loadCall {
        let (slots, values) = state.into_iter().unzip();
        IRegistry::loadCall {
            proxy: mirror.proxy,
            slots,
            values,
        }
    }

    /// The call that proves the whole, by a header of the target.
    pub async fn complete_call(
        &self,
        mirror: Mirror,
        block: u64,
        target_block: u64,
    ) -> Result<IRegistry::completeCall, Error> {
        let source = self.source.proof(mirror.source, &[], block).await?;
        let target = self.target.proof(mirror.proxy, &[], target_block).await?;
        let (_, header) = self.target.header(target_block).await?;
        Ok(IRegistry::completeCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            sourceAccountProof: account_proof(&source),
            targetHeader: header,
            targetAccountProof: account_proof(&target),
        })
    }

    /// The same by the newest header, which the block mined here confirms.
    pub async fn complete_call_now(
        &self,
        mirror: Mirror,
        block: u64,
    ) -> Result<IRegistry::completeCall, Error> {
        let target_block = self.target.block_number().await?;
        self.target.mine().await?;
        self.complete_call(mirror, block, target_block).await
    }

    /// Completes a mirror by the newest header.
    pub async fn complete(&self, mirror: Mirror, block: u64) -> Result<TransactionReceipt, Error> {
        let call = self.complete_call_now(mirror, block).await?;
        self.target.send(self.registry, call).await
    }
}
