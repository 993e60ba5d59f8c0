//! The questions by proven calls, on witnesses that the relayer's library builds.

use alloy_primitives::{Address, Bytes};
use smartsync_abi::IProver;
use smartsync_chain::{Chain as Node, RawHeader, Side};
use smartsync_execution::{Read, account_proofs, codes, touched};
use smartsync_proof::build_witness;
use smartsync_tests::{CallError, Stage, packages::View};

use crate::asking::{Answer, Compared, READER};

/// A prover on the target, and the source at a block.
pub struct Proving<'a> {
    stage: &'a Stage,
    prover: Address,
    node: Node,
    header: RawHeader,
}

impl<'a> Proving<'a> {
    /// At a block that the root source knows.
    pub async fn at(stage: &'a Stage, block: u64) -> Self {
        let node = Node::connect(Side::Source, stage.source.url()).await;
        let node = node.unwrap();
        Self {
            prover: stage.deploy_prover().await.unwrap(),
            header: RawHeader::fetch(&node, block).await.unwrap(),
            stage,
            node,
        }
    }

    /// All of a contract's views on one witness of what they touch, each with what is answered at home.
    pub async fn all(&self, views: &[View], expected: Vec<Answer>) -> Vec<Compared> {
        let witness = self.witness(views).await;
        let questions = views.iter().map(|view| IProver::Call {
            to: view.to,
            data: view.data.clone(),
        });
        let call = IProver::callsCall {
            sourceBlock: self.header.header.number,
            from: READER,
            questions: questions.collect(),
            witness: witness.clone(),
        };
        let mut answers = Vec::new();
        match self.stage.target.view(self.prover, call).await {
            Ok(all) => {
                let all = all.answers.into_iter();
                answers.extend(all.map(|answer| Ok((answer.success, answer.data))));
            }
            // What is refused ends all of them: each alone.
            Err(_) => {
                for view in views {
                    answers.push(self.one(view, &witness).await);
                }
            }
        }
        assert_eq!(answers.len(), views.len());
        let compared = answers.into_iter().zip(expected);
        let compared = compared.map(|(answer, expected)| Compared {
            way: "proven call",
            from: READER,
            expected,
            is_answer: Some(answer.is_ok()),
            got: answer.unwrap_or_else(|revert| (false, revert)),
        });
        compared.collect()
    }

    /// What is answered, or the prover's own revert data.
    async fn one(&self, view: &View, witness: &Bytes) -> Result<Answer, Bytes> {
        let call = IProver::callCall {
            sourceBlock: self.header.header.number,
            from: READER,
            to: view.to,
            data: view.data.clone(),
            witness: witness.clone(),
        };
        match self.stage.target.view(self.prover, call).await {
            Ok(answer) => Ok((answer.success, answer.answer)),
            Err(CallError::Reverted(revert)) => Err(revert),
            Err(error) => panic!("{}.{}: {error:?}", view.to, view.function),
        }
    }

    async fn witness(&self, views: &[View]) -> Bytes {
        let reads = views.iter().map(|view| Read {
            from: READER,
            to: view.to,
            data: view.data.clone(),
        });
        let (node, block) = (&self.node, self.header.header.number);
        let reads: Vec<_> = reads.collect();
        let touched = touched(node, &self.header, &reads).await.unwrap();
        let accounts = account_proofs(node, block, &touched).await.unwrap();
        let mut missing = Vec::new();
        for (hash, code) in codes(node, block, &touched).await.unwrap() {
            if self.stage.code_of(hash).await.unwrap().logic.is_zero() {
                missing.push(code);
            }
        }
        let witness = build_witness(self.header.header.state_root, &accounts, &missing);
        witness.unwrap().into()
    }
}
