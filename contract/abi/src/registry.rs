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
            /// The source's code, trapped, on the target chain: it answers what it can.
            address logic;
            /// Code hash proven for the source.
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
            /// The source block that the mirror is at, from which the multi-proof leads on; 0 for one that was never active.
            uint64 fromBlock;
            /// Indices into the shared nodes, two bytes each: this source's account proof, root first.
            bytes accountProof;
            /// Multi-proof of the transition.
            bytes multiProof;
        }

        /// What is known of an account of the source chain at a block, by proofs.
        enum Knowledge {
            /// Nothing.
            Unknown,
            /// Its code; it has no mirror at that block.
            Code,
            /// Its code and its storage: it has an active mirror at that block.
            Mirror,
            /// It has none, but a balance or a nonce.
            NoCode,
            /// It does not exist, or is empty (EIP-161).
            Empty,
            /// The source chain implements it natively, and it is no precompiled contract that both chains have.
            Native,
            /// It is a precompiled contract that both chains have.
            Precompile
        }

        /// Thrown when the constructor is given an account without code as root source, proxy program, reader or keeper of codes, a chain id
        /// of zero, or a range without an end.
        error InvalidConfiguration();
        /// Thrown when the source block is below the first one whose rules the mirrors follow.
        error BeforeFirstBlock(uint64 firstBlock, uint64 sourceBlock);
        /// Thrown when there is no such mirror.
        error UnknownProxy(address proxy);
        /// Thrown when the mirror's state does not allow the call.
        error WrongStatus(uint8 status);
        /// Thrown when somebody else than the mirror's creator loads.
        error NotCreator(address creator);
        /// Thrown when the proven code is not on the target; `deployCode` brings it.
        error CodeNotDeployed(bytes32 codeHash);
        /// Thrown when the account has no code.
        error NotAContract(address account);
        /// Thrown when the source's code hash is not the recorded one any more.
        error SourceCodeChanged(bytes32 recorded, bytes32 proven);
        /// Thrown when the source block is not newer than the record's.
        error NotNewer(uint64 recorded, uint64 sourceBlock);
        /// Thrown when a part's source block is below that of an earlier part.
        error BelowPartBlock(uint64 partBlock, uint64 sourceBlock);
        /// Thrown when a part's source block is another than that of an earlier part, and its timestamp below `until`, seconds: an update
        /// in parts stays at one block for ten minutes.
        error PartBlockHeld(uint64 partBlock, uint64 until);
        /// Thrown when a part would open an active mirror with too little progress.
        error PartTooSmall(uint64 bytesGiven, uint64 changesGiven);
        /// Thrown when a part would open an active mirror at another block than the one after its record's, whose timestamp is below
        /// `until`, seconds, an hour after the record's: until then `sync` goes through the blocks between.
        error OpeningTooEarly(uint64 until);
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
        /// Thrown when a member of an all-or-nothing `syncMany` is not at the block that its multi-proof leads on from.
        error NotAtBlock(address proxy, uint64 recorded, uint64 fromBlock);
        /// Thrown when `multicall` contains `multicall`, `read` or the constructor.
        error NotInMulticall(bytes4 selector);
        /// Thrown when a mirror could not be created.
        error CreateFailed();

        /// Emitted when an account is proven to have code.
        event CodeProven(address indexed account, uint64 indexed sourceBlock, bytes32 codeHash);
        /// Emitted when an account's balance is proven. In wei.
        event BalanceProven(address indexed account, uint64 indexed sourceBlock, uint256 balance, Knowledge knowledge);
        /// Emitted when a mirror is created.
        event ProxyCreated(address indexed proxy, address indexed source, address indexed creator, address logic, bytes32 codeHash);
        /// Emitted when the creator loads unproven slots.
        event Loaded(address indexed proxy, uint64 slots);
        /// Emitted when proven values of an update in parts are written.
        event PartApplied(address indexed proxy, uint64 indexed sourceBlock, uint64 changes);
        /// Emitted when a mirror becomes active by proof of its whole storage.
        event MigrationCompleted(address indexed proxy, uint64 indexed sourceBlock, uint64 sourceTimestamp, bytes32 storageRoot);
        /// Emitted when a mirror moves to a newer proven state. No topic and no root that an earlier event has, since every sync pays for them.
        event Synced(address indexed proxy, uint64 sourceBlock, uint64 sourceTimestamp, bytes32 storageRoot, uint64 changes);
        /// Emitted when `syncMany` skips a mirror: somebody moved it since the multi-proof was made, or an update in parts is under way.
        event SyncSkipped(address indexed proxy, uint64 indexed sourceBlock);
        /// Emitted when a source's mirror of record changes.
        event ProxySet(address indexed source, address indexed proxy);
        /// Emitted when forced wei is swept out of an active mirror. In wei.
        event Swept(address indexed proxy, address indexed to, uint256 amount);

        /// Sets root source, proxy program, reader, the keeper of codes (`ICodes`), and the facts about the source chain that reads depend on: wrong ones give
        /// wrong answers. Selector of `constructor()`, see `CONSTRUCTOR_SELECTOR`.
        /// `chainId`: its chain id.
        /// `firstBlock`: its first block under the rules of Cancun or later; older ones are refused.
        /// `clzBlock`: its first block that knows `CLZ` (EIP-7939); `type(uint64).max` for none.
        /// `permanentCode`: whether code, once there, never changes (EIP-6780, no system transaction that overwrites it): then
        /// code proven at a block counts for all later ones, else for that block only.
        /// `numberIsHeaders`: whether `NUMBER` is the header's number; not on an Arbitrum chain.
        /// `precompiles`: precompiled contracts beyond 1 to 9 that source and target have in common: the address in the low 160
        /// bits, the first source block that has it in the high 64.
        /// `nativeRanges`: pairs of first and last address that the source implements natively. All below 2^20 are, but for zero.
        function initialize(
            address rootSource,
            address program,
            address reader,
            address codes,
            uint64 chainId,
            uint64 firstBlock,
            uint64 clzBlock,
            bool permanentCode,
            bool numberIsHeaders,
            uint256[] calldata precompiles,
            address[] calldata nativeRanges
        ) external;

        /// Hands code to `codes()`, which puts it on the target (`ICodes.deployCode`).
        function deployCode(bytes calldata code) external returns (address logic, address original);
        /// Creates a mirror of `source`, whose code hash is proven at `sourceBlock` (EIP-1186 account proof, root first), by anyone.
        /// Takes exactly 1 wei, the lock, given back by the call that makes the mirror active.
        function create(address source, uint64 sourceBlock, bytes[] calldata accountProof) external payable returns (address proxy);
        /// Proves that an account has the code that it has, which `deployCode` must have brought, at `sourceBlock`; by anyone.
        function proveCode(address account, uint64 sourceBlock, bytes[] calldata accountProof) external;
        /// Proves an account's balance at `sourceBlock`, and whether it has no code, is empty or absent; by anyone.
        function proveBalance(address account, uint64 sourceBlock, bytes[] calldata accountProof) external;
        /// Moves a mirror to the source's state at `sourceBlock`. With an empty multi-proof (`010000`) if and only if
        /// the storage root has not changed.
        function sync(address proxy, uint64 sourceBlock, bytes[] calldata accountProof, bytes calldata multiProof) external;
        /// `sync` for several mirrors at one source block, which share the nodes of their account proofs. Skips those
        /// that are not at their `fromBlock` any more, and those that are `Open`; with `allOrNothing` it reverts instead, unless they
        /// are at `sourceBlock` already.
        function syncMany(uint64 sourceBlock, bool allOrNothing, bytes[] calldata nodes, SyncItem[] calldata items) external;
        /// Writes unproven slots into a mirror that was never active; by its creator only.
        function load(address proxy, uint256[] calldata slots, uint256[] calldata values) external;
        /// Writes values proven at `sourceBlock`; the mirror is locked until `complete`. Takes exactly 1 wei when it
        /// opens an active mirror, else nothing. What opens a mirror of somebody else's has 40,000 bytes of multi-proof or 500 slots, all of which
        /// it changes. In an open one, slots that have their value are passed over; one must change.
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
        /// What the source answers at block `sourceBlock` to a STATICCALL of `account` by `from` with `data`, as its mirror says: one byte
        /// (0 reverted, 1 returned), in 8 bytes the most gas that it took unless it was given as much as it takes, and the data. Reverts
        /// with a typed error when that is not known: `NotMirrored`, `BlocksDiffer`, or what the mirror says. Without a mirror at the block:
        /// one byte 2, an address where the account's proven code stands and the error that reads of its storage come to, or one byte 3
        /// when it has no code, or one byte 4 when it is a precompiled contract. `gas` is what the call is given on the source, 2^64 - 1
        /// for as much as it takes: `GasLimited` when less may not suffice. `depth` frames of the source wait for the answer. Anybody may use it, and name any `from`.
        function read(address account, address from, uint64 sourceBlock, uint64 gas, uint64 depth, bytes calldata data) external view returns (bytes memory answer);
        /// What is known of an account at a block, and where its original code stands.
        /// Here, for `read` and for `balanceAt` a block of 0 is the mirror's that asks.
        function accountAt(address account, uint64 sourceBlock) external view returns (Knowledge knowledge, address original);
        /// Balance of an account at a block, in wei. Reverts `BalanceUnknown`.
        function balanceAt(address account, uint64 sourceBlock) external view returns (uint256 balance);
        /// What instructions about the block answer in a mirror. `clz` is whether it knows `CLZ`, `numberKnown` whether `NUMBER` is
        /// the source block.
        function environment(address proxy) external view returns (uint64 sourceBlock, uint64 sourceTimestamp, uint64 chainId, bool clz, bool numberKnown);
        /// What `codes()` says of a code (`ICodes.codeOf`).
        function codeOf(bytes32 codeHash) external view returns (address logic, address original);
        /// What the constructor was told about the source chain, with `precompiles` and `nativeRanges`.
        function sourceChain() external view returns (uint64 chainId, uint64 firstBlock, uint64 clzBlock, bool permanentCode, bool numberIsHeaders);
        /// The precompiled contracts that the constructor was told of, as it was told: whoever has such an address on the target answers for it.
        function precompiles() external view returns (uint256[] memory);
        /// The pairs of first and last address of native accounts that the constructor was told of.
        function nativeRanges() external view returns (address[] memory);
        /// The root source.
        function rootSource() external view returns (address);
        /// The proxy program.
        function program() external view returns (address);
        /// The program that reads what the trapped code cannot answer.
        function reader() external view returns (address);
        /// The keeper of codes.
        function codes() external view returns (address);
        /// Number of mirrors created.
        function proxyCount() external view returns (uint64);
    }
}
