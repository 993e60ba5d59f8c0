interfaces! {
    /// A feed: one question, asked by proven calls, whose answers are kept for whoever takes a price or rate feed. No owner, nothing to
    /// configure: the address commits to the whole question. A read never enters a program.
    ///
    /// The rest is Chainlink's `AggregatorV3Interface`, whole, and `latestAnswer`. Rounds are counted from 1, `answeredInRound` is `roundId`,
    /// both times are the source's. A feed of `AnswerType.Word` is no number and has only `latest` and `update`. Whoever sends the update
    /// chooses the block, within `maxAge`: spot prices at the end of a block can be moved. A read without an answer, or of no round, reverts
    /// `Error("No data present")`, as Chainlink's do.
    #[derive(Debug, PartialEq, Eq)]
    interface IFeed {
        /// Thrown when the source's answer is none: 0 it reverts, 1 its length is not `words`, 2 it is out of the type's range or of what
        /// `int256` holds, 3 it is zero or negative and the question allows that not. Nothing changes.
        error NoAnswer(uint8 reason);
        /// Thrown when the block is older than `maxAge` by the target's clock. In seconds.
        error BlockTooOld(uint64 sourceTimestamp, uint64 oldestAllowed);
        /// Thrown when the block is ahead of the target's clock. In seconds.
        error BlockFromFuture(uint64 sourceTimestamp, uint64 now);

        /// Emitted when an answer is stored. `updatedAt` is the source block's, in seconds.
        event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

        /// Asks the question at a source block, of which `witness` proves what it touches (`IProver.call`). Anybody may. A block that is not newer than
        /// that of the newest answer is no failure and changes nothing.
        function update(uint64 sourceBlock, bytes calldata witness) external returns (bool stored);
        /// The newest answer, the source block that it is true at, and that block's timestamp in seconds.
        function latest() external view returns (int256 answer, uint64 sourceBlock, uint64 sourceTimestamp);
        /// How many decimals the answer has.
        function decimals() external view returns (uint8);
        /// What the question calls itself.
        function description() external view returns (string memory);
        /// 1.
        function version() external view returns (uint256);
        /// The newest answer alone.
        function latestAnswer() external view returns (int256);
        /// An answer by the number of its round.
        function getRoundData(uint80 roundId) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
        /// The newest answer as a round.
        function latestRoundData() external view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    }

    /// Creates feeds, one for each question, at addresses that commit to it; and is what they delegate updates to.
    #[derive(Debug, PartialEq, Eq)]
    interface IFeeds {
        /// What the word of the answer is.
        enum AnswerType {
            /// An unsigned integer of `bits` bits; a bool of 1, an address of 160.
            Unsigned,
            /// A signed integer of `bits` bits.
            Signed,
            /// A word that is no number, of 256 bits.
            Word
        }

        /// A question, with how its answer is read and what answers are taken.
        struct Question {
            /// The prover, which is asked.
            address prover;
            /// The prover's root source, which is asked for the block's timestamp.
            address rootSource;
            /// Who calls, on the source.
            address from;
            /// What is called, on the source.
            address to;
            /// Calldata.
            bytes data;
            /// Length of the whole answer, in words of 32 bytes.
            uint16 words;
            /// The word that is the answer, counted from 0.
            uint16 word;
            /// What it is.
            AnswerType answerType;
            /// Its length in bits.
            uint16 bits;
            /// Its decimals, as the feed says them: nothing is scaled.
            uint8 decimals;
            /// Whether zero is an answer.
            bool zeroAllowed;
            /// Whether a negative number is.
            bool negativeAllowed;
            /// How old a block may be when it is taken, by the target's clock. In seconds.
            uint64 maxAge;
            /// 1 to 32 bytes.
            string description;
        }

        /// Thrown when a question cannot be answered: `rootSource` is not the prover's, the word lies beyond the answer, the type has no such
        /// length (or the word type is said to have decimals, or negative answers a type without sign), `maxAge` is 0, or the description is empty or longer than 32 bytes.
        error InvalidQuestion();
        /// Thrown when a feed could not be created: the calldata of its question is too long for an account's code.
        error CreationFailed();

        /// Emitted when a feed is created.
        event FeedCreated(address indexed feed, address indexed prover, address indexed to);

        /// Creates a question's feed; does nothing when there is one.
        function create(Question calldata question) external returns (address feed);
        /// Where a question's feed stands, or would stand.
        function feedOf(Question calldata question) external view returns (address feed);
    }
}
