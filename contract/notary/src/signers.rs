//! The signer set: who may replace it, and how.

use alloc::vec::Vec;

use smartsync_abi::{
    INotary::{InvalidSignerSet, SignersRotated},
    IProgramErrors::AlreadyInitialized,
};
use smartsync_headers as headers;
use smartsync_program::{AddressSet, Arguments, Reply, emit, revert};

use crate::{
    settings::{self, Settings},
    signatures, typed_data,
};

const SIGNERS: u8 = 2;

const MOST_SIGNERS: u64 = 255;

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
    settings::set_source_chain_id(&arguments.word(0)?);
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
    settings.threshold = threshold;
    settings.count = AddressSet::at(SIGNERS).replace(
        signers,
        threshold,
        MOST_SIGNERS,
        || revert(InvalidSignerSet {}),
        |signer| settings::admit(signer, settings.epoch),
    )?;
    settings.store();
    emit(&SignersRotated {
        epoch: settings.epoch,
        threshold,
        count: settings.count,
    });
    Ok(())
}
