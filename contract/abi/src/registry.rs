interfaces! {
    /// The SmartSync contract: creates mirrors of one source chain's contracts and moves them forward, with proofs only.
    #[derive(Debug, PartialEq, Eq)]
    interface IRegistry {
        /// State of a mirror. There are no other edges than: Created -> Active (sync), Created -> Open (load, part),
        /// Active -> Active (sync), Active -> Open (part), Open -> Open (load, part), Open -> Active (complete).
        enum Status {
            /// No such mirror.
            None,
            /// Storage is empty, nothing proven yet.
            Created,
            /// Storage equals the source's at `sourceBlock`.
            Active,
            /// Storage is unproven as a whole; reads are locked.
            Open
        }

        /// What the registry knows of a mirror.
        struct ProxyRecord {
            /// The contract on the source chain.
            address source;
            /// The code on the target chain that answers.
            address logic;
            /// Code hash proven for the source; that of `logic`.
            bytes32 codeHash;
            /// Proven storage root; meaningless while `Open`.
            bytes32 storageRoot;
            /// Source block of the last proven state; 0 before the first.
            uint64 sourceBlock;
            /// Timestamp of that block, seconds, source clock.
            uint64 sourceTimestamp;
            /// State of the mirror.
            Status status;
            /// Highest source block that a part of the open update used; 0 when none.
            uint64 partBlock;
            /// Target (L2) block of the last load or part.
            uint64 lastWrite;
            /// Who created the mirror, and may load it.
            address creator;
        }

        /// One mirror's share of `syncMany`.
        struct SyncItem {
            /// The mirror.
            address proxy;
            /// Indices into the shared nodes: this source's account proof, root first.
            uint16[] accountProof;
            /// Multi-proof of the transition.
            bytes multiProof;
        }

        /// Thrown when the constructor is given an account without code as root source or proxy program.
        error InvalidConfiguration();
        /// Thrown when there is no such mirror.
        error UnknownProxy(address proxy);
        /// Thrown when the mirror's state does not allow the call.
        error WrongStatus(uint8 status);
        /// Thrown when somebody else than the mirror's creator loads.
        error NotCreator(address creator);
        /// Thrown when `deployLogic` is given no code or code that the chain does not take.
        error InvalidCode();
        /// Thrown when `create` names logic that `deployLogic` did not deploy.
        error UnknownLogic(address logic);
        /// Thrown when the logic's code hash is not the one proven for the source.
        error CodeHashMismatch(bytes32 proven, bytes32 logic);
        /// Thrown when the source has no code. (An EIP-7702 account has some, but no logic can have it: EIP-3541.)
        error NotAContract(address source);
        /// Thrown when the source's code hash is not the recorded one any more.
        error SourceCodeChanged(bytes32 recorded, bytes32 proven);
        /// Thrown when the source block is not newer than the record's.
        error NotNewer(uint64 recorded, uint64 sourceBlock);
        /// Thrown when a part's source block is below that of an earlier part.
        error BelowPartBlock(uint64 partBlock, uint64 sourceBlock);
        /// Thrown when a part would open an active mirror with too little progress.
        error PartTooSmall(uint64 bytesGiven, uint64 changesGiven);
        /// Thrown when slots and values differ in number, or there are none.
        error LengthMismatch(uint256 slots, uint256 values);
        /// Thrown when the target header's hash is not one the chain confirms.
        error UnknownTargetHeader(uint64 blockNumber, bytes32 blockHash);
        /// Thrown when the target header is older than the last write to the mirror.
        error TargetHeaderTooOld(uint64 lastWrite, uint64 blockNumber);
        /// Thrown when the mirror's storage root is not the source's.
        error StorageRootMismatch(bytes32 source, bytes32 proxy);
        /// Thrown when the root source answers short, with zero or not at all.
        error RootSourceFailed(uint64 blockNumber);
        /// Thrown when the mirror's state is older than `maxAgeSeconds` or further behind than `maxBlocksBehind`.
        error Stale(uint64 ageSeconds, uint64 blocksBehind);
        /// Thrown when `multicall` contains `multicall` or the constructor.
        error NotInMulticall(bytes4 selector);
        /// Thrown when a contract could not be created.
        error CreateFailed();

        /// Emitted when logic is deployed (not when it stood already).
        event LogicDeployed(address indexed logic, bytes32 indexed codeHash);
        /// Emitted when a mirror is created.
        event ProxyCreated(address indexed proxy, address indexed source, address indexed creator, address logic, bytes32 codeHash);
        /// Emitted when the creator loads unproven slots.
        event Loaded(address indexed proxy, uint64 slots);
        /// Emitted when proven values of an update in parts are written.
        event PartApplied(address indexed proxy, uint64 indexed sourceBlock, uint64 changes);
        /// Emitted when a mirror becomes active by proof of its whole storage.
        event MigrationCompleted(address indexed proxy, uint64 indexed sourceBlock, uint64 sourceTimestamp, bytes32 storageRoot);
        /// Emitted when a mirror moves to a newer proven state.
        event Synced(address indexed proxy, uint64 indexed sourceBlock, uint64 sourceTimestamp, bytes32 preStorageRoot, bytes32 postStorageRoot, uint64 changes);
        /// Emitted when `syncMany` skips a mirror: it is at the block already or beyond, or an update in parts is under way.
        event SyncSkipped(address indexed proxy, uint64 indexed sourceBlock);
        /// Emitted when a source's mirror of record changes.
        event ProxySet(address indexed source, address indexed proxy);
        /// Emitted when forced wei is swept out of an active mirror. In wei.
        event Swept(address indexed proxy, address indexed to, uint256 amount);

        /// Sets root source and proxy program. Selector of `constructor()`, see `CONSTRUCTOR_SELECTOR`.
        function initialize(address rootSource, address program) external;

        /// Deploys code as it is (CREATE2, salt 0, a fixed init code); returns where it stands, also when it stood.
        function deployLogic(bytes calldata code) external returns (address logic);
        /// Creates a mirror of `source`, whose code hash is proven at `sourceBlock` (EIP-1186 account proof, root first).
        /// Takes exactly 1 wei, the lock, given back by the call that makes the mirror active.
        function create(address source, address logic, uint64 sourceBlock, bytes[] calldata accountProof) external payable returns (address proxy);
        /// Moves a mirror to the source's state at `sourceBlock`. With an empty multi-proof (`010000`) if and only if
        /// the storage root has not changed.
        function sync(address proxy, uint64 sourceBlock, bytes[] calldata accountProof, bytes calldata multiProof) external;
        /// `sync` for several mirrors at one source block, which share the nodes of their account proofs. Skips those
        /// that are at the block already or beyond, and those that are `Open`.
        function syncMany(uint64 sourceBlock, bytes[] calldata nodes, SyncItem[] calldata items) external;
        /// Writes unproven slots into a mirror that was never active; by its creator only.
        function load(address proxy, uint256[] calldata slots, uint256[] calldata values) external;
        /// Writes values proven at `sourceBlock`; the mirror is locked until `complete`. Takes exactly 1 wei when it
        /// opens an active mirror, else nothing.
        function part(address proxy, uint64 sourceBlock, bytes[] calldata accountProof, bytes calldata multiProof) external payable;
        /// Proves that an open mirror's whole storage equals the source's: the source's account under `sourceBlock`,
        /// the mirror's under a recent header of the target chain.
        function complete(address proxy, uint64 sourceBlock, bytes[] calldata sourceAccountProof, bytes calldata targetHeader, bytes[] calldata targetAccountProof) external;
        /// Sends wei that was forced into an active mirror to the caller.
        function sweep(address proxy) external;
        /// Hands a submission to the root source.
        function submitHeader(bytes calldata submission) external;
        /// Runs several calls of this contract in order; all or none. No nesting.
        function multicall(bytes[] calldata calls) external payable returns (bytes[] memory results);

        /// The mirror of record of a source: the first verified one. Zero when there is none.
        function proxyOf(address source) external view returns (address proxy);
        /// What is known of a mirror. Reverts `UnknownProxy`.
        function record(address proxy) external view returns (ProxyRecord memory);
        /// Reverts unless the mirror may be read: `NotVerified` when it was never active, `SyncInProgress` when an update
        /// in parts is under way (both of `IProxy`), `UnknownProxy` when there is no such mirror.
        function requireReadable(address proxy) external view;
        /// State of a mirror; `None` when there is no such mirror.
        function status(address proxy) external view returns (Status);
        /// Reverts unless the mirror is active, at most `maxAgeSeconds` old (target clock against source timestamp) and
        /// at most `maxBlocksBehind` blocks behind the newest block the root source knows.
        function requireFresh(address proxy, uint64 maxAgeSeconds, uint64 maxBlocksBehind) external view;
        /// Where `deployLogic` puts this code.
        function logicAddress(bytes calldata code) external view returns (address logic);
        /// The root source.
        function rootSource() external view returns (address);
        /// The proxy program.
        function program() external view returns (address);
        /// Number of mirrors created.
        function proxyCount() external view returns (uint64);
    }
}
