interfaces! {
    /// Why a read through a mirror is not answered. These come out at the top, whatever the code that was read makes of reverts;
    /// an answer of the source's is never one of them by mistake of ours.
    interface IReader {
        /// Thrown by the mirror when the reader gave no answer: its activation has expired, or gas or pages did not suffice.
        error NotAnswered();
        /// Thrown when the read needs storage of an account that has no mirror of record.
        error NotMirrored(address account);
        /// Thrown when the read needs another mirror, which is at another source block, or locked.
        error BlocksDiffer(address account, uint64 accountBlock, uint64 sourceBlock);
        /// Thrown when the read needs the code of an account of which none is proven at the source block (`proveCode`).
        error CodeUnknown(address account);
        /// Thrown when the read needs a balance that is not proven at the source block (`proveBalance`).
        error BalanceUnknown(address account);
        /// Thrown when the account's code comes to an instruction whose answer is not known here.
        error UnsupportedInstruction(uint8 instruction, address account);
        /// Thrown when the account is called with so little gas that the source may have run out of it.
        error GasLimited(address account, uint256 gas);
        /// Thrown when a precompiled contract fails, or is given more than it takes under every fork.
        error PrecompileFailed(address account);
        /// Thrown when the source chain implements the account natively: its code is a dummy, if it has any.
        error NativeAccount(address account);
        /// Thrown when a read needs more than the reader has: 0 frames, 1 memory, 2 input.
        error LimitExceeded(uint8 limit);
    }
}
