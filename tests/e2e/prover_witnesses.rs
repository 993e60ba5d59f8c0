//! Witnesses that lack something, lie, or are of another state.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_abi::{
    IProver::{
        AccountNotWitnessed, MalformedWitness, NotWitnessed, StateRootMismatch, StorageRootMismatch,
    },
    IReader::CodeUnknown,
    IRootSource::UnknownBlock,
};
use smartsync_proof::Check;
use smartsync_tests::{CallError, Question, Touched, World};

use crate::prover::{Proven, ask, stored};

/// Where some bytes stand in others.
fn position(bytes: &[u8], part: &[u8]) -> usize {
    bytes
        .windows(part.len())
        .position(|window| window == part)
        .unwrap()
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

    // A jump to what looks like its destination and lies in a push (PUSH1 4 JUMP PUSH2 5b00), and one to a true destination: what is one is found in the
    // code that is hashed, where it is brought and where it is kept.
    for (jumps, returns) in [("0x600456615b00", false), ("0x6003565b00", true)] {
        let jumper = Address::repeat_byte(0x0a);
        stage.source.set_code(jumper, jumps).await.unwrap();
        stage.source.mine().await.unwrap();
        for _ in 0..2 {
            let question = proven.question(jumper, vec![]).await;
            assert_eq!(proven.expected(&question).await.0, returns);
            proven.assert_exact(jumper, vec![]).await;
            stage.deploy_code(jumper).await.unwrap();
        }
    }

    // A delegated account (EIP-7702): its hash is known, its code is not run.
    let delegated = Address::repeat_byte(0x77);
    let designator = [&[0xef, 1, 0], world.as_slice()].concat();
    stage
        .source
        .set_code(delegated, Bytes::from(designator.clone()))
        .await
        .unwrap();
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
async fn what_is_proven_of_one_account_serves_no_other() {
    let proven = Proven::start().await;
    let (world, other) = (proven.world().await, proven.world().await);
    let question = proven.question(world, ask(other, stored())).await;
    let mut touched = Touched::default();
    for account in [world, other] {
        touched.accounts.insert(account, [U256::ZERO].into());
    }
    proven.stage.deploy_code(world).await.unwrap();
    let witness = proven.stage.witness(question.block, &touched).await;
    let witness = witness.unwrap();
    let call = question.with(witness.clone());
    let answer = proven.stage.target.view(proven.prover, call).await.unwrap();
    assert_eq!(
        (answer.success, answer.answer),
        proven.expected(&question).await
    );
    // Both storages are the same, and so are their proofs, at the end: version and count, slot 0 that is 7, a leaf as root.
    let proof = [1, 0, 1, 1, 0, 7];
    let first = position(&witness, &proof);
    let second = first + 1 + position(&witness[first + 1..], &proof);
    assert_eq!(witness[first..second], witness[second..]);
    let error: MalformedWitness = proven
        .refused_with(&question, witness[..second].to_vec())
        .await;
    assert_eq!(
        (error.reason, error.offset as usize),
        (Check::Truncated as u8, second)
    );
    // Of the one whose slots are not asked for none is known, though they are the other's.
    touched.accounts.insert(other, [].into());
    let witness = proven.stage.witness(question.block, &touched).await;
    let error: NotWitnessed = proven.refused_with(&question, witness.unwrap()).await;
    assert_eq!((error.account, error.slot), (other, U256::ZERO));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_larger_than_a_call_needs_changes_no_answer() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    let table = proven
        .stage
        .slot_table((1..400).map(|slot| (U256::from(slot), U256::from(slot))))
        .await
        .unwrap();
    let long = proven.stage.on_source(&long_code().into(), []).await;
    let long = long.unwrap();
    let question = proven.question(world, stored()).await;
    let mut touched = Touched::default();
    let needed = proven
        .stage
        .prove(proven.prover, &question, &mut touched)
        .await;
    let least = proven.stage.witness(question.block, &touched).await;
    touched
        .accounts
        .insert(table, (1..400).map(U256::from).collect());
    touched.accounts.insert(long, [].into());
    touched.codes.extend([table, long]);
    let witness = proven.stage.witness(question.block, &touched).await;
    let witness = witness.unwrap();
    // A code of 24,576 bytes, and 4 at least for each slot.
    assert!(witness.len() > 26_000 + least.unwrap().len());
    let call = question.with(witness.clone());
    let answer = proven.stage.target.view(proven.prover, call).await.unwrap();
    assert_eq!(Ok((answer.success, answer.answer)), needed);
    // One that says that it lists more than it does.
    let error: MalformedWitness = proven.refused_with(&question, vec![1, 0xff, 0xff]).await;
    assert_eq!((error.reason, error.offset), (Check::Truncated as u8, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn revert_data_that_looks_like_an_error_of_ours_is_an_answer() {
    let proven = Proven::start().await;
    let world = proven.world().await;
    // Reverts with its calldata.
    let echo = Address::repeat_byte(0x7e);
    proven
        .stage
        .source
        .set_code(echo, "0x365f5f37365ffd")
        .await
        .unwrap();
    proven.stage.source.mine().await.unwrap();
    let slot = U256::ZERO;
    for imitated in [
        NotWitnessed {
            account: world,
            slot,
        }
        .abi_encode(),
        AccountNotWitnessed { account: world }.abi_encode(),
        CodeUnknown { account: world }.abi_encode(),
    ] {
        let question = proven.question(echo, imitated.clone()).await;
        let mut touched = Touched::default();
        let answer = proven
            .stage
            .prove(proven.prover, &question, &mut touched)
            .await;
        assert_eq!(answer, Ok((false, imitated.clone().into())));
        // Whoever calls it may catch that, as on the source.
        proven.assert_exact(world, ask(echo, imitated)).await;
    }
}
