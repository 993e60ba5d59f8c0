// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IProxy {
    error AccountAbsent(address account);
    error AlreadyInitialized();
    error InvalidProof(uint8 reason, uint32 node);
    error LogicMissing(address logic);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error NotAClone();
    error NotVerified();
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error SlotUnchanged(uint256 slot);
    error SyncInProgress();
    error TransferFailed(address to);
    error UnknownManagement(uint8 operation);
    error UnknownSelector(bytes4 selector);
    error ValueRejected();
    error WrongValue(uint256 required, uint256 got);
}
