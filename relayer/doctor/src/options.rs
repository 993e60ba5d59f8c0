use alloy_primitives::{Address, address};
use relayer::Deployment;
use smartsync_chain::{Chain, PrivateUrl};

/// EIP-2935: where a chain keeps the hashes of its last blocks. It always has storage, so it also serves to try with.
pub(crate) const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

/// What to look at.
#[derive(Debug, Default)]
pub struct DoctorOptions<'a> {
    /// The source chain.
    pub source: Option<&'a Chain>,
    /// The target chain.
    pub target: Option<&'a Chain>,
    /// The contracts on the target.
    pub deployment: Option<&'a Deployment>,
    /// The account that pays on the target.
    pub wallet: Option<Address>,
    /// Services that sign for the notary.
    pub notary_services: &'a [PrivateUrl],
    /// A contract on the source to try the finding of changes with; the EIP-2935 contract if there is none.
    pub contract: Option<Address>,
}
