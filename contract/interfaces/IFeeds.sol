// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from contract/abi. Do not edit.
pragma solidity ^0.8.20;

interface IFeeds {
    struct Question {
        address prover;
        address rootSource;
        address from;
        address to;
        bytes data;
        uint16 words;
        uint16 word;
        uint8 answerType;
        uint16 bits;
        uint8 decimals;
        bool zeroAllowed;
        bool negativeAllowed;
        uint64 maxAge;
        string description;
    }

    error AlreadyInitialized();
    error CreationFailed();
    error InvalidQuestion();
    error MalformedCalldata();
    error UnknownSelector(bytes4 selector);
    error WrongValue(uint256 required, uint256 got);

    event FeedCreated(address indexed feed, address indexed prover, address indexed to);

    function create(Question memory question) external returns (address feed);
    function feedOf(Question memory question) external view returns (address feed);
}
