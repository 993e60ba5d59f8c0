interfaces! {
    /// The proof functions as view calls.
    #[derive(Debug, PartialEq, Eq)]
    interface IVerifier {
        /// An account of a state trie. Yellow Paper, section 4.1.
        struct Account {
            uint64 nonce;
            /// In wei.
            uint256 balance;
            bytes32 storageRoot;
            bytes32 codeHash;
        }

        /// One slot's value before and after.
        struct SlotChange {
            uint256 slot;
            uint256 pre;
            uint256 post;
        }

        /// Proves an account under a state root; `exists` is false when it is proven absent.
        function verifyAccount(bytes32 stateRoot, address account, bytes[] calldata accountProof) external view returns (bool exists, Account memory proven);
        /// Proves a slot's value under a storage root (EIP-1186 nodes, root first); 0 when it is proven absent.
        function verifyStorage(bytes32 storageRoot, uint256 slot, bytes[] calldata storageProof) external view returns (uint256 value);
        /// Proves, by inclusion, all listed slots of a multi-proof under a storage root.
        function verifyMultiProof(bytes32 storageRoot, bytes calldata multiProof) external view returns (uint256[] memory slots, uint256[] memory values);
        /// Folds a multi-proof in both lanes, with the old values given (in the proof's order), and returns both roots.
        function transitionRoots(uint256[] calldata preValues, bytes calldata multiProof) external view returns (bytes32 preStorageRoot, bytes32 postStorageRoot);
        /// Confirms that a multi-proof leads from one storage root to another, with the old values given (in the proof's
        /// order). Reverts `PreRootMismatch` or `PostRootMismatch`.
        function confirmTransition(bytes32 preStorageRoot, bytes32 postStorageRoot, uint256[] calldata preValues, bytes calldata multiProof) external view returns (SlotChange[] memory changes);
    }
}
