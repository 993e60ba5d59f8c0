use alloy_primitives::Address;

use super::reader::Section;

/// What is expected.
pub(super) const ADDRESS: &str =
    "a contract's address, 0x and 40 digits, in lower case or with the right checksum (EIP-55)";

/// An address from text.
pub(super) fn contract(text: &str) -> Option<Address> {
    smartsync_chain::address(text).ok()
}

/// A contract's address that must be there.
pub(super) fn address(section: &mut Section<'_>, key: &'static str) -> Option<Address> {
    section.required(key, ADDRESS, contract)
}
