//! The code of a mirror: a clone (EIP-1167 kind) of the proxy program with its configuration as immutable arguments and
//! a fast lane for reads, and the init code of clones and of logic.
//!
//! Every byte is explained in [`RUNTIME`] and in `docs/clone.md`.
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

use alloy_primitives::Address;

/// Length of a clone's runtime code in bytes.
pub const LENGTH: usize = 149;

/// Length of the code that puts a clone in place, without the clone.
pub const INIT_PREFIX_LENGTH: usize = 9;

/// Gas given to the probe. It needs 167 (21 for the registry test, 42 for the probe test, 104 for `TSTORE` and its
/// operands; prices of EIP-2929, EIP-1153, EIP-3855) and gets a margin of 64.
///
/// A failed probe means "static context". When too little gas is left to give the probe what it needs, it takes
/// 63/64 of it (EIP-150), so less than 167 / 63 gas remains, and the delegate-call, which costs at least 100, fails too.
pub const PROBE_GAS: u8 = 167 + 64;

const REGISTRY_AT: usize = 2;
const LOGIC_AT: usize = 69;
const PROGRAM_AT: usize = 122;

const NOT_PROBE: u8 = 45;
const LOGIC: u8 = 67;
const FORWARD: u8 = 89;
const OK: u8 = 111;
const PROGRAM: u8 = 120;
const RETURN: u8 = 145;

/// Runtime code with zero in place of registry, logic and program.
#[rustfmt::skip]
pub const RUNTIME: [u8; LENGTH] = [
    // The registry goes to the program.
    0x33,                                     //   0 CALLER
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 1 PUSH20 registry
    0x14,                                     //  22 EQ
    0x60, PROGRAM,                            //  23 PUSH1
    0x57,                                     //  25 JUMPI
    // Caller is self and calldata is the single byte 0: this frame is the probe. TSTORE fails in a static context.
    0x30, 0x33, 0x18,                         //  26 ADDRESS CALLER XOR            zero: self
    0x80,                                     //  29 DUP1                          kept for below
    0x36, 0x60, 0x01, 0x18,                   //  30 CALLDATASIZE PUSH1 1 XOR      zero: one byte
    0x17,                                     //  34 OR
    0x5f, 0x35,                               //  35 PUSH0 CALLDATALOAD            zero: the byte is 0
    0x17,                                     //  37 OR
    0x60, NOT_PROBE,                          //  38 PUSH1
    0x57,                                     //  40 JUMPI
    0x5f, 0x5f, 0x5d, 0x00,                   //  41 PUSH0 PUSH0 TSTORE STOP
    // Balance is the lock: a locked mirror goes to the program.
    0x5b,                                     //  45 JUMPDEST (NOT_PROBE)
    0x47,                                     //  46 SELFBALANCE
    0x60, PROGRAM,                            //  47 PUSH1
    0x57,                                     //  49 JUMPI
    // Caller is self: a frame below a static one of ours.
    0x15,                                     //  50 ISZERO
    0x60, LOGIC,                              //  51 PUSH1
    0x57,                                     //  53 JUMPI
    // The probe: CALL self with one byte of (zero) memory. Success: not static, to the program.
    0x5f, 0x5f,                               //  54 PUSH0 PUSH0                   no output
    0x60, 0x01, 0x5f,                         //  56 PUSH1 1 PUSH0                 one byte of input
    0x5f, 0x30, 0x60, PROBE_GAS,              //  59 PUSH0 ADDRESS PUSH1           no value
    0xf1,                                     //  63 CALL
    0x60, PROGRAM,                            //  64 PUSH1
    0x57,                                     //  66 JUMPI
    // Static: delegate to the logic.
    0x5b,                                     //  67 JUMPDEST (LOGIC)
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 68 PUSH20 logic
    0x5b,                                     //  89 JUMPDEST (FORWARD)            [to]
    0x36, 0x5f, 0x5f, 0x37,                   //  90 CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY
    0x5f, 0x5f, 0x36, 0x5f, 0x84, 0x5a,       //  94 PUSH0 PUSH0 CALLDATASIZE PUSH0 DUP5 GAS
    0xf4,                                     // 100 DELEGATECALL                  [to, success]
    0x3d, 0x5f, 0x5f, 0x3e,                   // 101 RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    0x60, OK,                                 // 105 PUSH1
    0x57,                                     // 107 JUMPI                         [to]
    0x3d, 0x5f, 0xfd,                         // 108 RETURNDATASIZE PUSH0 REVERT
    // Success without data may be logic whose code is gone: the program then says so.
    0x5b,                                     // 111 JUMPDEST (OK)                 [to]
    0x3d, 0x60, RETURN, 0x57,                 // 112 RETURNDATASIZE PUSH1 JUMPI    [to]
    0x3b, 0x60, RETURN, 0x57,                 // 116 EXTCODESIZE PUSH1 JUMPI       []
    0x5b,                                     // 120 JUMPDEST (PROGRAM)
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, // 121 PUSH20 program
    0x60, FORWARD,                            // 142 PUSH1
    0x56,                                     // 144 JUMP
    0x5b,                                     // 145 JUMPDEST (RETURN)
    0x3d, 0x5f, 0xf3,                         // 146 RETURNDATASIZE PUSH0 RETURN
];

/// Code that puts a clone in place: returns the 149 bytes behind it.
#[rustfmt::skip]
const INIT_PREFIX: [u8; INIT_PREFIX_LENGTH] = [
    0x60, 149, 0x80,                          // PUSH1 LENGTH DUP1
    0x60, 9,                                  // PUSH1 INIT_PREFIX_LENGTH
    0x5f, 0x39,                               // PUSH0 CODECOPY
    0x5f, 0xf3,                               // PUSH0 RETURN
];

/// Fixed init code of logic: returns its tail, so that the code at the address it leads to can only ever be that tail.
#[rustfmt::skip]
pub const LOGIC_INIT_PREFIX: [u8; 11] = [
    0x60, 11, 0x38, 0x03,                     // PUSH1 11 CODESIZE SUB
    0x80,                                     // DUP1
    0x60, 11,                                 // PUSH1 11
    0x5f, 0x39,                               // PUSH0 CODECOPY
    0x5f, 0xf3,                               // PUSH0 RETURN
];

/// A mirror's immutable configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The only account that manages the mirror.
    pub registry: Address,
    /// The code that answers reads.
    pub logic: Address,
    /// The proxy program.
    pub program: Address,
}

impl Configuration {
    /// The clone's runtime code.
    pub fn runtime(&self) -> [u8; LENGTH] {
        let mut code = RUNTIME;
        for (at, address) in [
            (REGISTRY_AT, &self.registry),
            (LOGIC_AT, &self.logic),
            (PROGRAM_AT, &self.program),
        ] {
            for (byte, value) in code.iter_mut().skip(at).zip(address.iter()) {
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
        let address = |at: usize| code.get(at..at.checked_add(20)?).map(Address::from_slice);
        let configuration = Self {
            registry: address(REGISTRY_AT)?,
            logic: address(LOGIC_AT)?,
            program: address(PROGRAM_AT)?,
        };
        (configuration.runtime() == *code).then_some(configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    const CONFIGURATION: Configuration = Configuration {
        registry: address!("1111111111111111111111111111111111111111"),
        logic: address!("2222222222222222222222222222222222222222"),
        program: address!("3333333333333333333333333333333333333333"),
    };

    #[test]
    fn every_jump_of_the_clone_lands_on_a_jumpdest() {
        for target in [NOT_PROBE, LOGIC, FORWARD, OK, PROGRAM, RETURN] {
            assert_eq!(RUNTIME[target as usize], 0x5b, "at {target}");
        }
    }

    #[test]
    fn every_configuration_field_lies_behind_a_push20() {
        for at in [REGISTRY_AT, LOGIC_AT, PROGRAM_AT] {
            assert_eq!(RUNTIME[at - 1], 0x73, "before {at}");
        }
    }

    #[test]
    fn a_clone_parses_to_its_own_configuration() {
        assert_eq!(
            Configuration::parse(&CONFIGURATION.runtime()),
            Some(CONFIGURATION)
        );
    }

    #[test]
    fn code_with_one_byte_changed_outside_the_configuration_is_no_clone() {
        let code = CONFIGURATION.runtime();
        let fields = [REGISTRY_AT, LOGIC_AT, PROGRAM_AT];
        for at in
            (0..LENGTH).filter(|at| !fields.iter().any(|field| (*field..field + 20).contains(at)))
        {
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
        assert_eq!(init[1] as usize, LENGTH);
        assert_eq!(init[4] as usize, INIT_PREFIX_LENGTH);
        assert_eq!(init[INIT_PREFIX_LENGTH..], CONFIGURATION.runtime());
    }
}
