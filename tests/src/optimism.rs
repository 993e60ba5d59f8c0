//! An OP Stack chain with Optimism's own contracts of the last version that is published on npm: proxies, superchain configuration, game factory,
//! fault dispute game, its VM, oracle and WETH, and the portal before its upgrade. Stand-ins complete them with what came later: `anchorStateRegistry()` of
//! the portal, `isGameClaimValid` of the registry.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolValue, sol};

use crate::{
    Artifact, Chain, Claimed, GameRegistry, Portal, Rollup, SlotTable,
    rollup::{DELAY, OP_STACK},
};

/// Seconds that a game's clock runs.
pub const CLOCK: u64 = 20;
sol! {
    interface OpProxy {
        function upgradeToAndCall(address implementation, bytes calldata data) external payable returns (bytes memory);
    }
    interface OpSuperchainConfig {
        function initialize(address guardian, bool paused) external;
        function pause(string calldata identifier) external;
        function unpause() external;
    }
    interface OpPortal {
        function initialize(address factory, address systemConfig, address superchainConfig, uint32 gameType) external;
    }
    interface OpFactory {
        function initialize(address owner) external;
        function setImplementation(uint32 gameType, address implementation) external;
        function create(uint32 gameType, bytes32 rootClaim, bytes calldata extraData) external payable returns (address proxy);
    }
    interface OpWeth {
        function initialize(address owner, address config) external;
    }
    interface OpGame {
        function resolveClaim(uint256 index, uint256 count) external;
        function resolve() external returns (uint8);
        function getRequiredBond(uint128 position) external view returns (uint256);
        function attack(bytes32 disputed, uint256 parent, bytes32 claim) external payable;
    }
}

/// A contract of Optimism's package, created on the parent chain.
async fn op_contract(source: &Chain, name: &str, arguments: &[u8]) -> Address {
    let path = format!("@eth-optimism/contracts-bedrock/forge-artifacts/{name}.sol/{name}.json");
    let code = Artifact::npm(&path).unwrap().bytecode;
    source.deploy(&code, arguments).await.unwrap()
}

/// The same behind Optimism's proxy.
async fn op_proxied(source: &Chain, implementation: Address, initialize: Vec<u8>) -> Address {
    let admin = Chain::account(0);
    let proxy = op_contract(source, "Proxy", admin.into_word().as_slice()).await;
    let upgrade = OpProxy::upgradeToAndCallCall {
        implementation,
        data: initialize.into(),
    };
    source.send(proxy, upgrade).await.unwrap();
    proxy
}

/// An OP Stack chain with its contracts, and a block of it that is claimed.
pub struct Optimism {
    pub rollup: Rollup,
    pub config: Address,
    pub factory: Address,
    pub registry: Address,
    pub portal: Address,
    pub root_source: Address,
    /// A contract of the chain's.
    pub table: Address,
    pub block: u64,
    pub output_root: B256,
    pub message_passer: B256,
}

impl Optimism {
    /// The portal is the one that was there before it had a registry to name.
    pub async fn start() -> Self {
        let rollup = Rollup::start().await.unwrap();
        let source = &rollup.stage.source;
        let admin = Chain::account(0);
        let config = op_contract(source, "SuperchainConfig", &[]).await;
        let initialize = OpSuperchainConfig::initializeCall {
            guardian: admin,
            paused: false,
        };
        let config = op_proxied(source, config, initialize.abi_encode()).await;
        let factory = op_contract(source, "DisputeGameFactory", &[]).await;
        let initialize = OpFactory::initializeCall { owner: admin };
        let factory = op_proxied(source, factory, initialize.abi_encode()).await;
        let weth = op_contract(source, "DelayedWETH", &U256::from(7).abi_encode()).await;
        let initialize = OpWeth::initializeCall {
            owner: admin,
            config,
        };
        let weth = op_proxied(source, weth, initialize.abi_encode()).await;
        let registry = rollup.stage.on_source(&GameRegistry::BYTECODE, []).await;
        let initialize = GameRegistry::initializeCall {
            factory,
            delay: DELAY,
        };
        let registry = op_proxied(source, registry.unwrap(), initialize.abi_encode()).await;
        let oracle = (U256::from(126_000), U256::from(86_400)).abi_encode();
        let oracle = op_contract(source, "PreimageOracle", &oracle).await;
        let mips = op_contract(source, "MIPS", oracle.into_word().as_slice()).await;
        let game = (
            (0u32, B256::repeat_byte(3), U256::from(73), U256::from(30)),
            (CLOCK / 4, CLOCK, mips, weth, registry),
            U256::from(Rollup::CHAIN_ID),
        );
        let set = OpFactory::setImplementationCall {
            gameType: 0,
            implementation: op_contract(source, "FaultDisputeGame", &game.abi_encode()).await,
        };
        source.send(factory, set).await.unwrap();
        let delays = (U256::from(604_800), U256::from(302_400)).abi_encode();
        let portal = op_contract(source, "OptimismPortal2", &delays).await;
        let initialize = OpPortal::initializeCall {
            factory,
            systemConfig: admin,
            superchainConfig: config,
            gameType: 0,
        };
        let portal = op_proxied(source, portal, initialize.abi_encode()).await;
        let root_source = rollup.deploy(rollup.initialize(OP_STACK, portal)).await;

        let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
        let write = SlotTable::writeCall {
            slots: vec![U256::from(9)],
            values: vec![U256::from(99)],
        };
        rollup.chain.send(table, write).await.unwrap();
        let block = rollup.chain.block_number().await.unwrap();
        let (output_root, message_passer) = rollup.output_root(block).await.unwrap();
        Self {
            root_source: root_source.unwrap(),
            config,
            factory,
            registry,
            portal,
            table,
            block,
            output_root,
            message_passer,
            rollup,
        }
    }

    pub fn source(&self) -> &Chain {
        &self.rollup.stage.source
    }

    pub async fn send(&self, to: Address, call: impl SolCall) {
        self.source().send(to, call).await.unwrap();
    }

    /// The portal of today.
    pub async fn upgrade(&self) {
        let stage = &self.rollup.stage;
        let portal = (Address::ZERO, Address::ZERO).abi_encode();
        let portal = stage.on_source(&Portal::BYTECODE, portal).await.unwrap();
        let initialize = Portal::initializeCall {
            registry: self.registry,
            config: self.config,
        };
        let upgrade = OpProxy::upgradeToAndCallCall {
            implementation: portal,
            data: initialize.abi_encode().into(),
        };
        self.send(self.portal, upgrade).await;
    }

    pub async fn game(&self, root_claim: B256) -> Address {
        let create = OpFactory::createCall {
            gameType: 0,
            rootClaim: root_claim,
            extraData: U256::from(self.block).abi_encode().into(),
        };
        let game = self.source().view(self.factory, create.clone()).await;
        self.send(self.factory, create).await;
        game.unwrap()
    }

    /// Resolves a game of so many claims.
    pub async fn resolve(&self, game: Address, claims: u64) {
        for index in (0..claims).rev() {
            let resolve = OpGame::resolveClaimCall {
                index: U256::from(index),
                count: U256::ZERO,
            };
            self.send(game, resolve).await;
        }
        self.send(game, OpGame::resolveCall {}).await;
    }

    pub async fn claimed(&self, game: Address) -> Claimed {
        let claim = (self.registry, game, self.message_passer).abi_encode();
        self.rollup.claimed(self.block, claim).await.unwrap()
    }
}
