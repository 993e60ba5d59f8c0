//! Whether what a typed error says is so, by the steps that the source's node traces.

use alloy_primitives::{Address, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};
use smartsync_abi::IReader::IReaderErrors as Reason;
use smartsync_tests::{Stage, packages::View};

/// Addresses below it are taken for native ones of every source chain.
const NATIVE: U256 = U256::from_limbs([1 << 20, 0, 0, 0]);

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
        Reason::LimitExceeded(_) | Reason::BlocksDiffer(_) | Reason::PrecompileFailed(_)
    ) {
        return false;
    }
    let call = json!({ "from": from, "to": view.to, "data": view.data, "gas": "0x1ab3f00" });
    if matches!(reason, Reason::NotAnswered(_)) {
        // Only where no gas is enough at home either: a loop that does not end.
        let options = json!({ "tracer": "callTracer" });
        let calls = stage
            .source
            .rpc("debug_traceCall", json!([call, U64::from(block), options]))
            .await;
        return calls.unwrap()["error"] == "out of gas";
    }
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
        if step.comes_to(here, reason) {
            return true;
        }
        if let Some(called) = step.called() {
            next = Frame {
                account: if step.lends() { here.account } else { called },
                code: called,
            };
        }
    }
    false
}

/// Whether the source reads `GAS` for anything but a call behind it: that value is another one there, and the answer may be.
pub async fn reads_gas(stage: &Stage, block: u64, view: &View, from: Address) -> bool {
    let call = json!({ "from": from, "to": view.to, "data": view.data, "gas": "0x1ab3f00" });
    let options = json!({ "disableStorage": true, "disableMemory": true });
    let parameters = json!([call, U64::from(block), options]);
    let traced = stage.source.rpc("debug_traceCall", parameters).await;
    let steps: Vec<Step> = serde_json::from_value(traced.unwrap()["structLogs"].clone()).unwrap();
    steps.windows(2).any(|pair| {
        let [read, behind] = pair else { return false };
        read.op == "GAS" && !behind.op.ends_with("CALL") && behind.op != "CALLCODE"
    })
}

impl Step {
    /// Whether this is what the error names.
    fn comes_to(&self, here: Frame, reason: &Reason) -> bool {
        let op = self.op.as_str();
        let looks = op.starts_with("EXTCODE");
        match reason {
            Reason::UnsupportedInstruction(error) => {
                let op = if op == "DIFFICULTY" { "PREVRANDAO" } else { op };
                op == mnemonic(error.instruction)
                    && [here.account, here.code].contains(&error.account)
            }
            Reason::BalanceUnknown(error) => match op {
                "BALANCE" => self.address(1) == Some(error.account),
                "SELFBALANCE" => here.account == error.account,
                _ => false,
            },
            Reason::CodeUnknown(error) => {
                looks && self.address(1) == Some(error.account)
                    || self.lends() && self.called() == Some(error.account)
            }
            Reason::NotMirrored(error) => {
                op == "SLOAD" && here.account == error.account
                    || !self.lends() && self.called() == Some(error.account)
            }
            Reason::GasLimited(error) => {
                self.called() == Some(error.account) && self.operand(1) == Some(error.gas)
            }
            Reason::NativeAccount(error) => {
                let account = match looks || op == "BALANCE" {
                    true => self.address(1),
                    false => self.called(),
                };
                U256::from_be_slice(error.account.as_slice()) < NATIVE
                    && account == Some(error.account)
            }
            _ => false,
        }
    }

    /// An operand, the first on top.
    fn operand(&self, at: usize) -> Option<U256> {
        let index = self.stack.len().checked_sub(at)?;
        self.stack.get(index).copied()
    }

    fn address(&self, at: usize) -> Option<Address> {
        self.operand(at).map(|word| Address::from_word(word.into()))
    }

    /// Whose code is called.
    fn called(&self) -> Option<Address> {
        let calls = ["CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"];
        let calls = calls.contains(&self.op.as_str());
        self.address(2).filter(|_| calls)
    }

    /// Whether it is called on the storage of the caller.
    fn lends(&self) -> bool {
        ["DELEGATECALL", "CALLCODE"].contains(&self.op.as_str())
    }
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
