//! What the end-to-end tests stand on: real nodes, deployed programs, contracts of other people, an independent trie.

mod artifact;
mod chain;
mod command;
mod deep;
mod error;
mod feed;
mod fixtures;
mod grind;
pub mod measure;
mod mirrored;
pub mod nitro;
mod node;
pub mod optimism;
mod oracle;
pub mod packages;
mod parts;
mod proven;
mod reading;
mod rollup;
mod signing;
mod stage;
mod steps;
mod system;
mod told;
mod workload;

pub use artifact::{Artifact, npm_directory};
pub use chain::{CallError, Chain, GAS_LIMIT, PRIVATE_KEYS, request, revert_data};
pub use command::{Output, smartsync, smartsync_command};
pub use deep::{STATE_NODES, STORAGE_NODES, ToldProver, deep_trie};
pub use error::Error;
pub use feed::Feed;
pub use fixtures::{
    BlockHashBuffer, BurningRoot, CallerReader, ChainConfig, ChangeLab, Consumer, Delegator,
    DisputeGame, DoubledShares, Echo, ExchangePair, FeedConsumer, FeedScanner, FinalBlocks, Forcer,
    GameFactory, GameRegistry, GasScanner, GuardedRegistry, Leaf, MirrorReader, MovedGameRegistry,
    NameRegistry, NosyProver, Oracle, OutboxList, PauseSwitch, Portal, ProvenConsumer,
    PuppetProver, RateVault, Reenterer, Reverter, RollupContract, SelectorClash, SelfReader,
    SendRoots, Shares, ShortRoot, SlotTable, SuperGame, ThirstyRoot, ToldRoot, TransientReader,
    UpgradeableProxy, VaultV1, VaultV2, World, Writer,
};
pub use grind::{close_slots, shared_nibbles};
pub use node::{Anvil, Ganache, foundry};
pub use oracle::storage_root;
pub use proven::{Question, Touched};
pub use rollup::{ARBITRUM, Claimed, DELAY, OP_STACK, Rollup, VIEW, pass};
pub use signing::Header;
pub use stage::{Stage, dev_chain};
pub use steps::{Mirror, account_proof, storage_proof};
pub use system::{Programs, System};
pub use told::{ToldAccount, ToldState};
pub use workload::{State, Workload, numbered};
