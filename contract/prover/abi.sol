// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IProver {
    struct Answer {
        bool success;
        bytes data;
    }
    struct Call {
        address to;
        bytes data;
    }

    error AccountNotWitnessed(address account);
    error AlreadyInitialized();
    error BeforeFirstBlock(uint64 firstBlock, uint64 sourceBlock);
    error CodeUnknown(address account);
    error GasLimited(address account, uint256 gas);
    error InvalidConfiguration();
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error MalformedWitness(uint8 reason, uint32 offset);
    error NativeAccount(address account);
    error NotAnswered();
    error NotWitnessed(address account, uint256 slot);
    error PrecompileFailed(address account);
    error RootSourceFailed(uint64 blockNumber);
    error StateRootMismatch(bytes32 expected, bytes32 computed);
    error StorageRootMismatch(address account, bytes32 expected, bytes32 computed);
    error UnknownSelector(bytes4 selector);
    error UnsupportedInstruction(uint8 instruction, address account);
    error WrongValue(uint256 required, uint256 got);

    function call(uint64 sourceBlock, address from, address to, bytes memory data, bytes memory witness) external view returns (bool success, bytes memory answer);
    function calls(uint64 sourceBlock, address from, Call[] memory questions, bytes memory witness) external view returns (uint64 timestamp, Answer[] memory answers);
    function nativeRanges() external view returns (address[] memory);
    function precompiles() external view returns (uint256[] memory);
    function registry() external view returns (address);
    function rootSource() external view returns (address);
    function runner() external view returns (address);
    function sourceChain() external view returns (uint64 chainId, uint64 firstBlock, uint64 clzBlock, bool numberIsHeaders);
}
