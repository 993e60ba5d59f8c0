/// What is known of the paying account's nonces.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    /// The one after the last used here.
    pub(super) next: Option<u64>,
    /// Nonces, from the first and before the second, of an earlier process's transactions that are stuck.
    pub(super) stuck: Option<(u64, u64)>,
}
