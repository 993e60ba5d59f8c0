// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// What is used of Foundry's cheat codes.
interface Vm {
    function startBroadcast(uint256 key) external;
    function stopBroadcast() external;
    function addr(uint256 key) external view returns (address);
    function envUint(string calldata name) external view returns (uint256);
}

contract Counter {
    event Advanced(uint256 number);

    uint256 public number;
    address public immutable owner = msg.sender;

    function advance(uint256 by) external payable {
        number += by;
        emit Advanced(number);
    }
}

/// Deploys a counter twice, once by CREATE2, advances it, and pays somebody.
contract Deploy {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    // forge looks for it by its name.
    bool public constant IS_SCRIPT = true;

    function run() external returns (Counter first, Counter second) {
        uint256 key = VM.envUint("KEY");
        VM.startBroadcast(key);
        first = new Counter();
        second = new Counter{salt: bytes32(uint256(1))}();
        first.advance{value: 3}(41);
        first.advance(1);
        payable(address(0x1111111111111111111111111111111111111111)).transfer(7);
        VM.stopBroadcast();
        require(first.number() == 42 && first.owner() == VM.addr(key), "the simulation");
    }
}
