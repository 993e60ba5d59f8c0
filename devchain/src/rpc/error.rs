//! JSON-RPC errors in the shapes that clients parse.

use alloy_primitives::Bytes;
use alloy_sol_types::{Panic, Revert, SolError};
use revm::context_interface::result::HaltReason;
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

impl From<Refused> for RpcError {
    fn from(refused: Refused) -> Self {
        Self::server(refused.to_string())
    }
}

impl From<Rejected> for RpcError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Invalid(invalid) => Self::server(invalid.to_string()),
            Rejected::Machine(message) => Self::internal(message),
        }
    }
}
