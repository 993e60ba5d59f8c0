interfaces! {
    /// A provider of state roots of one source chain. It vouches only for headers that are final there.
    interface IRootSource {
        /// Thrown when no header is known for the block.
        error UnknownBlock(uint64 blockNumber);
        /// Thrown when another header is already stored for the same number.
        error ConflictingHeader(uint64 blockNumber, bytes32 blockHash);
        /// Thrown when a header is more than an hour ahead of the target chain's clock. Both in seconds.
        error HeaderFromFuture(uint64 timestamp, uint64 latestAllowed);
        /// Thrown when a header's number is further ahead of the highest known one than the source chain can have come since, at
        /// `minBlockTime` a block.
        error HeaderTooFarAhead(uint64 blockNumber, uint64 highestAllowed);
        /// Thrown by a constructor when the least time of a block is 0.
        error InvalidBlockTime();
        /// Thrown when a submission is not what this root source takes.
        error MalformedSubmission();

        /// Thrown when the block after the one given to `extend` is not known.
        error UnknownChild(uint64 blockNumber);
        /// Thrown when a header given to `extend` is not the parent of the known header after it.
        error NotTheParent(uint64 blockNumber, bytes32 blockHash);

        /// Emitted when a header is stored. `timestamp` is the source chain's, in seconds.
        event HeaderAccepted(uint64 indexed blockNumber, bytes32 indexed blockHash, bytes32 stateRoot, uint64 timestamp);

        /// The state root and timestamp (seconds) of a source block. Reverts `UnknownBlock`, never answers zero.
        function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
        /// The highest known source block; 0 when none is known.
        function latestBlock() external view returns (uint64 blockNumber);
        /// Takes a header with whatever this root source wants as evidence (see the implementation). Storing the same
        /// header again does nothing.
        function submitHeader(bytes calldata submission) external;
    }
}
