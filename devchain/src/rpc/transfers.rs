//! Transfers of ether as logs, as `eth_simulateV1` shows them where it is asked to.

use alloy_primitives::{Address, B256, Log, LogData, U256, address, b256};
use revm::{
    Inspector,
    context::JournalTr,
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome},
};

use crate::evm::Ctx;

/// The address that the logs name.
const EMITTER: Address = address!("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
/// `Transfer(address,address,uint256)`.
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// Logs each transfer before what the callee logs; one that is undone leaves none.
#[derive(Debug, Default)]
pub struct Transfers {
    /// For each open frame, how many logs there were before it.
    before: Vec<usize>,
}

impl Transfers {
    fn enter(&mut self, ctx: &mut Ctx, from: Address, to: Address, value: U256) {
        self.before.push(ctx.journaled_state.inner.logs.len());
        if value.is_zero() {
            return;
        }
        let topics = vec![TRANSFER, from.into_word(), to.into_word()];
        let data = value.to_be_bytes_vec().into();
        ctx.journaled_state.log(Log {
            address: EMITTER,
            data: LogData::new_unchecked(topics, data),
        });
    }

    fn leave(&mut self, ctx: &mut Ctx, success: bool) {
        let before = self.before.pop();
        if let Some(before) = before
            && !success
        {
            ctx.journaled_state.inner.logs.truncate(before);
        }
    }
}

impl Inspector<Ctx> for Transfers {
    fn call(&mut self, ctx: &mut Ctx, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let value = inputs.transfer_value().unwrap_or_default();
        self.enter(ctx, inputs.caller, inputs.target_address, value);
        None
    }

    fn call_end(&mut self, ctx: &mut Ctx, _inputs: &CallInputs, outcome: &mut CallOutcome) {
        self.leave(ctx, outcome.result.is_ok());
    }

    fn create(&mut self, ctx: &mut Ctx, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let Ok(creator) = ctx.journaled_state.load_account(inputs.caller());
        let created = inputs.created_address(creator.data.info.nonce);
        self.enter(ctx, inputs.caller(), created, inputs.value());
        None
    }

    fn create_end(&mut self, ctx: &mut Ctx, _inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        self.leave(ctx, outcome.result.is_ok());
    }
}
