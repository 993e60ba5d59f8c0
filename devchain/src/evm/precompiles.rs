//! The precompiled contracts: Ethereum's, and on a Stylus chain Arbitrum's.

use alloy_primitives::{Address, map::AddressSet};
use revm::{
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::hardfork::SpecId,
};

use super::machine::Ctx;

/// Ethereum's precompiles, and Arbitrum's where there are any.
#[derive(Clone, Debug)]
pub struct ChainPrecompiles {
    ethereum: EthPrecompiles,
    arbitrum: bool,
}

impl ChainPrecompiles {
    /// The precompiles of a fork.
    pub fn new(spec: SpecId, arbitrum: bool) -> Self {
        Self {
            ethereum: EthPrecompiles::new(spec),
            arbitrum,
        }
    }
}

impl PrecompileProvider<Ctx> for ChainPrecompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: SpecId) -> bool {
        <EthPrecompiles as PrecompileProvider<Ctx>>::set_spec(&mut self.ethereum, spec)
    }

    fn run(
        &mut self,
        ctx: &mut Ctx,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        self.ethereum.run(ctx, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.ethereum.warm_addresses()
    }

    fn contains(&self, address: &Address) -> bool {
        self.ethereum.contains(address)
    }
}
