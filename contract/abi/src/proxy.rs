interfaces! {
    /// What the proxy program itself can revert with. A mirror has no functions of its own: its ABI is the source's.
    interface IProxy {
        /// Thrown when the program is called directly and not through a clone.
        error NotAClone();
        /// Thrown when a mirror is read that was never verified.
        error NotVerified();
        /// Thrown when a mirror is read while an update in parts is under way.
        error SyncInProgress();
        /// Thrown when value is sent to a mirror.
        error ValueRejected();
        /// Thrown when the registry sends a management message that the program does not know.
        error UnknownManagement(uint8 operation);
        /// Thrown when the locked wei cannot be given back to the caller.
        error TransferFailed(address to);
    }
}
