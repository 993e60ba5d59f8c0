#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account_proof;
mod contract_kind;
mod data_fee;
mod error;
mod estimate;
mod gas;
mod prices;
mod skeleton;
mod storage_proof;
mod transaction;
mod workload;

pub use contract_kind::ContractKind;
pub use data_fee::{UNITS_PER_BYTE, compressed_bytes, data_gas, data_units};
pub use error::EstimateError;
pub use estimate::{Cost, Day, Estimate, estimate};
pub use gas::{SyncShape, calldata_gas, copy_gas, header_gas, parts_gas, sync_gas};
pub use prices::Prices;
pub use storage_proof::StorageProof;
pub use workload::Workload;
