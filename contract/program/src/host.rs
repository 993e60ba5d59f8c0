//! Safe wrappers of the Stylus host functions that the programs use.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};
use stylus_sdk::hostio;

/// References `pay_for_memory_grow`, which every Stylus program has to import.
#[inline(always)]
pub fn pay_for_no_memory() {
    // SAFETY: takes no pointer.
    unsafe { hostio::pay_for_memory_grow(0) }
}

/// The call's input, of the length that the runtime passed to the entry point.
#[inline(always)]
pub fn calldata(length: usize) -> Vec<u8> {
    let mut input = Vec::with_capacity(length);
    // SAFETY: the runtime writes exactly `length` bytes.
    unsafe {
        hostio::read_args(input.as_mut_ptr());
        input.set_len(length);
    }
    input
}

/// Sets the return or revert data.
#[inline(always)]
pub fn write_result(output: &[u8]) {
    // SAFETY: pointer and length are of one slice.
    unsafe { hostio::write_result(output.as_ptr(), output.len()) }
}

fn address_from(read: unsafe extern "C" fn(*mut u8)) -> Address {
    let mut address = Address::ZERO;
    // SAFETY: the runtime writes 20 bytes.
    unsafe { read(address.as_mut_slice().as_mut_ptr()) }
    address
}

/// Who called.
pub fn sender() -> Address {
    address_from(hostio::msg_sender)
}

/// The account whose storage and balance this call works on.
pub fn this() -> Address {
    address_from(hostio::contract_address)
}

/// Value sent with the call, in wei, as a word.
pub fn value() -> B256 {
    let mut word = B256::ZERO;
    // SAFETY: the runtime writes 32 bytes.
    unsafe { hostio::msg_value(word.as_mut_ptr()) }
    word
}

/// Balance of an account, in wei, as a word.
pub fn balance(account: &Address) -> B256 {
    let mut word = B256::ZERO;
    // SAFETY: reads 20 bytes, writes 32.
    unsafe { hostio::account_balance(account.as_ptr(), word.as_mut_ptr()) }
    word
}

/// Code hash of an account; zero when the account does not exist (EIP-1052).
pub fn code_hash(account: &Address) -> B256 {
    let mut word = B256::ZERO;
    // SAFETY: reads 20 bytes, writes 32.
    unsafe { hostio::account_codehash(account.as_ptr(), word.as_mut_ptr()) }
    word
}

/// Length of an account's code in bytes.
pub fn code_size(account: &Address) -> usize {
    // SAFETY: reads 20 bytes.
    unsafe { hostio::account_code_size(account.as_ptr()) }
}

/// The first `N` bytes of an account's code, zeros where it ends before.
pub fn code_head<const N: usize>(account: &Address) -> [u8; N] {
    let mut code = [0; N];
    // SAFETY: reads 20 bytes, writes at most N.
    unsafe { hostio::account_code(account.as_ptr(), 0, N, code.as_mut_ptr()) };
    code
}

/// An account's code from `offset` on, `most` bytes of it at most, with room for `spare` more behind it.
pub fn code_from(account: &Address, offset: usize, most: usize, spare: usize) -> Vec<u8> {
    let mut code = Vec::with_capacity(most.saturating_add(spare));
    // SAFETY: reads 20 bytes, writes at most `most`, for which there is capacity; the runtime says how many it wrote.
    unsafe {
        let written = hostio::account_code(account.as_ptr(), offset, most, code.as_mut_ptr());
        code.set_len(written.min(most));
    }
    code
}

/// Time of the block, seconds.
pub fn timestamp() -> u64 {
    // SAFETY: takes no pointer.
    unsafe { hostio::block_timestamp() }
}

/// Chain id of the target chain.
pub fn chain_id() -> u64 {
    // SAFETY: takes no pointer.
    unsafe { hostio::chainid() }
}

/// Reads a storage slot.
#[inline]
pub fn load(slot: &B256) -> B256 {
    let mut word = B256::ZERO;
    // SAFETY: reads 32 bytes, writes 32.
    unsafe { hostio::storage_load_bytes32(slot.as_ptr(), word.as_mut_ptr()) }
    word
}

/// Writes a storage slot; it reaches the state at the next flush.
#[inline]
pub fn store(slot: &B256, word: &B256) {
    // SAFETY: reads 32 bytes each.
    unsafe { hostio::storage_cache_bytes32(slot.as_ptr(), word.as_ptr()) }
}

/// Makes all cached writes reach the state.
pub fn flush_storage() {
    // SAFETY: takes no pointer.
    unsafe { hostio::storage_flush_cache(false) }
}

fn return_data() -> Vec<u8> {
    // SAFETY: takes no pointer.
    let length = unsafe { hostio::return_data_size() };
    let mut output = Vec::with_capacity(length);
    if length > 0 {
        // SAFETY: the runtime writes at most `length` bytes and says how many.
        unsafe {
            let written = hostio::read_return_data(output.as_mut_ptr(), 0, length);
            output.set_len(written.min(length));
        }
    }
    output
}

fn answer(status: u8) -> Result<Vec<u8>, Vec<u8>> {
    let output = return_data();
    if status == 0 { Ok(output) } else { Err(output) }
}

/// Calls with all gas that may be given. Storage is flushed before and read anew after, since the callee may re-enter.
/// `Err` carries the revert data.
pub fn call(to: &Address, input: &[u8], value: &B256) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: takes no pointer.
    unsafe { hostio::storage_flush_cache(true) };
    let mut length = 0;
    // SAFETY: pointers and lengths are of live values.
    let status = unsafe {
        hostio::call_contract(
            to.as_ptr(),
            input.as_ptr(),
            input.len(),
            value.as_ptr(),
            u64::MAX,
            &mut length,
        )
    };
    answer(status)
}

/// Calls statically with all gas that may be given. Storage is not flushed: the callers have nothing cached, or only
/// what the callee cannot see.
pub fn static_call(to: &Address, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut length = 0;
    // SAFETY: pointers and lengths are of live values.
    let status = unsafe {
        hostio::static_call_contract(
            to.as_ptr(),
            input.as_ptr(),
            input.len(),
            u64::MAX,
            &mut length,
        )
    };
    answer(status)
}

/// Calls statically with at most `gas`, and reads no more than the first `N` bytes of the answer. `None` when the callee
/// fails or answers less.
pub fn static_call_head<const N: usize>(to: &Address, input: &[u8], gas: u64) -> Option<[u8; N]> {
    let mut head = [0; N];
    let mut length = 0;
    // SAFETY: pointers and lengths are of live values; the runtime writes at most `N` bytes.
    let (status, written) = unsafe {
        let status = hostio::static_call_contract(
            to.as_ptr(),
            input.as_ptr(),
            input.len(),
            gas,
            &mut length,
        );
        (status, hostio::read_return_data(head.as_mut_ptr(), 0, N))
    };
    (status == 0 && written == N).then_some(head)
}

/// Gas that is left.
pub fn gas_left() -> u64 {
    // SAFETY: takes no pointer.
    unsafe { hostio::evm_gas_left() }
}

/// Delegate-calls with all gas that may be given.
pub fn delegate_call(to: &Address, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut length = 0;
    // SAFETY: pointers and lengths are of live values.
    let status = unsafe {
        hostio::delegate_call_contract(
            to.as_ptr(),
            input.as_ptr(),
            input.len(),
            u64::MAX,
            &mut length,
        )
    };
    answer(status)
}

/// CREATE2 (EIP-1014); `None` when the creation failed.
pub fn create2(init_code: &[u8], endowment: &B256, salt: &B256) -> Option<Address> {
    let mut contract = Address::ZERO;
    let mut revert_length = 0;
    // SAFETY: takes no pointer.
    unsafe { hostio::storage_flush_cache(true) };
    // SAFETY: pointers and lengths are of live values; the runtime writes 20 bytes and a length.
    unsafe {
        hostio::create2(
            init_code.as_ptr(),
            init_code.len(),
            endowment.as_ptr(),
            salt.as_ptr(),
            contract.as_mut_slice().as_mut_ptr(),
            &mut revert_length,
        );
    }
    (!contract.is_zero()).then_some(contract)
}

/// Emits a log: the topics, then the data, in one buffer.
pub fn emit(topics_and_data: &[u8], topics: usize) {
    // SAFETY: pointer and length are of one slice.
    unsafe { hostio::emit_log(topics_and_data.as_ptr(), topics_and_data.len(), topics) }
}
