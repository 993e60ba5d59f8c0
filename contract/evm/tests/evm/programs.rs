//! Random and structured programs, and states of such.

use super::common::*;
use alloy_primitives::{Address, U256};

pub struct Random(pub u64);

impl Random {
    /// Of the run with this number.
    pub fn of(seed: u64, index: u64) -> Self {
        let mut start = Self(seed);
        Self(start.next() ^ index.wrapping_mul(0xd134_2543_de82_ef95))
    }
    pub fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
    /// Fewer than so many bytes.
    pub fn bytes(&mut self, bound: usize) -> Vec<u8> {
        let length = self.below(bound);
        (0..length).map(|_| self.next() as u8).collect()
    }
    fn word(&mut self) -> U256 {
        match self.below(8) {
            0 => U256::ZERO,
            1 => U256::MAX,
            2 => U256::from(1) << 255,
            3 => U256::from(self.below(300)),
            4 => U256::ZERO.wrapping_sub(U256::from(self.below(300))),
            5 => U256::from(1) << self.below(256),
            6 => U256::from(self.next()),
            _ => U256::from_limbs([self.next(), self.next(), self.next(), self.next()]),
        }
    }
}

/// Accounts of a state that have code; one more has none.
pub const PROGRAMS: usize = 3;

pub fn account(index: usize) -> Address {
    // The last has no code.
    Address::repeat_byte(0xa0 + index as u8)
}

fn push(code: &mut Vec<u8>, word: U256) {
    let bytes = word.to_be_bytes_trimmed_vec();
    code.push(0x5f + bytes.len() as u8);
    code.extend(bytes);
}

fn structured(random: &mut Random, wild: bool) -> Vec<u8> {
    let mut code = Vec::new();
    let mut height = 0usize;
    for _ in 0..random.below(60) {
        match random.below(21) {
            0..=6 => {
                const OPS: [(u8, usize); 26] = [
                    (0x01, 2),
                    (0x02, 2),
                    (0x03, 2),
                    (0x04, 2),
                    (0x05, 2),
                    (0x06, 2),
                    (0x07, 2),
                    (0x08, 3),
                    (0x09, 3),
                    (0x0a, 2),
                    (0x0b, 2),
                    (0x10, 2),
                    (0x11, 2),
                    (0x12, 2),
                    (0x13, 2),
                    (0x14, 2),
                    (0x15, 1),
                    (0x16, 2),
                    (0x17, 2),
                    (0x18, 2),
                    (0x19, 1),
                    (0x1a, 2),
                    (0x1b, 2),
                    (0x1c, 2),
                    (0x1d, 2),
                    (0x1e, 1),
                ];
                let (op, operands) = OPS[random.below(OPS.len())];
                while height < operands {
                    push(&mut code, random.word());
                    height += 1;
                }
                code.push(op);
                height -= operands - 1;
            }
            7 | 8 => {
                const OPS: [u8; 14] = [
                    0x30, 0x33, 0x34, 0x36, 0x38, 0x3d, 0x42, 0x43, 0x46, 0x47, 0x58, 0x59, 0x5f,
                    0x5b,
                ];
                let op = OPS[random.below(OPS.len())];
                code.push(op);
                height += usize::from(op != 0x5b);
            }
            9 if height > 0 => code.push(0x80 + random.below(height.min(16)) as u8),
            10 if height > 1 => {
                code.push(0x90 + random.below((height - 1).min(16)) as u8);
                continue;
            }
            11 => {
                push(&mut code, U256::from(random.below(600)));
                code.push([0x35, 0x51, 0x54, 0x5c][random.below(4)]);
                height += 1;
            }
            12 => {
                push(&mut code, random.word());
                push(&mut code, U256::from(random.below(600)));
                code.push([0x52, 0x53][random.below(2)]);
            }
            13 => {
                for bound in [200, 300, 500] {
                    push(&mut code, U256::from(random.below(bound)));
                }
                code.push([0x37, 0x39, 0x5e, 0x37, 0x3e][random.below(5)]);
            }
            14 => {
                push(
                    &mut code,
                    U256::from_be_bytes(account(random.below(6)).into_word().0),
                );
                code.push([0x31, 0x3b, 0x3f][random.below(3)]);
                height += 1;
            }
            15 => {
                for bound in [200, 300, 500] {
                    push(&mut code, U256::from(random.below(bound)));
                }
                push(
                    &mut code,
                    U256::from_be_bytes(account(random.below(6)).into_word().0),
                );
                code.push(0x3c);
            }
            16 => {
                push(&mut code, U256::from(random.below(300)));
                push(&mut code, U256::from(random.below(300)));
                code.push(0x20);
                height += 1;
            }
            17 | 18 => {
                // A call, and what it answered.
                for bound in [100, 400, 100, 400] {
                    push(&mut code, U256::from(random.below(bound)));
                }
                let op = [0xf1, 0xf2, 0xf4, 0xfa][random.below(4)];
                if op < 0xf4 {
                    push(&mut code, U256::from(u8::from(random.below(30) == 0)));
                }
                if random.below(8) == 0 {
                    code.extend([0x60, 1 + random.below(8) as u8]);
                } else {
                    push(
                        &mut code,
                        U256::from_be_bytes(account(random.below(6)).into_word().0),
                    );
                }
                match random.below(40) {
                    0..8 if wild => {
                        const GAS: [u64; 8] = [0, 100, 700, 3_000, 5_300, 11_000, 30_000, LITTLE];
                        push(&mut code, U256::from(GAS[random.below(GAS.len())]));
                    }
                    8..20 => push(&mut code, U256::MAX),
                    _ => code.push(0x5a),
                }
                code.push(op);
                height += 1;
                if random.below(2) == 0 {
                    code.extend([0x3d, 0x5f, 0x5f, 0x3e]);
                }
            }
            19 => {
                // A loop of up to four rounds, which adds to a slot of memory.
                push(&mut code, U256::from(1 + random.below(4)));
                let start = code.len();
                code.push(0x5b);
                push(&mut code, random.word());
                push(&mut code, U256::from(32 * random.below(20)));
                code.extend([0x51, 0x01]);
                push(&mut code, U256::from(32 * random.below(20)));
                code.push(0x52);
                code.extend([
                    0x60,
                    1,
                    0x90,
                    0x03,
                    0x80,
                    0x61,
                    (start >> 8) as u8,
                    start as u8,
                ]);
                code.extend([0x57, 0x50]);
            }
            _ => {
                // A jump ahead over some bytes, on a condition.
                let skipped = random.below(4);
                push(&mut code, U256::from(random.below(2)));
                let to = code.len() + 4 + skipped;
                code.extend([0x61, (to >> 8) as u8, to as u8, 0x57]);
                code.extend((0..skipped).map(|_| [0x5f, 0x15, 0x60, 0xfe][random.below(4)]));
                code.push(0x5b);
            }
        }
        if code.last().is_some_and(|op| (0x80..0x90).contains(op)) {
            height += 1;
        }
        if wild && random.below(300) == 0 {
            code.push(random.next() as u8);
        }
    }
    for index in 0..height.min(8) {
        push(&mut code, U256::from(0x300 + 32 * index));
        code.push(0x52);
    }
    push(&mut code, U256::from(random.below(0x420)));
    code.push(0x5f);
    code.push(if random.below(5) == 0 { 0xfd } else { 0xf3 });
    code
}

fn arbitrary(random: &mut Random) -> Vec<u8> {
    let mut code: Vec<u8> = (0..1 + random.below(80))
        .map(|_| random.next() as u8)
        .collect();
    if code[0] == 0xef {
        code[0] = 0;
    }
    code
}

/// Some accounts with code, storage and balances, and the one that is called. When it is `wild`, some codes
/// are arbitrary bytes, some have arbitrary bytes in them, and some calls are given little gas.
pub fn random_state(random: &mut Random, wild: bool) -> (State, Address) {
    let mut state = State::new();
    for index in 0..=PROGRAMS {
        let code = match random.below(4) {
            _ if index == PROGRAMS => Vec::new(),
            0 if wild => arbitrary(random),
            _ => structured(random, wild),
        };
        let storage = (0..random.below(20)).map(|_| (U256::from(random.below(600)), random.word()));
        let storage = storage.filter(|(_, value)| !value.is_zero()).collect();
        state.insert(
            account(index),
            Account {
                code,
                balance: U256::from(random.below(3)),
                storage,
            },
        );
    }
    let source = account(0);
    (state, source)
}
