// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IRollup {
    error AccountAbsent(address account);
    error AccountNotWitnessed(address account);
    error AlreadyInitialized();
    error BeforeFirstBlock(uint64 firstBlock, uint64 sourceBlock);
    error CodeUnknown(address account);
    error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
    error GasLimited(address account, uint256 gas);
    error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
    error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
    error InvalidBlockTime();
    error InvalidConfiguration();
    error InvalidProof(uint8 reason, uint32 node);
    error InvalidRollup();
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error MalformedSubmission();
    error MalformedWitness(uint8 reason, uint32 offset);
    error NativeAccount(address account);
    error NoAnswer(address account, bytes4 question);
    error NotAnswered();
    error NotFinal(address account, bytes4 question);
    error NotTheParent(uint64 blockNumber, bytes32 blockHash);
    error NotWitnessed(address account, uint256 slot);
    error OtherAccount(bytes4 question, address expected, address got);
    error OtherChain(uint256 expected, uint256 got);
    error OtherClaim(bytes32 expected, bytes32 got);
    error ParentBlockTooLow(uint64 parentBlock, uint64 newestUsed);
    error ParentBlockTooOld(uint64 timestamp, uint64 oldestAllowed);
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error PrecompileFailed(address account);
    error RootSourceFailed(uint64 blockNumber);
    error SlotUnchanged(uint256 slot);
    error StateRootMismatch(bytes32 expected, bytes32 computed);
    error StorageRootMismatch(address account, bytes32 expected, bytes32 computed);
    error UnknownBlock(uint64 blockNumber);
    error UnknownChild(uint64 blockNumber);
    error UnknownSelector(bytes4 selector);
    error UnsupportedInstruction(uint8 instruction, address account);
    error WrongValue(uint256 required, uint256 got);

    event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);

    function describe() external view returns (address prover, address parentRootSource, uint64 parentChainId, uint8 kind, address parentContract, bytes4 selector, uint64 hashAt, uint64 maxParentAge);
    function extend(bytes memory header) external;
    function extendMany(bytes[] memory headers) external;
    function latestBlock() external view returns (uint64 blockNumber);
    function minBlockTime() external view returns (uint64 milliseconds);
    function newestParentBlock() external view returns (uint64 blockNumber);
    function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
    function submitHeader(bytes memory submission) external;
}
