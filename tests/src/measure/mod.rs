//! What `docs/costs.md` and `docs/evaluation.md` are measured with: the same code for both.

mod bytes;
mod cache;
mod exact_lane;
mod fill;
mod gas;
mod group;
mod instructions;
mod kind;
mod migration;
mod native_lane;
mod parts;
mod path;
mod programs;
mod protocols;
mod proven_claim;
mod proven_read;
mod sync;

pub use bytes::{eip1186_bytes, floor_bytes};
pub use cache::cache;
pub use exact_lane::{ExactRead, exact_reads};
pub use fill::{fill, mirror_by_fiat, mirror_of};
pub use gas::{calldata_gas, execution_gas, settled_gas};
pub use group::{UnchangedMember, unchanged_members};
pub use instructions::{Instructions, Part, instructions};
pub use kind::ChangeKind;
pub use migration::{Migration, migrations};
pub use native_lane::{NativeRead, native_reads};
pub use parts::{CALLDATA_LIMIT, Parts, by_hash, in_parts};
pub use path::path_of;
pub use programs::{deployed, padded_vault};
pub use protocols::{Protocol, ProtocolRead};
pub use proven_claim::{Claims, ProvenClaim, proven_claim};
pub use proven_read::{ProvenRead, proven_read};
pub use sync::{Measured, ProofBytes, Sync, sync};
