use alloc::vec::Vec;

use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProgramErrors::AlreadyInitialized,
    IProver::{rootSourceCall, sourceChainCall},
    IRollup::InvalidRollup,
};
use smartsync_headers as headers;
use smartsync_program::{Arguments, Reply, ToWord, encode, host, revert, storage};

/// Prover and, above it, the newest parent block that was used.
const PROVER: u8 = 0;
/// Contract on the parent chain and, above it, the greatest age of a parent block.
const PARENT_CONTRACT: u8 = 1;
/// Kind, position and selector of the view, packed.
const KIND: u8 = 2;

/// How the rollup is asked.
#[derive(Clone, Copy)]
pub enum Kind {
    /// By the portal.
    OpStack,
    /// By the rollup contract.
    Arbitrum,
    /// By a view that answers with the hash of a final block.
    View {
        /// The function.
        selector: [u8; 4],
        /// Position of the hash in its answer, in words.
        hash_at: u64,
    },
}

impl Kind {
    fn read(number: u64, selector: [u8; 4], hash_at: u64) -> Option<Self> {
        let view = (selector, hash_at);
        match number {
            0 if view == ([0; 4], 0) => Some(Self::OpStack),
            1 if view == ([0; 4], 0) => Some(Self::Arbitrum),
            2 if hash_at <= 255 => Some(Self::View { selector, hash_at }),
            _ => None,
        }
    }

    /// Number, selector and position.
    fn parts(self) -> (u64, [u8; 4], u64) {
        match self {
            Self::OpStack => (0, [0; 4], 0),
            Self::Arbitrum => (1, [0; 4], 0),
            Self::View { selector, hash_at } => (2, selector, hash_at),
        }
    }
}

/// What the constructor was told, and the newest parent block.
pub struct Settings {
    /// The prover for the parent chain.
    pub prover: Address,
    /// The newest parent block that a claim was proven at; 0 when none was.
    pub newest_parent_block: u64,
    /// The contract on the parent chain that is asked first.
    pub parent_contract: Address,
    /// Greatest age of a parent block, seconds.
    pub max_parent_age: u64,
    kind: [u64; 3],
}

impl Settings {
    /// Reads them.
    pub fn load() -> Self {
        let prover = storage::load_variable(PROVER);
        let parent_contract = storage::load_variable(PARENT_CONTRACT);
        let [_, number, selector, hash_at] = storage::unpack(&storage::load_variable(KIND));
        Self {
            prover: storage::address(&prover),
            newest_parent_block: storage::block_of(&prover),
            parent_contract: storage::address(&parent_contract),
            max_parent_age: storage::block_of(&parent_contract),
            kind: [number, selector, hash_at],
        }
    }

    /// How the rollup is asked. Before the constructor has run there is no prover that would answer.
    pub fn kind(&self) -> Kind {
        let [number, selector, hash_at] = self.kind;
        let selector = (selector as u32).to_be_bytes();
        Kind::read(number, selector, hash_at).unwrap_or(Kind::OpStack)
    }

    /// Records that a claim was proven at a parent block.
    pub fn use_parent_block(&self, parent_block: u64) {
        if parent_block != self.newest_parent_block {
            let word = storage::account_at(&self.prover, parent_block);
            storage::store_variable(PROVER, &word);
        }
    }
}

/// The constructor, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if !storage::load_variable(PROVER).is_zero() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (prover, parent_contract) = (arguments.address(0)?, arguments.address(2)?);
    let invalid = || revert(InvalidRollup {});
    let selector = arguments.word(3)?;
    let (selector, rest) = selector.split_first_chunk::<4>().ok_or_else(invalid)?;
    let kind = Kind::read(arguments.uint64(1)?, *selector, arguments.uint64(4)?);
    let max_parent_age = arguments.uint64(5)?;
    let (Some(kind), [0, ..]) = (kind, rest) else {
        return Err(invalid());
    };
    if parent_contract.is_zero() || max_parent_age == 0 || parent_root_source(&prover).is_none() {
        return Err(invalid());
    }
    headers::initialize(arguments.uint64(6)?)?;
    let (number, selector, hash_at) = kind.parts();
    let selector = u64::from(u32::from_be_bytes(selector));
    storage::store_variable(PROVER, &prover.into_word());
    let word = storage::account_at(&parent_contract, max_parent_age);
    storage::store_variable(PARENT_CONTRACT, &word);
    storage::store_variable(KIND, &storage::pack([0, number, selector, hash_at]));
    Ok(Vec::new())
}

/// The root source of a prover; `None` when it is no prover.
fn parent_root_source(prover: &Address) -> Option<Address> {
    let answer = host::static_call(prover, &rootSourceCall::SELECTOR).ok()?;
    let root_source = Arguments::new(&answer).address(0).ok()?;
    (!root_source.is_zero()).then_some(root_source)
}

/// `describe`.
pub fn describe() -> Reply {
    let settings = Settings::load();
    let (number, selector, hash_at) = settings.kind().parts();
    let source_chain = host::static_call(&settings.prover, &sourceChainCall::SELECTOR)?;
    let view = FixedBytes::<32>::right_padding_from(&selector);
    Ok(encode(&[
        settings.prover.to_word(),
        parent_root_source(&settings.prover)
            .unwrap_or_default()
            .to_word(),
        Arguments::new(&source_chain).uint64(0)?.to_word(),
        number.to_word(),
        settings.parent_contract.to_word(),
        view,
        hash_at.to_word(),
        settings.max_parent_age.to_word(),
    ]))
}
