//! What mined transactions saw of their block, on Ethereum and on chains that came of it.

use alloy::{
    consensus::{Transaction as ConsensusTransaction, Typed2718},
    network::TransactionResponse,
    rpc::types::Transaction,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256};
use revm::{
    context::{BlockEnv, TxEnv, either::Either},
    primitives::{
        eip4844::{BLOB_BASE_FEE_UPDATE_FRACTION_CANCUN, BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE},
        hardfork::SpecId,
    },
};
use serde::Deserialize;
use serde_json::Value;

/// The last type of transaction that Ethereum has (EIP-7702). Other chains count from 0x7f down, and from 0x64 up.
const LAST_TYPE: u8 = 4;

/// A block's header as far as it matters to what runs in it. Chains leave out much of what Ethereum's blocks have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockFields {
    /// Block number.
    pub number: U64,
    /// Seconds since 1970.
    pub timestamp: U64,
    /// Who is paid.
    #[serde(default, alias = "author")]
    pub miner: Address,
    /// Gas that the block may use.
    pub gas_limit: Option<U64>,
    /// Gas that it used.
    #[serde(default)]
    pub gas_used: U64,
    /// Wei per gas (EIP-1559).
    pub base_fee_per_gas: Option<U256>,
    /// Difficulty, or 0.
    pub difficulty: Option<U256>,
    /// The beacon chain's randomness, or the proof of work.
    pub mix_hash: Option<B256>,
    /// EIP-4844.
    pub excess_blob_gas: Option<U64>,
    /// EIP-4895: Shanghai.
    pub withdrawals_root: Option<B256>,
    /// EIP-4788: Cancun.
    pub parent_beacon_block_root: Option<B256>,
    /// EIP-7685: Prague.
    pub requests_hash: Option<B256>,
    /// What `NUMBER` answers on Arbitrum chains: the parent chain's block.
    pub l1_block_number: Option<U64>,
}

impl BlockFields {
    /// The rules that the block may have been made by, the likeliest first: those that its fields tell, as on Ethereum, and all
    /// later ones. Arbitrum's and Bor's blocks have the fields of London and the instructions of today.
    pub fn candidates(&self) -> Vec<SpecId> {
        let told: &[SpecId] = if self.requests_hash.is_some() {
            // Osaka adds no field.
            &[SpecId::OSAKA, SpecId::PRAGUE]
        } else if self.parent_beacon_block_root.is_some() {
            &[SpecId::CANCUN]
        } else if self.withdrawals_root.is_some() {
            &[SpecId::SHANGHAI]
        } else if self.base_fee_per_gas.is_some() {
            &[SpecId::MERGE, SpecId::LONDON]
        } else {
            &[SpecId::BERLIN, SpecId::ISTANBUL]
        };
        let later = [
            SpecId::OSAKA,
            SpecId::PRAGUE,
            SpecId::CANCUN,
            SpecId::SHANGHAI,
        ];
        let later = later.into_iter().filter(|spec| {
            told.iter()
                .all(|told| told != spec && spec.is_enabled_in(*told))
        });
        told.iter().copied().chain(later).collect()
    }

    /// What the opcodes see of the block under these rules.
    pub fn environment(&self, spec: SpecId) -> BlockEnv {
        let mut block = BlockEnv {
            number: U256::from(self.l1_block_number.unwrap_or(self.number)),
            beneficiary: self.miner,
            timestamp: U256::from(self.timestamp),
            gas_limit: self.gas_limit.map_or(u64::MAX, |limit| limit.to()),
            basefee: self.base_fee(),
            difficulty: self.difficulty.unwrap_or_default(),
            prevrandao: spec
                .is_enabled_in(SpecId::MERGE)
                .then_some(self.mix_hash.unwrap_or_default()),
            ..BlockEnv::default()
        };
        if spec.is_enabled_in(SpecId::CANCUN) {
            let fraction = match spec.is_enabled_in(SpecId::PRAGUE) {
                true => BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE,
                false => BLOB_BASE_FEE_UPDATE_FRACTION_CANCUN,
            };
            // EIP-4844's exponential must not overflow: no blob gas ever costs e^50 wei.
            let excess = self.excess_blob_gas.unwrap_or_default().to::<u64>();
            let excess = excess.min(50 * fraction);
            block.set_blob_excess_gas_and_price(excess, fraction);
        }
        block
    }

    fn base_fee(&self) -> u64 {
        self.base_fee_per_gas
            .unwrap_or_default()
            .try_into()
            .unwrap_or(u64::MAX)
    }
}

/// A mined transaction, as it can be run here.
#[derive(Clone, Debug)]
pub struct Mined {
    /// Its type (EIP-2718).
    pub ty: u8,
    /// Whether it is run as its chain runs it: else as a plain call, without what is special about it.
    pub whole: bool,
    /// What to run; `None` where not even a plain call can be made of it.
    pub transaction: Option<TxEnv>,
}

/// What any transaction has, whatever its type.
#[derive(Deserialize)]
struct Plain {
    from: Address,
    to: Option<Address>,
    gas: U64,
    #[serde(default)]
    value: U256,
    #[serde(default, alias = "data")]
    input: Bytes,
    #[serde(default)]
    nonce: U64,
}

/// Reads a transaction as a node shows it in a block.
pub fn mined(value: &Value, block: &BlockFields) -> Mined {
    let ty = match value.get("type") {
        None | Some(Value::Null) => 0,
        Some(ty) => U64::deserialize(ty).map_or(u8::MAX, |ty| ty.saturating_to()),
    };
    if ty <= LAST_TYPE
        && let Ok(known) = Transaction::deserialize(value)
    {
        return Mined {
            ty,
            whole: true,
            transaction: Some(transaction(&known)),
        };
    }
    let plain = Plain::deserialize(value).ok().map(|plain| TxEnv {
        caller: plain.from,
        gas_limit: plain.gas.to(),
        gas_price: u128::from(block.base_fee()),
        kind: plain.to.map_or(TxKind::Create, TxKind::Call),
        value: plain.value,
        data: plain.input,
        nonce: plain.nonce.to(),
        chain_id: None,
        ..TxEnv::default()
    });
    Mined {
        ty,
        whole: false,
        transaction: plain,
    }
}

/// A mined transaction as revm takes it.
fn transaction(mined: &Transaction) -> TxEnv {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(more: Value) -> BlockFields {
        let mut block = json!({ "number": "0x10", "timestamp": "0x20" });
        block
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        BlockFields::deserialize(block).expect("a block")
    }

    #[test]
    fn the_rules_that_a_header_tells_come_first_and_the_newer_ones_after_them() {
        let root = B256::ZERO;
        for (block, candidates) in [
            // Ethereum of today.
            (
                json!({ "baseFeePerGas": "0x7", "withdrawalsRoot": root, "parentBeaconBlockRoot": root, "requestsHash": root }),
                &[SpecId::OSAKA, SpecId::PRAGUE][..],
            ),
            // An OP Stack chain of Ecotone.
            (
                json!({ "baseFeePerGas": "0x7", "withdrawalsRoot": root, "parentBeaconBlockRoot": root }),
                &[SpecId::CANCUN, SpecId::OSAKA, SpecId::PRAGUE],
            ),
            // Arbitrum, Bor.
            (
                json!({ "baseFeePerGas": "0x7", "l1BlockNumber": "0x5" }),
                &[
                    SpecId::MERGE,
                    SpecId::LONDON,
                    SpecId::OSAKA,
                    SpecId::PRAGUE,
                    SpecId::CANCUN,
                    SpecId::SHANGHAI,
                ],
            ),
        ] {
            assert_eq!(fields(block).candidates(), candidates);
        }
    }

    #[test]
    fn number_is_the_parent_chain_s_block_on_arbitrum_and_absent_fields_are_no_mistake() {
        let ethereum = fields(json!({})).environment(SpecId::OSAKA);
        assert_eq!(
            (ethereum.number, ethereum.gas_limit),
            (U256::from(0x10), u64::MAX)
        );
        let arbitrum = fields(json!({ "l1BlockNumber": "0x5", "gasLimit": "0x4000000000000" }));
        let arbitrum = arbitrum.environment(SpecId::LONDON);
        assert_eq!(
            (arbitrum.number, arbitrum.gas_limit),
            (U256::from(5), 1 << 50)
        );
    }

    #[test]
    fn a_transaction_of_another_chain_s_type_is_read_as_a_plain_call() {
        let account = Address::repeat_byte(0x11);
        let deposit = mined(
            &json!({
                "type": "0x7e", "from": account, "to": account, "gas": "0xf4240", "value": "0x1", "input": "0x1234",
                "mint": "0x0", "nonce": "0x3", "sourceHash": B256::ZERO, "isSystemTx": false,
            }),
            &fields(json!({ "baseFeePerGas": "0x7" })),
        );
        assert_eq!((deposit.ty, deposit.whole), (0x7e, false));
        let run = deposit.transaction.expect("a plain call");
        assert_eq!(
            (run.caller, run.kind, run.gas_limit, run.gas_price),
            (account, TxKind::Call(account), 1_000_000, 7)
        );
        assert_eq!(run.data, Bytes::from_static(&[0x12, 0x34]));
        let nothing = mined(&json!({ "type": "0x6a" }), &fields(json!({})));
        assert_eq!((nothing.ty, nothing.transaction.is_none()), (0x6a, true));
    }
}
