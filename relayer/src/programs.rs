//! Activations of the deployed programs, which end a year after they began: how long they last, and beginning them anew.

use std::time::Duration;

use alloy_primitives::{Address, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use smartsync_abi::ArbWasm::{
    ProgramActivated, ProgramLifetimeExtended, activateProgramCall, codehashKeepaliveCall,
    programTimeLeftCall,
};
use smartsync_chain::{Chain, Receipt, Submitter, Transaction};

use crate::error::Error;

/// Arbitrum's precompile about programs.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const AT_ONCE: usize = 4;

/// A program that a deployment has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name in the deployment file.
    pub name: &'static str,
    /// Where it stands.
    pub address: Address,
}

/// How long a program can be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The program.
    pub program: Program,
    /// The time that is left; `None` when it is over, or the program must be activated for a newer Stylus version.
    pub left: Option<Duration>,
}

/// What a renewal took.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// Name of the program.
    pub program: &'static str,
    /// The transaction.
    pub tx_hash: alloy_primitives::TxHash,
    /// Wei of gas.
    pub fee: U256,
    /// Wei of data fee.
    pub data_fee: U256,
}

/// Seconds until a program's activation ends. The chain reverts where it has ended, where there was none, and where it was for an older
/// version of Stylus.
pub async fn time_left(target: &Chain, program: Address) -> Result<u64, smartsync_chain::Error> {
    target
        .view(ARB_WASM, &programTimeLeftCall { program })
        .await
}

/// How long programs can be entered, in their order.
pub async fn activations(target: &Chain, programs: &[Program]) -> Result<Vec<Activation>, Error> {
    stream::iter(programs)
        .map(|program| async move {
            let left = match time_left(target, program.address).await {
                Ok(seconds) => Some(Duration::from_secs(seconds)),
                Err(smartsync_chain::Error::Reverted { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            Ok(Activation {
                program: *program,
                left,
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Begins a program's life anew, or activates it again where that is over, for at most so much wei of data fee; the rest comes back.
pub async fn renew(
    submitter: &Submitter,
    activation: &Activation,
    most: U256,
) -> Result<Renewal, Error> {
    let (target, program) = (submitter.chain(), activation.program);
    let (call, data): (&'static str, Bytes) = match activation.left {
        Some(_) => {
            let code = target.code(program.address, target.head().await?).await?;
            let call = codehashKeepaliveCall {
                codehash: keccak256(code),
            };
            ("codehashKeepalive", call.abi_encode().into())
        }
        None => {
            let call = activateProgramCall {
                program: program.address,
            };
            ("activateProgram", call.abi_encode().into())
        }
    };
    let transaction = Transaction {
        call,
        to: Some(ARB_WASM),
        value: most,
        data,
    };
    let receipt = submitter.send(transaction).await?;
    Ok(Renewal {
        program: program.name,
        tx_hash: receipt.tx_hash,
        fee: receipt.fee(),
        data_fee: data_fee(&receipt),
    })
}

/// The data fee that a renewal's event names.
fn data_fee(receipt: &Receipt) -> U256 {
    let logs = receipt.logs.iter().filter(|log| log.address() == ARB_WASM);
    logs.filter_map(|log| {
        let extended = ProgramLifetimeExtended::decode_log(&log.inner).map(|log| log.dataFee);
        let activated = ProgramActivated::decode_log(&log.inner).map(|log| log.dataFee);
        extended.or(activated).ok()
    })
    .sum()
}
