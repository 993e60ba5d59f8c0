//! What the contracts on the parent chain are asked for each kind of rollup, and what they must answer.

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::{
    IArbitrumRollup::{allowedOutboxesCall, bridgeCall, outboxCall, pausedCall, rootsCall},
    IOpStack::{
        self, anchorStateRegistryCall, isGameClaimValidCall, l2ChainIdCall, rootClaimByChainIdCall,
        rootClaimCall, systemConfigCall,
    },
    IRollup::{NotFinal, OtherAccount, OtherChain, OtherClaim},
};
use smartsync_program::{Arguments, encode, revert};
use smartsync_proof::Header;

use crate::{
    answers::{Answer, Answers, Question},
    settings::{Kind, Settings},
};

/// Length of an OP Stack claim by a game that is about one chain.
const OF_ONE_CHAIN: usize = 96;

/// What somebody says is final, and how to ask.
pub struct Claim {
    kind: Kind,
    /// The chain's id, where an OP Stack game is about several.
    chain_id: Option<U256>,
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
    let mut chain_id = None;
    let (questions, named, claimed) = match kind {
        Kind::OpStack => {
            let (registry, game) = (arguments.address(0)?, arguments.address(1)?);
            let mut questions = vec![
                Question::new(pinned, &anchorStateRegistryCall {}),
                // Not every version of the registry asks that itself.
                Question::new(pinned, &IOpStack::pausedCall {}),
                Question::new(registry, &isGameClaimValidCall { game }),
            ];
            let mut named = vec![registry];
            let output_root = output_root(header, arguments.word(2)?);
            if claim.len() > OF_ONE_CHAIN {
                let config = arguments.address(3)?;
                let id = arguments.word(4)?.into();
                questions.extend([
                    Question::new(game, &rootClaimByChainIdCall { chainId: id }),
                    Question::new(pinned, &systemConfigCall {}),
                    Question::new(config, &l2ChainIdCall {}),
                ]);
                named.push(config);
                chain_id = Some(id);
            } else {
                questions.push(Question::new(game, &rootClaimCall {}));
            }
            (questions, named, output_root)
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
        chain_id,
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
        let is_final = match (self.kind, self.chain_id) {
            (Kind::OpStack, None) => {
                let [registry, paused, valid, root_claim] = answers.all()?;
                self.require_named(&[&registry])?;
                require(&paused, false)?;
                require(&valid, true)?;
                root_claim.word()?
            }
            // A super root. The portal's own configuration says which of its chains this one is.
            (Kind::OpStack, Some(chain_id)) => {
                let [registry, paused, valid, root_claim, config, id] = answers.all()?;
                self.require_named(&[&registry, &config])?;
                require(&paused, false)?;
                require(&valid, true)?;
                let expected = id.word()?.into();
                if expected != chain_id {
                    return Err(revert(OtherChain {
                        expected,
                        got: chain_id,
                    }));
                }
                root_claim.word()?
            }
            (Kind::Arbitrum, _) => {
                let [outbox, bridge, paused, allowed, block_hash] = answers.all()?;
                self.require_named(&[&outbox, &bridge])?;
                require(&paused, false)?;
                require(&allowed, true)?;
                block_hash.word()?
            }
            (Kind::View { hash_at, .. }, _) => {
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
