interfaces! {
    /// Root source for rollups that keep a Merkle-Patricia state: the rollup's own contracts on its parent chain are asked, by proven calls (`IProver`)
    /// at one parent block, whether a block is final. So a move of their storage or an upgrade of their code is followed.
    ///
    /// Trusted are those contracts and whoever can upgrade or pause them without delay, and the parent chain's root source with its
    /// finality: `describe`.
    #[derive(Debug, PartialEq, Eq)]
    interface IRollup {
        /// Thrown by the constructor when the kind is none, the contract is zero, the greatest age is 0, the position is over 255 or given without a
        /// view, or the prover has no root source.
        error InvalidRollup();
        /// Thrown when the parent block is below the newest that this root source has used: a claim that was withdrawn since could come back.
        error ParentBlockTooLow(uint64 parentBlock, uint64 newestUsed);
        /// Thrown when the parent block is older than `maxParentAge`. Both in seconds.
        error ParentBlockTooOld(uint64 timestamp, uint64 oldestAllowed);
        /// Thrown when a contract on the parent chain reverts, or answers with anything but the one word that the question is for.
        error NoAnswer(address account, bytes4 question);
        /// Thrown when a contract on the parent chain names another account than the submission does.
        error OtherAccount(bytes4 question, address expected, address got);
        /// Thrown when a contract on the parent chain is one of another chain than the submission says.
        error OtherChain(uint256 expected, uint256 got);
        /// Thrown when a contract on the parent chain says what no final claim goes with: paused, game not valid, outbox not allowed.
        error NotFinal(address account, bytes4 question);
        /// Thrown when what is final is not the submitted header; `expected` is zero when nothing is.
        error OtherClaim(bytes32 expected, bytes32 got);

        /// Sets the prover for the parent chain, the kind of rollup, the contract on the parent chain that is asked first, for kind 2 the selector of
        /// a view and the position of the block hash in its answer (in words), the greatest age in seconds of a parent block that a claim is proven at, and the
        /// least time in milliseconds that the rollup takes for a block on average. Selector of `constructor()`, see `CONSTRUCTOR_SELECTOR`.
        ///
        /// - Kind 0, OP Stack: the contract is the portal.
        /// - Kind 1, Arbitrum: the contract is the rollup contract.
        /// - Kind 2, a view of the contract: whatever it is asked, it must answer with the hash of a block that is final, or revert or answer zero.
        function initialize(
            address prover,
            uint8 kind,
            address parentContract,
            bytes4 selector,
            uint64 hashAt,
            uint64 maxParentAge,
            uint64 minBlockTime
        ) external;
        /// `abi.encode(uint64 parentBlock, bytes header, bytes claim, bytes witness)`: the RLP header of a block that the rollup's contracts take for final
        /// at the end of a parent block, and what proves the parent chain's state there. What is in `claim` names things that the contracts confirm:
        ///
        /// - OP Stack: `abi.encode(address anchorStateRegistry, address game, bytes32 messagePasserStorageRoot)`; any game will do whose claim is valid, such
        ///   as `anchorGame()`. Of a game about the output roots of several chains (a super root) `address systemConfig, uint256 chainId` follow.
        /// - Arbitrum: `abi.encode(address outbox, address bridge, bytes32 sendRoot)`.
        /// - View: the encoded arguments of the view.
        function submitHeader(bytes calldata submission) external;
        /// Adds the parent of a known header, given as RLP. Needs no evidence: the known header holds its hash. Reverts
        /// `UnknownChild` or `NotTheParent`.
        function extend(bytes calldata header) external;
        /// `extend` for several headers in turn, such as a known header's parent, that one's parent, and so on.
        function extendMany(bytes[] calldata headers) external;
        /// The state root and timestamp (seconds) of a block of the rollup. Reverts `UnknownBlock`, never answers zero.
        function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
        /// The highest known block of the rollup; 0 when none is known.
        function latestBlock() external view returns (uint64 blockNumber);
        /// The least time, in milliseconds, that the rollup takes for a block on average.
        function minBlockTime() external view returns (uint64 milliseconds);
        /// The newest parent block that a claim was proven at; 0 when none was.
        function newestParentBlock() external view returns (uint64 blockNumber);
        /// Whom this root source trusts: the prover (which names its registry and runner), the parent chain's root source and chain id, and the contract
        /// on the parent chain that is asked first, with all that it refers to. The rest is as it was constructed.
        function describe() external view returns (
            address prover,
            address parentRootSource,
            uint64 parentChainId,
            uint8 kind,
            address parentContract,
            bytes4 selector,
            uint64 hashAt,
            uint64 maxParentAge
        );
    }

    /// What an OP Stack chain's portal, anchor state registry and dispute games are asked.
    interface IOpStack {
        /// The portal's anchor state registry.
        function anchorStateRegistry() external view returns (address);
        /// Whether the portal is paused.
        function paused() external view returns (bool);
        /// The registry's anchor game.
        function anchorGame() external view returns (address);
        /// Whether a game's claim can be withdrawn against: registered, resolved for the defender, final, respected, neither blacklisted nor retired.
        function isGameClaimValid(address game) external view returns (bool);
        /// The output root that a game is about, or the super root.
        function rootClaim() external view returns (bytes32);
        /// The block that a game is about, as games of before say it.
        function l2BlockNumber() external view returns (uint256);
        /// The portal's configuration.
        function systemConfig() external view returns (address);
        /// The id of the chain that a configuration is one of.
        function l2ChainId() external view returns (uint256);
        /// The output root that a chain has in a game about several chains.
        function rootClaimByChainId(uint256 chainId) external view returns (bytes32);
        /// The block that a game is about; of a game about several chains the time, in seconds, up to which it goes.
        function l2SequenceNumber() external view returns (uint256);
    }

    /// What an Arbitrum chain's rollup contract, bridge and outbox are asked.
    interface IArbitrumRollup {
        /// The rollup's outbox.
        function outbox() external view returns (address);
        /// The rollup's bridge.
        function bridge() external view returns (address);
        /// Whether the rollup is paused.
        function paused() external view returns (bool);
        /// Whether the bridge takes messages of an outbox.
        function allowedOutboxes(address outbox) external view returns (bool);
        /// The hash of the block whose send root was confirmed; zero when none was.
        function roots(bytes32 sendRoot) external view returns (bytes32 blockHash);

        /// Emitted by the outbox when a send root is confirmed.
        event SendRootUpdated(bytes32 indexed sendRoot, bytes32 indexed blockHash);
    }
}
