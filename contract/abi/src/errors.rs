interfaces! {
    /// Errors of the proof checks, thrown by every program that checks a proof.
    interface IProofErrors {
        /// Thrown when the bytes of a multi-proof break the format. `reason` is the check that failed, numbered as in
        /// `docs/proof-format.md`; `offset` is the byte at which it failed.
        error MalformedMultiProof(uint8 reason, uint32 offset);
        /// Thrown when folding the multi-proof with the old values does not give the recorded storage root: a change is
        /// withheld, invented or belongs to another state.
        error PreRootMismatch(bytes32 expected, bytes32 computed);
        /// Thrown when folding the multi-proof with the new values does not give the proven storage root.
        error PostRootMismatch(bytes32 expected, bytes32 computed);
        /// Thrown when a listed change does not change the slot.
        error SlotUnchanged(uint256 slot);
        /// Thrown when the nodes of an EIP-1186 proof are malformed, do not hash to what refers to them, end before the
        /// key is decided, or go on after it. `reason` is numbered as in `docs/proof-format.md`, `node` is the index.
        error InvalidProof(uint8 reason, uint32 node);
        /// Thrown when the account is proven absent under the state root.
        error AccountAbsent(address account);
        /// Thrown when a block header is not canonical RLP of the known fields. `reason` is numbered as in
        /// `docs/proof-format.md`.
        error MalformedHeader(uint8 reason);
    }

    /// Errors that every program throws for calls it cannot take.
    interface IProgramErrors {
        /// Thrown when no function has the selector.
        error UnknownSelector(bytes4 selector);
        /// Thrown when the arguments are not the ABI encoding of the function's parameters.
        error MalformedCalldata();
        /// Thrown when the value sent is not what the call takes. In wei.
        error WrongValue(uint256 required, uint256 got);
        /// Thrown when the constructor runs a second time.
        error AlreadyInitialized();
    }
}
