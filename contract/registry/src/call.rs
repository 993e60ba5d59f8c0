use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smartsync_abi::IProgramErrors::WrongValue;
use smartsync_program::{host, revert};

/// The wei that lock a mirror.
pub const LOCK: U256 = U256::ONE;

/// Who called, and the value that came with the call: counted once, however many calls a `multicall` contains.
pub struct Call {
    /// Who called.
    pub sender: Address,
    sent: U256,
    used: U256,
}

impl Call {
    /// The call that the program answers.
    pub fn current() -> Self {
        Self {
            sender: host::sender(),
            sent: host::value(),
            used: U256::ZERO,
        }
    }

    /// Takes one lock out of the value sent.
    pub fn take_lock(&mut self) -> Result<U256, Vec<u8>> {
        self.used = self.used.saturating_add(LOCK);
        if self.used > self.sent {
            return Err(self.wrong_value());
        }
        Ok(LOCK)
    }

    /// Nothing may be left over.
    pub fn finish(&self) -> Result<(), Vec<u8>> {
        if self.used == self.sent {
            Ok(())
        } else {
            Err(self.wrong_value())
        }
    }

    fn wrong_value(&self) -> Vec<u8> {
        revert(WrongValue {
            required: self.used,
            got: self.sent,
        })
    }
}
