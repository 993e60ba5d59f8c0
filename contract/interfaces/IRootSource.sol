// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IRootSource {
    error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
    error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
    error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
    error InvalidBlockTime();
    error MalformedSubmission();
    error NotTheParent(uint64 blockNumber, bytes32 blockHash);
    error UnknownBlock(uint64 blockNumber);
    error UnknownChild(uint64 blockNumber);

    event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);

    function latestBlock() external view returns (uint64 blockNumber);
    function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
    function submitHeader(bytes memory submission) external;
}
