//! The price list: ink for operators and host functions.
//!
//! Ink is a finer unit than gas ([`StylusParams::ink_price`](super::StylusParams) of it per gas); the figures are those of
//! Stylus version 1 and 2.

use wasmparser::{FuncType, Operator};

/// Ink for the check at the head of each basic block.
pub(super) const BLOCK_HEADER: u64 = 2_450;
/// Ink for each byte that `memory.copy` or `memory.fill` touches.
pub(super) const BULK_BYTE: u64 = 100;

/// Ink for any host function.
pub(super) const HOSTIO: u64 = 8_400;
/// Ink for each pointer given to a host function.
pub(super) const POINTER: u64 = 5_040;
/// Ink for a trip to the node.
pub(super) const API: u64 = 59_673;
/// Ink for `math_div` and `math_mod`.
pub(super) const DIV: u64 = 20_000;
/// Ink for `math_add_mod`.
pub(super) const ADD_MOD: u64 = 21_000;
/// Ink for `math_mul_mod`.
pub(super) const MUL_MOD: u64 = 24_100;

/// Gas of `TLOAD` and `TSTORE` (EIP-1153).
pub(super) const TRANSIENT_GAS: u64 = 100;
/// Gas of a cold account touch (EIP-2929), which must be left before one is made.
pub(super) const COLD_ACCOUNT_GAS: u64 = 2_600;
/// Gas of a cold `SLOAD` (EIP-2929), which must be left before one is made.
pub(super) const COLD_SLOAD_GAS: u64 = 2_100;
/// Gas that must be left before a slot is written (EIP-2200).
pub(super) const SSTORE_SENTRY_GAS: u64 = 2_300;
/// Gas for the code of an account, beside the touch.
pub(super) const CODE_GAS: u64 = 700;
/// Gas of a log and of each of its topics.
const LOG_TOPIC_GAS: u64 = 375;
/// Gas of each byte of a log.
const LOG_BYTE_GAS: u64 = 8;

/// Ink for writing `bytes` bytes into a program's memory.
pub(super) fn write(bytes: u32) -> u64 {
    5_040 + 30 * u64::from(bytes.saturating_sub(32))
}

/// Ink for reading `bytes` bytes out of a program's memory.
pub(super) fn read(bytes: u32) -> u64 {
    16_381 + 55 * u64::from(bytes.saturating_sub(32))
}

/// Ink for hashing `bytes` bytes with Keccak-256.
pub(super) fn keccak(bytes: u32) -> u64 {
    121_800 + 21_000 * u64::from(bytes.div_ceil(32).saturating_sub(2))
}

/// Ink for raising to a power, beside the pointers.
pub(super) fn pow(exponent: &[u8; 32]) -> u64 {
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count() as u64;
    3_000 + 17_500 * (33 - zeros)
}

/// Gas of a log with `topics` topics and `bytes` bytes of data.
pub(super) fn log_gas(topics: u32, bytes: u32) -> u64 {
    (1 + u64::from(topics)) * LOG_TOPIC_GAS + u64::from(bytes) * LOG_BYTE_GAS
}

/// Ink for one operator, or none if programs may not contain it. `types` are the module's function types.
pub(super) fn operator(op: &Operator<'_>, types: &[FuncType]) -> Option<u64> {
    use Operator::*;
    Some(match op {
        Unreachable
        | Return
        | Nop
        | I32Const { .. }
        | I64Const { .. }
        | Block { .. }
        | Loop { .. }
        | Else
        | End => 1,
        Drop => 9,
        Br { .. } | BrIf { .. } | If { .. } => 765,
        BrTable { targets } => 2_400 + 325 * u64::from(targets.len()),
        Select => 1_250,
        Call { .. } => 3_800,
        CallIndirect { type_index, .. } => {
            let params = types
                .get(*type_index as usize)
                .map_or(0, |ty| ty.params().len());
            13_610 + 650 * params as u64
        }
        LocalGet { .. } | LocalTee { .. } => 75,
        LocalSet { .. } => 210,
        GlobalGet { .. } => 225,
        GlobalSet { .. } => 575,
        I32Load { .. }
        | I32Load8S { .. }
        | I32Load8U { .. }
        | I32Load16S { .. }
        | I32Load16U { .. } => 670,
        I64Load { .. }
        | I64Load8S { .. }
        | I64Load8U { .. }
        | I64Load16S { .. }
        | I64Load16U { .. } => 680,
        I64Load32S { .. } | I64Load32U { .. } => 680,
        I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } => 825,
        I64Store { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => 950,
        MemorySize { .. } => 3_000,
        MemoryGrow { .. } => 8_050,
        MemoryCopy { .. } | MemoryFill { .. } => 950,
        I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
        | I32GeU => 170,
        I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS
        | I64GeU => 225,
        I32Clz | I32Ctz | I64Clz | I64Ctz => 210,
        I32Add | I32Sub | I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl
        | I32Rotr => 70,
        I64Add | I64Sub | I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl
        | I64Rotr => 100,
        I32Mul | I64Mul => 160,
        I32DivS | I32DivU | I32RemS | I32RemU => 1_120,
        I64DivS | I64DivU | I64RemS | I64RemU => 1_270,
        I32Popcnt => 2_650,
        I64Popcnt => 6_000,
        I32WrapI64 | I64ExtendI32S | I64ExtendI32U => 100,
        I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S | I64Extend32S => 100,
        _ => return None,
    })
}

/// Whether an operator ends a basic block.
pub(super) fn ends_block(op: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        op,
        End | Else
            | Return
            | Loop { .. }
            | Br { .. }
            | BrTable { .. }
            | BrIf { .. }
            | If { .. }
            | Call { .. }
            | CallIndirect { .. }
    )
}
