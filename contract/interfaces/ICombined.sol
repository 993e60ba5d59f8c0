// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface ICombined {
    error AlreadyInitialized();
    error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
    error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
    error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
    error InvalidBlockTime();
    error InvalidMembers();
    error MalformedCalldata();
    error MalformedSubmission();
    error NoQuorum(uint64 blockNumber);
    error NotTheParent(uint64 blockNumber, bytes32 blockHash);
    error TooLittleGas(uint64 required, uint64 left);
    error UnknownBlock(uint64 blockNumber);
    error UnknownChild(uint64 blockNumber);
    error UnknownMember(uint64 index);
    error UnknownSelector(bytes4 selector);
    error WrongValue(uint256 required, uint256 got);

    event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);

    function gasCap() external view returns (uint64);
    function latestBlock() external view returns (uint64 blockNumber);
    function members() external view returns (address[] memory);
    function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
    function submitHeader(bytes memory submission) external;
    function threshold() external view returns (uint64);
}
