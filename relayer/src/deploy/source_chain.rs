//! What a registry has to be told about its source chain.

use alloy_primitives::{Address, U256};
use smartsync_abi::IRegistry;

/// Facts about a source chain that reads through its mirrors depend on and no proof shows. Where one is not known, the cautious
/// value makes a read that needs it a typed error, never a wrong answer; only `first_block` has no cautious value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChainFacts {
    /// First block that is surely under the rules of Cancun or later; older ones are refused.
    pub first_block: u64,
    /// First block that surely has `CLZ` (EIP-7939); `u64::MAX` where that is not known.
    pub clz_block: u64,
    /// Whether code never changes once it is there: EIP-6780, and no system transaction or fork that overwrites code.
    pub permanent_code: bool,
    /// Whether the instruction `NUMBER` is the header's number. It is not on an Arbitrum chain.
    pub number_is_headers: bool,
    /// Precompiled contracts beyond 1 to 9 that an Arbitrum chain has, too, and the first source block that surely has each.
    pub precompiles: Vec<(Address, u64)>,
    /// First and last address of each range that the chain implements natively, beyond those below 2^20.
    pub native_ranges: Vec<(Address, Address)>,
}

/// A chain in the table.
struct Row {
    chain_id: u64,
    first_block: u64,
    clz_block: u64,
    permanent_code: bool,
    number_is_headers: bool,
}

const NEVER: u64 = u64::MAX;

/// The well-known chains. Blocks are rounded up to a number surely behind the fork, which costs nothing but blocks long past.
///
/// Precompiled contracts beyond 1 to 9 are in no row: whether the target has them depends on its ArbOS, and a missing one would
/// answer like an account without code.
///
/// Sources: for Ethereum the fork times of EIP-7569 (Cancun, 2024-03-13) and EIP-7607 (Osaka, 2025-12-03: `CLZ` of EIP-7939); for OP Stack chains Ecotone (2024-03-14), whose rules are Cancun's; for
/// Arbitrum chains ArbOS 20 (2024-03-18), whose rules are Cancun's. Code is permanent on Ethereum alone: the others have overwritten code, or may.
const TABLE: [Row; 7] = [
    Row {
        chain_id: 1,
        first_block: 19_430_000,
        clz_block: 24_000_000,
        permanent_code: true,
        number_is_headers: true,
    },
    // Sepolia: Cancun since 2024-01-30.
    Row {
        chain_id: 11_155_111,
        first_block: 5_200_000,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: true,
    },
    // OP Mainnet.
    Row {
        chain_id: 10,
        first_block: 117_500_000,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: true,
    },
    // Base.
    Row {
        chain_id: 8_453,
        first_block: 11_300_000,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: true,
    },
    // Arbitrum One.
    Row {
        chain_id: 42_161,
        first_block: 200_000_000,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: false,
    },
    // Development chains: geth's and ganache's number, anvil's and Hardhat's.
    Row {
        chain_id: 1_337,
        first_block: 0,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: true,
    },
    Row {
        chain_id: 31_337,
        first_block: 0,
        clz_block: NEVER,
        permanent_code: false,
        number_is_headers: true,
    },
];

impl SourceChainFacts {
    /// What is known of a chain; `None` when it is not in the table.
    pub fn of(chain_id: u64) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.chain_id == chain_id)?;
        Some(Self {
            first_block: row.first_block,
            clz_block: row.clz_block,
            permanent_code: row.permanent_code,
            number_is_headers: row.number_is_headers,
            precompiles: Vec::new(),
            native_ranges: Vec::new(),
        })
    }

    /// The cautious values, with the first block that somebody vouches for.
    pub fn cautious(first_block: u64) -> Self {
        Self {
            first_block,
            clz_block: NEVER,
            permanent_code: false,
            number_is_headers: false,
            precompiles: Vec::new(),
            native_ranges: Vec::new(),
        }
    }

    /// The constructor call of a registry, without the contracts that it is told.
    pub(super) fn initialize(&self, chain_id: u64) -> IRegistry::initializeCall {
        IRegistry::initializeCall {
            rootSource: Address::ZERO,
            program: Address::ZERO,
            reader: Address::ZERO,
            codes: Address::ZERO,
            chainId: chain_id,
            firstBlock: self.first_block,
            clzBlock: self.clz_block,
            permanentCode: self.permanent_code,
            numberIsHeaders: self.number_is_headers,
            precompiles: self
                .precompiles
                .iter()
                .map(|(account, block)| {
                    U256::from_be_bytes(account.into_word().0) | (U256::from(*block) << 192)
                })
                .collect(),
            nativeRanges: self
                .native_ranges
                .iter()
                .flat_map(|(first, last)| [*first, *last])
                .collect(),
        }
    }

    /// Whether a registry was told the same, but for the lists.
    pub fn are(&self, chain_id: u64, told: &IRegistry::sourceChainReturn) -> bool {
        (chain_id, self.first_block, self.clz_block)
            == (told.chainId, told.firstBlock, told.clzBlock)
            && (self.permanent_code, self.number_is_headers)
                == (told.permanentCode, told.numberIsHeaders)
    }

    /// Whether a registry was told nothing that is not true, though not all that is.
    pub fn is_more_than(&self, told: &IRegistry::sourceChainReturn) -> bool {
        told.firstBlock >= self.first_block
            && told.clzBlock >= self.clz_block
            && (self.permanent_code || !told.permanentCode)
            && (self.number_is_headers || !told.numberIsHeaders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_stands_in_the_table_once_and_no_feature_is_older_than_its_first_block() {
        for (place, row) in TABLE.iter().enumerate() {
            assert!(
                TABLE[..place]
                    .iter()
                    .all(|other| other.chain_id != row.chain_id)
            );
            assert!(row.clz_block >= row.first_block, "{}", row.chain_id);
        }
    }

    #[test]
    fn a_registry_that_was_told_less_is_cautious_and_one_that_was_told_more_is_wrong() {
        let facts = SourceChainFacts::of(1).expect("Ethereum is in the table");
        let told = IRegistry::sourceChainReturn {
            chainId: 1,
            firstBlock: facts.first_block,
            clzBlock: facts.clz_block,
            permanentCode: facts.permanent_code,
            numberIsHeaders: facts.number_is_headers,
        };
        assert!(facts.are(1, &told) && facts.is_more_than(&told));
        let cautious = IRegistry::sourceChainReturn {
            clzBlock: u64::MAX,
            permanentCode: false,
            numberIsHeaders: false,
            ..told
        };
        assert!(!facts.are(1, &cautious) && facts.is_more_than(&cautious));
        let early = IRegistry::sourceChainReturn {
            firstBlock: facts.first_block - 1,
            ..told
        };
        assert!(!facts.is_more_than(&early));
        let bold = SourceChainFacts {
            permanent_code: false,
            ..facts
        };
        assert!(!bold.is_more_than(&told));
    }

    #[test]
    fn precompiled_contracts_are_packed_as_the_registry_takes_them() {
        let mut facts = SourceChainFacts::of(1).expect("Ethereum is in the table");
        let p256 = Address::left_padding_from(&[0x01, 0x00]);
        facts.precompiles.push((p256, 24_000_000));
        let call = facts.initialize(1);
        let packed: [u8; 32] = call.precompiles[0].to_be_bytes();
        assert_eq!(packed[..8], 24_000_000u64.to_be_bytes());
        assert_eq!(packed[8..30], [0; 22]);
        assert_eq!(packed[30..], [0x01, 0x00]);
    }
}
