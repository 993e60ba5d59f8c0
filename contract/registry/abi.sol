// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IRegistry {
    struct ProxyRecord {
        address source;
        address logic;
        bytes32 codeHash;
        bytes32 storageRoot;
        uint64 sourceBlock;
        uint64 sourceTimestamp;
        uint8 status;
        uint64 partBlock;
        uint64 lastWrite;
        address creator;
    }
    struct SyncItem {
        address proxy;
        uint64 fromBlock;
        bytes accountProof;
        bytes multiProof;
    }

    error AccountAbsent(address account);
    error AlreadyInitialized();
    error BalanceUnknown(address account);
    error BeforeFirstBlock(uint64 firstBlock, uint64 sourceBlock);
    error BelowPartBlock(uint64 partBlock, uint64 sourceBlock);
    error BlocksDiffer(address account, uint64 accountBlock, uint64 sourceBlock);
    error CodeNotDeployed(bytes32 codeHash);
    error CodeTooLarge(uint256 length);
    error CodeUnknown(address account);
    error CreateFailed();
    error GasLimited(address account, uint256 gas);
    error InvalidCode();
    error InvalidConfiguration();
    error InvalidProof(uint8 reason, uint32 node);
    error LengthMismatch(uint256 slots, uint256 values);
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error NativeAccount(address account);
    error NotAContract(address account);
    error NotAnswered();
    error NotAtBlock(address proxy, uint64 recorded, uint64 fromBlock);
    error NotCreator(address creator);
    error NotInMulticall(bytes4 selector);
    error NotMirrored(address account);
    error NotNewer(uint64 recorded, uint64 sourceBlock);
    error NotVerified();
    error OpeningTooEarly(uint64 until);
    error PartBlockHeld(uint64 partBlock, uint64 until);
    error PartTooSmall(uint64 bytesGiven, uint64 changesGiven);
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error PrecompileFailed(address account);
    error RootSourceFailed(uint64 blockNumber);
    error SlotUnchanged(uint256 slot);
    error SourceCodeChanged(bytes32 recorded, bytes32 proven);
    error Stale(uint64 ageSeconds, uint64 blocksBehind);
    error StorageRootMismatch(bytes32 source, bytes32 proxy);
    error SyncInProgress();
    error TargetHeaderTooOld(uint64 lastWrite, uint64 blockNumber);
    error TransferFailed(address to);
    error UnknownProxy(address proxy);
    error UnknownSelector(bytes4 selector);
    error UnknownTargetHeader(uint64 blockNumber, bytes32 blockHash);
    error UnsupportedInstruction(uint8 instruction, address account);
    error WrongStatus(uint8 status);
    error WrongValue(uint256 required, uint256 got);

    event BalanceProven(address indexed account, uint64 indexed sourceBlock, uint256 balance, uint8 knowledge);
    event CodeDeployed(bytes32 indexed codeHash, address logic, address original);
    event CodeProven(address indexed account, uint64 indexed sourceBlock, bytes32 codeHash);
    event Loaded(address indexed proxy, uint64 slots);
    event MigrationCompleted(address indexed proxy, uint64 indexed sourceBlock, uint64 sourceTimestamp, bytes32 storageRoot);
    event PartApplied(address indexed proxy, uint64 indexed sourceBlock, uint64 changes);
    event ProxyCreated(address indexed proxy, address indexed source, address indexed creator, address logic, bytes32 codeHash);
    event ProxySet(address indexed source, address indexed proxy);
    event Swept(address indexed proxy, address indexed to, uint256 amount);
    event SyncSkipped(address indexed proxy, uint64 indexed sourceBlock);
    event Synced(address indexed proxy, uint64 sourceBlock, uint64 sourceTimestamp, bytes32 storageRoot, uint64 changes);

    function accountAt(address account, uint64 sourceBlock) external view returns (uint8 knowledge, address original);
    function balanceAt(address account, uint64 sourceBlock) external view returns (uint256 balance);
    function codeOf(bytes32 codeHash) external view returns (address logic, address original);
    function codes() external view returns (address);
    function complete(address proxy, uint64 sourceBlock, bytes[] memory sourceAccountProof, bytes memory targetHeader, bytes[] memory targetAccountProof) external;
    function create(address source, uint64 sourceBlock, bytes[] memory accountProof) external payable returns (address proxy);
    function deployCode(bytes memory code) external returns (address logic, address original);
    function environment(address proxy) external view returns (uint64 sourceBlock, uint64 sourceTimestamp, uint64 chainId, bool clz, bool numberKnown);
    function load(address proxy, uint256[] memory slots, uint256[] memory values) external;
    function multicall(bytes[] memory calls) external payable returns (bytes[] memory results);
    function nativeRanges() external view returns (address[] memory);
    function part(address proxy, uint64 sourceBlock, bytes[] memory accountProof, bytes memory multiProof) external payable;
    function precompiles() external view returns (uint256[] memory);
    function program() external view returns (address);
    function proveBalance(address account, uint64 sourceBlock, bytes[] memory accountProof) external;
    function proveCode(address account, uint64 sourceBlock, bytes[] memory accountProof) external;
    function proxyCount() external view returns (uint64);
    function proxyOf(address source) external view returns (address proxy);
    function read(address account, address from, uint64 sourceBlock, uint64 gas, uint64 depth, bytes memory data) external view returns (bytes memory answer);
    function reader() external view returns (address);
    function record(address proxy) external view returns (ProxyRecord memory);
    function requireFresh(address proxy, uint64 maxAgeSeconds, uint64 maxBlocksBehind) external view;
    function requireReadable(address proxy) external view;
    function rootSource() external view returns (address);
    function sourceChain() external view returns (uint64 chainId, uint64 firstBlock, uint64 clzBlock, bool permanentCode, bool numberIsHeaders);
    function status(address proxy) external view returns (uint8);
    function submitHeader(bytes memory submission) external;
    function sweep(address proxy) external;
    function sync(address proxy, uint64 sourceBlock, bytes[] memory accountProof, bytes memory multiProof) external;
    function syncMany(uint64 sourceBlock, bool allOrNothing, bytes[] memory nodes, SyncItem[] memory items) external;
}
