//! The phases of a transaction, with what Arbitrum does differently.

use std::convert::Infallible;

use alloy_primitives::U256;
use revm::{
    Inspector,
    context::{JournalTr, Transaction},
    context_interface::result::{EVMError, HaltReason},
    handler::{EvmTr, FrameResult, Handler, evm::FrameTr, execution, post_execution},
    inspector::InspectorHandler,
    interpreter::{
        FrameInput, GasTracker, SharedMemory, interpreter::EthInterpreter,
        interpreter_action::FrameInit,
    },
};

use super::{arbitrum::NETWORK_FEE_ACCOUNT, context::Ctx, machine::Machine};

/// Runs a transaction on a [`Machine`].
pub struct ChainHandler<INSP> {
    /// Gas withheld from the first frame, given back when it ends.
    held: u64,
    _machine: std::marker::PhantomData<INSP>,
}

impl<INSP> Default for ChainHandler<INSP> {
    fn default() -> Self {
        Self {
            held: 0,
            _machine: std::marker::PhantomData,
        }
    }
}

impl<INSP: Inspector<Ctx>> Handler for ChainHandler<INSP> {
    type Evm = Machine<INSP>;
    type Error = EVMError<Infallible>;
    type HaltReason = HaltReason;

    /// As revm's, but an Arbitrum transaction computes with no more than the chain's limit: what it brought beyond
    /// that is withheld and given back.
    fn first_frame_input(
        &mut self,
        evm: &mut Self::Evm,
        gas: &mut GasTracker,
    ) -> Result<Option<FrameInit>, Self::Error> {
        let ctx = evm.ctx_mut();
        let memory = SharedMemory::new_with_buffer(ctx.local.shared_memory_buffer.clone());
        let Some(mut frame_input) = execution::create_init_frame(ctx, gas)? else {
            return Ok(None);
        };
        self.held = 0;
        if let Some(limit) = ctx.chain.compute_limit {
            let intrinsic = ctx.tx.gas_limit().saturating_sub(gas.remaining());
            let most = limit.saturating_sub(intrinsic);
            self.held = gas.remaining().saturating_sub(most);
            match &mut frame_input {
                FrameInput::Call(inputs) => inputs.gas_limit -= self.held,
                FrameInput::Create(inputs) => inputs.set_gas_limit(inputs.gas_limit() - self.held),
                FrameInput::Empty => {}
            }
        }
        Ok(Some(FrameInit {
            depth: 0,
            memory,
            frame_input,
        }))
    }

    fn last_frame_result(
        &mut self,
        _evm: &mut Self::Evm,
        frame_result: &mut <<Self::Evm as EvmTr>::Frame as FrameTr>::FrameResult,
        parent_gas: &mut GasTracker,
    ) -> Result<(), Self::Error> {
        settle(frame_result, parent_gas, self.held);
        Ok(())
    }

    /// Ethereum burns the base fee; Arbitrum pays it to the network fee account.
    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        exec_result: &mut <<Self::Evm as EvmTr>::Frame as FrameTr>::FrameResult,
    ) -> Result<(), Self::Error> {
        let ctx = evm.ctx_mut();
        if ctx.chain.arbitrum.is_none() {
            return Ok(post_execution::reward_beneficiary(ctx, exec_result.gas())?);
        }
        let price = ctx.tx.effective_gas_price(u128::from(ctx.block.basefee));
        let fee = U256::from(price) * U256::from(exec_result.gas().used());
        ctx.journaled_state.balance_incr(NETWORK_FEE_ACCOUNT, fee)?;
        Ok(())
    }
}

impl<INSP: Inspector<Ctx>> InspectorHandler for ChainHandler<INSP> {
    type IT = EthInterpreter;
}

/// Settles the first frame into the transaction's gas.
fn settle(result: &mut FrameResult, gas: &mut GasTracker, held: u64) {
    gas.spend_all();
    let ended = result.instruction_result();
    revm::handler::handle_reservoir_remaining_gas(ended, gas, result.gas_mut().tracker_mut());
    gas.erase_cost(held);
    *result.gas_mut().tracker_mut() = *gas;
}
