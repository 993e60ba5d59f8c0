// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IReader {
    error AlreadyInitialized();
    error BalanceUnknown(address account);
    error BlocksDiffer(address account, uint64 accountBlock, uint64 sourceBlock);
    error CodeUnknown(address account);
    error GasLimited(address account, uint256 gas);
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error NativeAccount(address account);
    error NotAnswered();
    error NotMirrored(address account);
    error PrecompileFailed(address account);
    error UnknownSelector(bytes4 selector);
    error UnsupportedInstruction(uint8 instruction, address account);
    error WrongValue(uint256 required, uint256 got);
}
