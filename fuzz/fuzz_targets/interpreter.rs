//! Any code on any storage in the interpreter: no panic; what it answers with little gas it answers with more, and without a limit; a
//! second run says the same.
#![no_main]

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_evm::{Answer, Call, Code, Entry, Environment, Host, Refusal, Resolved, run};

const SOURCE: Address = Address::repeat_byte(0xa0);
const OTHER: Address = Address::repeat_byte(0xa1);

/// Two accounts with code, and slots that depend on their number.
struct World<'a> {
    codes: [&'a [u8]; 2],
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
struct Unknown(Option<Refusal>);

impl World<'_> {
    fn bytes(&self, account: &Address) -> &[u8] {
        match *account {
            SOURCE => self.codes[0],
            OTHER => self.codes[1],
            _ => &[],
        }
    }
}

impl Host for World<'_> {
    type Unknown = Unknown;

    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Unknown> {
        match slot[31] {
            byte @ 0..0x40 => Ok(B256::with_last_byte(byte ^ account[0])),
            0x40..0x80 => Ok(B256::ZERO),
            byte @ 0x80..0xc0 => Ok(B256::repeat_byte(byte)),
            _ => Err(Unknown(None)),
        }
    }

    fn balance(&mut self, account: &Address) -> Result<U256, Unknown> {
        Ok(U256::from(account[19]))
    }

    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Unknown> {
        let bytes = self.bytes(account);
        Ok((!bytes.is_empty()).then(|| Rc::new(Code::new(bytes))))
    }

    fn code_hash(&mut self, account: &Address) -> Result<B256, Unknown> {
        Ok(keccak256(self.bytes(account)))
    }

    fn environment(&mut self) -> Result<Environment, Unknown> {
        Ok(Environment {
            chain_id: 1,
            number: None,
            timestamp: 99,
            clz: true,
        })
    }

    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Unknown> {
        Ok(match self.code(call.target)? {
            Some(code) => Resolved::Run(code),
            None => Resolved::Answer {
                success: call.target[19] & 1 == 0,
                data: call.input.to_vec(),
                gas: (call.target[19] & 2 == 0).then_some(call.input.len() as u64),
            },
        })
    }

    fn keccak256(&mut self, data: &[u8]) -> B256 {
        keccak256(data)
    }

    fn refuse(&mut self, refusal: Refusal) -> Unknown {
        Unknown(Some(refusal))
    }
}

fn ask(codes: [&[u8]; 2], input: &[u8], gas: Option<u64>) -> Result<Answer, Unknown> {
    let entry = Entry {
        address: SOURCE,
        caller: OTHER,
        input: input.to_vec(),
        gas,
        depth: 0,
    };
    run(&mut World { codes }, Rc::new(Code::new(codes[0])), entry)
}

fuzz_target!(|parts: (&[u8], &[u8], &[u8])| {
    let (first, second, input) = parts;
    let codes = [first, second];
    let little = ask(codes, input, Some(30_000));
    assert_eq!(little, ask(codes, input, Some(30_000)), "a second run");
    if little.is_ok() {
        // It ends, so it does without a limit.
        assert_eq!(little, ask(codes, input, Some(1_000_000)), "more gas");
        assert_eq!(little, ask(codes, input, None), "without a limit");
    }
});
