//! The signer set, its threshold and epoch, in storage.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::{
    INotary::{InvalidSignerSet, SignersRotated},
    IProgramErrors::AlreadyInitialized,
};
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, revert, storage};

use crate::{signatures, typed_data};

const SETTINGS: u8 = 0;
const SOURCE_CHAIN_ID: u8 = 1;
const SIGNERS: u8 = 2;
/// Mapping from signer to one more than the last epoch it is a member in: a rotation needs to clear nothing.
const MEMBERSHIPS: u8 = 3;

const MOST_SIGNERS: usize = 255;

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

fn slot_of(index: u64) -> B256 {
    storage::member(&keccak256(storage::variable(SIGNERS)), index)
}

/// The current set, ascending, as an encoded `address[]`.
pub fn all() -> Vec<u8> {
    let count = Settings::load().count;
    let mut words = Vec::with_capacity(MOST_SIGNERS.saturating_add(2));
    words.extend([32.to_word(), count.to_word()]);
    words.extend((0..count).map(|index| host::load(&slot_of(index))));
    encode(&words)
}

/// The constructor: sets the first signer set, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    let settings = Settings::load();
    if settings.threshold != 0 {
        return Err(revert(AlreadyInitialized {}));
    }
    storage::store_variable(SOURCE_CHAIN_ID, &arguments.word(0)?);
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
    let count = signers.len();
    if count == 0 || count > MOST_SIGNERS || threshold == 0 || threshold > count as u64 {
        return Err(revert(InvalidSignerSet {}));
    }
    let membership = U256::from(settings.epoch).wrapping_add(U256::ONE).into();
    let mut before = Address::ZERO;
    for (index, word) in (0..).zip(signers) {
        let signer = Arguments::new(word).address(0)?;
        // Strictly ascending from zero: no signer is zero, none is twice.
        if signer <= before {
            return Err(revert(InvalidSignerSet {}));
        }
        host::store(&slot_of(index), &signer.into_word());
        host::store(
            &storage::mapping(MEMBERSHIPS, signer.into_word()),
            &membership,
        );
        before = signer;
    }
    settings.threshold = threshold;
    settings.count = count as u64;
    settings.store();
    emit(&SignersRotated {
        epoch: settings.epoch,
        threshold,
        count: settings.count,
    });
    Ok(())
}
