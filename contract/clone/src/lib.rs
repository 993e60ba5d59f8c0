#![doc = include_str!("../README.md")]
//!
//! A mirror answers reads by the source's trapped code, asks the reader what that cannot answer, and hands management to the proxy
//! program. Every byte is explained in [`RUNTIME`].
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod data;

pub use data::{
    DATA_INIT_PREFIX, MAX_CODE, OriginalHeader, data_init_code, second_piece_init_code,
};

use alloy_primitives::{Address, B256};

/// Length of a clone's runtime code in bytes.
pub const LENGTH: usize = 343;

/// Length of the code that puts a clone in place, without the clone.
pub const INIT_PREFIX_LENGTH: usize = 10;

/// First byte of a message that goes to the reader (`smartsync_abi::management::READ`).
pub const READ: u8 = 5;

const REGISTRY_AT: usize = 2;
const LOGIC_AT: usize = 39;
const READER_AT: usize = 69;
const PROGRAM_AT: usize = 130;
const SOURCE_AT: usize = 223;
const ORIGINAL_AT: usize = 243;
const CODE_HASH_AT: usize = 263;
const CREATOR_AT: usize = 295;
const ROOT_SOURCE_AT: usize = 315;
const FIRST_BLOCK_AT: usize = 335;

const READER: u8 = 67;
const ASK: u8 = 89;
const MANAGED: u8 = 109;
const LOCKED: u8 = 125;
const PROGRAM: u8 = 128;
const PASS: u8 = 153;
const NATIVE: u8 = 155;
const RETURN: u8 = 166;
const FLAGGED: u8 = 170;
const NOT_ANSWERED: u8 = 176;
const ANSWERED: u8 = 191;
const RETURNED: u8 = 220;

/// Runtime code with zero in place of the configuration.
#[rustfmt::skip]
pub const RUNTIME: [u8; LENGTH] = [
    // The registry manages, and reads for other mirrors.
    0x33,                                     //   0 CALLER
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 1 PUSH20 registry
    0x14,                                     //  22 EQ
    0x60, MANAGED,                            //  23 PUSH1
    0x57,                                     //  25 JUMPI
    // Balance is the lock, and the value of this call is in it.
    0x47,                                     //  26 SELFBALANCE
    0x60, LOCKED,                             //  27 PUSH1
    0x57,                                     //  29 JUMPI
    // The native lane: trapped code cannot write or call, in any context.
    0x36, 0x5f, 0x5f, 0x37,                   //  30 CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY
    0x5f, 0x5f, 0x36, 0x5f,                   //  34 PUSH0 PUSH0 CALLDATASIZE PUSH0
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 38 PUSH20 logic
    0x5a, 0xf4,                               //  59 GAS DELEGATECALL              [success]
    0x3d, 0x60, NATIVE, 0x57,                 //  61 RETURNDATASIZE PUSH1 JUMPI    an answer with data is exact
    // The exact lane. Its answer is one flag and the data.
    0x60, FLAGGED,                            //  65 PUSH1
    0x5b,                                     //  67 JUMPDEST (READER)             [.., then]
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 68 PUSH20 reader
    // Delegates to a program, with this code behind the calldata: the configuration is in it.
    0x5b,                                     //  89 JUMPDEST (ASK)                [.., then, to]
    0x36, 0x5f, 0x5f, 0x37,                   //  90 CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY
    0x38, 0x5f, 0x36, 0x39,                   //  94 CODESIZE PUSH0 CALLDATASIZE CODECOPY
    0x5f, 0x5f, 0x38, 0x36, 0x01, 0x5f,       //  98 PUSH0 PUSH0 CODESIZE CALLDATASIZE ADD PUSH0
    0x84, 0x5a, 0xf4,                         // 104 DUP5 GAS DELEGATECALL         [.., then, to, success]
    0x91, 0x56,                               // 107 SWAP2 JUMP                    [.., success, to]
    // Caller is the registry.
    0x5b,                                     // 109 JUMPDEST (MANAGED)
    0x60, PASS,                               // 110 PUSH1
    0x5f, 0x35, 0x5f, 0x1a,                   // 112 PUSH0 CALLDATALOAD PUSH0 BYTE
    0x60, READ, 0x14,                         // 116 PUSH1 EQ
    0x60, READER, 0x57,                       // 119 PUSH1 JUMPI
    0x60, PROGRAM, 0x56,                      // 122 PUSH1 JUMP
    // Locked, or somebody forced wei in: the program knows.
    0x5b,                                     // 125 JUMPDEST (LOCKED)
    0x60, FLAGGED,                            // 126 PUSH1
    0x5b,                                     // 128 JUMPDEST (PROGRAM)            [then]
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 129 PUSH20 program
    0x60, ASK, 0x56,                          // 150 PUSH1 JUMP
    // What came back, as it is.
    0x5b, 0x50,                               // 153 JUMPDEST (PASS) POP           [.., success]
    0x5b,                                     // 155 JUMPDEST (NATIVE)
    0x3d, 0x5f, 0x5f, 0x3e,                   // 156 RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    0x60, RETURN, 0x57,                       // 160 PUSH1 JUMPI
    0x3d, 0x5f, 0xfd,                         // 163 RETURNDATASIZE PUSH0 REVERT
    0x5b, 0x3d, 0x5f, 0xf3,                   // 166 JUMPDEST (RETURN) RETURNDATASIZE PUSH0 RETURN
    // What came back without its flag. No data at all is no answer.
    0x5b, 0x50,                               // 170 JUMPDEST (FLAGGED) POP        [.., success]
    0x3d, 0x60, ANSWERED, 0x57,               // 172 RETURNDATASIZE PUSH1 JUMPI
    0x5b,                                     // 176 JUMPDEST (NOT_ANSWERED)
    0x63, 0x1c, 0x73, 0xa2, 0xa1,             // 177 PUSH4 NotAnswered()
    0x60, 0xe0, 0x1b,                         // 182 PUSH1 224 SHL
    0x5f, 0x52,                               // 185 PUSH0 MSTORE
    0x60, 0x04, 0x5f, 0xfd,                   // 187 PUSH1 4 PUSH0 REVERT
    0x5b,                                     // 191 JUMPDEST (ANSWERED)           [.., success]
    0x80, 0x15, 0x60, NATIVE, 0x57,           // 192 DUP1 ISZERO PUSH1 JUMPI       a typed error of ours
    0x3d, 0x5f, 0x5f, 0x3e,                   // 197 RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    0x3d, 0x03,                               // 201 RETURNDATASIZE SUB            [.., length]: success is 1, the flag's length
    0x60, 0x01,                               // 203 PUSH1 1                       [.., length, 1]
    0x5f, 0x51, 0x5f, 0x1a,                   // 205 PUSH0 MLOAD PUSH0 BYTE        [.., length, 1, flag]
    0x80, 0x60, 0x01, 0x14,                   // 209 DUP1 PUSH1 1 EQ
    0x60, RETURNED, 0x57,                     // 213 PUSH1 JUMPI
    0x60, NOT_ANSWERED, 0x57,                 // 216 PUSH1 JUMPI                   neither 0 nor 1
    0xfd,                                     // 219 REVERT
    0x5b,                                     // 220 JUMPDEST (RETURNED)
    0x50, 0xf3,                               // 221 POP RETURN
    // No code from here on.
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,  // 223 source
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,  // 243 original
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,           // 263 code hash
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,  // 295 creator
    0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,  // 315 root source
    0,0,0,0,0,0,0,0,                           // 335 first block
];

/// Code that puts a clone in place: returns the 343 bytes behind it.
#[rustfmt::skip]
const INIT_PREFIX: [u8; INIT_PREFIX_LENGTH] = [
    0x61, 0x01, 0x57, 0x80,                   // PUSH2 LENGTH DUP1
    0x60, 10,                                 // PUSH1 INIT_PREFIX_LENGTH
    0x5f, 0x39,                               // PUSH0 CODECOPY
    0x5f, 0xf3,                               // PUSH0 RETURN
];

/// A mirror's immutable configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The only account that manages the mirror.
    pub registry: Address,
    /// The source's trapped code, which answers reads as far as it can.
    pub logic: Address,
    /// The program that answers the other reads.
    pub reader: Address,
    /// The proxy program.
    pub program: Address,
    /// The contract on the source chain.
    pub source: Address,
    /// Where the source's own code stands as data.
    pub original: Address,
    /// Code hash that was proven for the source.
    pub code_hash: B256,
    /// Who created the mirror.
    pub creator: Address,
    /// The registry's provider of state roots.
    pub root_source: Address,
    /// The first source block that it is asked for.
    pub first_block: u64,
}

impl Configuration {
    /// The clone's runtime code.
    pub fn runtime(&self) -> [u8; LENGTH] {
        let mut code = RUNTIME;
        for (at, field) in [
            (REGISTRY_AT, self.registry.as_slice()),
            (LOGIC_AT, self.logic.as_slice()),
            (READER_AT, self.reader.as_slice()),
            (PROGRAM_AT, self.program.as_slice()),
            (SOURCE_AT, self.source.as_slice()),
            (ORIGINAL_AT, self.original.as_slice()),
            (CODE_HASH_AT, self.code_hash.as_slice()),
            (CREATOR_AT, self.creator.as_slice()),
            (ROOT_SOURCE_AT, self.root_source.as_slice()),
            (FIRST_BLOCK_AT, &self.first_block.to_be_bytes()),
        ] {
            for (byte, value) in code.iter_mut().skip(at).zip(field) {
                *byte = *value;
            }
        }
        code
    }

    /// The init code that creates the clone.
    pub fn init_code(&self) -> [u8; INIT_PREFIX_LENGTH + LENGTH] {
        let mut code = [0; INIT_PREFIX_LENGTH + LENGTH];
        for (byte, value) in code
            .iter_mut()
            .zip(INIT_PREFIX.iter().chain(self.runtime().iter()))
        {
            *byte = *value;
        }
        code
    }

    /// Reads the configuration of a clone from its code, or `None` if this is no clone's: the length differs, or a
    /// byte outside the configuration.
    pub fn parse(code: &[u8]) -> Option<Self> {
        let configuration = Self::of(code.as_array::<LENGTH>()?)?;
        (configuration.runtime() == *code).then_some(configuration)
    }

    /// The configuration in a clone's code, whatever the rest of it is.
    pub fn of(code: &[u8; LENGTH]) -> Option<Self> {
        Some(Self {
            registry: field(code, REGISTRY_AT)?.into(),
            logic: field(code, LOGIC_AT)?.into(),
            reader: field(code, READER_AT)?.into(),
            program: field(code, PROGRAM_AT)?.into(),
            source: field(code, SOURCE_AT)?.into(),
            original: field(code, ORIGINAL_AT)?.into(),
            code_hash: field(code, CODE_HASH_AT)?.into(),
            creator: field(code, CREATOR_AT)?.into(),
            root_source: field(code, ROOT_SOURCE_AT)?.into(),
            first_block: u64::from_be_bytes(field(code, FIRST_BLOCK_AT)?),
        })
    }

    /// What a clone delegates to a program, taken apart: the calldata of its caller, and its own configuration. `None` for less
    /// than that. That a clone sent it is not checked: whoever else does so works on an account of his own.
    pub fn split(input: &[u8]) -> Option<(&[u8], Self)> {
        let (calldata, code) = input.split_last_chunk::<LENGTH>()?;
        Some((calldata, Self::of(code)?))
    }
}

/// The `N` bytes from `at` on.
fn field<const N: usize>(code: &[u8; LENGTH], at: usize) -> Option<[u8; N]> {
    code.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ops::Range;

    use alloy_primitives::{address, b256};
    use alloy_sol_types::SolError;
    use smartsync_abi::{IReader::NotAnswered, management};

    const CONFIGURATION: Configuration = Configuration {
        registry: address!("1111111111111111111111111111111111111111"),
        logic: address!("2222222222222222222222222222222222222222"),
        reader: address!("3333333333333333333333333333333333333333"),
        program: address!("4444444444444444444444444444444444444444"),
        source: address!("5555555555555555555555555555555555555555"),
        original: address!("6666666666666666666666666666666666666666"),
        code_hash: b256!("7777777777777777777777777777777777777777777777777777777777777777"),
        creator: address!("8888888888888888888888888888888888888888"),
        root_source: address!("9999999999999999999999999999999999999999"),
        first_block: 0xaaaa_aaaa_aaaa_aaaa,
    };
    /// Where the configuration stands.
    const FIELDS: [Range<usize>; 5] = [2..22, 39..59, 69..89, 130..150, 223..LENGTH];

    #[test]
    fn every_jump_of_the_clone_lands_on_a_jumpdest() {
        for target in [
            READER,
            ASK,
            MANAGED,
            LOCKED,
            PROGRAM,
            PASS,
            NATIVE,
            RETURN,
            FLAGGED,
            NOT_ANSWERED,
            ANSWERED,
            RETURNED,
        ] {
            assert_eq!(RUNTIME[target as usize], 0x5b, "at {target}");
        }
    }

    #[test]
    fn every_address_that_the_clone_calls_lies_behind_a_push20() {
        for at in [REGISTRY_AT, LOGIC_AT, READER_AT, PROGRAM_AT] {
            assert_eq!(RUNTIME[at - 1], 0x73, "before {at}");
        }
    }

    #[test]
    fn the_clone_speaks_the_language_of_the_programs() {
        let selector = NOT_ANSWERED as usize + 2;
        assert_eq!(RUNTIME[selector..selector + 4], NotAnswered::SELECTOR);
        assert_eq!(READ, management::READ);
        assert_eq!((management::REVERTED, management::RETURNED), (0, 1));
    }

    #[test]
    fn a_clone_parses_to_its_own_configuration() {
        assert_eq!(
            Configuration::parse(&CONFIGURATION.runtime()),
            Some(CONFIGURATION)
        );
    }

    #[test]
    fn calldata_and_configuration_of_a_delegated_call_are_told_apart() {
        let input = [&[1, 2, 3], CONFIGURATION.runtime().as_slice()].concat();
        assert_eq!(
            Configuration::split(&input),
            Some(([1, 2, 3].as_slice(), CONFIGURATION))
        );
        assert_eq!(Configuration::split(&input[4..]), None);
    }

    #[test]
    fn code_with_one_byte_changed_outside_the_configuration_is_no_clone() {
        let code = CONFIGURATION.runtime();
        for at in (0..LENGTH).filter(|at| !FIELDS.iter().any(|field| field.contains(at))) {
            let mut other = code;
            other[at] ^= 1;
            assert_eq!(Configuration::parse(&other), None, "byte {at}");
        }
    }

    #[test]
    fn code_that_is_longer_or_shorter_is_no_clone() {
        let code = CONFIGURATION.runtime();
        assert_eq!(Configuration::parse(&code[..LENGTH - 1]), None);
        let mut longer = [0; LENGTH + 1];
        longer[..LENGTH].copy_from_slice(&code);
        assert_eq!(Configuration::parse(&longer), None);
    }

    #[test]
    fn init_code_ends_with_the_runtime_code_at_the_offset_it_copies_from() {
        let init = CONFIGURATION.init_code();
        assert_eq!(u16::from_be_bytes([init[1], init[2]]), LENGTH as u16);
        assert_eq!(init[5] as usize, INIT_PREFIX_LENGTH);
        assert_eq!(init[INIT_PREFIX_LENGTH..], CONFIGURATION.runtime());
    }
}
