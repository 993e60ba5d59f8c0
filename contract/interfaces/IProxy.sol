// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IProxy {
    error AccountAbsent(address account);
    error AlreadyInitialized();
    error BalanceUnknown(address account);
    error BlocksDiffer(address account, uint64 accountBlock, uint64 sourceBlock);
    error CodeUnknown(address account);
    error GasLimited(address account, uint256 gas);
    error InvalidProof(uint8 reason, uint32 node);
    error LimitExceeded(uint8 limit);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error NativeAccount(address account);
    error NotAClone();
    error NotAnswered();
    error NotMirrored(address account);
    error NotVerified();
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error PrecompileFailed(address account);
    error SlotUnchanged(uint256 slot);
    error SyncInProgress();
    error TransferFailed(address to);
    error UnknownManagement(uint8 operation);
    error UnknownSelector(bytes4 selector);
    error UnsupportedInstruction(uint8 instruction, address account);
    error ValueRejected();
    error WrongValue(uint256 required, uint256 got);
}
