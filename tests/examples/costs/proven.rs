use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::IProver;
use smartsync_proof::{AccountProof, EMPTY_ROOT, build_witness};
use smartsync_tests::{
    Chain, Error, Question, Stage, System, ToldRoot, Touched, VaultV1, World, deep_trie,
    measure::{cache, calldata_gas, execution_gas, padded_vault},
};

/// Prints the table of proven calls.
pub async fn report(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("\n## Proven calls\n");
    println!(
        "Whole transactions, the programs cached. *proof* is the same witness with a call of an account without code: programs' entries, root source, folding. *execution* is what the"
    );
    println!(
        "question adds: loading codes, interpreting. The L1 data fee of the calldata is not in it. \"Deep\" has branches like mainnet's, 8 in the state trie and 6 in the storage trie.\n"
    );
    println!("| question | witness bytes | calldata | gas | transaction | proof | execution |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let prover = stage.deploy_prover().await?;
    let facts = stage.prover_initialize().await?;
    cache(&stage.target, programs, true).await?;
    cache(&stage.target, &[prover, facts.runner], true).await?;

    let [small, vault] = padded_vault(stage).await?;
    let world = stage.on_source(&World::BYTECODE, []).await?;
    let stored = World::storedCall {}.abi_encode();
    let shares = VaultV1::sharesCall {}.abi_encode();
    let through = World::askCall {
        account: vault,
        data: shares.clone().into(),
    };
    let questions = [
        ("one slot", world, stored.clone()),
        (
            "EIP-1967 proxy to an implementation of 20 KB",
            vault,
            shares,
        ),
        (
            "the same, asked by another contract",
            world,
            through.abi_encode(),
        ),
    ];
    for inline in [true, false] {
        for (name, to, data) in &questions {
            let question = Question {
                block: stage.submit_head().await?,
                from: Chain::account(0),
                to: *to,
                data: data.clone().into(),
            };
            let mut touched = Touched::default();
            let answer = stage.prove(prover, &question, &mut touched).await;
            answer.map_err(|error| failed(format!("{error:?}")))?;
            let idle = Chain::account(1);
            if inline {
                // Whether the registry has them or not.
                touched.codes = touched.accounts.keys().copied().collect();
            }
            touched.accounts.entry(idle).or_default();
            let witness = stage.witness(question.block, &touched).await?;
            let name = format!(
                "{name}, codes in the {}",
                if inline { "witness" } else { "registry" }
            );
            row(stage, prover, &name, &question, idle, &witness).await?;
        }
        for account in [small, vault, world] {
            stage.deploy_code(account).await?;
        }
    }
    deep(stage, facts, world, stored).await
}

fn failed(reason: String) -> Error {
    Error::Rpc {
        method: "eth_call",
        reason,
    }
}

async fn row(
    stage: &Stage,
    prover: Address,
    name: &str,
    question: &Question,
    idle: Address,
    witness: &Bytes,
) -> Result<(), Error> {
    let data = question.with(witness.clone()).abi_encode();
    let idle = Question {
        to: idle,
        ..question.clone()
    };
    let without = idle.with(witness.clone()).abi_encode();
    let calldata = data.len();
    let transaction = 21_000 + calldata_gas(&data);
    let whole = execution_gas(&stage.target, prover, data.into()).await?;
    let proof = execution_gas(&stage.target, prover, without.into()).await?;
    println!(
        "| {name} | {} | {calldata} | {} | {transaction} | {proof} | {} |",
        witness.len(),
        whole + transaction,
        whole - proof
    );
    Ok(())
}

/// The slot of a contract in tries of many branches, whose other children are made up.
async fn deep(
    stage: &Stage,
    facts: IProver::initializeCall,
    world: Address,
    stored: Vec<u8>,
) -> Result<(), Error> {
    let told = stage.on_target(&ToldRoot::BYTECODE, []).await?;
    let initialize = IProver::initializeCall {
        rootSource: told,
        ..facts
    };
    let prover =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::PROVER, initialize).await?;
    let code = stage.source.code(world).await?;
    let slot = U256::ZERO;
    let value = alloy_rlp::encode(U256::from(7));
    let (storage_root, storage_nodes) = deep_trie(&[(keccak256(B256::from(slot)), value)], 6);
    let account = alloy_trie::TrieAccount {
        nonce: 1,
        balance: U256::ZERO,
        storage_root,
        code_hash: keccak256(code),
    };
    let (state_root, nodes) = deep_trie(&[(keccak256(world), alloy_rlp::encode(account))], 8);
    let witness = build_witness(
        state_root,
        &[AccountProof {
            address: world,
            nodes,
            slots: vec![slot],
            storage_nodes,
        }],
        &[],
    );
    let witness: Bytes = witness.map_err(|error| failed(error.to_string()))?.into();
    let tell = ToldRoot::tellCall {
        number: 1_000,
        root: state_root,
        timestamp: 1,
    };
    stage.target.send(told, tell).await?;
    let question = Question {
        block: 1_000,
        from: Chain::account(0),
        to: world,
        data: stored.into(),
    };
    let answer = stage
        .target
        .view(prover, question.with(witness.clone()))
        .await
        .map_err(|error| failed(format!("{error:?}")))?;
    assert_eq!(answer.answer, U256::from(7).abi_encode());
    assert!(storage_root != EMPTY_ROOT && account.code_hash != KECCAK256_EMPTY);
    // A precompiled contract needs nothing of the witness: identity.
    let idle = Address::with_last_byte(4);
    row(
        stage,
        prover,
        "one slot, deep, codes in the registry",
        &question,
        idle,
        &witness,
    )
    .await
}
