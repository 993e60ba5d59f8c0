//! The signer set, its threshold and epoch, in storage.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smartsync_abi::{
    INotary::{InvalidSignerSet, SignersRotated},
    IProgramErrors::AlreadyInitialized,
};
use smartsync_headers as headers;
use smartsync_program::{AddressSet, Arguments, Reply, emit, host, revert, storage};

use crate::{signatures, typed_data};

const SETTINGS: u8 = 0;
const SOURCE_CHAIN_ID: u8 = 1;
const SIGNERS: u8 = 2;
/// Mapping from signer to one more than the last epoch it is a member in: a rotation needs to clear nothing.
const MEMBERSHIPS: u8 = 3;

const MOST_SIGNERS: u64 = 255;

/// One packed word.
pub struct Settings {
    /// Rises with each rotation.
    pub epoch: u64,
    /// Number of signatures required; 0 before the constructor has run.
    pub threshold: u64,
    count: u64,
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

/// The current set, ascending, as an encoded `address[]`.
pub fn all() -> Vec<u8> {
    AddressSet::at(SIGNERS).encode(Settings::load().count)
}

/// The constructor: sets the first signer set and the header store's pace, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    let settings = Settings::load();
    if settings.threshold != 0 {
        return Err(revert(AlreadyInitialized {}));
    }
    storage::store_variable(SOURCE_CHAIN_ID, &arguments.word(0)?);
    headers::initialize(arguments.uint64(3)?)?;
    install(settings, arguments.words(1)?, arguments.uint64(2)?)?;
    Ok(Vec::new())
}

/// Replaces the signer set, by signature of the current one.
pub fn rotate(arguments: Arguments<'_>) -> Reply {
    let (signers, threshold) = (arguments.words(0)?, arguments.uint64(1)?);
    let mut settings = Settings::load();
    let digest = typed_data::rotation_digest(signers, threshold, settings.epoch);
    signatures::check(&digest, arguments.bytes(2)?, &settings)?;
    settings.epoch = settings.epoch.saturating_add(1);
    install(settings, signers, threshold)?;
    Ok(Vec::new())
}

fn install(mut settings: Settings, signers: &[[u8; 32]], threshold: u64) -> Result<(), Vec<u8>> {
    let membership = U256::from(settings.epoch).wrapping_add(U256::ONE).into();
    settings.threshold = threshold;
    settings.count = AddressSet::at(SIGNERS).replace(
        signers,
        threshold,
        MOST_SIGNERS,
        || revert(InvalidSignerSet {}),
        |signer| {
            host::store(
                &storage::mapping(MEMBERSHIPS, signer.into_word()),
                &membership,
            )
        },
    )?;
    settings.store();
    emit(&SignersRotated {
        epoch: settings.epoch,
        threshold,
        count: settings.count,
    });
    Ok(())
}
