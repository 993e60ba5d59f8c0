// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IVerifier {
    struct Account {
        uint64 nonce;
        uint256 balance;
        bytes32 storageRoot;
        bytes32 codeHash;
    }
    struct SlotChange {
        uint256 slot;
        uint256 pre;
        uint256 post;
    }

    error AccountAbsent(address account);
    error AlreadyInitialized();
    error InvalidProof(uint8 reason, uint32 node);
    error MalformedCalldata();
    error MalformedHeader(uint8 reason);
    error MalformedMultiProof(uint8 reason, uint32 offset);
    error PostRootMismatch(bytes32 expected, bytes32 computed);
    error PreRootMismatch(bytes32 expected, bytes32 computed);
    error SlotUnchanged(uint256 slot);
    error UnknownSelector(bytes4 selector);
    error WrongValue(uint256 required, uint256 got);

    function confirmTransition(bytes32 preStorageRoot, bytes32 postStorageRoot, uint256[] memory preValues, bytes memory multiProof) external view returns (SlotChange[] memory changes);
    function transitionRoots(uint256[] memory preValues, bytes memory multiProof) external view returns (bytes32 preStorageRoot, bytes32 postStorageRoot);
    function verifyAccount(bytes32 stateRoot, address account, bytes[] memory accountProof) external view returns (bool exists, Account memory proven);
    function verifyMultiProof(bytes32 storageRoot, bytes memory multiProof) external view returns (uint256[] memory slots, uint256[] memory values);
    function verifyStorage(bytes32 storageRoot, uint256 slot, bytes[] memory storageProof) external view returns (uint256 value);
}
