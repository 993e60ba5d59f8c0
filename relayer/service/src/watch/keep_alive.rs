use std::time::Duration;

use alloy_primitives::U256;

/// When activations are renewed, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// One that lasts less is renewed, or warned of.
    pub within: Duration,
    /// Most wei of data fee for one; `None`: none is renewed.
    pub max_cost: Option<U256>,
}

impl Default for KeepAlive {
    /// A month, and nothing is paid.
    fn default() -> Self {
        Self {
            within: Duration::from_secs(30 * 86_400),
            max_cost: None,
        }
    }
}
