// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface INotary {
    error AccountAbsent(address account);
    error AlreadyInitialized();
    error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
    error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
    error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
    error InvalidBlockTime();
    error InvalidProof(uint8 reason, uint32 node);
    error InvalidSignature(uint64 index);
    error InvalidSignerSet();
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error MalformedSubmission();
    error NotASigner(address recovered);
    error NotTheParent(uint64 blockNumber, bytes32 blockHash);
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error SignersNotAscending(uint64 index);
    error SlotUnchanged(uint256 slot);
    error UnknownBlock(uint64 blockNumber);
    error UnknownChild(uint64 blockNumber);
    error UnknownSelector(bytes4 selector);
    error WrongSignatureCount(uint64 required, uint64 got);
    error WrongValue(uint256 required, uint256 got);

    event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);
    event SignersRotated(uint64 indexed epoch, uint64 threshold, uint64 count);

    function epoch() external view returns (uint64 epoch);
    function extend(bytes memory header) external;
    function extendMany(bytes[] memory headers) external;
    function headerDigest(bytes32 blockHash) external view returns (bytes32 digest);
    function latestBlock() external view returns (uint64 blockNumber);
    function minBlockTime() external view returns (uint64 milliseconds);
    function rotate(address[] memory signers, uint64 threshold, bytes memory signatures) external;
    function rotationDigest(address[] memory signers, uint64 threshold) external view returns (bytes32 digest);
    function signers() external view returns (address[] memory signers);
    function sourceChainId() external view returns (uint256 chainId);
    function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
    function submitHeader(bytes memory submission) external;
    function threshold() external view returns (uint64 threshold);
}
