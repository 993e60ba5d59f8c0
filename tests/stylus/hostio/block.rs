//! The block, the transaction and the frame.

use alloy_primitives::{Address, B256, U256};
use devchain::wasm::Env;

use super::{H, P, ink_of, word};
use crate::world::{World, entrypoint, execute};

#[test]
fn the_surroundings_are_what_the_host_says() {
    let env = Env {
        base_fee: U256::from(100_000_000u64),
        coinbase: Address::repeat_byte(1),
        gas_limit: 32_000_000,
        l1_block_number: 7_000_000,
        timestamp: 1_700_000_000,
        chain_id: 412_346,
        contract_address: Address::repeat_byte(2),
        msg_sender: Address::repeat_byte(3),
        msg_value: U256::from(4),
        tx_origin: Address::repeat_byte(5),
        gas_price: U256::from(6),
        reentrant: true,
    };
    let words = [
        ("block_basefee", B256::from(env.base_fee)),
        ("msg_value", B256::from(env.msg_value)),
        ("tx_gas_price", B256::from(env.gas_price)),
    ];
    let mut world = World {
        env: env.clone(),
        ..World::default()
    };
    for (function, expected) in words {
        let body = format!("(call ${function} (i32.const 0))");
        assert_eq!(word(&mut world, &body), expected, "{function}");
        assert_eq!(ink_of(&mut world, &body, &[]), H + P, "{function}");
    }
    let addresses = [
        ("block_coinbase", env.coinbase),
        ("contract_address", env.contract_address),
        ("msg_sender", env.msg_sender),
        ("tx_origin", env.tx_origin),
    ];
    for (function, expected) in addresses {
        let body = format!("(call ${function} (i32.const 12))");
        assert_eq!(word(&mut world, &body), expected.into_word(), "{function}");
        assert_eq!(ink_of(&mut world, &body, &[]), H + P, "{function}");
    }
    let numbers = [
        ("block_gas_limit", env.gas_limit),
        ("block_number", env.l1_block_number),
        ("block_timestamp", env.timestamp),
        ("chainid", env.chain_id),
    ];
    for (function, expected) in numbers {
        // little-endian in memory
        let body = format!("(i64.store (i32.const 0) (call ${function}))");
        assert_eq!(
            word(&mut world, &body)[..8],
            expected.to_le_bytes(),
            "{function}"
        );
        assert_eq!(
            ink_of(&mut world, &format!("(drop (call ${function}))"), &[]),
            H,
            "{function}"
        );
    }
    for (function, expected) in [("msg_reentrant", 1u32), ("tx_ink_price", 10_000)] {
        let body = format!("(i32.store (i32.const 0) (call ${function}))");
        assert_eq!(
            word(&mut world, &body)[..4],
            expected.to_le_bytes(),
            "{function}"
        );
        assert_eq!(
            ink_of(&mut world, &format!("(drop (call ${function}))"), &[]),
            H,
            "{function}"
        );
    }
}

#[test]
fn gas_left_is_read_after_paying_for_the_reading() {
    // 1,000 gas = 10,000,000 ink; [call] takes 3,800 + 2,450 + the function's 8,400: 9,985,350 ink, 998 gas
    for (function, expected) in [("evm_gas_left", 998u64), ("evm_ink_left", 9_985_350)] {
        let body = format!(
            "(local $left i64) (local.set $left (call ${function})) (i64.store (i32.const 0) (local.get $left))
             (call $write_result (i32.const 0) (i32.const 8)) i32.const 0"
        );
        let outcome = execute(&entrypoint(&body), &mut World::default(), &[], 1_000);
        assert_eq!(outcome.output, expected.to_le_bytes(), "{function}");
    }
}
