use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{IProver, IRegistry};
use smartsync_proof::{AccountProof, build_witness};

use super::{ProtocolRead, calldata_gas, execution_gas, native_lane::metered_again};
use crate::{Error, MirrorReader, Question, Stage, ToldProver, Touched, deep_trie};

/// What a proven call costs, in gas, with tries as deep as mainnet's, its codes kept by the registry.
#[derive(Clone, Copy, Debug)]
pub struct ProvenRead {
    /// Accounts in the witness.
    pub accounts: usize,
    /// Slots in it.
    pub slots: usize,
    /// Its length.
    pub witness: usize,
    /// Length of the calldata.
    pub calldata: usize,
    /// 21,000 and the calldata.
    pub transaction: u64,
    /// Checking the witness.
    pub verification: u64,
    /// Loading the codes.
    pub loading: u64,
    /// Interpreting them.
    pub execution: u64,
    /// The same calls at home, all accounts and slots warm (EIP-2929).
    pub home: u64,
    /// Programs' entries and the root source.
    pub rest: u64,
}

impl ProvenRead {
    /// All of it.
    pub const fn gas(&self) -> u64 {
        self.transaction + self.verification + self.loading + self.execution + self.rest
    }
}

/// A witness of a told state.
struct Told<'a> {
    stage: &'a Stage,
    prover: &'a ToldProver,
    block: u64,
    witness: Bytes,
}

impl<'a> Told<'a> {
    async fn new(
        stage: &'a Stage,
        prover: &'a ToldProver,
        (block, timestamp): (u64, u64),
        (state_root, accounts): (B256, Vec<AccountProof>),
    ) -> Result<Self, Error> {
        stage
            .tell(prover.root_source, block, state_root, timestamp)
            .await?;
        let witness = build_witness(state_root, &accounts, &[]);
        Ok(Self {
            stage,
            prover,
            block,
            witness: witness.unwrap_or_else(|error| panic!("{error}")).into(),
        })
    }

    /// The calldata of one question, or of several or none on one witness.
    fn asking(&self, from: Address, calls: &[(Address, Bytes)]) -> Vec<u8> {
        if let [(to, data)] = calls {
            let question = Question {
                block: self.block,
                from,
                to: *to,
                data: data.clone(),
            };
            return question.with(self.witness.clone()).abi_encode();
        }
        let questions = calls.iter().map(|(to, data)| IProver::Call {
            to: *to,
            data: data.clone(),
        });
        IProver::callsCall {
            sourceBlock: self.block,
            from,
            questions: questions.collect(),
            witness: self.witness.clone(),
        }
        .abi_encode()
    }

    /// What is answered.
    async fn answers(&self, from: Address, calls: &[(Address, Bytes)]) -> Vec<(bool, Bytes)> {
        let call = self.asking(from, calls);
        let output = self.stage.target.call(self.prover.prover, call).await;
        let output = output.unwrap_or_else(|error| panic!("{error:?}"));
        if calls.len() == 1 {
            let answer = IProver::callCall::abi_decode_returns(&output);
            let answer = answer.unwrap_or_else(|error| panic!("{error}"));
            return vec![(answer.success, answer.answer)];
        }
        let answers = IProver::callsCall::abi_decode_returns(&output);
        let answers = answers.unwrap_or_else(|error| panic!("{error}")).answers;
        let answers = answers.into_iter();
        answers.map(|each| (each.success, each.data)).collect()
    }

    async fn gas(&self, from: Address, calls: &[(Address, Bytes)]) -> Result<u64, Error> {
        let data = self.asking(from, calls).into();
        execution_gas(&self.stage.target, self.prover.prover, data).await
    }
}

/// Asks, compares the answers with what the source answers to a STATICCALL at the block, and measures.
///
/// # Panics
/// When an answer is another one.
pub async fn proven_read(
    stage: &Stage,
    prover: &ToldProver,
    read: &ProtocolRead,
) -> Result<ProvenRead, Error> {
    let from = stage.on_source(&MirrorReader::BYTECODE, B256::ZERO).await?;
    let real = stage.deploy_prover().await?;
    let block = stage.submit_head().await?;
    let (header, _) = stage.source.header(block).await?;
    let (mut touched, mut expected) = (Touched::default(), Vec::new());
    for (to, data) in &read.calls {
        let question = Question {
            block,
            from,
            to: *to,
            data: data.clone(),
        };
        let answer = stage.prove(real, &question, &mut touched).await;
        let answer = answer.unwrap_or_else(|error| panic!("{question:?}: {error:?}"));
        let call = MirrorReader::readStaticCall {
            mirror: *to,
            data: data.clone(),
        };
        let asked = stage.source.view_at(from, call, block).await;
        let asked = asked.unwrap_or_else(|error| panic!("{question:?}: {error:?}"));
        assert_eq!(answer, (asked.success, asked.result), "{question:?}");
        assert!(answer.0 && !answer.1.is_empty(), "{question:?}");
        expected.push(answer);
    }
    for account in std::mem::take(&mut touched.codes) {
        stage.deploy_code(account).await?;
    }
    // The same codes, but that each stops at once.
    let (mut stopped, mut idle_calls) = (BTreeMap::new(), BTreeMap::new());
    for account in touched.accounts.keys() {
        let code = stage.source.code(*account).await?;
        let Some((_, rest)) = code.split_first() else {
            continue;
        };
        let stop = [&[0], rest].concat();
        stopped.insert(keccak256(&code), keccak256(&stop));
        let call = IRegistry::deployCodeCall { code: stop.into() };
        stage.target.send(stage.registry, call).await?;
        idle_calls.insert(keccak256(&code), (*account, Bytes::new()));
    }
    let idle_calls: Vec<_> = idle_calls.into_values().collect();

    let at = (block, header.timestamp);
    let deep = stage
        .deepened(block, &touched, &read.large, |hash| hash)
        .await?;
    let deep = Told::new(stage, prover, at, deep).await?;
    assert_eq!(deep.answers(from, &read.calls).await, expected);
    let data = deep.asking(from, &read.calls);
    let (whole, idle) = (
        deep.gas(from, &read.calls).await?,
        deep.gas(from, &[]).await?,
    );
    let stopping = stage
        .deepened(block, &touched, &read.large, |hash| {
            stopped.get(&hash).copied().unwrap_or(hash)
        })
        .await?;
    let stopping = Told::new(stage, prover, (block + 1, header.timestamp), stopping).await?;
    let loading = stopping.gas(from, &idle_calls).await? - stopping.gas(from, &[]).await?;
    let least = Told::new(stage, prover, (block + 2, header.timestamp), one_account()).await?;
    let rest = least.gas(from, &[]).await?;
    let mut home = 0;
    for (to, data) in &read.calls {
        home += metered_again(&stage.source, from, *to, data).await?;
    }
    let slots = touched.accounts.values().map(BTreeSet::len);
    Ok(ProvenRead {
        accounts: touched.accounts.len(),
        slots: slots.sum(),
        witness: deep.witness.len(),
        calldata: data.len(),
        transaction: 21_000 + calldata_gas(&data),
        verification: idle - rest,
        loading,
        execution: whole - idle - loading,
        home,
        rest,
    })
}

/// A state of one account without code, and its proof: the least that can be witnessed.
fn one_account() -> (B256, Vec<AccountProof>) {
    let address = Address::repeat_byte(0xa5);
    let account = alloy_trie::TrieAccount {
        nonce: 0,
        balance: U256::ONE,
        storage_root: smartsync_proof::EMPTY_ROOT,
        code_hash: KECCAK256_EMPTY,
    };
    let (state_root, nodes) = deep_trie(&[(keccak256(address), alloy_rlp::encode(account))], 0);
    let proof = AccountProof {
        address,
        nodes,
        ..AccountProof::default()
    };
    (state_root, vec![proof])
}
