//! OP Stack chains whose dispute games are about several chains: what is final is a super root, the output roots of all of them at one time. By stand-ins
//! with the interfaces that Optimism's contracts have since their version 8; no package has those.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use serde_json::json;
use smartsync_abi::{
    IOpStack::{isGameClaimValidCall, pausedCall, rootClaimByChainIdCall, systemConfigCall},
    IProgramErrors::MalformedCalldata,
    IRollup::{NoAnswer, NotFinal, OtherAccount, OtherChain, OtherClaim, submitHeaderCall},
};
use smartsync_tests::{
    ChainConfig, Claimed, DELAY, GameFactory, GuardedRegistry, OP_STACK, PauseSwitch, Portal,
    Rollup, SlotTable, SuperGame, Touched, UpgradeableProxy, pass, smartsync,
};

use crate::{
    op_stack::{BYTES_GOAL, GAS_GOAL, refused},
    rollup_relayed::{DEPLOY, connected},
};

/// The type of the games.
const SUPER: u32 = 9;
/// Another chain of the set.
const OTHER: u64 = 10;

/// The contracts of a chain in a set.
struct SuperStack {
    rollup: Rollup,
    config: Address,
    factory: Address,
    registry: Address,
    portal: Address,
    root_source: Address,
}

impl SuperStack {
    async fn start() -> Self {
        let rollup = Rollup::start().await.unwrap();
        let stage = &rollup.stage;
        let chain_id = U256::from(Rollup::CHAIN_ID).abi_encode();
        let config = stage.on_source(&ChainConfig::BYTECODE, chain_id).await;
        let config = config.unwrap();
        let factory = stage.on_source(&GameFactory::BYTECODE, []).await.unwrap();
        let code = stage.on_source(&GuardedRegistry::BYTECODE, []).await;
        let registry = stage
            .on_source(&UpgradeableProxy::BYTECODE, code.unwrap().into_word())
            .await
            .unwrap();
        let initialize = GuardedRegistry::initializeCall {
            config,
            factory,
            delay_: DELAY,
            gameType: SUPER,
        };
        stage.source.send(registry, initialize).await.unwrap();
        let portal = (registry, config).abi_encode();
        let portal = stage.on_source(&Portal::BYTECODE, portal).await.unwrap();
        let set = Portal::setSystemConfigCall { config };
        stage.source.send(portal, set).await.unwrap();
        // What is made when the registry is initialized is retired.
        pass(stage, 1).await;
        let root_source = rollup.deploy(rollup.initialize(OP_STACK, portal)).await;
        Self {
            root_source: root_source.unwrap(),
            rollup,
            config,
            factory,
            registry,
            portal,
        }
    }

    async fn send(&self, to: Address, call: impl SolCall) {
        self.rollup.stage.source.send(to, call).await.unwrap();
    }

    /// Makes a game about the output roots of chains at the time of a block.
    async fn game(&self, block: u64, roots: &[(u64, B256)]) -> Address {
        let (header, _) = self.rollup.chain.header(block).await.unwrap();
        let mut preimage = [&[1][..], &header.timestamp.to_be_bytes()].concat();
        for (chain, root) in roots {
            preimage.extend((U256::from(*chain), root).abi_encode());
        }
        let create = GameFactory::createSuperCall {
            gameType: SUPER,
            rootClaim: keccak256(&preimage),
            extraData: preimage.into(),
            registry: self.registry,
        };
        let source = &self.rollup.stage.source;
        let game = source.view(self.factory, create.clone()).await.unwrap();
        self.send(self.factory, create).await;
        game
    }

    /// The same about a block of this chain and one of another, won by the defender a while ago.
    async fn final_game(&self, block: u64, other: u64) -> Address {
        let [root, other_root] = [block, other].map(|block| self.rollup.output_root(block));
        let roots = [
            (OTHER, other_root.await.unwrap().0),
            (Rollup::CHAIN_ID, root.await.unwrap().0),
        ];
        let game = self.game(block, &roots).await;
        self.resolve(game).await;
        game
    }

    async fn resolve(&self, game: Address) {
        let resolve = SuperGame::resolveCall { status_: 2 };
        self.send(game, resolve).await;
        pass(&self.rollup.stage, DELAY + 1).await;
    }

    /// What is claimed of a block by a game, with what names the chain.
    async fn claimed_as(&self, block: u64, game: Address, chain: (Address, u64)) -> Claimed {
        let (_, passer) = self.rollup.output_root(block).await.unwrap();
        let claim = (self.registry, game, passer, chain.0, chain.1).abi_encode();
        self.rollup.claimed(block, claim).await.unwrap()
    }

    async fn claimed(&self, block: u64, game: Address) -> Claimed {
        let chain = (self.config, Rollup::CHAIN_ID);
        self.claimed_as(block, game, chain).await
    }

    async fn refused<E: SolError>(&self, claimed: &Claimed) -> E {
        refused(&self.rollup, self.root_source, claimed).await
    }

    /// The registry says that the game's claim is not valid.
    async fn is_not_final(&self, block: u64, game: Address) {
        let error: NotFinal = self.refused(&self.claimed(block, game).await).await;
        assert_eq!(
            (error.account, error.question.0),
            (self.registry, isGameClaimValidCall::SELECTOR)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_taken_by_the_super_root_that_its_game_is_about() {
    let op = SuperStack::start().await;
    let chain = &op.rollup.chain;
    let table = chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let write = SlotTable::writeCall {
        slots: vec![U256::from(3)],
        values: vec![U256::from(77)],
    };
    chain.send(table, write).await.unwrap();
    let block = chain.block_number().await.unwrap();
    let (root, _) = op.rollup.output_root(block).await.unwrap();
    let roots = [(OTHER, B256::repeat_byte(7)), (Rollup::CHAIN_ID, root)];
    let game = op.game(block, &roots).await;
    op.is_not_final(block, game).await;
    op.resolve(game).await;
    let claimed = op.claimed(block, game).await;
    let mut touched = Touched::default();
    let submission = op.rollup.prove(op.root_source, &claimed, &mut touched);
    let submission = submission.await.unwrap();
    // The portal, its configuration, the registry and its code, the factory, the game.
    assert_eq!(touched.accounts.len(), 6);
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let receipt = op.rollup.stage.target.send(op.root_source, call).await;
    let gas = receipt.unwrap().gas_used;
    println!("super root: {bytes} bytes, {gas} gas");
    assert!(
        bytes < BYTES_GOAL && gas < GAS_GOAL,
        "{bytes} bytes, {gas} gas"
    );
    let (header, _) = chain.header(block).await.unwrap();
    let known = op.rollup.known(op.root_source, block).await;
    assert_eq!(known, Ok(header.state_root));
    let system = op.rollup.system(op.root_source).await.unwrap();
    let mirror = op.rollup.mirror(&system, table, block).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(3), U256::from(77))].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_super_root_vouches_for_no_block_of_another_chain() {
    let op = SuperStack::start().await;
    for _ in 0..2 {
        op.rollup.chain.mine().await.unwrap();
    }
    let (root, passer) = op.rollup.output_root(1).await.unwrap();
    let (theirs, their_passer) = op.rollup.output_root(2).await.unwrap();
    // Block 2 stands for the other chain's: its output root is in the super root, under another id.
    let game = op.final_game(1, 2).await;
    let as_ours = op.claimed(2, game).await;
    let error: OtherClaim = op.refused(&as_ours).await;
    assert_eq!((error.expected, error.got), (root, theirs));
    let as_theirs = op.claimed_as(2, game, (op.config, OTHER)).await;
    let error: OtherChain = op.refused(&as_theirs).await;
    let ids = [Rollup::CHAIN_ID, OTHER].map(U256::from);
    assert_eq!([error.expected, error.got], ids);
    // By a configuration of that chain, or of the attacker's own.
    let stage = &op.rollup.stage;
    let own = U256::from(OTHER).abi_encode();
    let own = stage.on_source(&ChainConfig::BYTECODE, own).await.unwrap();
    let error: OtherAccount = op
        .refused(&op.claimed_as(2, game, (own, OTHER)).await)
        .await;
    assert_eq!(
        (error.question.0, error.expected, error.got),
        (systemConfigCall::SELECTOR, op.config, own)
    );
    // As one output root.
    let claim = (op.registry, game, their_passer).abi_encode();
    let as_one = op.rollup.claimed(2, claim).await.unwrap();
    let error: OtherClaim = op.refused(&as_one).await;
    let root_claim = SuperGame::rootClaimCall {};
    let super_root = stage.source.view(game, root_claim).await.unwrap();
    assert_eq!((error.expected, error.got), (super_root, theirs));
    // A game about the other chain alone.
    let alone = op.game(2, &[(OTHER, theirs)]).await;
    op.resolve(alone).await;
    let error: NoAnswer = op.refused(&op.claimed(2, alone).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (alone, rootClaimByChainIdCall::SELECTOR)
    );
    // What names a configuration and no id.
    let whole = op.claimed(1, game).await;
    for length in [97, 128, 159] {
        let cut = Claimed {
            claim: Bytes::copy_from_slice(&whole.claim[..length]),
            ..whole.clone()
        };
        let _: MalformedCalldata = op.refused(&cut).await;
    }
    assert_eq!(whole.claim[64..96], passer[..]);
    op.rollup.submit(op.root_source, &whole).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guardian_of_today_s_registry_withdraws_is_not_final() {
    let op = SuperStack::start().await;
    for _ in 0..5 {
        op.rollup.chain.mine().await.unwrap();
    }
    let stage = &op.rollup.stage;
    let games = [
        op.final_game(1, 5).await,
        op.final_game(2, 5).await,
        op.final_game(3, 5).await,
    ];
    // Its type is not respected any more: it was when the game was made. Of a game that is made then the type was not.
    let respect = |game_type| GuardedRegistry::setRespectedGameTypeCall {
        gameType: game_type,
    };
    op.send(op.registry, respect(0)).await;
    let later = op.final_game(4, 5).await;
    op.is_not_final(4, later).await;
    let claimed = op.claimed(1, games[0]).await;
    op.rollup.submit(op.root_source, &claimed).await.unwrap();
    op.send(op.registry, respect(SUPER)).await;
    op.is_not_final(4, later).await;

    let blacklist = GuardedRegistry::blacklistDisputeGameCall { game: games[1] };
    op.send(op.registry, blacklist).await;
    op.is_not_final(2, games[1]).await;
    // The portal is asked first, the registry asks itself.
    let pause = |paused_| PauseSwitch::pauseCall { paused_ };
    op.send(op.config, pause(true)).await;
    let error: NotFinal = op.refused(&op.claimed(3, games[2]).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, pausedCall::SELECTOR)
    );
    let valid = GuardedRegistry::isGameClaimValidCall { game_: games[2] };
    let valid = stage.source.view(op.registry, valid).await;
    assert_eq!(valid, Ok(false));
    op.send(op.config, pause(false)).await;
    let claimed = op.claimed(3, games[2]).await;
    let mut touched = Touched::default();
    let before = op.rollup.prove(op.root_source, &claimed, &mut touched);
    before.await.unwrap();
    let retire = GuardedRegistry::updateRetirementTimestampCall {};
    op.send(op.registry, retire).await;
    op.is_not_final(3, games[2]).await;
    // All of it is the guardian's.
    let stranger = smartsync_tests::request(op.registry, respect(0).abi_encode().into());
    let stranger = stranger.from(smartsync_tests::Chain::account(1));
    let error = stage.source.call_with(stranger).await.unwrap_err();
    error.expect::<GuardedRegistry::Unauthorized>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_follows_the_super_roots_that_its_portal_takes_for_final() {
    let op = SuperStack::start().await;
    let directory = tempfile::tempdir().unwrap();
    let (chain, stage) = (&op.rollup.chain, &op.rollup.stage);
    let table = chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let run =
        async |arguments: &[&str]| smartsync(connected(&op.rollup, &directory, arguments)).await;
    let (prover, portal) = (op.rollup.prover.to_string(), op.portal.to_string());
    let said = ["--parent-prover", &prover, "--portal", &portal];
    run(&[&DEPLOY[..], &said].concat()).await.json();
    let (parent, address) = (stage.source.url(), table.to_string());
    let anchor = async |value: u64, later: u64| {
        let write = SlotTable::writeCall {
            slots: vec![U256::from(4)],
            values: vec![U256::from(value)],
        };
        // Blocks of an OP Stack chain are seconds apart.
        chain.rpc("evm_increaseTime", json!([2])).await.unwrap();
        chain.send(table, write).await.unwrap();
        let block = chain.block_number().await.unwrap();
        let game = op.final_game(block, 1).await;
        let set = GuardedRegistry::setAnchorStateCall { game };
        op.send(op.registry, set).await;
        for _ in 0..later {
            chain.rpc("evm_increaseTime", json!([2])).await.unwrap();
            chain.mine().await.unwrap();
        }
        block
    };
    // The block is found by the game's time: the newest that there is, and one with others after it.
    let first = anchor(1, 0).await;
    let migrate = ["migrate", &address, "--parent-rpc", parent];
    let migrated = run(&migrate).await.json();
    assert_eq!(migrated["sourceBlock"], json!(first), "{migrated}");
    let second = anchor(2, 5).await;
    let sync = ["sync", &address, "--parent-rpc", parent];
    let synced = run(&sync).await.json();
    assert_eq!(synced["sourceBlock"], json!(second), "{synced}");
    let proxy: Address = migrated["proxy"].as_str().unwrap().parse().unwrap();
    let storage = stage.target.storage(proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(4), U256::from(2))].into());
}
