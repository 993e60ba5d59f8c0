use alloy_primitives::Bytes;
use serde::Serialize;

use crate::{
    EstimateError, Prices, StorageProof, UNITS_PER_BYTE, Workload,
    account_proof::account_proof,
    gas::{SyncShape, copy_gas, header_gas, parts_gas, sync_gas},
    transaction::{Data, header_calldata, sync_calldata},
};

/// Calldata of a transaction that a sequencer surely takes.
const CALLDATA_LIMIT: u64 = 90_000;
/// Values have as many bytes as an amount of a token, about.
const VALUE_BYTES: usize = 10;
/// Any number: the estimate of the same workload is always the same.
const SEED: u64 = 0x5eed;
/// Most changed slots that are drawn.
const DRAWN: f64 = 2_000.0;
const GWEI_PER_ETHER: f64 = 1e9;

/// What something costs on the target chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Transactions.
    pub transactions: f64,
    /// Gas of execution and calldata; the data fee is not in it.
    pub gas: f64,
    /// Calldata in bytes.
    pub calldata_bytes: f64,
    /// The signed transactions under brotli, in bytes.
    pub compressed_bytes: f64,
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            transactions: self.transactions + other.transactions,
            gas: self.gas + other.gas,
            calldata_bytes: self.calldata_bytes + other.calldata_bytes,
            compressed_bytes: self.compressed_bytes + other.compressed_bytes,
        }
    }

    fn times(self, factor: f64) -> Self {
        Self {
            transactions: self.transactions * factor,
            gas: self.gas * factor,
            calldata_bytes: self.calldata_bytes * factor,
            compressed_bytes: self.compressed_bytes * factor,
        }
    }
}

/// What a day costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Syncs, each with its header.
    pub syncs: f64,
    /// Transactions.
    pub transactions: f64,
    /// Gas of execution and calldata.
    pub gas: f64,
    /// Calldata in bytes.
    pub calldata_bytes: f64,
    /// The signed transactions under brotli, in bytes.
    pub compressed_bytes: f64,
    /// Gas times its price, in ether.
    pub execution_ether: f64,
    /// The L1 data fee in ether.
    pub data_ether: f64,
    /// Both.
    pub ether: f64,
    /// Both in the currency of `Prices::ether_price`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
}

/// What a mirror costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// What was asked.
    pub workload: Workload,
    /// At which prices.
    pub prices: Prices,
    /// Changed slots of a sync, on average.
    pub changed_slots: f64,
    /// A sync of that many, without its header.
    pub sync: Cost,
    /// The header that goes before it. Mirrors of one source chain that are synced to the same block share it.
    pub header: Cost,
    /// A day of both.
    pub per_day: Day,
    /// Gas of the first copy, once: all slots in parts; the contract's code is not in it.
    pub copy_gas: u64,
}

/// Estimates what a mirror costs a day.
///
/// # Errors
/// When a number is none that can be.
pub fn estimate(workload: &Workload, prices: &Prices) -> Result<Estimate, EstimateError> {
    workload.check()?;
    prices.check()?;
    let interval = workload.interval();
    // A sync changes whole slots: the mean of the two nearest numbers of them.
    let (below, above) = (interval.changed.floor(), interval.changed.ceil());
    let mut sync = sync_cost(workload, below)?;
    if above > below {
        let share = interval.changed - below;
        sync = sync
            .times(1.0 - share)
            .plus(sync_cost(workload, above)?.times(share));
    }
    let header = header_cost(workload.signers);
    let proof = account_proof(workload.source_accounts, SEED);
    let day = sync.plus(header).times(interval.syncs_per_day);
    Ok(Estimate {
        workload: *workload,
        prices: *prices,
        changed_slots: interval.changed,
        sync,
        header,
        per_day: priced(day, interval.syncs_per_day, prices),
        copy_gas: copy_gas(workload.slots, account_bytes(&proof)),
    })
}

fn priced(day: Cost, syncs: f64, prices: &Prices) -> Day {
    let units = day.compressed_bytes * UNITS_PER_BYTE as f64;
    let execution_ether = day.gas * prices.gas_price / GWEI_PER_ETHER;
    let data_ether = units * prices.data_price / GWEI_PER_ETHER;
    let ether = execution_ether + data_ether;
    Day {
        syncs,
        transactions: day.transactions,
        gas: day.gas,
        calldata_bytes: day.calldata_bytes,
        compressed_bytes: day.compressed_bytes,
        execution_ether,
        data_ether,
        ether,
        price: prices.ether_price.map(|price| price * ether),
    }
}

fn header_cost(signers: u64) -> Cost {
    let data = Data::of(header_calldata(signers, SEED), SEED);
    Cost {
        transactions: 1.0,
        gas: header_gas(data.calldata_gas, signers) as f64,
        calldata_bytes: data.calldata_bytes as f64,
        compressed_bytes: data.compressed_bytes as f64,
    }
}

fn account_bytes(proof: &[Bytes]) -> u64 {
    proof.iter().map(|node| node.len() as u64).sum()
}

/// The cost of a sync of so many changed slots. Of very many, a sixteenth is drawn, or a sixteenth of that: a trie with sixteen
/// times the slots and the changes is sixteen such tries under one branch.
fn sync_cost(workload: &Workload, changed: f64) -> Result<Cost, EstimateError> {
    let mut pieces = 1;
    while changed / pieces as f64 > DRAWN {
        pieces *= 16;
    }
    let drawn = (changed / pieces as f64).round() as usize;
    let added = (drawn as f64 * workload.added_share).round() as usize;
    let slots = (workload.slots / pieces).max(1);
    let proof = StorageProof::draw(slots, drawn, added, VALUE_BYTES, SEED)?;
    let account_proof = account_proof(workload.source_accounts, SEED);
    let account_proof_bytes = account_bytes(&account_proof);
    let of = |account_proof, multi_proof| {
        Data::of(sync_calldata(account_proof, multi_proof, SEED), SEED)
    };
    let account = of(account_proof.clone(), Bytes::new());
    let multi_proof_bytes = pieces * proof.multi_proof.len() as u64;
    let piece = of(account_proof, proof.multi_proof).without(account);
    let shape = SyncShape {
        changed: pieces * drawn as u64,
        added: pieces * added as u64,
        multi_proof_bytes,
        account_proof_bytes,
        calldata_gas: pieces * piece.calldata_gas,
        account_calldata_gas: account.calldata_gas,
    };
    let calldata_bytes = account.calldata_bytes + pieces * piece.calldata_bytes;
    let compressed_bytes = account.compressed_bytes + pieces * piece.compressed_bytes;
    if calldata_bytes <= CALLDATA_LIMIT {
        return Ok(Cost {
            transactions: 1.0,
            gas: sync_gas(&shape) as f64,
            calldata_bytes: calldata_bytes as f64,
            compressed_bytes: compressed_bytes as f64,
        });
    }
    // In parts: the same slots and about the same multi-proof, an account proof for each part, and two for the completion.
    let parts = multi_proof_bytes.div_ceil(CALLDATA_LIMIT - account.calldata_bytes);
    let more = parts + 1;
    Ok(Cost {
        transactions: (parts + 1) as f64,
        gas: parts_gas(&shape, parts) as f64,
        calldata_bytes: (calldata_bytes + more * account.calldata_bytes) as f64,
        compressed_bytes: (compressed_bytes + more * account.compressed_bytes) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContractKind;

    #[test]
    fn the_same_workload_is_estimated_the_same() {
        let token = ContractKind::Token.workload();
        let prices = Prices::default();
        assert_eq!(
            estimate(&token, &prices).unwrap(),
            estimate(&token, &prices).unwrap()
        );
    }

    #[test]
    fn a_longer_interval_costs_less_a_day() {
        let every = |interval| {
            let workload = Workload {
                interval,
                ..ContractKind::Token.workload()
            };
            let estimate = estimate(&workload, &Prices::default()).unwrap();
            (estimate.per_day.gas, estimate.per_day.data_ether)
        };
        let (minute, hour) = (every(60), every(3_600));
        assert!(
            hour.0 < minute.0 && hour.1 < minute.1,
            "{minute:?} {hour:?}"
        );
    }

    #[test]
    fn the_day_is_its_syncs_at_the_prices() {
        let prices = Prices {
            gas_price: 0.02,
            data_price: 0.5,
            ether_price: Some(2_000.0),
        };
        let workload = Workload {
            changes_per_hour: 3_600.0,
            hot_slots: Some(1),
            slots: 1,
            interval: 3_600,
            ..Workload::default()
        };
        let estimate = estimate(&workload, &prices).unwrap();
        let day = estimate.per_day;
        assert!((day.syncs - 24.0).abs() < 1e-9);
        let gas = 24.0 * (estimate.sync.gas + estimate.header.gas);
        let bytes = 24.0 * (estimate.sync.compressed_bytes + estimate.header.compressed_bytes);
        let ether = gas * 0.02e-9 + bytes * 16.0 * 0.5e-9;
        assert!((day.ether / ether - 1.0).abs() < 1e-9, "{day:?}");
        assert!((day.price.unwrap() / (ether * 2_000.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_estimate_is_json_with_the_names_of_the_command_line() {
        let prices = Prices {
            ether_price: Some(1.0),
            ..Prices::default()
        };
        let estimate = estimate(&Workload::default(), &prices).unwrap();
        let json = serde_json::to_value(&estimate).unwrap();
        assert_eq!(json["workload"]["changesPerHour"], 60.0);
        assert_eq!(json["prices"]["gasPrice"], 0.02);
        assert_eq!(json["perDay"]["price"], json["perDay"]["ether"]);
        assert!(json["perDay"]["dataEther"].as_f64().unwrap() > 0.0);
        assert!(json["sync"]["compressedBytes"].as_f64().unwrap() > 0.0);
    }

    #[test]
    fn an_interval_that_one_transaction_does_not_take_goes_in_parts() {
        let token = Workload {
            interval: 86_400,
            ..ContractKind::Token.workload()
        };
        let estimate = estimate(&token, &Prices::default()).unwrap();
        // Some 9,000 slots of 32 bytes each, their values, and the hashes between them.
        assert!(estimate.sync.transactions > 10.0, "{:?}", estimate.sync);
        assert!(estimate.sync.calldata_bytes > 9_000.0 * 42.0);
    }

    #[test]
    fn sixteen_pieces_of_a_contract_are_as_long_as_the_whole() {
        let bytes = |slots, changed| {
            let proof = StorageProof::draw(slots, changed, 0, VALUE_BYTES, SEED).unwrap();
            proof.multi_proof.len() as f64
        };
        let (whole, piece) = (bytes(160_000, 1_600), bytes(10_000, 100));
        assert!((16.0 * piece / whole - 1.0).abs() < 0.03, "{piece} {whole}");
    }

    #[test]
    fn a_negative_number_of_changes_is_refused() {
        let workload = Workload {
            changes_per_hour: -1.0,
            ..Workload::default()
        };
        assert!(matches!(
            estimate(&workload, &Prices::default()),
            Err(EstimateError::NotPositive { got, .. }) if got == -1.0
        ));
    }
}
