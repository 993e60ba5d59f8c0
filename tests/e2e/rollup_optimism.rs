//! An OP Stack chain as source, with Optimism's own contracts of the last version that is published on npm: proxies, superchain configuration, game factory,
//! fault dispute game, its VM, oracle and WETH, and the portal before its upgrade. Stand-ins complete them with what came later: `anchorStateRegistry()` of
//! the portal, `isGameClaimValid` of the registry.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::encode;
use alloy_sol_types::{SolCall, SolValue, sol};
use smartsync_abi::{
    IOpStack::{self, anchorStateRegistryCall, isGameClaimValidCall},
    IProver,
    IRollup::{self, NoAnswer, NotFinal, submitHeaderCall},
};
use smartsync_proof::{AccountProof, build_witness};
use smartsync_tests::{
    Artifact, Chain, Claimed, GameRegistry, Portal, Rollup, SlotTable, System, ToldRoot, Touched,
    deep_trie, measure::cache, request, storage_proof,
};

use crate::op_stack::{BYTES_GOAL, DELAY, GAS_GOAL, OP_STACK, pass, refused};

/// Seconds that a game's clock runs.
const CLOCK: u64 = 20;
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

/// Above the leaves of mainnet's state trie, and of a large storage trie of it.
const STATE_BRANCHES: usize = 7;
const STORAGE_BRANCHES: usize = 5;

/// An OP Stack chain with its contracts, and a block of it that is claimed.
struct Optimism {
    rollup: Rollup,
    config: Address,
    factory: Address,
    registry: Address,
    portal: Address,
    root_source: Address,
    /// A contract of the chain's.
    table: Address,
    block: u64,
    output_root: B256,
    message_passer: B256,
}

impl Optimism {
    /// The portal is the one that was there before it had a registry to name.
    async fn start() -> Self {
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

    fn source(&self) -> &Chain {
        &self.rollup.stage.source
    }

    async fn send(&self, to: Address, call: impl SolCall) {
        self.source().send(to, call).await.unwrap();
    }

    /// The portal of today.
    async fn upgrade(&self) {
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

    async fn game(&self, root_claim: B256) -> Address {
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
    async fn resolve(&self, game: Address, claims: u64) {
        for index in (0..claims).rev() {
            let resolve = OpGame::resolveClaimCall {
                index: U256::from(index),
                count: U256::ZERO,
            };
            self.send(game, resolve).await;
        }
        self.send(game, OpGame::resolveCall {}).await;
    }

    async fn claimed(&self, game: Address) -> Claimed {
        let claim = (self.registry, game, self.message_passer).abi_encode();
        self.rollup.claimed(self.block, claim).await.unwrap()
    }

    /// The game's claim is not valid, as the registry says.
    async fn is_undecided(&self, game: Address) {
        let claimed = self.claimed(game).await;
        let error: NotFinal = refused(&self.rollup, self.root_source, &claimed).await;
        assert_eq!(
            (error.account, error.question.0),
            (self.registry, isGameClaimValidCall::SELECTOR)
        );
    }

    /// Submits a proven claim; returns its bytes and the gas.
    async fn submit(&self, root_source: Address, submission: Bytes) -> (usize, u64) {
        let bytes = submission.len();
        let call = submitHeaderCall { submission };
        let receipt = self.rollup.stage.target.send(root_source, call).await;
        let gas = receipt.unwrap().gas_used;
        assert!(
            bytes < BYTES_GOAL && gas < GAS_GOAL,
            "{bytes} bytes, {gas} gas"
        );
        (bytes, gas)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_dispute_game_that_optimism_s_contracts_resolve_makes_a_block_known() {
    let op = Optimism::start().await;
    let (rollup, stage) = (&op.rollup, &op.rollup.stage);
    // Before the portal was upgraded it named no registry.
    let game = op.game(op.output_root).await;
    let error: NoAnswer = refused(rollup, op.root_source, &op.claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, anchorStateRegistryCall::SELECTOR)
    );
    op.upgrade().await;
    // Nobody attacks the game about the true output root; the other one is lost.
    let lie = B256::repeat_byte(0x66);
    let lost = op.game(lie).await;
    let attack = OpGame::attackCall {
        disputed: lie,
        parent: U256::ZERO,
        claim: op.output_root,
    };
    let bond = OpGame::getRequiredBondCall { position: 2 };
    let bond = op.source().view(lost, bond).await.unwrap();
    let attack = request(lost, attack.abi_encode().into()).value(bond);
    op.source().send_request(attack).await.unwrap();
    pass(stage, 2 * CLOCK).await;
    op.is_undecided(game).await;
    op.resolve(game, 1).await;
    op.resolve(lost, 2).await;
    op.is_undecided(game).await;
    pass(stage, DELAY + 1).await;
    op.is_undecided(lost).await;
    // The guardian pauses.
    let pause = OpSuperchainConfig::pauseCall {
        identifier: String::new(),
    };
    op.send(op.config, pause).await;
    let error: NotFinal = refused(rollup, op.root_source, &op.claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, IOpStack::pausedCall::SELECTOR)
    );
    op.send(op.config, OpSuperchainConfig::unpauseCall {}).await;

    let claim = op.claimed(game).await;
    let mut touched = Touched::default();
    let submission = rollup.prove(op.root_source, &claim, &mut touched).await;
    let inline = op.submit(op.root_source, submission.unwrap()).await;
    let system = rollup.system(op.root_source).await.unwrap();
    let mirror = rollup.mirror(&system, op.table, op.block).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(9), U256::from(99))].into());
    // With the codes where everybody finds them.
    for account in &touched.codes {
        stage.deploy_code(*account).await.unwrap();
    }
    let other = rollup.deploy(rollup.initialize(OP_STACK, op.portal)).await;
    let other = other.unwrap();
    let mut touched = Touched::default();
    let submission = rollup.prove(other, &claim, &mut touched).await;
    assert!(touched.codes.is_empty());
    let kept = op.submit(other, submission.unwrap()).await;
    println!(
        "OP Stack claim, bytes and gas: codes in the witness {inline:?}, in the registry {kept:?}"
    );
    assert!(kept.0 < inline.0 && kept.1 < inline.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_op_stack_claim_fits_a_transaction_with_tries_as_deep_as_mainnet_s() {
    let op = Optimism::start().await;
    let (rollup, stage) = (&op.rollup, &op.rollup.stage);
    op.upgrade().await;
    let game = op.game(op.output_root).await;
    pass(stage, 2 * CLOCK).await;
    op.resolve(game, 1).await;
    pass(stage, DELAY + 1).await;
    let mut claim = op.claimed(game).await;
    let mut touched = Touched::default();
    let proven = rollup.prove(op.root_source, &claim, &mut touched).await;
    proven.unwrap();
    for account in &touched.codes {
        stage.deploy_code(*account).await.unwrap();
    }
    // The same accounts and slots on ways of 8 and 6 nodes. Portal and factory have large storages, a slot for each withdrawal and game; the others
    // have few slots, as here.
    let large = [op.portal, op.factory];
    let (mut accounts, mut leaves) = (Vec::new(), Vec::new());
    for (address, slots) in &touched.accounts {
        let slots: Vec<_> = slots.iter().copied().collect();
        let proof = op.source().proof(*address, &slots, claim.parent_block);
        let proof = proof.await.unwrap();
        let values = proof.storage_proof.iter().map(|slot| {
            let value = match slot.value.is_zero() {
                true => Vec::new(),
                false => encode(slot.value),
            };
            (keccak256(slot.key.as_b256()), value)
        });
        let values: Vec<_> = values.collect();
        let (storage_root, storage_nodes) = match large.contains(address) {
            true => deep_trie(&values, STORAGE_BRANCHES),
            false => (proof.storage_hash, storage_proof(&proof)),
        };
        let account = alloy_trie::TrieAccount {
            nonce: proof.nonce,
            balance: proof.balance,
            storage_root,
            code_hash: proof.code_hash,
        };
        leaves.push((keccak256(address), encode(account)));
        accounts.push(AccountProof {
            address: *address,
            nodes: Vec::new(),
            slots,
            storage_nodes,
        });
    }
    let (state_root, nodes) = deep_trie(&leaves, STATE_BRANCHES);
    for account in &mut accounts {
        account.nodes = nodes.clone();
    }
    let witness = build_witness(state_root, &accounts, &[]).unwrap().into();
    let told = stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap();
    let (parent, _) = op.source().header(claim.parent_block).await.unwrap();
    claim.parent_block = 1_000;
    let tell = ToldRoot::tellCall {
        number: claim.parent_block,
        root: state_root,
        timestamp: parent.timestamp,
    };
    stage.target.send(told, tell).await.unwrap();
    let facts = IProver::initializeCall {
        rootSource: told,
        ..stage.prover_initialize().await.unwrap()
    };
    let runner = facts.runner;
    let target = &stage.target;
    let prover = System::deploy_constructed(target, &smartsync_artifacts::PROVER, facts).await;
    let prover = prover.unwrap();
    let initialize = IRollup::initializeCall {
        prover,
        ..rollup.initialize(OP_STACK, op.portal)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    cache(target, &[prover, runner, root_source], true)
        .await
        .unwrap();
    let deep = op.submit(root_source, claim.submission(&witness)).await;
    let (accounts, slots) = (
        touched.accounts.len(),
        touched.accounts.values().map(|slots| slots.len()),
    );
    println!(
        "OP Stack claim, deep tries, {accounts} accounts, {} slots, bytes and gas: {deep:?}",
        slots.sum::<usize>()
    );
    let (header, _) = rollup.chain.header(op.block).await.unwrap();
    let known = rollup.known(root_source, op.block).await;
    assert_eq!(known, Ok(header.state_root));
}
