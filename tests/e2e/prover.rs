//! Proven calls: a view of any contract, run on what a witness proves.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use serde_json::json;
use smartsync_abi::{
    IProgramErrors::{AlreadyInitialized, UnknownSelector, WrongValue},
    IProver::{
        self, AccountNotWitnessed, MalformedWitness, NotWitnessed, StateRootMismatch,
        StorageRootMismatch,
    },
    IReader::{CodeUnknown, GasLimited, NativeAccount, NotAnswered, UnsupportedInstruction},
    IRegistry::{BeforeFirstBlock, InvalidConfiguration, RootSourceFailed},
    IRootSource::UnknownBlock,
};
use smartsync_proof::Check;
use smartsync_tests::{
    Artifact, CallError, Chain, Leaf, MirrorReader, Question, Stage, System, Touched,
    UpgradeableProxy, VaultV1, VaultV2, World, request,
};

use crate::{
    exact::of_itself,
    foreign_contract::{combinations, send_as, weth, word},
};

/// Both chains, a prover, and somebody on the source who asks by STATICCALL.
struct Proven {
    stage: Stage,
    prover: Address,
    asker: Address,
}

impl Proven {
    async fn start() -> Self {
        let stage = Stage::start().await.unwrap();
        let prover = stage.deploy_prover().await.unwrap();
        let asker = stage
            .on_source(&MirrorReader::BYTECODE, Address::ZERO.into_word())
            .await
            .unwrap();
        Self {
            stage,
            prover,
            asker,
        }
    }

    /// The question at the newest block, which the root source knows then.
    async fn question(&self, to: Address, data: impl Into<Bytes>) -> Question {
        Question {
            block: self.stage.submit_head().await.unwrap(),
            from: self.asker,
            to,
            data: data.into(),
        }
    }

    /// What the source answers to a STATICCALL of the asker's.
    async fn expected(&self, question: &Question) -> (bool, Bytes) {
        let call = MirrorReader::readStaticCall {
            mirror: question.to,
            data: question.data.clone(),
        };
        let answer = self.stage.source.view(self.asker, call).await.unwrap();
        (answer.success, answer.result)
    }

    /// The proven answer must be the source's. Returns what it touches.
    async fn assert_exact(&self, to: Address, data: impl Into<Bytes>) -> Touched {
        let question = self.question(to, data).await;
        let mut touched = Touched::default();
        let answer = self.stage.prove(self.prover, &question, &mut touched).await;
        let expected = self.expected(&question).await;
        match answer {
            Ok(answer) => assert_eq!(answer, expected, "{}", question.data),
            Err(error) => panic!("{}: {error:?}, not {expected:?}", question.data),
        }
        touched
    }

    /// The typed error that a question ends with, however much is witnessed.
    async fn refused<E: SolError>(&self, to: Address, data: impl Into<Bytes>) -> E {
        let question = self.question(to, data).await;
        let mut touched = Touched::default();
        let answer = self.stage.prove(self.prover, &question, &mut touched).await;
        answer.unwrap_err().expect()
    }

    /// The typed error that a question ends with, given a witness.
    async fn refused_with<E: SolError>(&self, question: &Question, witness: impl Into<Bytes>) -> E {
        let call = question.with(witness);
        let answer = self.stage.target.view(self.prover, call).await;
        match answer {
            Ok(answer) => panic!("answered: {answer:?}"),
            Err(error) => error.expect(),
        }
    }

    async fn world(&self) -> Address {
        let world = self.stage.on_source(&World::BYTECODE, []).await.unwrap();
        let fund = request(world, Bytes::new()).value(U256::from(12_345));
        self.stage.source.send_request(fund).await.unwrap();
        world
    }
}

fn ask(account: Address, data: Vec<u8>) -> Vec<u8> {
    World::askCall {
        account,
        data: data.into(),
    }
    .abi_encode()
}

fn lend(account: Address, data: Vec<u8>) -> Vec<u8> {
    World::lendCall {
        account,
        data: data.into(),
    }
    .abi_encode()
}

fn stored() -> Vec<u8> {
    World::storedCall {}.abi_encode()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_view_of_any_contract_answers_what_the_source_answers() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    let other = proven.world().await;
    let leaf = proven.stage.on_source(&Leaf::BYTECODE, []).await.unwrap();
    let (wallet, absent) = (Chain::account(1), Address::repeat_byte(0xab));
    let mut calls = of_itself();
    calls.extend([
        World::ownBalanceCall {}.abi_encode(),
        // Writes, in a static context.
        World::setCall { value: U256::ONE }.abi_encode(),
        World::createCall {}.abi_encode(),
        World::emitSomethingCall {}.abi_encode(),
        World::payCall {
            account: other,
            value: U256::ONE,
            data: Bytes::new(),
        }
        .abi_encode(),
        // Others: their storage, too.
        ask(other, stored()),
        ask(
            other,
            ask(world, ask(leaf, Leaf::callerCall {}.abi_encode())),
        ),
        ask(leaf, Leaf::callerCall {}.abi_encode()),
        lend(leaf, Leaf::callerCall {}.abi_encode()),
        lend(other, stored()),
        World::swallowCall {
            account: other,
            data: stored().into(),
        }
        .abi_encode(),
    ]);
    for account in [world, other, leaf, wallet, absent] {
        calls.extend([
            ask(account, vec![]),
            World::balanceOfCall { account }.abi_encode(),
            World::sizeOfCall { account }.abi_encode(),
            World::hashOfCall { account }.abi_encode(),
            World::codeOfCall { account }.abi_encode(),
        ]);
    }
    for call in calls {
        proven.assert_exact(world, call).await;
    }
    // The block is the one that is asked about, however far the source has gone on.
    for _ in 0..3 {
        proven.stage.source.mine().await.unwrap();
    }
    let block = proven.question(world, vec![]).await.block;
    proven.stage.source.mine().await.unwrap();
    let (header, _) = proven.stage.source.header(block).await.unwrap();
    for (data, expected) in [
        (World::numberCall {}.abi_encode(), block),
        (World::timeCall {}.abi_encode(), header.timestamp),
    ] {
        let question = Question {
            block,
            from: proven.asker,
            to: world,
            data: data.into(),
        };
        let mut touched = Touched::default();
        let answer = proven.stage.prove(proven.prover, &question, &mut touched);
        let expected = U256::from(expected).abi_encode();
        assert_eq!(answer.await, Ok((true, expected.into())));
    }
    // Accounts without code answer like any other.
    for account in [wallet, absent] {
        let touched = proven.assert_exact(account, stored()).await;
        assert_eq!(touched.accounts.len(), 1);
        assert!(touched.codes.is_empty());
    }
    // So do precompiled contracts; any account is witness enough.
    let sha = Address::with_last_byte(2);
    let question = proven.question(sha, vec![1, 2, 3]).await;
    let mut touched = Touched::default();
    touched.accounts.entry(wallet).or_default();
    let answer = proven
        .stage
        .prove(proven.prover, &question, &mut touched)
        .await;
    assert_eq!(answer, Ok(proven.expected(&question).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_witness_shows_is_refused_by_instruction_and_account() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    for (call, instruction) in [
        (World::originCall {}.abi_encode(), 0x32),
        (World::priceCall {}.abi_encode(), 0x3a),
        (World::parentCall {}.abi_encode(), 0x40),
        (World::minerCall {}.abi_encode(), 0x41),
        (World::randomCall {}.abi_encode(), 0x44),
        (World::limitCall {}.abi_encode(), 0x45),
        (World::feesCall {}.abi_encode(), 0x48),
        (World::blobCall {}.abi_encode(), 0x49),
        (World::blobFeesCall {}.abi_encode(), 0x4a),
        // No frame of the source's catches it.
        (World::swallowUnknownCall {}.abi_encode(), 0x41),
    ] {
        let error: UnsupportedInstruction = proven.refused(world, call).await;
        assert_eq!((error.instruction, error.account), (instruction, world));
    }
    let little = World::askWithCall {
        account: world,
        limit_: U256::from(5),
        data: stored().into(),
    };
    let error: GasLimited = proven.refused(world, little.abi_encode()).await;
    assert_eq!((error.account, error.gas), (world, U256::from(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_catches_reverts_does_not_catch_what_is_not_witnessed() {
    let proven = Proven::start().await;
    let (world, other) = (proven.world().await, proven.world().await);
    let swallow = World::swallowCall {
        account: other,
        data: stored().into(),
    };
    let question = proven.question(world, swallow.abi_encode()).await;
    let mut touched = Touched::default();
    touched.accounts.entry(world).or_default();
    touched.codes.insert(world);
    let witness = async |touched: &Touched| {
        let witness = proven.stage.witness(question.block, touched).await;
        witness.unwrap()
    };
    let error: AccountNotWitnessed = proven
        .refused_with(&question, witness(&touched).await)
        .await;
    assert_eq!(error.account, other);
    // Both have one code, which is there already: the slot is next.
    touched.accounts.entry(other).or_default();
    let error: NotWitnessed = proven
        .refused_with(&question, witness(&touched).await)
        .await;
    assert_eq!((error.account, error.slot), (other, U256::ZERO));
    // Another slot of the account is not that slot, nor is the same slot of another account.
    touched.accounts.entry(other).or_default().insert(U256::ONE);
    touched
        .accounts
        .entry(world)
        .or_default()
        .insert(U256::ZERO);
    let error: NotWitnessed = proven
        .refused_with(&question, witness(&touched).await)
        .await;
    assert_eq!((error.account, error.slot), (other, U256::ZERO));
    touched
        .accounts
        .entry(other)
        .or_default()
        .insert(U256::ZERO);
    let call = question.with(witness(&touched).await);
    let answer = proven.stage.target.view(proven.prover, call).await.unwrap();
    assert_eq!(
        (answer.success, answer.answer),
        proven.expected(&question).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_of_another_block_is_refused() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    let old = proven.question(world, stored()).await;
    let mut touched = Touched::default();
    let before = proven.stage.prove(proven.prover, &old, &mut touched).await;
    let set = World::setCall {
        value: U256::from(99),
    };
    proven.stage.source.send(world, set).await.unwrap();
    let new = proven.question(world, stored()).await;
    let old_witness = proven.stage.witness(old.block, &touched).await.unwrap();
    let new_witness = proven.stage.witness(new.block, &touched).await.unwrap();
    let (old_header, _) = proven.stage.source.header(old.block).await.unwrap();
    let (new_header, _) = proven.stage.source.header(new.block).await.unwrap();
    let error: StateRootMismatch = proven.refused_with(&new, old_witness.clone()).await;
    assert_eq!(
        (error.expected, error.computed),
        (new_header.state_root, old_header.state_root)
    );
    let _: StateRootMismatch = proven.refused_with(&old, new_witness.clone()).await;
    // Each at its own block.
    for (question, witness, value) in [(&old, old_witness, 7u64), (&new, new_witness, 99)] {
        let call = question.with(witness);
        let answer = proven.stage.target.view(proven.prover, call).await.unwrap();
        assert_eq!(answer.answer, U256::from(value).abi_encode());
    }
    assert_eq!(before, Ok((true, U256::from(7).abi_encode().into())));
    // A block that the root source does not know, and one before the first.
    let unknown = Question {
        block: new.block + 1_000,
        ..new
    };
    let error: UnknownBlock = proven.refused_with(&unknown, vec![1, 0, 0]).await;
    assert_eq!(error.blockNumber, unknown.block);
}

/// Where some bytes stand in others.
fn position(bytes: &[u8], part: &[u8]) -> usize {
    bytes
        .windows(part.len())
        .position(|window| window == part)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_lies_or_says_a_thing_twice_is_refused() {
    let proven = Proven::start().await;
    let table = proven
        .stage
        .slot_table((1..40).map(|slot| (U256::from(slot), U256::from(slot + 0x5000))))
        .await
        .unwrap();
    let other = proven.world().await;
    let question = proven.question(table, vec![]).await;
    let mut touched = Touched::default();
    touched
        .accounts
        .insert(table, [3u64, 77].map(U256::from).into());
    touched.accounts.insert(other, [U256::ZERO].into());
    touched.codes.insert(table);
    let witness = proven
        .stage
        .witness(question.block, &touched)
        .await
        .unwrap();
    let call = question.with(witness.clone());
    assert!(proven.stage.target.view(proven.prover, call).await.is_ok());
    let refused = async |witness: Vec<u8>| -> CallError {
        let call = question.with(witness);
        let answer = proven.stage.target.view(proven.prover, call).await;
        answer.unwrap_err()
    };
    // A slot of another value; a slot that is there, proven absent.
    let slot = position(&witness, &[2, 1, 3, 0x50, 3]);
    let mut forged = witness.to_vec();
    forged[slot + 4] = 4;
    let error: StorageRootMismatch = refused(forged).await.expect();
    assert_eq!(error.account, table);
    let mut forged = witness.to_vec();
    forged.splice(slot..slot + 5, [0, 1, 3]);
    let error: StorageRootMismatch = refused(forged).await.expect();
    assert_eq!(error.account, table);
    // A slot twice.
    let mut forged = witness.to_vec();
    forged.splice(slot..slot, [2, 1, 3, 0x50, 3]);
    // The proof of the table's slots begins before the first of its two changes.
    let start = if witness[slot - 3..slot] == [1, 0, 2] {
        slot - 3
    } else {
        slot - 6
    };
    assert_eq!(witness[start..start + 3], [1, 0, 2]);
    let mut twice = forged.clone();
    twice[start + 2] = 3;
    let error: MalformedWitness = refused(twice).await.expect();
    assert_eq!(error.reason, Check::NotAscending as u8);
    // An account that is there, proven absent; another nonce.
    let account = position(&witness, table.as_slice()) + 20;
    let mut forged = witness.to_vec();
    forged.splice(account..account + 67, [0xff]);
    let _: StateRootMismatch = refused(forged).await.expect();
    let mut forged = witness.to_vec();
    assert_eq!(forged[account..account + 3], [0x71, 0, 1]);
    forged[account + 2] = 2;
    let _: StateRootMismatch = refused(forged).await.expect();
    // The proofs of both accounts' slots, exchanged.
    let theirs = position(&witness, &[1, 0, 1, 1, 0, 7, 0xff]);
    let code = proven.stage.source.code(table).await.unwrap();
    let codes = position(&witness, &code) - 2;
    let (first, second) = (start.min(theirs), start.max(theirs));
    let exchanged = [
        &witness[..first],
        &witness[second..codes],
        &witness[first..second],
        &witness[codes..],
    ]
    .concat();
    let _: StorageRootMismatch = refused(exchanged).await.expect();
    // Code of another hash, a byte too many, one too few.
    let at = codes + 2;
    let mut forged = witness.to_vec();
    forged[at + 7] ^= 1;
    let error: MalformedWitness = refused(forged).await.expect();
    assert_eq!(
        (error.reason, error.offset as usize),
        (Check::CodeNotReferenced as u8, at - 2)
    );
    let error: MalformedWitness = refused([&witness[..], &[0]].concat()).await.expect();
    assert_eq!(error.reason, Check::Truncated as u8);
    let error: MalformedWitness = refused(witness[..witness.len() - 1].to_vec())
        .await
        .expect();
    assert_eq!(error.reason, Check::Truncated as u8);
    // Code twice.
    let piece = &witness[at - 2..at + code.len()];
    let error: MalformedWitness = refused([&witness[..], piece].concat()).await.expect();
    assert_eq!(error.reason, Check::CodeNotAscending as u8);
    let error: MalformedWitness = refused(vec![]).await.expect();
    assert_eq!(error.reason, Check::Truncated as u8);
    let error: MalformedWitness = refused(vec![1, 0, 0]).await.expect();
    assert_eq!(error.reason, Check::NoChanges as u8);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_is_that_of_its_hash_from_the_registry_or_the_witness_and_never_empty() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let world = proven.world().await;
    let question = proven.question(world, stored()).await;
    let mut touched = Touched::default();
    touched.accounts.insert(world, [U256::ZERO].into());
    let without = stage.witness(question.block, &touched).await.unwrap();
    let error: CodeUnknown = proven.refused_with(&question, without.clone()).await;
    assert_eq!(error.account, world);
    touched.codes.insert(world);
    let inline = stage.witness(question.block, &touched).await.unwrap();
    let answer = async |witness: &Bytes| {
        let call = question.with(witness.clone());
        let answer = stage.target.view(proven.prover, call).await.unwrap();
        (answer.success, answer.answer)
    };
    let expected = proven.expected(&question).await;
    assert_eq!(answer(&inline).await, expected);
    // Once anybody has brought it, no witness needs it.
    stage.deploy_code(world).await.unwrap();
    assert_eq!(answer(&without).await, expected);
    assert_eq!(answer(&inline).await, expected);
    // A longest code stands in two accounts.
    let long = stage.on_source(&long_code().into(), []).await.unwrap();
    stage.deploy_code(long).await.unwrap();
    let touched = proven.assert_exact(long, vec![]).await;
    assert!(touched.codes.is_empty());

    // A delegated account (EIP-7702): its hash is known, its code is not run.
    let delegated = Address::repeat_byte(0x77);
    let designator = [&[0xef, 1, 0], world.as_slice()].concat();
    let set = json!([delegated, Bytes::from(designator.clone())]);
    stage.source.rpc("anvil_setCode", set).await.unwrap();
    stage.source.mine().await.unwrap();
    let hash = World::hashOfCall { account: delegated };
    let question = proven.question(world, hash.abi_encode()).await;
    let mut touched = Touched::default();
    let answer = stage.prove(proven.prover, &question, &mut touched).await;
    let hash = keccak256(&designator);
    assert_eq!(answer, Ok((true, hash.abi_encode().into())));
    let question = proven.question(world, ask(delegated, stored())).await;
    let witness = stage.witness(question.block, &touched).await.unwrap();
    let error: CodeUnknown = proven.refused_with(&question, witness.clone()).await;
    assert_eq!(error.account, delegated);
    let forged = [&witness[..], &[0, 23], &designator].concat();
    let error: MalformedWitness = proven.refused_with(&question, forged).await;
    assert_eq!(
        (error.reason, error.offset as usize),
        (Check::ReservedCode as u8, witness.len())
    );
}

/// Creation code of a contract of 24,576 bytes that answers its last byte.
fn long_code() -> Vec<u8> {
    // CODECOPY of one byte at 24,575, RETURN.
    let mut code = alloy_primitives::hex!("6001615fff5f3960015ff3").to_vec();
    code.resize(24_576, 0);
    code[24_575] = 0x5b;
    // CODECOPY and RETURN of what follows these 12 bytes.
    let mut creation = alloy_primitives::hex!("61600080600c5f395ff3").to_vec();
    creation.resize(12, 0);
    creation.extend(code);
    creation
}

#[tokio::test(flavor = "multi_thread")]
async fn no_gas_steers_an_answer() {
    let proven = Proven::start().await;
    let (world, other) = (proven.world().await, proven.world().await);
    for data in [
        World::gasCall {}.abi_encode(),
        World::swallowCall {
            account: other,
            data: stored().into(),
        }
        .abi_encode(),
    ] {
        let question = proven.question(world, data).await;
        let mut touched = Touched::default();
        let answer = proven.stage.prove(proven.prover, &question, &mut touched);
        let expected = answer.await.unwrap();
        let witness = proven
            .stage
            .witness(question.block, &touched)
            .await
            .unwrap();
        let data: Bytes = question.with(witness).abi_encode().into();
        let (mut answered, mut failed) = (0, 0);
        for step in 0..60u64 {
            let call = request(proven.prover, data.clone()).gas_limit(60_000 + step * 20_000);
            match proven.stage.target.call_with(call).await {
                Ok(output) => {
                    let answer = IProver::callCall::abi_decode_returns(&output).unwrap();
                    assert_eq!((answer.success, answer.answer), expected);
                    answered += 1;
                }
                Err(CallError::Reverted(data)) if !data.is_empty() => {
                    // Either hop that runs out of gas.
                    assert!(
                        NotAnswered::abi_decode_validate(&data).is_ok()
                            || RootSourceFailed::abi_decode_validate(&data).is_ok(),
                        "{data}"
                    );
                    failed += 1;
                }
                Err(_) => failed += 1,
            }
        }
        assert!(answered > 0 && failed > 0, "{answered} {failed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn native_accounts_and_facts_about_the_source_chain_are_believed_from_their_block_on() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let world = proven.world().await;
    for account in [0x64u64, 0xfffff].map(U256::from) {
        let account = Address::from_word(account.into());
        let error: NativeAccount = proven.refused(world, ask(account, vec![])).await;
        assert_eq!(error.account, account);
        let error: NativeAccount = proven.refused(account, vec![]).await;
        assert_eq!(error.account, account);
        for call in [
            World::balanceOfCall { account }.abi_encode(),
            World::hashOfCall { account }.abi_encode(),
            World::codeOfCall { account }.abi_encode(),
        ] {
            let error: NativeAccount = proven.refused(world, call).await;
            assert_eq!(error.account, account);
        }
    }
    let first = proven.question(world, vec![]).await.block;
    // P-256 verification (RIP-7212) and an address above 2^20, both from later blocks on; a range of native accounts.
    let later = first + 20;
    let listed = |number: u64, block: u64| U256::from(number) | U256::from(block) << 192;
    let high = Address::repeat_byte(0x99);
    let facts = IProver::initializeCall {
        firstBlock: first,
        clzBlock: later,
        numberIsHeaders: false,
        precompiles: vec![listed(0x100, later)],
        nativeRanges: vec![high, Address::repeat_byte(0x9a)],
        ..stage.prover_initialize().await.unwrap()
    };
    let prover =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::PROVER, facts.clone())
            .await
            .unwrap();
    let there = Proven {
        prover,
        asker: proven.asker,
        stage: proven.stage,
    };
    let told = there
        .stage
        .target
        .view(prover, IProver::sourceChainCall {})
        .await
        .unwrap();
    assert_eq!(
        (
            told.chainId,
            told.firstBlock,
            told.clzBlock,
            told.numberIsHeaders
        ),
        (facts.chainId, first, later, false)
    );
    let old = Question {
        block: first - 1,
        ..there.question(world, stored()).await
    };
    let error: BeforeFirstBlock = there.refused_with(&old, vec![]).await;
    assert_eq!((error.firstBlock, error.sourceBlock), (first, first - 1));
    let number = World::numberCall {}.abi_encode();
    let error: UnsupportedInstruction = there.refused(world, number).await;
    assert_eq!(error.instruction, 0x43);
    for account in [high, Address::repeat_byte(0x9a)] {
        let error: NativeAccount = there.refused(world, ask(account, vec![])).await;
        assert_eq!(error.account, account);
    }
    let clz = World::leadingZerosCall {
        word: U256::from(1),
    }
    .abi_encode();
    let p256 = Address::from_word(U256::from(0x100).into());
    let error: UnsupportedInstruction = there.refused(world, clz.clone()).await;
    assert_eq!(error.instruction, 0x1e);
    let error: NativeAccount = there.refused(world, ask(p256, vec![1; 160])).await;
    assert_eq!(error.account, p256);
    while there.stage.source.block_number().await.unwrap() < later {
        there.stage.source.mine().await.unwrap();
    }
    there.assert_exact(world, clz).await;
    there.assert_exact(world, ask(p256, vec![1; 160])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_is_constructed_once_of_accounts_with_code_and_takes_no_value() {
    let stage = Stage::start().await.unwrap();
    let facts = stage.prover_initialize().await.unwrap();
    let prover =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::PROVER, facts.clone())
            .await
            .unwrap();
    let construct = |facts: &IProver::initializeCall| -> Bytes {
        let arguments = facts.abi_encode();
        [&smartsync_abi::CONSTRUCTOR_SELECTOR[..], &arguments[4..]]
            .concat()
            .into()
    };
    let error = stage.target.call(prover, construct(&facts)).await;
    error.unwrap_err().expect::<AlreadyInitialized>();
    let fresh = System::deploy_program(&stage.target, &smartsync_artifacts::PROVER)
        .await
        .unwrap();
    let nobody = Address::repeat_byte(0x0b);
    for wrong in [
        IProver::initializeCall {
            rootSource: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            registry: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            runner: nobody,
            ..facts.clone()
        },
        IProver::initializeCall {
            chainId: 0,
            ..facts.clone()
        },
        IProver::initializeCall {
            nativeRanges: vec![nobody],
            ..facts.clone()
        },
    ] {
        let error = stage.target.call(fresh, construct(&wrong)).await;
        error.unwrap_err().expect::<InvalidConfiguration>();
    }
    for (view, expected) in [
        (IProver::rootSourceCall {}.abi_encode(), facts.rootSource),
        (IProver::registryCall {}.abi_encode(), facts.registry),
        (IProver::runnerCall {}.abi_encode(), facts.runner),
    ] {
        let answer = stage.target.call(prover, view).await.unwrap();
        assert_eq!(answer, expected.abi_encode());
    }
    let error = stage.target.call(prover, vec![1, 2, 3, 4]).await;
    error.unwrap_err().expect::<UnknownSelector>();
    let paid = request(prover, IProver::registryCall {}.abi_encode().into()).value(U256::ONE);
    let error = stage.target.call_with(paid).await.unwrap_err();
    assert_eq!(error.expect::<WrongValue>().got, U256::ONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgradeable_contract_answers_by_the_code_that_it_has_at_the_block() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let first = stage.on_source(&VaultV1::BYTECODE, []).await.unwrap();
    let second = stage.on_source(&VaultV2::BYTECODE, []).await.unwrap();
    let proxy = stage
        .on_source(&UpgradeableProxy::BYTECODE, first.abi_encode())
        .await
        .unwrap();
    let deposit = VaultV1::depositCall {
        amount: U256::from(100),
    };
    stage.source.send(proxy, deposit).await.unwrap();
    let shares = VaultV1::sharesCall {}.abi_encode();
    let touched = proven.assert_exact(proxy, shares.clone()).await;
    assert_eq!(touched.codes, [proxy, first].into());
    proven
        .assert_exact(proxy, VaultV1::bothCall {}.abi_encode())
        .await;
    let before = proven.question(proxy, shares.clone()).await;
    let upgrade = UpgradeableProxy::upgradeToCall {
        implementation: second,
    };
    stage.source.send(proxy, upgrade).await.unwrap();
    let after = proven.assert_exact(proxy, shares).await;
    assert_eq!(after.codes, [proxy, second].into());
    // The older block still has the older code.
    let mut touched = touched;
    let answer = stage.prove(proven.prover, &before, &mut touched).await;
    assert_eq!(answer, Ok((true, U256::from(200).abi_encode().into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_of_contracts_of_others_is_proven() {
    let proven = Proven::start().await;
    let stage = &proven.stage;
    let (weth, source) = weth(stage).await;
    let ens = Artifact::npm("@ensdomains/ens/build/contracts/ENSRegistry.json").unwrap();
    let names = stage.on_source(&ens.creation(&[]), []).await.unwrap();
    let label = keccak256("eth");
    let eth = keccak256([B256::ZERO.as_slice(), label.as_slice()].concat());
    let owner = [
        word(B256::ZERO),
        word(label),
        crate::foreign_contract::account(0),
    ];
    send_as(stage, &ens, names, 0, "setSubnodeOwner", &owner).await;
    let mut compared = 0;
    for (artifact, source) in [(&weth, source), (&ens, names)] {
        stage.deploy_code(source).await.unwrap();
        for function in artifact.views() {
            for arguments in combinations(function, &[eth]) {
                let data = artifact.encode(&function.name, &arguments);
                proven.assert_exact(source, data).await;
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slot_of_a_plain_contract_costs_less_than_the_goal() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    proven.stage.deploy_code(world).await.unwrap();
    let question = proven.question(world, stored()).await;
    let mut touched = Touched::default();
    let answer = proven.stage.prove(proven.prover, &question, &mut touched);
    assert_eq!(answer.await, Ok(proven.expected(&question).await));
    assert!(touched.codes.is_empty());
    let witness = proven
        .stage
        .witness(question.block, &touched)
        .await
        .unwrap();
    // Not cached.
    let call = question.with(witness);
    let receipt = proven.stage.target.send(proven.prover, call).await.unwrap();
    assert!(receipt.gas_used < 150_000, "{}", receipt.gas_used);
}
