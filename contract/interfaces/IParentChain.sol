// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IParentChain {
    error AccountAbsent(address account);
    error AlreadyInitialized();
    error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
    error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
    error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
    error InvalidBlockTime();
    error InvalidProof(uint8 reason, uint32 node);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error MalformedSubmission();
    error NotInBuffer(uint64 blockNumber, bytes32 blockHash);
    error NotTheParent(uint64 blockNumber, bytes32 blockHash);
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error SlotUnchanged(uint256 slot);
    error UnknownBlock(uint64 blockNumber);
    error UnknownChild(uint64 blockNumber);
    error UnknownSelector(bytes4 selector);
    error WrongBuffer(address buffer, bytes32 expected, bytes32 found);
    error WrongValue(uint256 required, uint256 got);

    event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);

    function buffer() external view returns (address);
    function bufferCodeHash() external view returns (bytes32);
    function extend(bytes memory header) external;
    function extendMany(bytes[] memory headers) external;
    function latestBlock() external view returns (uint64 blockNumber);
    function minBlockTime() external view returns (uint64 milliseconds);
    function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
    function submitHeader(bytes memory header) external;
}
