//! Whether what a typed error says is so, by the steps that the source's node traces.

use alloy_primitives::{Address, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};
use smartsync_abi::IReader::IReaderErrors as Reason;
use smartsync_tests::{Stage, packages::View};

/// One instruction that the source runs.
#[derive(Deserialize)]
struct Step {
    op: String,
    depth: usize,
    stack: Vec<U256>,
}

/// Who runs: whose storage, and whose code.
#[derive(Clone, Copy)]
struct Frame {
    account: Address,
    code: Address,
}

/// What it is called in a table.
pub fn name(reason: &Reason) -> String {
    match reason {
        Reason::UnsupportedInstruction(error) => {
            format!("UnsupportedInstruction({})", mnemonic(error.instruction))
        }
        Reason::NotAnswered(_) => "NotAnswered".into(),
        Reason::NotMirrored(_) => "NotMirrored".into(),
        Reason::BlocksDiffer(_) => "BlocksDiffer".into(),
        Reason::CodeUnknown(_) => "CodeUnknown".into(),
        Reason::BalanceUnknown(_) => "BalanceUnknown".into(),
        Reason::GasLimited(_) => "GasLimited".into(),
        Reason::PrecompileFailed(_) => "PrecompileFailed".into(),
        Reason::NativeAccount(_) => "NativeAccount".into(),
        Reason::LimitExceeded(_) => "LimitExceeded".into(),
    }
}

fn mnemonic(instruction: u8) -> &'static str {
    match instruction {
        0x32 => "ORIGIN",
        0x3a => "GASPRICE",
        0x40 => "BLOCKHASH",
        0x41 => "COINBASE",
        0x44 => "PREVRANDAO",
        0x45 => "GASLIMIT",
        0x48 => "BASEFEE",
        0x49 => "BLOBHASH",
        0x4a => "BLOBBASEFEE",
        _ => "another",
    }
}

/// Whether the source comes to what the error names.
pub async fn is_right(
    stage: &Stage,
    block: u64,
    view: &View,
    from: Address,
    reason: &Reason,
) -> bool {
    // Limits of ours, and mirrors apart: none of these scenes should come to them.
    if matches!(
        reason,
        Reason::NotAnswered(_)
            | Reason::LimitExceeded(_)
            | Reason::BlocksDiffer(_)
            | Reason::PrecompileFailed(_)
    ) {
        return false;
    }
    let call = json!({ "from": from, "to": view.to, "data": view.data, "gas": "0x1ab3f00" });
    let options = json!({ "disableStorage": true, "disableMemory": true });
    let traced = stage
        .source
        .rpc("debug_traceCall", json!([call, U64::from(block), options]))
        .await;
    let Ok(traced) = traced else {
        // Too many steps for the node to keep: the calls alone.
        let options = json!({ "tracer": "callTracer" });
        let calls = stage
            .source
            .rpc("debug_traceCall", json!([call, U64::from(block), options]))
            .await;
        return calls_it(&calls.unwrap(), reason);
    };
    let steps: Vec<Step> = serde_json::from_value(traced["structLogs"].clone()).unwrap();
    let first = Frame {
        account: view.to,
        code: view.to,
    };
    let (mut frames, mut next) = (vec![first], first);
    for step in &steps {
        if step.depth > frames.len() {
            frames.push(next);
        }
        frames.truncate(step.depth);
        let here = frames[step.depth - 1];
        let operand = |at: usize| {
            let index = step.stack.len().checked_sub(at)?;
            let word = step.stack.get(index)?;
            Some(Address::from_word((*word).into()))
        };
        let named = |account: &Address, at: usize| operand(at) == Some(*account);
        let op = step.op.as_str();
        let right = match reason {
            Reason::UnsupportedInstruction(error) => {
                let op = if op == "DIFFICULTY" { "PREVRANDAO" } else { op };
                op == mnemonic(error.instruction)
                    && [here.account, here.code].contains(&error.account)
            }
            Reason::BalanceUnknown(error) => match op {
                "BALANCE" => named(&error.account, 1),
                "SELFBALANCE" => here.account == error.account,
                _ => false,
            },
            Reason::CodeUnknown(error) => match op {
                "DELEGATECALL" | "CALLCODE" => named(&error.account, 2),
                "EXTCODESIZE" | "EXTCODEHASH" | "EXTCODECOPY" => named(&error.account, 1),
                _ => false,
            },
            Reason::NotMirrored(error) => match op {
                "CALL" | "STATICCALL" => named(&error.account, 2),
                "SLOAD" => here.account == error.account,
                _ => false,
            },
            Reason::GasLimited(error) => {
                let calls = ["CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"].contains(&op);
                let operand = step.stack.len().checked_sub(1).map(|top| step.stack[top]);
                calls && named(&error.account, 2) && operand == Some(error.gas)
            }
            Reason::NativeAccount(error) => {
                operand(1) == Some(error.account) || operand(2) == Some(error.account)
            }
            _ => false,
        };
        if right {
            return true;
        }
        if ["CALL", "STATICCALL"].contains(&op)
            && let Some(to) = operand(2)
        {
            next = Frame {
                account: to,
                code: to,
            };
        } else if ["DELEGATECALL", "CALLCODE"].contains(&op)
            && let Some(to) = operand(2)
        {
            next = Frame {
                account: here.account,
                code: to,
            };
        }
    }
    false
}

/// Whether one of the calls is of the account that the error names.
fn calls_it(frame: &Value, reason: &Reason) -> bool {
    let (kinds, account) = match reason {
        Reason::NotMirrored(error) => (["CALL", "STATICCALL"], error.account),
        Reason::CodeUnknown(error) => (["CALLCODE", "DELEGATECALL"], error.account),
        _ => return false,
    };
    let kind = frame["type"].as_str().unwrap_or_default();
    let to: Option<Address> = frame["to"].as_str().and_then(|to| to.parse().ok());
    let inner = frame["calls"].as_array().into_iter().flatten();
    kinds.contains(&kind) && to == Some(account)
        || inner.into_iter().any(|inner| calls_it(inner, reason))
}
