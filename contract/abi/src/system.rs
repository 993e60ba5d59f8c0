use alloy_sol_types::sol;

sol! {
    /// Arbitrum's precompile at address 0x64 (the functions used here).
    interface ArbSys {
        /// The L2 block number (`block.number` is the L1 one).
        function arbBlockNumber() external view returns (uint256);
        /// Hash of one of the last 256 L2 blocks; reverts for any other.
        function arbBlockHash(uint256 arbBlockNum) external view returns (bytes32);
    }

    /// Arbitrum's precompile at address 0x71 (the functions used here).
    interface ArbWasm {
        /// Activates a program; takes the data fee in value and gives the rest back.
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        /// Begins the life of an active program anew, 31 days after it began last at the earliest; takes the data fee in value and gives the
        /// rest back.
        function codehashKeepalive(bytes32 codehash) external payable;
        /// Stylus version a code hash was activated for; reverts when it is not activated.
        function codehashVersion(bytes32 codehash) external view returns (uint16 version);
        /// Seconds until a program expires.
        function programTimeLeft(address program) external view returns (uint64 secs);
        /// The current Stylus version.
        function stylusVersion() external view returns (uint16 version);

        /// Emitted when a program is activated.
        event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
        /// Emitted when a program's life begins anew.
        event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);
    }
}
