interfaces! {
    /// Root source for a source that is the Arbitrum chain's own parent: headers whose hash the block-hash buffer knows,
    /// which the chain's bridge fills. No signer, only the bridge.
    interface IParentChain {
        /// Thrown when the buffer's code is not what the constructor was given, or when there is none; `expected` is zero where
        /// its code is not pinned.
        error WrongBuffer(address buffer, bytes32 expected, bytes32 found);
        /// Thrown when the buffer does not know the block, or knows another hash for it.
        error NotInBuffer(uint64 blockNumber, bytes32 blockHash);

        /// Sets the block-hash buffer, the hash that its code must have, and the least time in milliseconds that the parent chain
        /// takes for a block on average: half of what it usually takes is a good choice. Selector of `constructor()`, see
        /// `CONSTRUCTOR_SELECTOR`.
        ///
        /// With a code hash of zero the code is not pinned: whatever stands at the address is believed, so whoever can change it
        /// is trusted. With any other a change of the buffer's code stops this root source for good.
        function initialize(address buffer, bytes32 bufferCodeHash, uint64 minBlockTime) external;
        /// The RLP header of a block that the buffer knows.
        function submitHeader(bytes calldata header) external;
        /// Adds the parent of a known header, given as RLP. Needs no evidence: the known header holds its hash. Reverts
        /// `UnknownChild` or `NotTheParent`.
        function extend(bytes calldata header) external;
        /// `extend` for several headers in turn, such as a known header's parent, that one's parent, and so on.
        function extendMany(bytes[] calldata headers) external;
        /// The state root and timestamp (seconds) of a source block. Reverts `UnknownBlock`, never answers zero.
        function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
        /// The highest known source block; 0 when none is known.
        function latestBlock() external view returns (uint64 blockNumber);
        /// The least time, in milliseconds, that the source chain takes for a block on average.
        function minBlockTime() external view returns (uint64 milliseconds);
        /// The block-hash buffer.
        function buffer() external view returns (address);
        /// Hash that the buffer's code must have; zero when its code is not pinned.
        function bufferCodeHash() external view returns (bytes32);
    }

    /// The part of the block-hash buffer that is used (Offchain Labs' block-hash-pusher).
    interface IBlockHashBuffer {
        /// Hash of a parent chain block; reverts when it is not in the buffer.
        function parentChainBlockHash(uint256 parentChainBlockNumber) external view returns (bytes32);
    }
}
