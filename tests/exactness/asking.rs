//! The same question on both chains, in every way that there is to ask it.

use alloy::{providers::Provider, rpc::types::BlockId, transports::RpcError};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_tests::{Chain, MirrorReader, Stage, packages::View, request};

/// Where the contract that asks stands on both chains.
pub const READER: Address = Address::repeat_byte(0x5e);

/// Whether an answer returned, and its bytes.
pub type Answer = (bool, Bytes);

/// Puts the contract that asks at one address on both chains, in a block of the source.
pub async fn readers(stage: &Stage) {
    let reader = stage.reader().await.unwrap();
    let code = stage.target.code(reader).await.unwrap();
    for chain in [&stage.source, &stage.target] {
        chain.set_code(READER, &code).await.unwrap();
    }
    stage.source.mine().await.unwrap();
}

/// A chain at a block: the source at the mirrors', the target at its newest.
#[derive(Clone, Copy)]
pub struct At<'a> {
    chain: &'a Chain,
    block: BlockId,
}

impl<'a> At<'a> {
    /// The source at a block.
    pub fn source(stage: &'a Stage, block: u64) -> Self {
        Self {
            chain: &stage.source,
            block: BlockId::number(block),
        }
    }

    /// The target as it is.
    pub fn target(stage: &'a Stage) -> Self {
        Self {
            chain: &stage.target,
            block: BlockId::latest(),
        }
    }

    /// What a STATICCALL by a contract answers.
    pub async fn statically(&self, to: Address, data: &Bytes) -> Answer {
        let call = MirrorReader::readStaticCall {
            mirror: to,
            data: data.clone(),
        };
        let answer = self.reader(&call).await;
        let answer = MirrorReader::readStaticCall::abi_decode_returns(&answer).unwrap();
        (answer.success, answer.result)
    }

    /// What a plain CALL by a contract answers.
    async fn plainly(&self, to: Address, data: &Bytes) -> Answer {
        let call = MirrorReader::readPlainCall {
            mirror: to,
            data: data.clone(),
        };
        let answer = self.reader(&call).await;
        let answer = MirrorReader::readPlainCall::abi_decode_returns(&answer).unwrap();
        (answer.success, answer.result)
    }

    async fn reader(&self, call: &impl SolCall) -> Bytes {
        let (success, answer) = self
            .called(Chain::account(0), READER, &call.abi_encode().into())
            .await;
        assert!(success, "the contract that asks fails itself: {answer}");
        answer
    }

    /// What an `eth_call` answers.
    async fn called(&self, from: Address, to: Address, data: &Bytes) -> Answer {
        let call = request(to, data.clone()).from(from);
        let answer = self.chain.provider().call(call).block(self.block).await;
        match answer {
            Ok(answer) => (true, answer),
            Err(RpcError::ErrorResp(error)) => {
                // A halt and a revert without data are one to whoever calls.
                (false, error.as_revert_data().unwrap_or_default())
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// One way to ask, what the source answers, and what the mirror does.
pub struct Compared {
    /// The way.
    pub way: &'static str,
    /// Who asks.
    pub from: Address,
    /// The source's answer.
    pub expected: Answer,
    /// The target's.
    pub got: Answer,
    /// Whether the target says that this is the source's answer and no error of ours, as a prover does. A mirror leaves that open.
    pub is_answer: Option<bool>,
}

/// A view in every way that there is to ask it, when a STATICCALL at home answers as expected.
pub async fn all(
    stage: &Stage,
    block: u64,
    proxy: Address,
    view: &View,
    expected: &Answer,
) -> Vec<Compared> {
    let (source, target) = (At::source(stage, block), At::target(stage));
    let data = &view.data;
    let compared = |way, from, expected, got| Compared {
        way,
        from,
        expected,
        got,
        is_answer: None,
    };
    let statically = target.statically(proxy, data).await;
    let plainly = target.plainly(proxy, data).await;
    let mut answers = vec![
        compared("STATICCALL", READER, expected.clone(), statically),
        compared("CALL", READER, expected.clone(), plainly),
    ];
    if view.is_view {
        for sender in [0, 2].map(Chain::account) {
            let expected = source.called(sender, view.to, data).await;
            let got = target.called(sender, proxy, data).await;
            answers.push(compared("eth_call", sender, expected, got));
        }
    }
    answers
}
