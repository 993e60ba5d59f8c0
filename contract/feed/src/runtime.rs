//! The code of a feed, but for the question behind it: answers reads, and hands everything else to the program.
//!
//! The storage that it reads is what [`crate::Stamp`] says.

use alloy_primitives::Address;

/// Length of the code in bytes.
pub const LENGTH: usize = 373;

const PROGRAM_AT: usize = 94;
const WORD_AT: usize = 20;
const DECIMALS_AT: usize = 132;
const DESCRIPTION_LENGTH_AT: usize = 282;
const DESCRIPTION_AT: usize = 287;

const PROGRAM: u8 = 84;
const ANSWERED: u8 = 126;
const DECIMALS: u8 = 130;
const VERSION: u8 = 139;
const LATEST: u8 = 148;
const LATEST_ANSWER: u8 = 190;
const GET_ROUND: u8 = 199;
const LATEST_ROUND: u8 = 231;
const ROUND: u8 = 236;
/// Jump destinations beyond 255: this, then the low byte.
const HIGH: u8 = 1;
const DESCRIPTION: u8 = 20;
const NO_DATA: u8 = 70;

/// The code with zero in place of what differs.
#[rustfmt::skip]
pub const RUNTIME: [u8; LENGTH] = [
    // Value: the program refuses it.
    0x34, 0x60, PROGRAM, 0x57,                   //   0 CALLVALUE PUSH1 JUMPI
    0x5f, 0x35, 0x60, 0xe0, 0x1c,                //   4 PUSH0 CALLDATALOAD PUSH1 SHR    [selector]
    0x80, 0x63, 0x52, 0xbf, 0xe7, 0x89, 0x14, 0x60, LATEST, 0x57, //   9 DUP1 PUSH4 EQ PUSH1 JUMPI    latest()
    // A feed of words has no more than that: its number here is 1.
    0x60, 0, 0x60, PROGRAM, 0x57,                //  19 PUSH1 word PUSH1 JUMPI
    0x80, 0x63, 0xfe, 0xaf, 0x96, 0x8c, 0x14, 0x60, LATEST_ROUND, 0x57, //  24 DUP1 PUSH4 EQ PUSH1 JUMPI    latestRoundData()
    0x80, 0x63, 0x50, 0xd2, 0x5b, 0xcd, 0x14, 0x60, LATEST_ANSWER, 0x57, //  34 DUP1 PUSH4 EQ PUSH1 JUMPI    latestAnswer()
    0x80, 0x63, 0x9a, 0x6f, 0xc8, 0xf5, 0x14, 0x60, GET_ROUND, 0x57, //  44 DUP1 PUSH4 EQ PUSH1 JUMPI    getRoundData(uint80)
    0x80, 0x63, 0x31, 0x3c, 0xe5, 0x67, 0x14, 0x60, DECIMALS, 0x57, //  54 DUP1 PUSH4 EQ PUSH1 JUMPI    decimals()
    0x80, 0x63, 0x72, 0x84, 0xe4, 0x16, 0x14, 0x61, HIGH, DESCRIPTION, 0x57, //  64 DUP1 PUSH4 EQ PUSH2 JUMPI    description()
    0x63, 0x54, 0xfd, 0x4d, 0x50, 0x14, 0x60, VERSION, 0x57, //  75 PUSH4 EQ PUSH1 JUMPI    version()
    // Everything else is the program's, which works on this account's storage.
    0x5b,                                        //  84 JUMPDEST (PROGRAM)
    0x36, 0x5f, 0x5f, 0x37,                      //  85 CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY
    0x5f, 0x5f, 0x36, 0x5f,                      //  89 PUSH0 PUSH0 CALLDATASIZE PUSH0
    0x73, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, //  93 PUSH20 program
    0x5a, 0xf4,                                  // 114 GAS DELEGATECALL    [success]
    0x3d, 0x5f, 0x5f, 0x3e,                      // 116 RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    0x60, ANSWERED, 0x57,                        // 120 PUSH1 JUMPI
    0x3d, 0x5f, 0xfd,                            // 123 RETURNDATASIZE PUSH0 REVERT
    0x5b, 0x3d, 0x5f, 0xf3,                      // 126 JUMPDEST (ANSWERED) RETURNDATASIZE PUSH0 RETURN
    0x5b,                                        // 130 JUMPDEST (DECIMALS)
    0x60, 0, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, // 131 PUSH1 decimals value PUSH0 MSTORE PUSH1 PUSH0 RETURN
    0x5b,                                        // 139 JUMPDEST (VERSION)
    0x60, 0x01, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3, // 140 PUSH1 PUSH0 MSTORE PUSH1 PUSH0 RETURN
    0x5b,                                        // 148 JUMPDEST (LATEST)
    0x5f, 0x54,                                  // 149 PUSH0 SLOAD    [newest]
    0x80, 0x15, 0x61, HIGH, NO_DATA, 0x57,       // 151 DUP1 ISZERO PUSH2 JUMPI
    0x80, 0x60, 0x80, 0x1c, 0x60, 0x01, 0x1b, 0x54, 0x5f, 0x52, // 157 DUP1 PUSH1 SHR PUSH1 SHL SLOAD PUSH0 MSTORE    answer
    0x80, 0x60, 0x80, 0x1b, 0x60, 0xc0, 0x1c, 0x60, 0x20, 0x52, // 167 DUP1 PUSH1 SHL PUSH1 SHR PUSH1 MSTORE    source block
    0x60, 0xc0, 0x1b, 0x60, 0xc0, 0x1c, 0x60, 0x40, 0x52, // 177 PUSH1 SHL PUSH1 SHR PUSH1 MSTORE    timestamp
    0x60, 0x60, 0x5f, 0xf3,                      // 186 PUSH1 PUSH0 RETURN
    0x5b,                                        // 190 JUMPDEST (LATEST_ANSWER)
    0x60, 0x20, 0x60, 0x20, 0x5f, 0x60, ROUND, 0x56, // 191 PUSH1 PUSH1 PUSH0 PUSH1 JUMP    [size, offset, slot]
    0x5b,                                        // 199 JUMPDEST (GET_ROUND)
    0x60, 0x24, 0x36, 0x10, 0x61, HIGH, NO_DATA, 0x57, // 200 PUSH1 CALLDATASIZE LT PUSH2 JUMPI
    0x60, 0xa0, 0x5f,                            // 208 PUSH1 PUSH0    [size, offset]
    0x60, 0x04, 0x35,                            // 211 PUSH1 CALLDATALOAD    [.., round]
    0x80, 0x60, 0x50, 0x1c, 0x61, HIGH, NO_DATA, 0x57, // 214 DUP1 PUSH1 SHR PUSH2 JUMPI    no uint80
    0x60, 0x01, 0x1b, 0x60, 0x01, 0x17,          // 222 PUSH1 SHL PUSH1 OR    [size, offset, slot]
    0x60, ROUND, 0x56,                           // 228 PUSH1 JUMP
    0x5b,                                        // 231 JUMPDEST (LATEST_ROUND)
    0x60, 0xa0, 0x5f, 0x5f,                      // 232 PUSH1 PUSH0 PUSH0    [size, offset, slot]
    0x5b,                                        // 236 JUMPDEST (ROUND)
    0x54,                                        // 237 SLOAD    [size, offset, stamp]
    0x80, 0x15, 0x61, HIGH, NO_DATA, 0x57,       // 238 DUP1 ISZERO PUSH2 JUMPI
    0x80, 0x60, 0x80, 0x1c,                      // 244 DUP1 PUSH1 SHR    [.., stamp, round]
    0x80, 0x5f, 0x52,                            // 248 DUP1 PUSH0 MSTORE    roundId
    0x80, 0x60, 0x80, 0x52,                      // 251 DUP1 PUSH1 MSTORE    answeredInRound
    0x60, 0x01, 0x1b, 0x54, 0x60, 0x20, 0x52,    // 255 PUSH1 SHL SLOAD PUSH1 MSTORE    answer
    0x60, 0xc0, 0x1b, 0x60, 0xc0, 0x1c,          // 262 PUSH1 SHL PUSH1 SHR    [size, offset, timestamp]
    0x80, 0x60, 0x40, 0x52,                      // 268 DUP1 PUSH1 MSTORE    startedAt
    0x60, 0x60, 0x52,                            // 272 PUSH1 MSTORE    updatedAt
    0xf3,                                        // 275 RETURN
    0x5b,                                        // 276 JUMPDEST (DESCRIPTION)
    0x60, 0x20, 0x5f, 0x52,                      // 277 PUSH1 PUSH0 MSTORE
    0x60, 0, 0x60, 0x20, 0x52,                   // 281 PUSH1 description length PUSH1 MSTORE
    0x7f, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, 0x60, 0x40, 0x52, // 286 PUSH32 description PUSH1 MSTORE
    0x60, 0x60, 0x5f, 0xf3,                      // 322 PUSH1 PUSH0 RETURN
    0x5b,                                        // 326 JUMPDEST (NO_DATA)
    0x63, 0x08, 0xc3, 0x79, 0xa0, 0x60, 0xe0, 0x1b, 0x5f, 0x52, // 327 PUSH4 PUSH1 SHL PUSH0 MSTORE    Error(string)
    0x60, 0x20, 0x60, 0x04, 0x52, 0x60, 0x0f, 0x60, 0x24, 0x52, // 337 PUSH1 PUSH1 MSTORE PUSH1 PUSH1 MSTORE
    0x6e, 0x4e, 0x6f, 0x20, 0x64, 0x61, 0x74, 0x61, 0x20, 0x70, 0x72, 0x65, 0x73, 0x65, 0x6e, 0x74, 0x60, 0x88, 0x1b, // 347 PUSH15 PUSH1 SHL    "No data present"
    0x60, 0x44, 0x52, 0x60, 0x64, 0x5f, 0xfd,    // 366 PUSH1 MSTORE PUSH1 PUSH0 REVERT
];

/// What differs between the codes of two feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constants<'a> {
    /// What updates are delegated to.
    pub program: Address,
    /// Whether the answer is a word and no number.
    pub is_word: bool,
    /// `decimals()`.
    pub decimals: u8,
    /// `description()`, at most 32 bytes; what is longer is cut off.
    pub description: &'a [u8],
}

impl<'a> Constants<'a> {
    /// The code.
    pub fn runtime(&self) -> [u8; LENGTH] {
        let description = self.description.get(..32).unwrap_or(self.description);
        let mut code = RUNTIME;
        let mut put = |at: usize, bytes: &[u8]| {
            for (byte, value) in code.iter_mut().skip(at).zip(bytes) {
                *byte = *value;
            }
        };
        put(WORD_AT, &[u8::from(self.is_word)]);
        put(PROGRAM_AT, self.program.as_slice());
        put(DECIMALS_AT, &[self.decimals]);
        put(DESCRIPTION_LENGTH_AT, &[description.len() as u8]);
        put(DESCRIPTION_AT, description);
        code
    }

    /// Takes them out of a code, whatever the rest of it is; `None` for a description longer than 32 bytes.
    pub fn of(code: &'a [u8; LENGTH]) -> Option<Self> {
        let length = usize::from(*code.get(DESCRIPTION_LENGTH_AT)?);
        let description = code.get(DESCRIPTION_AT..)?.first_chunk::<32>()?;
        Some(Self {
            program: Address::new(*code.get(PROGRAM_AT..)?.first_chunk()?),
            is_word: *code.get(WORD_AT)? == 1,
            decimals: *code.get(DECIMALS_AT)?,
            description: description.get(..length)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::{Revert, SolCall, SolError};
    use smartsync_abi::IFeed;

    #[test]
    fn every_jump_of_a_feed_lands_on_a_jumpdest() {
        let near = [
            PROGRAM,
            ANSWERED,
            DECIMALS,
            VERSION,
            LATEST,
            LATEST_ANSWER,
            GET_ROUND,
            LATEST_ROUND,
            ROUND,
        ];
        let far = [DESCRIPTION, NO_DATA].map(|low| usize::from(HIGH) << 8 | usize::from(low));
        for target in near.map(usize::from).into_iter().chain(far) {
            assert_eq!(RUNTIME[target], 0x5b, "at {target}");
        }
    }

    /// Where a selector is compared, and where that jumps to: `PUSH4 .. EQ PUSH1 .. JUMPI`, or with `PUSH2`.
    fn jump(selector: [u8; 4]) -> usize {
        let compare = [&[0x63], &selector[..], &[0x14]].concat();
        let at = RUNTIME.windows(6).position(|window| window == compare);
        let jump = &RUNTIME[at.expect("it is compared") + 6..];
        match jump[0] {
            0x60 => usize::from(jump[1]),
            _ => usize::from(jump[1]) << 8 | usize::from(jump[2]),
        }
    }

    #[test]
    fn a_feed_knows_the_selectors_of_its_interface() {
        for (selector, target) in [
            (IFeed::latestCall::SELECTOR, LATEST),
            (IFeed::latestRoundDataCall::SELECTOR, LATEST_ROUND),
            (IFeed::latestAnswerCall::SELECTOR, LATEST_ANSWER),
            (IFeed::getRoundDataCall::SELECTOR, GET_ROUND),
            (IFeed::decimalsCall::SELECTOR, DECIMALS),
            (IFeed::versionCall::SELECTOR, VERSION),
        ] {
            assert_eq!(jump(selector), usize::from(target));
            // Calldata that ends before the selector does is not taken for it: what is missing reads as zero.
            assert_ne!(selector[3], 0);
        }
        assert_eq!(
            jump(IFeed::descriptionCall::SELECTOR),
            256 + usize::from(DESCRIPTION)
        );
        assert_eq!(Revert::SELECTOR, [0x08, 0xc3, 0x79, 0xa0]);
    }

    #[test]
    fn what_differs_is_read_as_it_was_written() {
        let constants = Constants {
            program: Address::repeat_byte(0x11),
            is_word: true,
            decimals: 18,
            description: b"wstETH / stETH",
        };
        assert_eq!(Constants::of(&constants.runtime()), Some(constants));
        let zero = Constants {
            program: Address::ZERO,
            is_word: false,
            decimals: 0,
            description: b"",
        };
        assert_eq!(zero.runtime(), RUNTIME);
    }
}
