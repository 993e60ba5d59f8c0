// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IFeed {
    error AccountNotWitnessed(address account);
    error AlreadyInitialized();
    error BeforeFirstBlock(uint64 firstBlock, uint64 sourceBlock);
    error BlockFromFuture(uint64 sourceTimestamp, uint64 now);
    error BlockTooOld(uint64 sourceTimestamp, uint64 oldestAllowed);
    error CodeUnknown(address account);
    error GasLimited(address account, uint256 gas);
    error InvalidConfiguration();
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error MalformedWitness(uint8 reason, uint32 offset);
    error NativeAccount(address account);
    error NoAnswer(uint8 reason);
    error NotAnswered();
    error NotWitnessed(address account, uint256 slot);
    error PrecompileFailed(address account);
    error RootSourceFailed(uint64 blockNumber);
    error StateRootMismatch(bytes32 expected, bytes32 computed);
    error StorageRootMismatch(address account, bytes32 expected, bytes32 computed);
    error UnknownSelector(bytes4 selector);
    error UnsupportedInstruction(uint8 instruction, address account);
    error WrongValue(uint256 required, uint256 got);

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    function decimals() external view returns (uint8);
    function description() external view returns (string memory);
    function getRoundData(uint80 roundId) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    function latest() external view returns (int256 answer, uint64 sourceBlock, uint64 sourceTimestamp);
    function latestAnswer() external view returns (int256);
    function latestRoundData() external view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    function update(uint64 sourceBlock, bytes memory witness) external returns (bool stored);
    function version() external view returns (uint256);
}
