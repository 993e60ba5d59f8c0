// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

interface IArbWasm {
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
}

interface IArbWasmCache {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
}

/// The auction for places in the program cache, with the interface of the CacheManager of Arbitrum's chains, which
/// `cargo stylus cache` uses. It stands on the dev chain from the beginning and has no owner: its size and decay never
/// change, and it is never paused. Bids stay here.
contract CacheManager {
    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    /// Emitted when a program comes into the cache; the bid counts the time of bidding (see `decay`).
    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    /// Emitted when a program leaves the cache.
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);

    /// Thrown when a program alone is larger than the cache.
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    /// Thrown when the program is in the cache already.
    error AlreadyCached(bytes32 codehash);
    /// Thrown when others bid more for the place.
    error BidTooSmall(uint192 bid, uint192 min);
    /// Thrown while bids are paused: never here.
    error BidsArePaused();

    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));
    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(address(0x72));
    /// Bytes that any program takes at least.
    uint64 private constant MIN_SIZE = 4096;

    /// Bytes of machine code that the cache holds.
    uint64 public constant cacheSize = 512 * 1024 * 1024;
    /// Wei that a bid loses against later ones each second.
    uint64 public constant decay = 10322197911;
    /// Whether bids are paused.
    bool public constant isPaused = false;

    /// Bytes of machine code in the cache.
    uint64 public queueSize;
    Entry[] private entries;

    /// What is in the cache, in no order.
    function getEntries() external view returns (Entry[] memory) {
        return entries;
    }

    /// Least wei to bid for a program of this many bytes of machine code.
    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, 0, cacheSize);
        uint256 length = entries.length;
        uint64 held = queueSize;
        uint192 bar;
        bool[] memory gone = new bool[](length);
        // The cheapest leave until it fits; the dearest of those is the bar.
        while (held + size > cacheSize) {
            uint256 cheapest = _cheapest(gone);
            gone[cheapest] = true;
            bar = entries[cheapest].bid;
            held -= entries[cheapest].size;
        }
        uint192 now_ = _clock();
        return bar > now_ ? bar - now_ : 0;
    }

    /// Least wei to bid for this program, which must be activated.
    function getMinBid(address program) external view returns (uint192 min) {
        return getMinBid(_size(program.codehash));
    }

    /// Caches a program for the value sent, in place of cheaper ones if there is no room.
    function placeBid(address program) external payable {
        bytes32 code = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(code)) revert AlreadyCached(code);
        uint64 size = _size(code);
        uint192 min = getMinBid(size);
        if (msg.value < min) revert BidTooSmall(uint192(msg.value), min);
        bool[] memory gone = new bool[](entries.length);
        while (queueSize + size > cacheSize) {
            _evict(_cheapest(gone));
            gone = new bool[](entries.length);
        }
        uint192 bid = uint192(msg.value) + _clock();
        entries.push(Entry({code: code, size: size, bid: bid}));
        queueSize += size;
        ARB_WASM_CACHE.cacheProgram(program);
        emit InsertBid(code, program, bid, size);
    }

    function _clock() private view returns (uint192) {
        return uint192(block.timestamp) * decay;
    }

    function _size(bytes32 code) private view returns (uint64) {
        uint64 size = ARB_WASM.codehashAsmSize(code);
        return size < MIN_SIZE ? MIN_SIZE : size;
    }

    /// Place of the entry with the lowest bid among those not gone; there is one.
    function _cheapest(bool[] memory gone) private view returns (uint256 cheapest) {
        uint256 length = entries.length;
        uint192 lowest = type(uint192).max;
        for (uint256 i = 0; i < length; i++) {
            if (!gone[i] && entries[i].bid <= lowest) {
                lowest = entries[i].bid;
                cheapest = i;
            }
        }
    }

    function _evict(uint256 place) private {
        Entry memory entry = entries[place];
        entries[place] = entries[entries.length - 1];
        entries.pop();
        queueSize -= entry.size;
        ARB_WASM_CACHE.evictCodehash(entry.code);
        emit DeleteBid(entry.code, entry.bid, entry.size);
    }
}
