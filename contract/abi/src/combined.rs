interfaces! {
    /// Root source over M of N distinct others, M being more than half: of two different answers at most one can have a quorum.
    /// A member that fails, answers short or runs out of its gas gives no answer, and no caller gains by making one fail.
    ///
    /// M members that lie are believed, above all about blocks that the others do not know.
    interface ICombined {
        /// Thrown when the members are none, over 32, not strictly ascending or zero, when the threshold is not more than
        /// half of them and at most all, or when the gas cap is zero.
        error InvalidMembers();
        /// Thrown when no answer is given by as many members as the threshold; for block 0 by `latestBlock`, when fewer than
        /// that answer at all.
        error NoQuorum(uint64 blockNumber);
        /// Thrown when so little gas is left that a member would not be given the gas cap: it might fail for that reason alone.
        error TooLittleGas(uint64 required, uint64 left);
        /// Thrown when a submission names no member.
        error UnknownMember(uint64 index);

        /// Sets members (ascending), threshold and the gas that each member is given at most. Selector of
        /// `constructor()`, see `CONSTRUCTOR_SELECTOR`.
        function initialize(address[] calldata members, uint64 threshold, uint64 gasCap) external;
        /// `abi.encode(uint64 index, bytes submission)`: hands the submission to the member.
        function submitHeader(bytes calldata submission) external;
        /// The state root and timestamp (seconds) that at least `threshold` members give. Reverts `NoQuorum`.
        function stateRoot(uint64 blockNumber) external view returns (bytes32 stateRoot, uint64 timestamp);
        /// The highest block that at least `threshold` members may have reached: one that does not answer is taken to have
        /// reached them all, so that no silence makes a mirror look fresher. 0 when there is none. Reverts `NoQuorum(0)` when fewer
        /// than `threshold` members answer.
        function latestBlock() external view returns (uint64 blockNumber);
        /// The members, ascending.
        function members() external view returns (address[] memory);
        /// Number of members that must agree.
        function threshold() external view returns (uint64);
        /// Gas that each member is given at most.
        function gasCap() external view returns (uint64);
    }
}
