//! The precompiled contracts: Ethereum's, and on a Stylus chain Arbitrum's.

use alloy_primitives::{Address, map::AddressSet};
use revm::{
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::hardfork::SpecId,
};

use super::{arbitrum, context::Ctx};

/// Ethereum's precompiles, and Arbitrum's where there are any.
#[derive(Clone, Debug)]
pub struct ChainPrecompiles {
    ethereum: EthPrecompiles,
    warm: AddressSet,
}

impl ChainPrecompiles {
    /// The precompiles of a fork.
    pub fn new(spec: SpecId, arbitrum: bool) -> Self {
        let ethereum = EthPrecompiles::new(spec);
        let mut warm = ethereum.warm_addresses().clone();
        if arbitrum {
            warm.extend(arbitrum::addresses());
        }
        Self { ethereum, warm }
    }
}

impl PrecompileProvider<Ctx> for ChainPrecompiles {
    type Output = InterpreterResult;

    /// The fork never changes within a chain; the addresses are to be warmed once for each machine.
    fn set_spec(&mut self, _spec: SpecId) -> bool {
        true
    }

    fn run(
        &mut self,
        ctx: &mut Ctx,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        match arbitrum::run(ctx, inputs) {
            Some(result) => Ok(Some(result)),
            None => self.ethereum.run(ctx, inputs),
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        self.warm.contains(address)
    }
}
