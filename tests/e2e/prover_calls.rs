//! Several proven calls on one witness.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProgramErrors::MalformedCalldata,
    IProver::{self, NotWitnessed},
    IReader::UnsupportedInstruction,
};
use smartsync_tests::{Echo, Question, Stage, Touched, World, request};

fn calls(question: &[(Address, Vec<u8>)], block: u64, witness: &Bytes) -> IProver::callsCall {
    let calls = question.iter().map(|(to, data)| IProver::Call {
        to: *to,
        data: data.clone().into(),
    });
    IProver::callsCall {
        sourceBlock: block,
        from: Address::repeat_byte(0x11),
        questions: calls.collect(),
        witness: witness.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_on_one_witness_are_answered_as_each_alone() {
    let stage = Stage::start().await.unwrap();
    let prover = stage.deploy_prover().await.unwrap();
    let world = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let other = stage.on_source(&World::BYTECODE, []).await.unwrap();
    let set = World::setCall {
        value: U256::from(31),
    };
    stage.source.send(other, set).await.unwrap();
    let fund = request(world, Bytes::new()).value(U256::from(5));
    stage.source.send_request(fund).await.unwrap();
    let echo = stage.on_source(&Echo::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let stored = || World::storedCall {}.abi_encode();
    let nobody = Address::repeat_byte(0xab);
    let asked = [
        (world, stored()),
        (other, stored()),
        // Reverts: a write.
        (world, World::setCall { value: U256::ONE }.abi_encode()),
        // No code, and no such function.
        (nobody, stored()),
        (world, vec![1, 2, 3]),
        // Answers that are no whole words.
        (echo, vec![7; 35]),
        (echo, vec![8; 64]),
        (world, World::ownBalanceCall {}.abi_encode()),
        (world, stored()),
    ];
    let question = |to, data: &[u8]| Question {
        block,
        from: Address::repeat_byte(0x11),
        to,
        data: Bytes::copy_from_slice(data),
    };
    let mut touched = Touched::default();
    let mut alone = Vec::new();
    for (to, data) in &asked {
        let question = question(*to, data);
        alone.push(stage.prove(prover, &question, &mut touched).await.unwrap());
    }
    let witness = stage.witness(block, &touched).await.unwrap();
    let together = calls(&asked, block, &witness);
    let answer = stage.target.view(prover, together.clone()).await.unwrap();
    // Not a byte else than the ABI's own encoding.
    let output = stage.target.call(prover, together.abi_encode());
    assert_eq!(
        output.await.unwrap(),
        IProver::callsCall::abi_encode_returns(&answer)
    );
    for (to, data) in &asked {
        let question = question(*to, data);
        let call = question.with(witness.clone());
        let answer = stage.target.view(prover, call.clone()).await.unwrap();
        let output = stage.target.call(prover, call.abi_encode()).await.unwrap();
        assert_eq!(output, IProver::callCall::abi_encode_returns(&answer));
    }
    let (header, _) = stage.source.header(block).await.unwrap();
    assert_eq!(answer.timestamp, header.timestamp);
    let together: Vec<_> = answer
        .answers
        .into_iter()
        .map(|answer| (answer.success, answer.data))
        .collect();
    assert_eq!(together, alone);
    assert!(together.iter().any(|(success, _)| !success));
    // None at all is answered with none.
    let none = stage.target.view(prover, calls(&[], block, &witness));
    assert!(none.await.unwrap().answers.is_empty());
    // What one of them lacks, or cannot be answered, ends all of them.
    let unknown = [
        (world, stored()),
        (world, World::minerCall {}.abi_encode()),
        (world, stored()),
    ];
    let error = stage.target.view(prover, calls(&unknown, block, &witness));
    let error: UnsupportedInstruction = error.await.unwrap_err().expect();
    assert_eq!(error.account, world);
    touched.accounts.insert(other, [U256::from(4)].into());
    let less = stage.witness(block, &touched).await.unwrap();
    let error = stage.target.view(prover, calls(&asked, block, &less));
    let error: NotWitnessed = error.await.unwrap_err().expect();
    assert_eq!((error.account, error.slot), (other, U256::ZERO));
    // Calldata that ends within the calls.
    let cut = calls(&asked, block, &witness).abi_encode();
    let error = stage.target.call(prover, cut[..4 + 5 * 32].to_vec()).await;
    let _: MalformedCalldata = error.unwrap_err().expect();
}

/// Calldata of `calls` that asks one question so many times: all heads point to one tuple.
fn repeated(count: u64, question: (Address, Vec<u8>), block: u64, witness: &Bytes) -> Bytes {
    let one = calls(&[question], block, witness).abi_encode();
    // Selector, four heads, the number of questions, the first one's head.
    let (head, rest) = one.split_at(4 + 5 * 32);
    let (_, tails) = rest.split_at(32);
    let mut head = head.to_vec();
    let more = U256::from((count - 1) * 32);
    let word = |bytes: &[u8]| U256::from_be_slice(bytes);
    let witness_at = word(&head[4 + 96..4 + 128]) + more;
    head[4 + 96..4 + 128].copy_from_slice(&witness_at.to_be_bytes::<32>());
    head[4 + 128..].copy_from_slice(&U256::from(count).to_be_bytes::<32>());
    for _ in 0..count {
        head.extend_from_slice(&U256::from(count * 32).to_be_bytes::<32>());
    }
    [&head, tails].concat().into()
}

/// The message to the runner counts calls in two bytes. With one more than it can count it would take the calls for accounts.
#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_two_bytes_count_are_refused() {
    let stage = Stage::start().await.unwrap();
    let prover = stage.deploy_prover().await.unwrap();
    // Whoever is called has no code: an answer costs little.
    let nobody = Address::repeat_byte(0xab);
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let mut touched = Touched::default();
    touched.accounts.entry(nobody).or_default();
    let witness = stage.witness(block, &touched).await.unwrap();
    let several = repeated(300, (nobody, vec![]), block, &witness);
    let answer = stage.target.call(prover, several).await.unwrap();
    let answer = IProver::callsCall::abi_decode_returns(&answer).unwrap();
    assert_eq!(answer.answers.len(), 300);
    assert!(answer.answers.iter().all(|answer| answer.success));
    for count in [65_536, 65_537] {
        let many = repeated(count, (nobody, vec![]), block, &witness);
        let error = stage.target.call(prover, many).await.unwrap_err();
        let _: MalformedCalldata = error.expect();
    }
}
