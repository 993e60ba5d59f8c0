//! Arithmetic on 256-bit words, and hashing.

use alloy_primitives::{U256, keccak256};
use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::imports::VM_HOOKS;
use super::super::outcome::Escape;
use super::super::pricing::{ADD_MOD, DIV, HOSTIO, MUL_MOD, POINTER, keccak, pow};
use super::function::{Hostio, enter};

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            VM_HOOKS,
            "math_div",
            |caller: Caller<'_, Frame>, value: u32, divisor: u32| {
                enter(caller, |io| {
                    io.divide("math_div", value, divisor, |a, b| a.checked_div(b))
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "math_mod",
            |caller: Caller<'_, Frame>, value: u32, modulus: u32| {
                enter(caller, |io| {
                    io.divide("math_mod", value, modulus, |a, b| a.checked_rem(b))
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "math_pow",
            |caller: Caller<'_, Frame>, value: u32, exponent: u32| {
                enter(caller, |io| io.pow(value, exponent))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "math_add_mod",
            |caller: Caller<'_, Frame>, value: u32, addend: u32, modulus: u32| {
                enter(caller, |io| {
                    io.modular(
                        "math_add_mod",
                        ADD_MOD,
                        [value, addend, modulus],
                        U256::add_mod,
                    )
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "math_mul_mod",
            |caller: Caller<'_, Frame>, value: u32, multiplier: u32, modulus: u32| {
                enter(caller, |io| {
                    io.modular(
                        "math_mul_mod",
                        MUL_MOD,
                        [value, multiplier, modulus],
                        U256::mul_mod,
                    )
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "native_keccak256",
            |caller: Caller<'_, Frame>, data: u32, len: u32, dest: u32| {
                enter(caller, |io| io.keccak256(data, len, dest))
            },
        )?;
    Ok(())
}

impl Hostio<'_> {
    fn number_at(&self, pointer: u32) -> Result<U256, Escape> {
        self.read_array::<32>(pointer).map(U256::from_be_bytes)
    }

    /// Division and remainder: by zero they give zero, like `DIV` and `MOD`.
    fn divide(
        &mut self,
        name: &str,
        value: u32,
        divisor: u32,
        operation: fn(U256, U256) -> Option<U256>,
    ) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 3 * POINTER + DIV)?;
        let (a, b) = (self.number_at(value)?, self.number_at(divisor)?);
        let result = operation(a, b).unwrap_or_default();
        self.answer(name, value, &[a, b], result)
    }

    /// `EXP`, modulo 2^256.
    fn pow(&mut self, value: u32, exponent: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 3 * POINTER)?;
        let (a, b) = (self.number_at(value)?, self.number_at(exponent)?);
        self.buy_ink(pow(&b.to_be_bytes()))?;
        self.answer("math_pow", value, &[a, b], a.wrapping_pow(b))
    }

    /// `ADDMOD` and `MULMOD`: modulo zero they give zero.
    fn modular(
        &mut self,
        name: &str,
        ink: u64,
        [value, other, modulus]: [u32; 3],
        operation: fn(U256, U256, U256) -> U256,
    ) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 4 * POINTER + ink)?;
        let (a, b, c) = (
            self.number_at(value)?,
            self.number_at(other)?,
            self.number_at(modulus)?,
        );
        self.answer(name, value, &[a, b, c], operation(a, b, c))
    }

    /// Writes a result over the first operand.
    fn answer(
        &mut self,
        name: &str,
        dest: u32,
        operands: &[U256],
        result: U256,
    ) -> Result<(), Escape> {
        let result = result.to_be_bytes::<32>();
        self.write(dest, &result)?;
        let operands: Vec<u8> = operands.iter().flat_map(U256::to_be_bytes::<32>).collect();
        self.trace(name, &[&operands], &[&result]);
        Ok(())
    }

    fn keccak256(&mut self, data: u32, len: u32, dest: u32) -> Result<(), Escape> {
        self.buy_ink(keccak(len))?;
        let preimage = self.read(data, len)?;
        let hash = keccak256(&preimage);
        self.write(dest, hash.as_slice())?;
        self.trace("native_keccak256", &[&preimage], &[hash.as_slice()]);
        Ok(())
    }
}
