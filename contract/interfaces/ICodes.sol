// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface ICodes {
    error AlreadyInitialized();
    error CodeTooLarge(uint256 length);
    error CreateFailed();
    error InvalidCode();
    error MalformedCalldata();
    error UnknownSelector(bytes4 selector);
    error WrongValue(uint256 required, uint256 got);

    event CodeDeployed(bytes32 indexed codeHash, address logic, address original);

    function codeOf(bytes32 codeHash) external view returns (address logic, address original);
    function deployCode(bytes memory code) external returns (address logic, address original);
    function originalOf(bytes32 codeHash) external view returns (address original);
}
