//! The precompiled contracts: Ethereum's, and on a Stylus chain Arbitrum's.

use alloy_primitives::{Address, map::AddressSet};
use revm::{
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::hardfork::SpecId,
};

use super::{arbitrum, context::Ctx};

/// Whether a precompiled contract stands at an address of a chain of this fork.
pub fn is_precompile(address: &Address, arbitrum: bool) -> bool {
    ChainPrecompiles::new(SpecId::OSAKA, arbitrum)
        .warm
        .contains(address)
}

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
        let Some(address) = ctx.chain.moves.resolve(inputs.bytecode_address) else {
            return Ok(None);
        };
        let moved;
        let mut inputs = inputs;
        if address != inputs.bytecode_address {
            moved = CallInputs {
                bytecode_address: address,
                ..inputs.clone()
            };
            inputs = &moved;
        }
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
