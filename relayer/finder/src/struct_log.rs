use std::collections::BTreeSet;

use alloy_primitives::{Address, TxHash, U256};
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::json;
use smartsync_chain::{AnswerProblem, Chain};

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
};

const METHOD: &str = "debug_traceTransaction";

/// `debug_traceTransaction` opcode by opcode: for nodes without `prestateTracer`, ganache for one. Each `SSTORE` counts,
/// also one that is reverted later.
#[derive(Debug)]
pub struct StructLogs;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    struct_logs: Vec<Step>,
}

/// One executed instruction, with the stack before it (top last).
#[derive(Debug, Deserialize)]
struct Step {
    op: String,
    depth: u64,
    #[serde(default)]
    stack: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    to: Option<Address>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mined {
    contract_address: Option<Address>,
}

impl ChangeFinder for StructLogs {
    fn name(&self) -> &'static str {
        "struct logs"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |source, contract, block| {
            Box::pin(slots_of_block(source, contract, block))
        }))
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            slots_of_transaction(
                &probe.source,
                probe.contract,
                probe.block,
                probe.transaction()?,
            )
            .await
            .map(drop)
        })
    }
}

async fn slots_of_block(source: &Chain, contract: Address, block: u64) -> Result<Vec<U256>, Error> {
    let mut slots = Vec::new();
    for transaction in source.block(block).await?.transactions {
        slots.extend(slots_of_transaction(source, contract, block, transaction).await?);
    }
    Ok(slots)
}

async fn slots_of_transaction(
    source: &Chain,
    contract: Address,
    block: u64,
    transaction: TxHash,
) -> Result<BTreeSet<U256>, Error> {
    let options = json!({ "disableMemory": true, "disableStorage": true, "enableMemory": false });
    let trace: Trace = source.request(METHOD, (transaction, options)).await?;
    let entered = entered_contract(source, transaction).await?;
    // anvil records no steps unless it was started with --steps-tracing.
    if trace.struct_logs.is_empty() && !source.code(entered, block).await?.is_empty() {
        return Err(source
            .bad_answer(
                METHOD,
                AnswerProblem::Shape("the trace of a call to a contract has no steps"),
            )
            .into());
    }
    written_slots(&trace.struct_logs, entered, contract).map_err(|problem| {
        source
            .bad_answer(METHOD, AnswerProblem::Shape(problem))
            .into()
    })
}

/// The contract that a transaction calls or creates.
async fn entered_contract(source: &Chain, transaction: TxHash) -> Result<Address, Error> {
    let sent: Option<Sent> = source
        .request("eth_getTransactionByHash", (transaction,))
        .await?;
    if let Some(to) = sent.and_then(|sent| sent.to) {
        return Ok(to);
    }
    let mined: Option<Mined> = source
        .request("eth_getTransactionReceipt", (transaction,))
        .await?;
    mined
        .and_then(|mined| mined.contract_address)
        .ok_or_else(|| {
            source
                .bad_answer(
                    "eth_getTransactionReceipt",
                    AnswerProblem::NothingCreated(transaction),
                )
                .into()
        })
}

/// A running frame.
struct Frame {
    /// Whose storage it writes; `None` below a creation, whose address is on the creator's stack when it is done.
    owner: Option<Address>,
    /// Whether it is itself a creation.
    creates: bool,
    /// What it wrote while the owner is unknown.
    written: BTreeSet<U256>,
}

impl Frame {
    fn of(owner: Address) -> Self {
        Self {
            owner: Some(owner),
            creates: false,
            written: BTreeSet::new(),
        }
    }
}

/// Slots of one contract that a trace writes.
fn written_slots(
    steps: &[Step],
    entered: Address,
    contract: Address,
) -> Result<BTreeSet<U256>, &'static str> {
    let mut written = BTreeSet::new();
    let Some(base) = steps.first().map(|step| step.depth) else {
        return Ok(written);
    };
    // The frame that runs, and those that wait for it.
    let mut frame = Frame::of(entered);
    let mut waiting: Vec<Frame> = Vec::new();
    let mut next = None;
    for step in steps {
        let depth = step
            .depth
            .checked_sub(base)
            .ok_or("a step is above the first one")? as usize;
        if depth == waiting.len() + 1 {
            waiting.push(std::mem::replace(
                &mut frame,
                next.take().ok_or("a frame is entered without a call")?,
            ));
        }
        if depth > waiting.len() {
            return Err("a frame is skipped");
        }
        while waiting.len() > depth {
            let Some(parent) = waiting.pop() else { break };
            let done = std::mem::replace(&mut frame, parent);
            if done.owner.is_some() {
                continue;
            }
            if !done.creates {
                frame.written.extend(done.written);
            } else if waiting.len() > depth || address_of(&operand(step, 0)?) == contract {
                // Back in the creator, the new address, or zero, is on top of the stack. Where creator and created end
                // together nothing tells whose slots these are: a slot too many does no harm.
                written.extend(done.written);
            }
        }
        match step.op.as_str() {
            "SSTORE" => {
                let slot = operand(step, 0)?;
                match frame.owner {
                    Some(owner) if owner == contract => written.insert(slot),
                    Some(_) => false,
                    None => frame.written.insert(slot),
                };
            }
            "CALL" | "STATICCALL" => next = Some(Frame::of(address_of(&operand(step, 1)?))),
            "DELEGATECALL" | "CALLCODE" => {
                next = Some(Frame {
                    owner: frame.owner,
                    creates: false,
                    written: BTreeSet::new(),
                });
            }
            "CREATE" | "CREATE2" => {
                next = Some(Frame {
                    owner: None,
                    creates: true,
                    written: BTreeSet::new(),
                })
            }
            _ => {}
        }
    }
    // Frames in which the trace ends, without a step after them.
    for frame in waiting.into_iter().chain([frame]) {
        written.extend(frame.written);
    }
    Ok(written)
}

/// The operand `index` places below the top of the stack.
fn operand(step: &Step, index: usize) -> Result<U256, &'static str> {
    let stack = step.stack.as_deref().ok_or("the steps have no stack")?;
    let word = stack
        .iter()
        .rev()
        .nth(index)
        .ok_or("the stack is too short")?;
    let digits = word.strip_prefix("0x").unwrap_or(word);
    match digits.len() {
        0 => Ok(U256::ZERO),
        1..=64 => U256::from_str_radix(digits, 16)
            .map_err(|_not_hexadecimal| "the stack is not hexadecimal"),
        _ => Err("a stack word is too long"),
    }
}

fn address_of(word: &U256) -> Address {
    Address::from_word(word.to_be_bytes::<32>().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    const A: Address = Address::repeat_byte(0xaa);
    const B: Address = Address::repeat_byte(0xbb);

    fn step(op: &str, depth: u64, stack: &[U256]) -> Step {
        let stack = stack
            .iter()
            .map(|word| hex::encode(word.to_be_bytes::<32>()))
            .collect();
        Step {
            op: op.to_owned(),
            depth,
            stack: Some(stack),
        }
    }

    fn word(address: Address) -> U256 {
        U256::from_be_bytes(address.into_word().0)
    }

    fn sstore(depth: u64, slot: u64) -> Step {
        step("SSTORE", depth, &[U256::from(9), U256::from(slot)])
    }

    fn slots(steps: &[Step], entered: Address, contract: Address) -> Vec<u64> {
        written_slots(steps, entered, contract)
            .expect("a sound trace")
            .iter()
            .map(U256::saturating_to)
            .collect()
    }

    #[test]
    fn a_call_writes_the_callee_s_storage_and_a_return_goes_back() {
        let steps = [
            sstore(1, 1),
            step("CALL", 1, &[word(B), U256::from(100)]),
            sstore(2, 2),
            step("STOP", 2, &[]),
            sstore(1, 3),
        ];
        assert_eq!(slots(&steps, A, A), [1, 3]);
        assert_eq!(slots(&steps, A, B), [2]);
    }

    #[test]
    fn a_delegate_call_writes_the_caller_s_storage() {
        let steps = [
            step("DELEGATECALL", 1, &[word(B), U256::from(100)]),
            sstore(2, 2),
            step("STOP", 2, &[]),
        ];
        assert_eq!(slots(&steps, A, A), [2]);
        assert_eq!(slots(&steps, A, B), [0u64; 0]);
    }

    #[test]
    fn a_constructor_s_writes_belong_to_the_created_address() {
        let steps = [
            step("CREATE", 1, &[]),
            sstore(2, 5),
            step("RETURN", 2, &[]),
            step("POP", 1, &[word(B)]),
            sstore(1, 6),
        ];
        assert_eq!(slots(&steps, A, B), [5]);
        assert_eq!(slots(&steps, A, A), [6]);
    }

    #[test]
    fn a_delegate_call_of_a_constructor_belongs_to_the_created_address() {
        let steps = [
            step("CREATE2", 1, &[]),
            step("DELEGATECALL", 2, &[word(A), U256::from(100)]),
            sstore(3, 5),
            step("STOP", 3, &[]),
            step("RETURN", 2, &[]),
            step("POP", 1, &[word(B)]),
        ];
        assert_eq!(slots(&steps, A, B), [5]);
    }

    #[test]
    fn a_call_to_an_account_without_code_enters_no_frame() {
        let steps = [step("CALL", 1, &[word(B), U256::from(100)]), sstore(1, 4)];
        assert_eq!(slots(&steps, A, A), [4]);
    }

    #[test]
    fn a_trace_without_stack_is_refused() {
        let steps = [Step {
            op: "SSTORE".to_owned(),
            depth: 1,
            stack: None,
        }];
        assert_eq!(written_slots(&steps, A, A), Err("the steps have no stack"));
    }

    #[test]
    fn a_frame_entered_without_a_call_is_refused() {
        let steps = [sstore(1, 1), sstore(2, 2)];
        assert_eq!(
            written_slots(&steps, A, A),
            Err("a frame is entered without a call")
        );
    }
}
