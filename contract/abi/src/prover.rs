interfaces! {
    /// Proven calls: a view of any contract of the source chain, run on what a witness proves of its state at one block. A call is answered
    /// with exactly the bytes that a STATICCALL with gas without limit gets there at the end of the block, or it reverts with a
    /// typed error, here or of `IReader`, which no code that is run can catch.
    #[derive(Debug, PartialEq, Eq)]
    interface IProver {
        /// Thrown when the call needs a slot that the witness does not prove.
        error NotWitnessed(address account, uint256 slot);
        /// Thrown when the call needs an account that the witness does not prove.
        error AccountNotWitnessed(address account);
        /// Thrown when the bytes of a witness break the format. `reason` is the check that failed, numbered as in
        /// `docs/proof-format.md`; `offset` is the byte at which it failed.
        error MalformedWitness(uint8 reason, uint32 offset);
        /// Thrown when the witnessed accounts do not fold to the state root: one of them is another, or they are of another block.
        error StateRootMismatch(bytes32 expected, bytes32 computed);
        /// Thrown when an account's witnessed slots do not fold to its storage root.
        error StorageRootMismatch(address account, bytes32 expected, bytes32 computed);

        /// A call.
        struct Call {
            /// What is called.
            address to;
            /// Calldata.
            bytes data;
        }

        /// What a call came to.
        struct Answer {
            /// Whether it succeeds.
            bool success;
            /// What it returns or reverts with.
            bytes data;
        }

        /// Sets the root source, the registry whose codes are used, the program that runs the calls, and the facts about the source chain that answers depend on: wrong
        /// ones give wrong answers. They mean what they mean in `IRegistry.initialize`. Selector of `constructor()`, see
        /// `CONSTRUCTOR_SELECTOR`.
        function initialize(
            address rootSource,
            address registry,
            address runner,
            uint64 chainId,
            uint64 firstBlock,
            uint64 clzBlock,
            bool numberIsHeaders,
            uint256[] calldata precompiles,
            address[] calldata nativeRanges
        ) external;
        /// What the source answers at the end of block `sourceBlock` to a STATICCALL of `to` by `from` with `data`: whether it succeeds, and
        /// what it returns or reverts with. `witness` proves the accounts, slots and codes that the call touches; codes that it does not
        /// hold are the registry's (`deployCode`). Anybody may name any `from`.
        function call(uint64 sourceBlock, address from, address to, bytes calldata data, bytes calldata witness) external view returns (bool success, bytes memory answer);
        /// Several calls by `from` at the end of one block, on one witness, which is checked once. Each is answered as by `call`; `timestamp` is the
        /// block's, in seconds.
        function calls(uint64 sourceBlock, address from, Call[] calldata questions, bytes calldata witness) external view returns (uint64 timestamp, Answer[] memory answers);
        /// What the constructor was told about the source chain, with `precompiles` and `nativeRanges`.
        function sourceChain() external view returns (uint64 chainId, uint64 firstBlock, uint64 clzBlock, bool numberIsHeaders);
        /// The precompiled contracts that the constructor was told of, as it was told: whoever has such an address on the target answers for it.
        function precompiles() external view returns (uint256[] memory);
        /// The pairs of first and last address of native accounts that the constructor was told of.
        function nativeRanges() external view returns (address[] memory);
        /// The root source.
        function rootSource() external view returns (address);
        /// The program that runs the calls.
        function runner() external view returns (address);
        /// The registry whose codes are used.
        function registry() external view returns (address);
    }
}
