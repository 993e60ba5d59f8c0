use alloy_primitives::U256;

use super::Submitter;
use crate::error::Error;

/// What a transaction offers, wei per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// Most that a unit of gas may cost, priority fee included.
    pub(super) max_fee: u128,
    /// Priority fee.
    pub(super) tip: u128,
}

/// What the chain asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    pub(super) fees: Fees,
    /// Whether the chain has base fees (EIP-1559); else `max_fee` is the gas price.
    pub(super) dynamic: bool,
}

impl Submitter {
    /// Fees as they are now, within the limits.
    pub(super) async fn quote(&self, call: &'static str) -> Result<Quote, Error> {
        let (block, tip) = futures::try_join!(self.chain.latest_block(), self.priority_fee())?;
        if let Some(base_fee) = block.base_fee_per_gas {
            let fees = self.limits.fees(call, base_fee.saturating_to(), tip)?;
            return Ok(Quote {
                fees,
                dynamic: true,
            });
        }
        let price: U256 = self.chain.request("eth_gasPrice", ()).await?;
        let needed: u128 = price.saturating_to();
        match self.limits.max_fee_per_gas {
            Some(ceiling) if needed > ceiling => Err(Error::FeeAboveCeiling {
                call,
                needed,
                ceiling,
            }),
            _ => Ok(Quote {
                fees: Fees {
                    max_fee: needed,
                    tip: 0,
                },
                dynamic: false,
            }),
        }
    }

    /// Suggested priority fee in wei; none where the node suggests none, as on an Arbitrum chain.
    async fn priority_fee(&self) -> Result<u128, Error> {
        match self
            .chain
            .request::<_, U256>("eth_maxPriorityFeePerGas", ())
            .await
        {
            Ok(fee) => Ok(fee.saturating_to()),
            Err(error) if error.is_refusal() => Ok(0),
            Err(error) => Err(error),
        }
    }
}
