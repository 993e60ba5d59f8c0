//! What the end-to-end tests stand on: real nodes, deployed programs, contracts of other people, an independent trie.

mod artifact;
mod chain;
mod command;
mod error;
mod fixtures;
mod grind;
pub mod measure;
mod mirrored;
mod node;
mod oracle;
pub mod packages;
mod parts;
mod proven;
mod reading;
mod stage;
mod system;
mod workload;

pub use artifact::{Artifact, npm_directory};
pub use chain::{CallError, Chain, GAS_LIMIT, PRIVATE_KEYS, request, revert_data};
pub use command::{Output, smartsync, smartsync_command};
pub use error::Error;
pub use fixtures::{
    BlockHashBuffer, BurningRoot, CallerReader, ChangeLab, Consumer, Delegator, DoubledShares,
    Echo, ExchangePair, Forcer, GasScanner, Leaf, MirrorReader, NameRegistry, Oracle, RateVault,
    Reenterer, Reverter, SelectorClash, SelfReader, Shares, ShortRoot, SlotTable, ThirstyRoot,
    ToldRoot, TransientReader, UpgradeableProxy, VaultV1, VaultV2, World, Writer,
};
pub use grind::{close_slots, shared_nibbles};
pub use node::{Anvil, Ganache, foundry};
pub use oracle::storage_root;
pub use proven::{Question, Touched};
pub use stage::Stage;
pub use system::{Header, Mirror, Rotation, System, account_proof, storage_proof};
pub use workload::{State, Workload, numbered};
