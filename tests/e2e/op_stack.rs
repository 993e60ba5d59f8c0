//! An OP Stack chain's contracts, by stand-ins that can be made to say anything.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_tests::{
    Claimed, DELAY, DisputeGame, GameFactory, GameRegistry, OP_STACK, PauseSwitch, Portal, Rollup,
    Touched, UpgradeableProxy, pass,
};

/// What a claim may take at most, and what a sequencer takes at most.
pub const GAS_GOAL: u64 = 900_000;
pub const BYTES_GOAL: usize = 95_000;

/// An OP Stack chain's contracts.
pub struct OpStack {
    pub rollup: Rollup,
    pub factory: Address,
    pub registry: Address,
    pub switch: Address,
    pub portal: Address,
    pub root_source: Address,
}

impl OpStack {
    pub async fn start() -> Self {
        let rollup = Rollup::start().await.unwrap();
        let stage = &rollup.stage;
        let factory = stage.on_source(&GameFactory::BYTECODE, []).await.unwrap();
        let code = stage.on_source(&GameRegistry::BYTECODE, []).await.unwrap();
        let registry = stage
            .on_source(&UpgradeableProxy::BYTECODE, code.into_word())
            .await
            .unwrap();
        let initialize = GameRegistry::initializeCall {
            factory,
            delay: DELAY,
        };
        stage.source.send(registry, initialize).await.unwrap();
        let switch = stage.on_source(&PauseSwitch::BYTECODE, []).await.unwrap();
        let portal = stage
            .on_source(&Portal::BYTECODE, (registry, switch).abi_encode())
            .await
            .unwrap();
        let initialize = rollup.initialize(OP_STACK, portal);
        let root_source = rollup.deploy(initialize).await.unwrap();
        Self {
            rollup,
            factory,
            registry,
            switch,
            portal,
            root_source,
        }
    }

    pub async fn send(&self, to: Address, call: impl SolCall) {
        self.rollup.stage.source.send(to, call).await.unwrap();
    }

    /// Makes a game about a block, of the type that is respected.
    pub async fn game(&self, block: u64) -> Address {
        let source = &self.rollup.stage.source;
        // Only after an upgrade the registry has none to say.
        let respected = GameRegistry::respectedGameTypeCall {};
        let game_type = source.view(self.registry, respected).await;
        let (root_claim, _) = self.rollup.output_root(block).await.unwrap();
        let create = GameFactory::createCall {
            gameType: game_type.unwrap_or_default(),
            rootClaim: root_claim,
            extraData: U256::from(block).abi_encode().into(),
        };
        let game = source.view(self.factory, create.clone()).await.unwrap();
        source.send(self.factory, create).await.unwrap();
        game
    }

    /// A game about a block that the defender has won and whose delay is over.
    pub async fn final_game(&self, block: u64) -> Address {
        let game = self.game(block).await;
        self.send(game, DisputeGame::resolveCall { status_: 2 })
            .await;
        pass(&self.rollup.stage, DELAY + 1).await;
        game
    }

    /// What is claimed of a block by a game.
    pub async fn claimed(&self, block: u64, game: Address) -> Claimed {
        let (_, message_passer) = self.rollup.output_root(block).await.unwrap();
        let claim = (self.registry, game, message_passer).abi_encode();
        self.rollup.claimed(block, claim).await.unwrap()
    }

    pub async fn refused<E: SolError>(&self, claimed: &Claimed) -> E {
        refused(&self.rollup, self.root_source, claimed).await
    }
}

pub async fn refused<E: SolError>(rollup: &Rollup, root_source: Address, claimed: &Claimed) -> E {
    let proven = rollup
        .prove(root_source, claimed, &mut Touched::default())
        .await;
    proven.unwrap_err().expect()
}
