//! An Arbitrum chain's contracts on its parent chain, as Nitro's own creator makes them (npm, pinned).

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use devchain::Kind;
use serde_json::json;

use crate::{Artifact, Chain, Claimed, Rollup, request};

/// Blocks after which an assertion can be confirmed.
pub const CONFIRM_PERIOD: u64 = 20;
/// Longest batch, as Nitro's templates are made for.
const MAX_DATA: u64 = 117_964;

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
pub struct Nitro {
    pub rollup: Rollup,
    pub contract: Address,
    pub outbox: Address,
    pub bridge: Address,
    executor: Address,
    pub config: ConfigData,
}

impl Nitro {
    pub async fn contract(rollup: &Rollup, path: &str, arguments: Vec<u8>) -> Address {
        let name = path.rsplit('/').next().unwrap();
        let path = format!("@arbitrum/nitro-contracts/build/contracts/src/{path}.sol/{name}.json");
        let code = Artifact::npm(&path).unwrap().bytecode;
        let source = &rollup.stage.source;
        source.deploy(&code, arguments).await.unwrap()
    }

    pub async fn start() -> Self {
        let rollup = Rollup::of(Kind::Stylus).await.unwrap();
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
        let deposit = request(token, deposit.into()).value(U256::from(10));
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

    pub fn source(&self) -> &Chain {
        &self.rollup.stage.source
    }

    /// The owner acts.
    pub async fn execute(&self, call: impl SolCall) {
        let execute = NitroExecutor::executeCallCall {
            target: self.contract,
            targetCallData: call.abi_encode().into(),
        };
        self.source().send(self.executor, execute).await.unwrap();
    }

    /// Accumulator of the inbox after so many batches.
    pub async fn accumulator(&self, batches: u64) -> B256 {
        let index = U256::from(batches - 1);
        let call = NitroBridge::sequencerInboxAccsCall { index };
        self.source().view(self.bridge, call).await.unwrap()
    }

    pub async fn claimed(&self, block: u64, send_root: B256) -> Claimed {
        let claim = (self.outbox, self.bridge, send_root).abi_encode();
        self.rollup.claimed(block, claim).await.unwrap()
    }

    pub async fn hash(&self, block: u64) -> B256 {
        let (header, _) = self.rollup.chain.header(block).await.unwrap();
        header.hash_slow()
    }
}

/// What a validator says of a block.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The block of the chain.
    pub block: u64,
    /// The send root that is said of it.
    pub send_root: B256,
    /// The first assertion of all, which this one follows.
    pub genesis: B256,
    /// The state after it.
    pub after: AssertionState,
}

impl Nitro {
    /// A validator stakes on an assertion about the chain's newest block.
    pub async fn stake_first(&self) -> Assertion {
        let block = self.rollup.chain.block_number().await.unwrap();
        let send_root = B256::repeat_byte(0x5e);
        let genesis = state(B256::ZERO, B256::ZERO, 0);
        let assertion = Assertion {
            block,
            send_root,
            genesis: assertion_hash(B256::ZERO, &genesis, B256::ZERO),
            after: state(self.hash(block).await, send_root, 1),
        };
        let stake = NitroRollup::newStakeOnNewAssertionCall {
            tokenAmount: U256::ONE,
            assertion: AssertionInputs {
                beforeStateData: BeforeStateData {
                    prevPrevAssertionHash: B256::ZERO,
                    sequencerBatchAcc: B256::ZERO,
                    configData: self.config.clone(),
                },
                beforeState: genesis,
                afterState: assertion.after.clone(),
            },
            expectedAssertionHash: B256::ZERO,
        };
        self.source().send(self.contract, stake).await.unwrap();
        assertion
    }

    /// Nobody objects, and anybody confirms it. Returns its name and the inbox's accumulator.
    pub async fn confirm_first(&self, assertion: &Assertion) -> (B256, B256) {
        let blocks = U256::from(CONFIRM_PERIOD);
        let source = self.source();
        source.rpc("anvil_mine", json!([blocks])).await.unwrap();
        let accumulator = self.accumulator(1).await;
        let name = assertion_hash(assertion.genesis, &assertion.after, accumulator);
        let confirm = NitroRollup::confirmAssertionCall {
            assertionHash: name,
            prevAssertionHash: assertion.genesis,
            confirmState: assertion.after.clone(),
            winningEdgeId: B256::ZERO,
            prevConfig: self.config.clone(),
            inboxAcc: accumulator,
        };
        source.send(self.contract, confirm).await.unwrap();
        (name, accumulator)
    }
}

/// The state after a block, with so many batches read.
pub fn state(block_hash: B256, send_root: B256, batches: u64) -> AssertionState {
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

/// An assertion's name.
pub fn assertion_hash(parent: B256, after: &AssertionState, accumulator: B256) -> B256 {
    let state = keccak256(after.abi_encode());
    keccak256([parent, state, accumulator].concat())
}
