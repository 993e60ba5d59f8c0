use alloc::vec::Vec;

use smartsync_abi::IRootSource::MalformedSubmission;
use smartsync_headers as headers;
use smartsync_program::{Arguments, Reply, revert};

use crate::{settings::Settings, signatures, typed_data};

/// Takes a header with signatures. A known header is not checked again.
pub fn submit(arguments: Arguments<'_>) -> Reply {
    let submission = Arguments::new(arguments.bytes(0)?);
    let (Ok(header), Ok(evidence)) = (submission.bytes(0), submission.bytes(1)) else {
        return Err(revert(MalformedSubmission {}));
    };
    let header = headers::decode(header)?;
    if !headers::is_known(&header)? {
        let settings = Settings::load();
        signatures::check(
            &typed_data::header_digest(&header.hash, settings.epoch),
            evidence,
            &settings,
        )?;
        headers::accept(&header)?;
    }
    Ok(Vec::new())
}
