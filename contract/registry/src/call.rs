use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IProgramErrors::WrongValue;
use smartsync_program::{ToWord, host, revert};

/// The wei that lock a mirror.
pub const LOCK: B256 = B256::with_last_byte(1);

/// Who called, and the value that came with the call: counted once, however many calls a `multicall` contains.
pub struct Call {
    /// Who called.
    pub sender: Address,
    sent: B256,
    /// Locks taken, of 1 wei each.
    used: u64,
}

impl Call {
    /// The call that the program answers.
    pub fn current() -> Self {
        Self {
            sender: host::sender(),
            sent: host::value(),
            used: 0,
        }
    }

    /// Takes one lock out of the value sent.
    pub fn take_lock(&mut self) -> Result<B256, Vec<u8>> {
        self.used = self.used.saturating_add(1);
        // Words and the integers in them have one order.
        if self.used.to_word() > self.sent {
            return Err(self.wrong_value());
        }
        Ok(LOCK)
    }

    /// Nothing may be left over.
    pub fn finish(&self) -> Result<(), Vec<u8>> {
        if self.used.to_word() == self.sent {
            Ok(())
        } else {
            Err(self.wrong_value())
        }
    }

    #[cold]
    fn wrong_value(&self) -> Vec<u8> {
        revert(WrongValue {
            required: self.used.to_word().into(),
            got: self.sent.into(),
        })
    }
}
