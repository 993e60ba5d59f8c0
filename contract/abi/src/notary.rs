interfaces! {
    /// Root source: headers vouched for by M of N signers (EIP-712, domain "SmartSync Notary", version "1", target
    /// chain id, notary address).
    ///
    /// Signed messages: `Header(uint256 sourceChainId,bytes32 blockHash,uint64 epoch)` and
    /// `Rotation(address[] signers,uint64 threshold,uint64 epoch)`, `epoch` being the current one.
    interface INotary {
        /// Thrown when a signer set is empty, not strictly ascending, holds zero, or has over 255 members, or when the
        /// threshold is not in 1..=N.
        error InvalidSignerSet();
        /// Thrown when there are not exactly `required` signatures, or bytes that are no whole signature.
        error WrongSignatureCount(uint64 required, uint64 got);
        /// Thrown when a signature has a high s, a v other than 27 and 28, or recovers to nobody.
        error InvalidSignature(uint64 index);
        /// Thrown when a recovered signer is not in the set.
        error NotASigner(address recovered);
        /// Thrown when the recovered signers are not strictly ascending.
        error SignersNotAscending(uint64 index);

        /// Emitted when the signer set is set or rotated; `signers()` lists it.
        event SignersRotated(uint64 indexed epoch, uint64 threshold, uint64 count);

        /// Sets the first signer set (ascending), its threshold, and the least time in milliseconds that the source chain takes for
        /// a block on average: half of what it usually takes is a good choice. Selector of `constructor()`, see
        /// `CONSTRUCTOR_SELECTOR`.
        function initialize(uint256 sourceChainId, address[] calldata signers, uint64 threshold, uint64 minBlockTime) external;
        /// `abi.encode(bytes header, bytes signatures)`: the RLP header and exactly `threshold` signatures of 65 bytes
        /// (r, s, v), by signers ascending by address.
        function submitHeader(bytes calldata submission) external;
        /// Adds the parent of a known header, given as RLP. Needs no evidence: the known header holds its hash. Reverts
        /// `UnknownChild` or `NotTheParent`.
        function extend(bytes calldata header) external;
        /// `extend` for several headers in turn, such as a known header's parent, that one's parent, and so on.
        function extendMany(bytes[] calldata headers) external;
        /// Replaces the signer set; signed by the current one. The epoch rises by one.
        function rotate(address[] calldata signers, uint64 threshold, bytes calldata signatures) external;

        /// The state root and timestamp (seconds) of a source block. Reverts `UnknownBlock`, never answers zero.
        function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
        /// The highest known source block; 0 when none is known.
        function latestBlock() external view returns (uint64 blockNumber);
        /// The least time, in milliseconds, that the source chain takes for a block on average.
        function minBlockTime() external view returns (uint64 milliseconds);
        /// Chain id that the headers belong to.
        function sourceChainId() external view returns (uint256 chainId);
        /// Current signer set, ascending.
        function signers() external view returns (address[] memory signers);
        /// Number of signatures required.
        function threshold() external view returns (uint64 threshold);
        /// Rises with each rotation; part of every signed message.
        function epoch() external view returns (uint64 epoch);
        /// The digest to sign for a header of the given hash in the current epoch.
        function headerDigest(bytes32 blockHash) external view returns (bytes32 digest);
        /// The digest to sign for a rotation in the current epoch.
        function rotationDigest(address[] calldata signers, uint64 threshold) external view returns (bytes32 digest);
    }
}
