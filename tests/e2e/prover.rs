//! Proven calls: a view of any contract, run on what a witness proves.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_tests::{
    Artifact, Chain, Leaf, MirrorReader, Question, Stage, Touched, UpgradeableProxy, VaultV1,
    VaultV2, World, request,
};

use crate::{
    exact::of_itself,
    foreign_contract::{combinations, send_as, weth, word},
};

/// Both chains, a prover, and somebody on the source who asks by STATICCALL.
pub struct Proven {
    pub stage: Stage,
    pub prover: Address,
    pub asker: Address,
}

impl Proven {
    pub async fn start() -> Self {
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
    pub async fn question(&self, to: Address, data: impl Into<Bytes>) -> Question {
        Question {
            block: self.stage.submit_head().await.unwrap(),
            from: self.asker,
            to,
            data: data.into(),
        }
    }

    /// What the source answers to a STATICCALL of the asker's.
    pub async fn expected(&self, question: &Question) -> (bool, Bytes) {
        let call = MirrorReader::readStaticCall {
            mirror: question.to,
            data: question.data.clone(),
        };
        let answer = self.stage.source.view(self.asker, call).await.unwrap();
        (answer.success, answer.result)
    }

    /// The proven answer must be the source's. Returns what it touches.
    pub async fn assert_exact(&self, to: Address, data: impl Into<Bytes>) -> Touched {
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
    pub async fn refused<E: SolError>(&self, to: Address, data: impl Into<Bytes>) -> E {
        let question = self.question(to, data).await;
        let mut touched = Touched::default();
        let answer = self.stage.prove(self.prover, &question, &mut touched).await;
        answer.unwrap_err().expect()
    }

    /// The typed error that a question ends with, given a witness.
    pub async fn refused_with<E: SolError>(
        &self,
        question: &Question,
        witness: impl Into<Bytes>,
    ) -> E {
        let call = question.with(witness);
        let answer = self.stage.target.view(self.prover, call).await;
        match answer {
            Ok(answer) => panic!("answered: {answer:?}"),
            Err(error) => error.expect(),
        }
    }

    pub async fn world(&self) -> Address {
        let world = self.stage.on_source(&World::BYTECODE, []).await.unwrap();
        let fund = request(world, Bytes::new()).value(U256::from(12_345));
        self.stage.source.send_request(fund).await.unwrap();
        world
    }
}

pub fn ask(account: Address, data: Vec<u8>) -> Vec<u8> {
    World::askCall {
        account,
        data: data.into(),
    }
    .abi_encode()
}

pub fn lend(account: Address, data: Vec<u8>) -> Vec<u8> {
    World::lendCall {
        account,
        data: data.into(),
    }
    .abi_encode()
}

pub fn stored() -> Vec<u8> {
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
