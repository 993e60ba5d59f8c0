//! Threshold, epoch and members, in storage.

use alloy_primitives::{Address, B256, U256};
use smartsync_program::{host, storage};

const SETTINGS: u8 = 0;
const SOURCE_CHAIN_ID: u8 = 1;
/// Mapping from signer to one more than the last epoch it is a member in: a rotation needs to clear nothing.
const MEMBERSHIPS: u8 = 3;

/// One packed word.
pub struct Settings {
    /// Rises with each rotation.
    pub epoch: u64,
    /// Number of signatures required; 0 before the constructor has run.
    pub threshold: u64,
    /// Number of signers.
    pub count: u64,
}

impl Settings {
    /// Reads the settings.
    pub fn load() -> Self {
        let [_, epoch, threshold, count] = storage::unpack(&storage::load_variable(SETTINGS));
        Self {
            epoch,
            threshold,
            count,
        }
    }

    /// Writes the settings.
    pub fn store(&self) {
        storage::store_variable(
            SETTINGS,
            &storage::pack([0, self.epoch, self.threshold, self.count]),
        );
    }
}

/// Chain id that the headers belong to.
pub fn source_chain_id() -> U256 {
    storage::load_variable(SOURCE_CHAIN_ID).into()
}

/// Whether an account may sign in an epoch.
pub fn is_member(signer: &Address, epoch: u64) -> bool {
    let membership =
        U256::from_be_bytes(host::load(&storage::mapping(MEMBERSHIPS, signer.into_word())).0);
    membership == U256::from(epoch).wrapping_add(U256::ONE)
}

/// Makes an account a member in the epochs up to this one.
pub fn admit(signer: &Address, epoch: u64) {
    let membership = U256::from(epoch).wrapping_add(U256::ONE).into();
    host::store(
        &storage::mapping(MEMBERSHIPS, signer.into_word()),
        &membership,
    );
}

/// Writes the chain id that the headers belong to.
pub fn set_source_chain_id(chain_id: &B256) {
    storage::store_variable(SOURCE_CHAIN_ID, chain_id);
}
