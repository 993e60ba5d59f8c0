//! Arithmetic of the EVM as the Stylus runtime computes it.

use alloy_primitives::U256;

/// What the runtime offers and the SDK does not declare.
mod functions {
    #[link(wasm_import_module = "vm_hooks")]
    unsafe extern "C" {
        pub fn math_div(value: *mut u8, divisor: *const u8);
        pub fn math_mod(value: *mut u8, modulus: *const u8);
        pub fn math_pow(value: *mut u8, exponent: *const u8);
        pub fn math_add_mod(value: *mut u8, addend: *const u8, modulus: *const u8);
        pub fn math_mul_mod(value: *mut u8, multiplier: *const u8, modulus: *const u8);
    }
}

/// A number as the runtime takes it: not inlined, since it is 400 bytes of code.
#[inline(never)]
fn to_word(number: &U256, word: &mut [u8; 32]) {
    *word = number.to_be_bytes();
}

/// A number as the runtime gives it.
#[inline(never)]
fn from_word(word: &[u8; 32]) -> U256 {
    U256::from_be_bytes(*word)
}

/// Runs a function of the runtime that puts its result in place of the first operand. Each operand is one word.
macro_rules! arithmetic {
    ($($(#[$doc:meta])* $name:ident($($operand:ident),*) = $hostio:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(a: U256, $($operand: U256),*) -> U256 {
                let mut result = [0; 32];
                to_word(&a, &mut result);
                $(
                    let number = $operand;
                    let mut $operand = [0; 32];
                    to_word(&number, &mut $operand);
                )*
                // SAFETY: reads 32 bytes each, writes 32 over the first.
                unsafe { functions::$hostio(result.as_mut_ptr(), $($operand.as_ptr()),*) }
                from_word(&result)
            }
        )*
    };
}

arithmetic! {
    /// `DIV` of the EVM: 0 for a divisor of 0.
    div(b) = math_div;
    /// `MOD` of the EVM: 0 for a divisor of 0.
    rem(b) = math_mod;
    /// `EXP` of the EVM, modulo 2^256.
    pow(exponent) = math_pow;
    /// `ADDMOD` of the EVM: 0 for a modulus of 0.
    add_mod(b, modulus) = math_add_mod;
    /// `MULMOD` of the EVM: 0 for a modulus of 0.
    mul_mod(b, modulus) = math_mul_mod;
}
