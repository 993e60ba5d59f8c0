//! JSON-RPC errors in the shapes that clients parse.

use alloy_primitives::Bytes;
use alloy_sol_types::{Panic, Revert, SolError};
use revm::context_interface::result::{HaltReason, InvalidTransaction};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{chain::Refused, evm::Rejected};

/// A JSON-RPC error object.
#[derive(Clone, Debug, Serialize)]
pub struct RpcError {
    /// Its code.
    pub code: i64,
    /// What a person reads.
    pub message: String,
    /// What a program reads, such as revert data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// An error that a method's specification has a code for.
    pub fn coded(code: i64, message: impl Into<String>) -> Self {
        Self::new(code, message)
    }

    /// The body is not JSON.
    pub fn parse(message: impl Into<String>) -> Self {
        Self::new(-32_700, message)
    }

    /// The body is not a request.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(-32_600, message)
    }

    /// There is no such method.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(
            -32_601,
            format!("the method {method} does not exist/is not available"),
        )
    }

    /// The client can be answered, but nothing can be pushed to it.
    pub fn no_notifications() -> Self {
        Self::new(-32_601, "notifications not supported: open a WebSocket")
    }

    /// The parameters do not fit.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32_602, message)
    }

    /// The node itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(-32_603, message)
    }

    /// The request is fine but cannot be served.
    pub fn server(message: impl Into<String>) -> Self {
        Self::new(-32_000, message)
    }

    /// Something asked for is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new(-32_001, format!("{what} not found"))
    }

    /// A call failed without reverting; in geth's words where it has some.
    pub fn halted(reason: &HaltReason) -> Self {
        match reason {
            HaltReason::OutOfGas(_) => Self::server("out of gas"),
            HaltReason::PrecompileErrorWithContext(context) => {
                Self::server(format!("execution failed: {context}"))
            }
            HaltReason::StateChangeDuringStaticCall => Self::server("write protection"),
            HaltReason::InvalidFEOpcode | HaltReason::OpcodeNotFound => {
                Self::server("invalid opcode")
            }
            HaltReason::CreateContractSizeLimit => Self::server("max code size exceeded"),
            other => Self::server(format!("execution failed: {other}")),
        }
    }

    /// A call reverted: geth's shape, code 3 with the revert data.
    pub fn reverted(output: &Bytes) -> Self {
        let reason = Revert::abi_decode(output)
            .map(|revert| revert.reason)
            .or_else(|_not_a_message| Panic::abi_decode(output).map(|panic| panic.to_string()));
        let message = match reason {
            Ok(reason) => format!("execution reverted: {reason}"),
            Err(_custom_error) => "execution reverted".to_owned(),
        };
        Self {
            code: 3,
            message,
            data: Some(json!(output)),
        }
    }
}

/// Why a transaction is not valid, in the words that clients look for.
fn in_geths_words(invalid: &InvalidTransaction) -> String {
    match invalid {
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => {
            "max priority fee per gas higher than max fee per gas".to_owned()
        }
        InvalidTransaction::GasPriceLessThanBasefee => {
            "max fee per gas less than block base fee".to_owned()
        }
        InvalidTransaction::CallerGasLimitMoreThanBlock => "exceeds block gas limit".to_owned(),
        InvalidTransaction::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        } => format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}"),
        InvalidTransaction::GasFloorMoreThanGasLimit {
            gas_floor,
            gas_limit,
        } => {
            format!("insufficient gas for floor data gas cost: have {gas_limit}, want {gas_floor}")
        }
        InvalidTransaction::RejectCallerWithCode => "sender not an eoa".to_owned(),
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
            format!("insufficient funds for gas * price + value: have {balance} want {fee}")
        }
        InvalidTransaction::NonceOverflowInTransaction => "nonce has max value".to_owned(),
        InvalidTransaction::NonceTooHigh { tx, state } => {
            format!("nonce too high: tx: {tx} state: {state}")
        }
        InvalidTransaction::NonceTooLow { tx, state } => {
            format!("nonce too low: tx: {tx} state: {state}")
        }
        InvalidTransaction::CreateInitCodeSizeLimit => "max initcode size exceeded".to_owned(),
        InvalidTransaction::InvalidChainId => "invalid chain id for signer".to_owned(),
        InvalidTransaction::EmptyAuthorizationList => {
            "EIP-7702 transaction with empty auth list".to_owned()
        }
        other => other.to_string(),
    }
}

impl From<Refused> for RpcError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Rejected(rejected) => rejected.into(),
            other => Self::server(other.to_string()),
        }
    }
}

impl From<Rejected> for RpcError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Invalid(invalid) => Self::server(in_geths_words(&invalid)),
            Rejected::Machine(message) => Self::internal(message),
        }
    }
}
