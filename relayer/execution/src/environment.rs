//! What mined transactions saw of their block.

use alloy::{
    consensus::{Header as ConsensusHeader, Transaction as ConsensusTransaction, Typed2718},
    network::TransactionResponse,
    rpc::types::{Header, Transaction},
};
use alloy_primitives::U256;
use revm::{
    context::{BlockEnv, TxEnv, either::Either},
    primitives::{
        eip4844::{BLOB_BASE_FEE_UPDATE_FRACTION_CANCUN, BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE},
        hardfork::SpecId,
    },
};

/// The rules that a block may have been made by, told by the fields of its header, the likelier first.
pub fn candidates(header: &Header) -> Vec<SpecId> {
    let header = &header.inner;
    if header.requests_hash.is_some() {
        // Osaka adds no field.
        vec![SpecId::OSAKA, SpecId::PRAGUE]
    } else if header.parent_beacon_block_root.is_some() {
        vec![SpecId::CANCUN]
    } else if header.withdrawals_root.is_some() {
        vec![SpecId::SHANGHAI]
    } else if header.base_fee_per_gas.is_some() {
        vec![SpecId::MERGE, SpecId::LONDON]
    } else {
        vec![SpecId::BERLIN, SpecId::ISTANBUL]
    }
}

/// What the opcodes see of the block.
pub fn block(header: &ConsensusHeader, spec: SpecId) -> BlockEnv {
    let mut block = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: spec.is_enabled_in(SpecId::MERGE).then_some(header.mix_hash),
        ..BlockEnv::default()
    };
    if spec.is_enabled_in(SpecId::CANCUN) {
        let fraction = match spec.is_enabled_in(SpecId::PRAGUE) {
            true => BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE,
            false => BLOB_BASE_FEE_UPDATE_FRACTION_CANCUN,
        };
        block.set_blob_excess_gas_and_price(header.excess_blob_gas.unwrap_or_default(), fraction);
    }
    block
}

/// A mined transaction as revm takes it.
pub fn transaction(mined: &Transaction) -> TxEnv {
    TxEnv {
        tx_type: mined.ty(),
        caller: mined.from(),
        gas_limit: mined.gas_limit(),
        gas_price: ConsensusTransaction::max_fee_per_gas(mined),
        kind: mined.kind(),
        value: mined.value(),
        data: mined.input().clone(),
        nonce: mined.nonce(),
        chain_id: mined.chain_id(),
        access_list: mined.access_list().cloned().unwrap_or_default(),
        // ganache mines transactions whose tip is above their own limit, which then is what they pay.
        gas_priority_fee: mined
            .max_priority_fee_per_gas()
            .map(|tip| tip.min(ConsensusTransaction::max_fee_per_gas(mined))),
        blob_hashes: mined
            .blob_versioned_hashes()
            .map(<[_]>::to_vec)
            .unwrap_or_default(),
        max_fee_per_blob_gas: mined.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: mined
            .authorization_list()
            .map(|list| list.iter().cloned().map(Either::Left).collect())
            .unwrap_or_default(),
    }
}
