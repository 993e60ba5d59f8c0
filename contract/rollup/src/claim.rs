//! What the contracts on the parent chain are asked for each kind of rollup, and what they must answer.

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, keccak256};
use smartsync_abi::{
    IArbitrumRollup::{allowedOutboxesCall, bridgeCall, outboxCall, pausedCall, rootsCall},
    IOpStack::{self, anchorStateRegistryCall, isGameClaimValidCall, rootClaimCall},
    IRollup::{NotFinal, OtherAccount, OtherClaim},
};
use smartsync_program::{Arguments, encode, revert};
use smartsync_proof::Header;

use crate::{
    answers::{Answer, Answers, Question},
    settings::{Kind, Settings},
};

/// What somebody says is final, and how to ask.
pub struct Claim {
    kind: Kind,
    questions: Vec<Question>,
    /// What a submission names and a contract must confirm, in the order of the questions.
    named: Vec<Address>,
    /// What must be final: an output root or a block hash.
    claimed: B256,
}

/// Reads a submission's claim that a header is final.
pub fn read(settings: &Settings, header: &Header, claim: &[u8]) -> Result<Claim, Vec<u8>> {
    let arguments = Arguments::new(claim);
    let pinned = settings.parent_contract;
    let kind = settings.kind();
    let (questions, named, claimed) = match kind {
        Kind::OpStack => {
            let (registry, game) = (arguments.address(0)?, arguments.address(1)?);
            let questions = vec![
                Question::new(pinned, &anchorStateRegistryCall {}),
                // Not every version of the registry asks that itself.
                Question::new(pinned, &IOpStack::pausedCall {}),
                Question::new(registry, &isGameClaimValidCall { game }),
                Question::new(game, &rootClaimCall {}),
            ];
            let output_root = output_root(header, arguments.word(2)?);
            (questions, vec![registry], output_root)
        }
        Kind::Arbitrum => {
            let (outbox, bridge) = (arguments.address(0)?, arguments.address(1)?);
            let send_root = arguments.word(2)?;
            let questions = vec![
                Question::new(pinned, &outboxCall {}),
                Question::new(pinned, &bridgeCall {}),
                Question::new(pinned, &pausedCall {}),
                Question::new(bridge, &allowedOutboxesCall { outbox }),
                Question::new(
                    outbox,
                    &rootsCall {
                        sendRoot: send_root,
                    },
                ),
            ];
            (questions, vec![outbox, bridge], header.hash)
        }
        Kind::View { selector, .. } => {
            let data = [selector.as_slice(), claim].concat();
            let question = Question {
                account: pinned,
                data,
            };
            (vec![question], Vec::new(), header.hash)
        }
    };
    Ok(Claim {
        kind,
        questions,
        named,
        claimed,
    })
}

/// The output root of an OP Stack block, of version 0: its state root, the storage root of its message passer, its hash.
fn output_root(header: &Header, message_passer: B256) -> B256 {
    keccak256(encode(&[
        B256::ZERO,
        header.state_root,
        message_passer,
        header.hash,
    ]))
}

impl Claim {
    /// What is asked.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Whether the answers say that it is final.
    pub fn confirm(&self, answers: &Answers<'_>) -> Result<(), Vec<u8>> {
        let is_final = match self.kind {
            Kind::OpStack => {
                let [registry, paused, valid, root_claim] = answers.all()?;
                self.require_named(&[&registry])?;
                require(&paused, false)?;
                require(&valid, true)?;
                root_claim.word()?
            }
            Kind::Arbitrum => {
                let [outbox, bridge, paused, allowed, block_hash] = answers.all()?;
                self.require_named(&[&outbox, &bridge])?;
                require(&paused, false)?;
                require(&allowed, true)?;
                block_hash.word()?
            }
            Kind::View { hash_at, .. } => {
                let [answer] = answers.all()?;
                answer.word_at(usize::try_from(hash_at).unwrap_or(usize::MAX))?
            }
        };
        if is_final != self.claimed {
            return Err(revert(OtherClaim {
                expected: is_final,
                got: self.claimed,
            }));
        }
        Ok(())
    }

    /// Whether the contracts name the accounts that the submission names.
    fn require_named(&self, answers: &[&Answer<'_>]) -> Result<(), Vec<u8>> {
        for (answer, named) in answers.iter().zip(&self.named) {
            let expected = answer.address()?;
            if expected != *named {
                return Err(revert(OtherAccount {
                    question: answer.question().selector().into(),
                    expected,
                    got: *named,
                }));
            }
        }
        Ok(())
    }
}

/// Whether a contract says what every final claim goes with.
fn require(answer: &Answer<'_>, expected: bool) -> Result<(), Vec<u8>> {
    if answer.boolean()? == expected {
        return Ok(());
    }
    Err(revert(NotFinal {
        account: answer.question().account,
        question: answer.question().selector().into(),
    }))
}
