interfaces! {
    /// Code of source chains on the target chain, brought by anyone, once for each code. It knows no chain and no mirror: registries share it.
    #[derive(Debug, PartialEq, Eq)]
    interface ICodes {
        /// Thrown when there is no code, or code that begins with EF: an EIP-7702 designator, a Stylus program, EOF.
        error InvalidCode();
        /// Thrown when there are more than 24,576 bytes (EIP-170).
        error CodeTooLarge(uint256 length);
        /// Thrown when an account could not be created.
        error CreateFailed();

        /// Emitted when code is deployed (not when it stood already): where its trapped form is, and where its original.
        event CodeDeployed(bytes32 indexed codeHash, address logic, address original);

        /// Puts code on the target, once for each code: its trapped form, which can only be pure
        /// (`smartsync-trap`), and the original with a map of its jump destinations, as data that nobody can run. Returns where
        /// they stand, also when they stood.
        function deployCode(bytes calldata code) external returns (address logic, address original);
        /// Where code stands: its trapped form, its original. Zero when `deployCode` has not brought it.
        function codeOf(bytes32 codeHash) external view returns (address logic, address original);
        /// Where its original stands alone. Zero when `deployCode` has not brought it.
        function originalOf(bytes32 codeHash) external view returns (address original);
    }
}
