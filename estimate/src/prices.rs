use serde::{Deserialize, Serialize};

use crate::EstimateError;

/// What gas, data and ether cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prices {
    /// Price of gas on the target chain in gwei: its base fee.
    pub gas_price: f64,
    /// Price of one unit of data in gwei, of which a compressed byte has 16: `ArbGasInfo.getL1BaseFeeEstimate`.
    pub data_price: f64,
    /// Price of one ether in any currency; no amounts in it without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ether_price: Option<f64>,
}

/// Arbitrum One's lowest base fee, and a unit of data at 0.1 gwei: an assumption, since it moves with the parent chain's.
impl Default for Prices {
    fn default() -> Self {
        Self {
            gas_price: 0.02,
            data_price: 0.1,
            ether_price: None,
        }
    }
}

impl Prices {
    pub(crate) fn check(&self) -> Result<(), EstimateError> {
        for (name, got) in [
            ("gas price", Some(self.gas_price)),
            ("data price", Some(self.data_price)),
            ("ether price", self.ether_price),
        ] {
            if let Some(got) = got.filter(|got| !got.is_finite() || *got < 0.0) {
                return Err(EstimateError::NotPositive { name, got });
            }
        }
        Ok(())
    }
}
