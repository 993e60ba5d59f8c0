//! Rollups as sources, with the rollups' own contracts as published on npm: Nitro's of today, and Optimism's of the last published version, which
//! stand-ins complete with what came later (`anchorStateRegistry()` of the portal, `isGameClaimValid` of the registry).

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use serde_json::json;
use smartsync_abi::{
    IArbitrumRollup::{allowedOutboxesCall, outboxCall, pausedCall},
    IOpStack::{self, anchorStateRegistryCall, isGameClaimValidCall},
    IRollup::{NoAnswer, NotFinal, OtherAccount, OtherClaim, submitHeaderCall},
};
use smartsync_tests::{Artifact, Chain, Claimed, GameRegistry, Portal, Rollup, SlotTable, Touched};

use crate::rollup::{ARBITRUM, BYTES_GOAL, DELAY, GAS_GOAL, OP_STACK, pass, refused};

/// Seconds that a game's clock runs.
const CLOCK: u64 = 20;
/// Blocks after which an assertion can be confirmed.
const CONFIRM_PERIOD: u64 = 20;
/// Longest batch, as Nitro's templates are made for.
const MAX_DATA: u64 = 117_964;

sol! {
    interface OpProxy {
        function upgradeTo(address implementation) external;
        function upgradeToAndCall(address implementation, bytes calldata data) external payable returns (bytes memory);
    }
    interface OpSuperchainConfig {
        function initialize(address guardian, bool paused) external;
        function pause(string calldata identifier) external;
        function unpause() external;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_dispute_game_that_optimism_s_contracts_resolve_makes_a_block_known() {
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
    let arguments = (
        (0u32, B256::repeat_byte(3), U256::from(73), U256::from(30)),
        (CLOCK / 4, CLOCK, mips, weth, registry),
        U256::from(Rollup::CHAIN_ID),
    );
    let implementation = op_contract(source, "FaultDisputeGame", &arguments.abi_encode()).await;
    let set = OpFactory::setImplementationCall {
        gameType: 0,
        implementation,
    };
    source.send(factory, set).await.unwrap();
    // The portal as it was before it had a registry to name.
    let delays = (U256::from(604_800), U256::from(302_400)).abi_encode();
    let before = op_contract(source, "OptimismPortal2", &delays).await;
    let portal = op_contract(source, "Proxy", admin.into_word().as_slice()).await;
    let upgrade = OpProxy::upgradeToCall {
        implementation: before,
    };
    source.send(portal, upgrade).await.unwrap();
    let root_source = rollup
        .deploy(rollup.initialize(OP_STACK, portal))
        .await
        .unwrap();

    let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let write = SlotTable::writeCall {
        slots: vec![U256::from(9)],
        values: vec![U256::from(99)],
    };
    rollup.chain.send(table, write).await.unwrap();
    let block = rollup.chain.block_number().await.unwrap();
    let (output_root, message_passer) = rollup.output_root(block).await.unwrap();
    let create = |root_claim| OpFactory::createCall {
        gameType: 0,
        rootClaim: root_claim,
        extraData: U256::from(block).abi_encode().into(),
    };
    let claimed = async |game: Address| -> Claimed {
        let claim = (registry, game, message_passer).abi_encode();
        rollup.claimed(block, claim).await.unwrap()
    };
    let game = source.view(factory, create(output_root)).await.unwrap();
    let error: NoAnswer = refused(&rollup, root_source, &claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (portal, anchorStateRegistryCall::SELECTOR)
    );
    let after = (Address::ZERO, Address::ZERO).abi_encode();
    let after = rollup.stage.on_source(&Portal::BYTECODE, after).await;
    let upgrade = OpProxy::upgradeToAndCallCall {
        implementation: after.unwrap(),
        data: Portal::initializeCall { registry, config }
            .abi_encode()
            .into(),
    };
    source.send(portal, upgrade).await.unwrap();

    // Two games: one that somebody attacks, and one that nobody does.
    let game = source.view(factory, create(output_root)).await.unwrap();
    source.send(factory, create(output_root)).await.unwrap();
    let lie = B256::repeat_byte(0x66);
    let lost = source.view(factory, create(lie)).await.unwrap();
    source.send(factory, create(lie)).await.unwrap();
    let attack = OpGame::attackCall {
        disputed: lie,
        parent: U256::ZERO,
        claim: output_root,
    };
    let bond = smartsync_tests::request(lost, attack.abi_encode().into());
    let bond = bond.value(U256::from(10).pow(U256::from(18)));
    let attacked = source.transact(bond).await.unwrap();
    pass(&rollup.stage, 2 * CLOCK).await;
    let undecided = |error: NotFinal| {
        assert_eq!(
            (error.account, error.question.0),
            (registry, isGameClaimValidCall::SELECTOR)
        );
    };
    undecided(refused(&rollup, root_source, &claimed(game).await).await);
    let resolve_claim = |index: u64| OpGame::resolveClaimCall {
        index: U256::from(index),
        count: U256::ZERO,
    };
    source.send(game, resolve_claim(0)).await.unwrap();
    source.send(game, OpGame::resolveCall {}).await.unwrap();
    undecided(refused(&rollup, root_source, &claimed(game).await).await);
    pass(&rollup.stage, DELAY + 1).await;
    if attacked.status() {
        source.send(lost, resolve_claim(1)).await.unwrap();
        source.send(lost, resolve_claim(0)).await.unwrap();
        source.send(lost, OpGame::resolveCall {}).await.unwrap();
        pass(&rollup.stage, DELAY + 1).await;
    }
    undecided(refused(&rollup, root_source, &claimed(lost).await).await);
    // The guardian pauses.
    let pause = OpSuperchainConfig::pauseCall {
        identifier: String::new(),
    };
    source.send(config, pause).await.unwrap();
    let error: NotFinal = refused(&rollup, root_source, &claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (portal, IOpStack::pausedCall::SELECTOR)
    );
    source
        .send(config, OpSuperchainConfig::unpauseCall {})
        .await
        .unwrap();

    let claim = claimed(game).await;
    let mut touched = Touched::default();
    let submission = rollup.prove(root_source, &claim, &mut touched).await;
    let submission = submission.unwrap();
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let receipt = rollup.stage.target.send(root_source, call).await.unwrap();
    println!(
        "OP Stack claim, codes in the witness: {bytes} bytes, {} gas",
        receipt.gas_used
    );
    assert!(bytes < BYTES_GOAL && receipt.gas_used < GAS_GOAL, "{bytes}");
    let system = rollup.system(root_source).await.unwrap();
    let mirror = rollup.mirror(&system, table, block).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(9), U256::from(99))].into());
}

sol! {
    #[derive(Debug)]
    struct GlobalState {
        bytes32[2] bytes32Vals;
        uint64[2] u64Vals;
    }
    #[derive(Debug)]
    struct AssertionState {
        GlobalState globalState;
        uint8 machineStatus;
        bytes32 endHistoryRoot;
    }
    struct ConfigData {
        bytes32 wasmModuleRoot;
        uint256 requiredStake;
        address challengeManager;
        uint64 confirmPeriodBlocks;
        uint64 nextInboxPosition;
    }
    struct BeforeStateData {
        bytes32 prevPrevAssertionHash;
        bytes32 sequencerBatchAcc;
        ConfigData configData;
    }
    struct AssertionInputs {
        BeforeStateData beforeStateData;
        AssertionState beforeState;
        AssertionState afterState;
    }
    struct MaxTimeVariation {
        uint256 delayBlocks;
        uint256 futureBlocks;
        uint256 delaySeconds;
        uint256 futureSeconds;
    }
    struct BufferConfig {
        uint64 threshold;
        uint64 max;
        uint64 replenishRateInBasis;
    }
    struct Config {
        uint64 confirmPeriodBlocks;
        address stakeToken;
        uint256 baseStake;
        bytes32 wasmModuleRoot;
        address owner;
        address loserStakeEscrow;
        uint256 chainId;
        string chainConfig;
        uint256 minimumAssertionPeriod;
        uint64 validatorAfkBlocks;
        uint256[] miniStakeValues;
        MaxTimeVariation sequencerInboxMaxTimeVariation;
        uint256 layerZeroBlockEdgeHeight;
        uint256 layerZeroBigStepEdgeHeight;
        uint256 layerZeroSmallStepEdgeHeight;
        AssertionState genesisAssertionState;
        uint256 genesisInboxCount;
        address anyTrustFastConfirmer;
        uint8 numBigStepLevel;
        uint64 challengeGracePeriodBlocks;
        BufferConfig bufferConfig;
        uint256 dataCostEstimate;
    }
    struct RollupDeploymentParams {
        Config config;
        address[] validators;
        uint256 maxDataSize;
        address nativeToken;
        bool deployFactoriesToL2;
        uint256 maxFeePerGasForRetryables;
        address[] batchPosters;
        address batchPosterManager;
        address feeTokenPricer;
        address customOsp;
    }
    interface NitroCreator {
        function createRollup(RollupDeploymentParams memory deployParams) external payable returns (address);
    }
    interface NitroRollup {
        function outbox() external view returns (address);
        function bridge() external view returns (address);
        function challengeManager() external view returns (address);
        function owner() external view returns (address);
        function newStakeOnNewAssertion(uint256 tokenAmount, AssertionInputs calldata assertion, bytes32 expectedAssertionHash) external;
        function confirmAssertion(bytes32 assertionHash, bytes32 prevAssertionHash, AssertionState calldata confirmState, bytes32 winningEdgeId, ConfigData calldata prevConfig, bytes32 inboxAcc) external;
        function fastConfirmNewAssertion(AssertionInputs calldata assertion, bytes32 expectedAssertionHash) external;
        function pause() external;
        function resume() external;
        function setOutbox(address outbox) external;
        function removeOldOutbox(address outbox) external;
    }
    interface NitroBridge {
        function sequencerInbox() external view returns (address);
        function sequencerInboxAccs(uint256 index) external view returns (bytes32);
    }
    interface NitroInbox {
        function addSequencerL2BatchFromOrigin(uint256 sequenceNumber, bytes calldata data, uint256 afterDelayedMessagesRead, address gasRefunder, uint256 prevMessageCount, uint256 newMessageCount) external;
    }
    interface NitroExecutor {
        function executeCall(address target, bytes memory targetCallData) external payable;
    }
    interface NitroToken {
        function deposit() external payable;
        function approve(address spender, uint256 amount) external returns (bool);
    }
}

/// An Arbitrum chain as Nitro's creator makes it.
struct Nitro {
    rollup: Rollup,
    contract: Address,
    outbox: Address,
    bridge: Address,
    executor: Address,
    config: ConfigData,
}

impl Nitro {
    async fn contract(rollup: &Rollup, path: &str, arguments: Vec<u8>) -> Address {
        let name = path.rsplit('/').next().unwrap();
        let path = format!("@arbitrum/nitro-contracts/build/contracts/src/{path}.sol/{name}.json");
        let code = Artifact::npm(&path).unwrap().bytecode;
        let source = &rollup.stage.source;
        source.deploy(&code, arguments).await.unwrap()
    }

    async fn start() -> Self {
        let rollup = Rollup::start().await.unwrap();
        let at =
            async |path: &str, arguments: Vec<u8>| Self::contract(&rollup, path, arguments).await;
        // Whatever stands there: no batch here is in blobs.
        let blobs = Address::repeat_byte(0x48);
        let mut templates = Vec::new();
        for [bridge, inbox, event_inbox, outbox] in [
            [
                "bridge/Bridge",
                "bridge/Inbox",
                "rollup/RollupEventInbox",
                "bridge/Outbox",
            ],
            [
                "bridge/ERC20Bridge",
                "bridge/ERC20Inbox",
                "rollup/ERC20RollupEventInbox",
                "bridge/ERC20Outbox",
            ],
        ] {
            let max_data = U256::from(MAX_DATA);
            let token = !templates.is_empty();
            let sequencer = |buffers: bool| (max_data, blobs, token, buffers).abi_encode();
            templates.push((
                at(bridge, vec![]).await,
                at("bridge/SequencerInbox", sequencer(false)).await,
                at("bridge/SequencerInbox", sequencer(true)).await,
                at(inbox, max_data.abi_encode()).await,
                at(event_inbox, vec![]).await,
                at(outbox, vec![]).await,
            ));
        }
        let bridges = (templates[0], templates[1]).abi_encode();
        let bridges = at("rollup/BridgeCreator", bridges).await;
        let challenges = at("challengeV2/EdgeChallengeManager", vec![]).await;
        let executor = Artifact::npm(
            "@offchainlabs/upgrade-executor/build/contracts/src/UpgradeExecutor.sol/UpgradeExecutor.json",
        );
        let source = &rollup.stage.source;
        let executor = source
            .deploy(&executor.unwrap().bytecode, [])
            .await
            .unwrap();
        let owner = Chain::account(0);
        let creator = (
            (owner, bridges),
            // No challenge is played: the one-step proofs are left out.
            (challenges, challenges),
            at("rollup/RollupAdminLogic", vec![]).await,
            at("rollup/RollupUserLogic", vec![]).await,
            executor,
            at("rollup/ValidatorWalletCreator", vec![]).await,
            at("rollup/DeployHelper", vec![]).await,
        );
        let creator = at("rollup/RollupCreator", creator.abi_encode()).await;
        let names = ("Stake".to_owned(), "STK".to_owned()).abi_encode_params();
        let token = at("mocks/TestWETH9", names).await;
        let create = NitroCreator::createRollupCall {
            deployParams: Self::parameters(token),
        };
        let contract = source.view(creator, create.clone()).await.unwrap();
        source.send(creator, create).await.unwrap();
        let outbox = source.view(contract, NitroRollup::outboxCall {});
        let outbox = outbox.await.unwrap();
        let bridge = source.view(contract, NitroRollup::bridgeCall {});
        let bridge = bridge.await.unwrap();
        let manager = source.view(contract, NitroRollup::challengeManagerCall {});
        let executor = source.view(contract, NitroRollup::ownerCall {});
        // The validator's stake.
        let deposit = NitroToken::depositCall {}.abi_encode();
        let deposit = smartsync_tests::request(token, deposit.into()).value(U256::from(10));
        source.send_request(deposit).await.unwrap();
        let approve = NitroToken::approveCall {
            spender: contract,
            amount: U256::from(10),
        };
        source.send(token, approve).await.unwrap();
        Self {
            config: ConfigData {
                wasmModuleRoot: B256::repeat_byte(0x77),
                requiredStake: U256::ONE,
                challengeManager: manager.await.unwrap(),
                confirmPeriodBlocks: CONFIRM_PERIOD,
                nextInboxPosition: 1,
            },
            executor: executor.await.unwrap(),
            contract,
            outbox,
            bridge,
            rollup,
        }
    }

    fn parameters(token: Address) -> RollupDeploymentParams {
        let owner = Chain::account(0);
        let chain_config = json!({ "chainId": Rollup::CHAIN_ID }).to_string();
        RollupDeploymentParams {
            config: Config {
                confirmPeriodBlocks: CONFIRM_PERIOD,
                stakeToken: token,
                baseStake: U256::ONE,
                wasmModuleRoot: B256::repeat_byte(0x77),
                owner,
                loserStakeEscrow: Chain::account(1),
                chainId: U256::from(Rollup::CHAIN_ID),
                chainConfig: chain_config,
                minimumAssertionPeriod: U256::ZERO,
                validatorAfkBlocks: 0,
                miniStakeValues: vec![U256::ONE; 3],
                sequencerInboxMaxTimeVariation: MaxTimeVariation {
                    delayBlocks: U256::from(5_760),
                    futureBlocks: U256::from(12),
                    delaySeconds: U256::from(86_400),
                    futureSeconds: U256::from(3_600),
                },
                layerZeroBlockEdgeHeight: U256::from(32),
                layerZeroBigStepEdgeHeight: U256::from(32),
                layerZeroSmallStepEdgeHeight: U256::from(32),
                genesisAssertionState: state(B256::ZERO, B256::ZERO, 0),
                genesisInboxCount: U256::ZERO,
                anyTrustFastConfirmer: owner,
                numBigStepLevel: 1,
                challengeGracePeriodBlocks: 10,
                bufferConfig: BufferConfig {
                    threshold: u64::MAX,
                    max: u64::MAX,
                    replenishRateInBasis: 0,
                },
                dataCostEstimate: U256::ZERO,
            },
            validators: vec![owner],
            maxDataSize: U256::from(MAX_DATA),
            nativeToken: Address::ZERO,
            deployFactoriesToL2: false,
            maxFeePerGasForRetryables: U256::ZERO,
            batchPosters: vec![owner],
            batchPosterManager: owner,
            feeTokenPricer: Address::ZERO,
            customOsp: Address::ZERO,
        }
    }

    fn source(&self) -> &Chain {
        &self.rollup.stage.source
    }

    /// The owner acts.
    async fn execute(&self, call: impl SolCall) {
        let execute = NitroExecutor::executeCallCall {
            target: self.contract,
            targetCallData: call.abi_encode().into(),
        };
        self.source().send(self.executor, execute).await.unwrap();
    }

    /// Accumulator of the inbox after so many batches.
    async fn accumulator(&self, batches: u64) -> B256 {
        let index = U256::from(batches - 1);
        let call = NitroBridge::sequencerInboxAccsCall { index };
        self.source().view(self.bridge, call).await.unwrap()
    }

    async fn claimed(&self, block: u64, send_root: B256) -> Claimed {
        let claim = (self.outbox, self.bridge, send_root).abi_encode();
        self.rollup.claimed(block, claim).await.unwrap()
    }

    async fn hash(&self, block: u64) -> B256 {
        let (header, _) = self.rollup.chain.header(block).await.unwrap();
        header.hash_slow()
    }
}

/// The state after a block, with so many batches read.
fn state(block_hash: B256, send_root: B256, batches: u64) -> AssertionState {
    AssertionState {
        globalState: GlobalState {
            bytes32Vals: [block_hash, send_root],
            u64Vals: [batches, 0],
        },
        // Finished.
        machineStatus: 1,
        endHistoryRoot: B256::ZERO,
    }
}

fn assertion_hash(parent: B256, after: &AssertionState, accumulator: B256) -> B256 {
    let state = keccak256(after.abi_encode());
    keccak256([parent, state, accumulator].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_nitro_s_contracts_confirm_makes_a_block_known() {
    let nitro = Nitro::start().await;
    let (rollup, source) = (&nitro.rollup, nitro.source());
    let root_source = rollup
        .deploy(rollup.initialize(ARBITRUM, nitro.contract))
        .await
        .unwrap();
    let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let write = SlotTable::writeCall {
        slots: vec![U256::from(5)],
        values: vec![U256::from(55)],
    };
    rollup.chain.send(table, write).await.unwrap();
    let first = rollup.chain.block_number().await.unwrap();
    let send_root = B256::repeat_byte(0x5e);
    // A validator stakes on an assertion, nobody objects, and anybody confirms it.
    let genesis = state(B256::ZERO, B256::ZERO, 0);
    let genesis_hash = assertion_hash(B256::ZERO, &genesis, B256::ZERO);
    let after = state(nitro.hash(first).await, send_root, 1);
    let stake = NitroRollup::newStakeOnNewAssertionCall {
        tokenAmount: U256::ONE,
        assertion: AssertionInputs {
            beforeStateData: BeforeStateData {
                prevPrevAssertionHash: B256::ZERO,
                sequencerBatchAcc: B256::ZERO,
                configData: nitro.config.clone(),
            },
            beforeState: genesis,
            afterState: after.clone(),
        },
        expectedAssertionHash: B256::ZERO,
    };
    source.send(nitro.contract, stake).await.unwrap();
    let claimed = nitro.claimed(first, send_root).await;
    let error: OtherClaim = refused(rollup, root_source, &claimed).await;
    assert_eq!(error.expected, B256::ZERO);
    let blocks = U256::from(CONFIRM_PERIOD);
    source.rpc("anvil_mine", json!([blocks])).await.unwrap();
    let accumulator = nitro.accumulator(1).await;
    let first_hash = assertion_hash(genesis_hash, &after, accumulator);
    let confirm = NitroRollup::confirmAssertionCall {
        assertionHash: first_hash,
        prevAssertionHash: genesis_hash,
        confirmState: after.clone(),
        winningEdgeId: B256::ZERO,
        prevConfig: nitro.config.clone(),
        inboxAcc: accumulator,
    };
    source.send(nitro.contract, confirm).await.unwrap();
    let claimed = nitro.claimed(first, send_root).await;
    let mut touched = Touched::default();
    let submission = rollup.prove(root_source, &claimed, &mut touched).await;
    let submission = submission.unwrap();
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let receipt = rollup.stage.target.send(root_source, call).await.unwrap();
    println!(
        "Arbitrum claim, codes in the witness: {bytes} bytes, {} gas",
        receipt.gas_used
    );
    assert!(bytes < BYTES_GOAL && receipt.gas_used < GAS_GOAL, "{bytes}");
    let system = rollup.system(root_source).await.unwrap();
    let mirror = rollup.mirror(&system, table, first).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(5), U256::from(55))].into());

    // The next one is confirmed at once, and has the same send root: it stands for the later block from now on.
    for _ in 0..2 {
        rollup.chain.mine().await.unwrap();
    }
    let inbox = source.view(nitro.bridge, NitroBridge::sequencerInboxCall {});
    let batch = NitroInbox::addSequencerL2BatchFromOriginCall {
        sequenceNumber: U256::ONE,
        data: Bytes::from_static(&[0]),
        afterDelayedMessagesRead: U256::ONE,
        gasRefunder: Address::ZERO,
        prevMessageCount: U256::ONE,
        newMessageCount: U256::from(2),
    };
    source.send(inbox.await.unwrap(), batch).await.unwrap();
    let next = state(nitro.hash(first + 2).await, send_root, 2);
    let fast = NitroRollup::fastConfirmNewAssertionCall {
        expectedAssertionHash: assertion_hash(first_hash, &next, nitro.accumulator(2).await),
        assertion: AssertionInputs {
            beforeStateData: BeforeStateData {
                prevPrevAssertionHash: genesis_hash,
                sequencerBatchAcc: accumulator,
                configData: ConfigData {
                    nextInboxPosition: 2,
                    ..nitro.config.clone()
                },
            },
            beforeState: after,
            afterState: next,
        },
    };
    source.send(nitro.contract, fast).await.unwrap();
    let error: OtherClaim = refused(
        rollup,
        root_source,
        &nitro.claimed(first + 1, send_root).await,
    )
    .await;
    assert_eq!(error.expected, nitro.hash(first + 2).await);
    // Paused by the owner.
    nitro.execute(NitroRollup::pauseCall {}).await;
    let claimed = nitro.claimed(first + 2, send_root).await;
    let error: NotFinal = refused(rollup, root_source, &claimed).await;
    assert_eq!(
        (error.account, error.question.0),
        (nitro.contract, pausedCall::SELECTOR)
    );
    nitro.execute(NitroRollup::resumeCall {}).await;
    let claimed = nitro.claimed(first + 2, send_root).await;
    rollup.submit(root_source, &claimed).await.unwrap();
    // Another outbox: the old one counts no more for the rollup, and then not for the bridge either.
    rollup.chain.mine().await.unwrap();
    let other = Nitro::contract(rollup, "bridge/Outbox", vec![]).await;
    let remove = NitroRollup::removeOldOutboxCall {
        outbox: nitro.outbox,
    };
    nitro
        .execute(NitroRollup::setOutboxCall { outbox: other })
        .await;
    let claimed = nitro.claimed(first + 3, send_root).await;
    let error: OtherAccount = refused(rollup, root_source, &claimed).await;
    assert_eq!(
        (error.question.0, error.expected, error.got),
        (outboxCall::SELECTOR, other, nitro.outbox)
    );
    nitro
        .execute(NitroRollup::setOutboxCall {
            outbox: nitro.outbox,
        })
        .await;
    nitro
        .execute(NitroRollup::setOutboxCall { outbox: other })
        .await;
    nitro.execute(remove).await;
    let claim = (other, nitro.bridge, send_root).abi_encode();
    let claimed = rollup.claimed(first + 3, claim).await.unwrap();
    let error: OtherClaim = refused(rollup, root_source, &claimed).await;
    assert_eq!(error.expected, B256::ZERO);
    let _ = allowedOutboxesCall::SELECTOR;
}
