//! The gas that a frame takes at most, which counts where it is given little.

use std::rc::Rc;

use alloy_primitives::{Address, U256, hex};
use revm::precompile::Precompiles;
use smartsync_evm::{Answer, Call, Code, Entry, Host, Refusal, Resolved, precompile_gas, run};

use crate::{common::*, programs::Random};

#[test]
fn little_gas_is_enough_when_the_most_that_is_taken_is_no_more() {
    let ask = |code: &[u8], gas: u64| given(&mut World(of(code.to_vec())), code, gas);
    // The most that is counted, by hand: pushes 3 each, what else is dynamic beside them.
    for (code, most) in [
        (&hex!("00")[..], 0),
        (&hex!("5f545f5260205ff3"), 3 + 2_100 + 3 + 3 + 3 + 3 + 3), // a cold slot, a word of memory
        (&hex!("61ffff60020a"), 3 + 3 + 10 + 100),
        (&hex!("60405f20"), 3 + 3 + 30 + 12 + 6),
        (&hex!("60215f5f37"), 9 + 3 + 6 + 6),
        (&hex!("60215f5f303c"), 9 + 3 + 2_600 + 6 + 6),
        (&hex!("3031"), 3 + 2_600),
        (&hex!("5f5f02"), 3 + 3 + 5),
        (&hex!("5f5f04"), 3 + 3 + 5),
        (&hex!("5f5f0b"), 3 + 3 + 5),
        (&hex!("5f1e"), 3 + 5),
        (&hex!("47"), 5),
        (&hex!("5f5f5f08"), 9 + 8),
        (&hex!("5f5f5f09"), 9 + 8),
        (&hex!("5f5c"), 3 + 100),
        (&hex!("60205f5f5e"), 9 + 3 + 3 + 3),
        (&hex!("6003565b"), 3 + 9),
        (&hex!("60016005575b"), 3 + 3 + 11),
        (&hex!("61040051"), 3 + 3 + 33 * 3 + 33 * 33 / 512),
        (&hex!("6104005ff3"), 3 + 3 + 32 * 3 + 32 * 32 / 512), // RETURN
        (&hex!("617fe051"), 3 + 3 + 1_024 * 3 + 1_024 * 1_024 / 512),
        // A call of no account's code: 2,600 and nothing more.
        (&hex!("5f5f5f5f61ffff5afa"), 6 * 3 + 2_600),
        // IDENTITY of a word: 18 more, and a word of memory.
        (&hex!("5f5f60205f60045afa"), 6 * 3 + 2_600 + 18 + 3),
        // What is behind it has so much less.
        (&hex!("5f5f60205f60045afa50"), 6 * 3 + 2_600 + 18 + 3 + 3),
    ] {
        let program = hex::encode(code);
        assert!(ask(code, most).is_ok(), "{program} with {most}");
        if let Some(less) = most.checked_sub(1) {
            let error = ask(code, less);
            let limited = matches!(error, Err(Unknown::Refused(Refusal::GasLimited { .. })));
            assert!(limited, "{program} with {less}: {error:?}");
        }
    }
}

#[test]
fn what_precompiled_contracts_take_at_most_is_no_less_than_revm_takes() {
    let mut random = Random(3);
    for precompiles in [
        Precompiles::cancun(),
        Precompiles::prague(),
        Precompiles::osaka(),
    ] {
        for number in 1..=9u8 {
            let address = Address::with_last_byte(number);
            let precompile = precompiles.get(&address).expect("there is one");
            for _ in 0..200 {
                let mut input = random.bytes(400);
                if number == 5 {
                    // Lengths of base, exponent and modulus that are possible.
                    let head =
                        (0..3).flat_map(|_| U256::from(random.below(100)).to_be_bytes::<32>());
                    input = head.chain(input).collect();
                }
                if number == 9 {
                    input.resize(213, 0);
                    input[..2].fill(0);
                    input[212] &= 1;
                }
                let most = precompile_gas(number, &input).expect("known");
                let output = precompile.execute(&input, u64::MAX, 0).expect("it runs");
                if output.status.is_success() {
                    assert!(output.gas_used <= most, "{number}: {}", hex::encode(input));
                    // But for MODEXP, it is what revm takes.
                    assert!(output.gas_used == most || number == 5, "{number}");
                }
            }
        }
    }
    assert_eq!(precompile_gas(10, &[]), None);
    assert_eq!(precompile_gas(5, &[0xff; 96]), None);
}

#[test]
fn what_precompiled_contracts_take_is_what_their_eips_say() {
    let taken = |number: u8, input: &[u8]| {
        let precompile = Precompiles::osaka().get(&Address::with_last_byte(number));
        let output = precompile
            .expect("there is one")
            .execute(input, u64::MAX, 0);
        let output = output.expect("it runs");
        assert!(output.status.is_success(), "{number}");
        output.gas_used
    };
    // EIP-1108: additions, multiplications and pairings of points, here of those at infinity.
    for (number, length, gas) in [
        (6, 128, 150),
        (7, 96, 6_000),
        (8, 0, 45_000),
        (8, 192, 79_000),
        (8, 576, 147_000),
        (8, 191 * 192, 6_539_000),
    ] {
        assert_eq!(
            precompile_gas(number, &vec![0; length]),
            Some(gas),
            "{number}"
        );
        assert_eq!(taken(number, &vec![0; length]), gas, "{number}");
    }
    // EIP-7883, with an exponent whose first word has its highest bit: lengths of base, exponent and modulus. The complexity is 16 up to 32
    // bytes, then twice the square of the words of 8 bytes; there are 255 iterations, and 16 more for each byte behind the 32nd.
    for (base, exponent, modulus, gas) in [
        (0, 0, 0, 16 * 255),
        (32, 32, 32, 16 * 255),
        (33, 32, 1, 2 * 5 * 5 * 255),
        (1, 33, 40, 2 * 5 * 5 * (255 + 16)),
        (1, 64, 8, 16 * (255 + 32 * 16)),
        (1_024, 1_024, 1_024, 2 * 128 * 128 * (255 + 992 * 16)),
    ] {
        let lengths =
            [base, exponent, modulus].map(|length| U256::from(length).to_be_bytes::<32>());
        let input = [lengths.concat(), vec![0xff; base + exponent + modulus]].concat();
        assert_eq!(
            precompile_gas(5, &input),
            Some(gas),
            "{base} {exponent} {modulus}"
        );
        // Without an exponent there are no iterations, but the least that is taken.
        let expected = if exponent == 0 { 500 } else { gas };
        assert_eq!(taken(5, &input), expected, "{base} {exponent} {modulus}");
    }
    for at in 0..3 {
        let mut lengths = [U256::from(1_024).to_be_bytes::<32>(); 3];
        lengths[at] = U256::from(1_025).to_be_bytes();
        assert_eq!(precompile_gas(5, lengths.as_flattened()), None);
    }
}

/// What code answers that is given so much gas.
fn given<H: Host>(host: &mut H, code: &[u8], gas: u64) -> Result<Answer, H::Unknown> {
    let entry = Entry {
        gas: Some(gas),
        ..entry(SOURCE, &[])
    };
    run(host, Rc::new(Code::new(code)), entry)
}

/// A state with this code and another account's.
fn beside(code: &[u8], other: &str) -> World {
    let mut state = of(code.to_vec());
    let other = Account {
        code: hex::decode(other).expect("hexadecimal"),
        ..Default::default()
    };
    state.insert(OTHER, other);
    World(state)
}

/// STATICCALL of the other account with this gas and so much memory for the answer, then five cold slots.
fn asked(gas: u64, output: u32) -> Vec<u8> {
    let call = format!("63{output:08x}5f5f5f73{}67{gas:016x}fa", hex::encode(OTHER));
    hex::decode(call + &"5f54".repeat(5)).expect("hexadecimal")
}

const OTHER: Address = Address::repeat_byte(0xa1);

#[test]
fn a_call_has_used_what_its_answer_says_that_it_took() {
    // The other account answers, by hand, and says that it took 5, or all that it was given.
    let asked = |gas: u64, success: bool, all: bool| {
        let answer = |call: &Call<'_>| Resolved::Answer {
            success,
            data: Vec::new(),
            gas: if all { call.gas } else { Some(5) },
        };
        given(&mut Answering(answer), &asked(gas, 0), 60_000)
    };
    // 2,600 for the account, 10,500 and some pushes for what is behind it.
    for success in [false, true] {
        for (gas, all, fits) in [
            (50_000, false, true),
            (46_000, true, true),
            (47_000, true, false),
        ] {
            let answer = asked(gas, success, all);
            assert_eq!(answer.is_ok(), fits, "{gas} {success} {answer:?}");
        }
    }
    // What takes more than it is given is no answer.
    let answer = |_: &Call<'_>| Resolved::Answer {
        success: true,
        data: Vec::new(),
        gas: Some(6),
    };
    for (gas, fits) in [(5, false), (6, true)] {
        let code = hex::decode(format!("5f5f5f5f73{}60{gas:02x}fa00", "bb".repeat(20)));
        let code = Rc::new(Code::new(&code.expect("hexadecimal")));
        let answer = run(&mut Answering(answer), code, Entry::default());
        assert_eq!(answer.is_ok(), fits, "{gas}");
    }
}

#[test]
fn memory_for_an_answer_is_paid_before_the_call_has_its_share() {
    // 3,125 words cost 28,448; of 40,000 the call has 8,700 at most, and takes 10,000.
    let code = asked(u64::MAX, 100_000);
    match given(&mut beside(&code, &"5f54".repeat(5)), &code, 40_000) {
        Err(Unknown::Refused(Refusal::GasLimited { account, .. })) => assert_eq!(account, OTHER),
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn a_frame_of_its_own_takes_what_it_uses_and_all_of_it_when_it_halts() {
    let ask = |code: &[u8], other: &str, gas: u64| given(&mut beside(code, other), code, gas);
    // Six pushes and a cold account; each slot is a push and 2,100.
    let (call, slot) = (6 * 3 + 2_600, 3 + 2_100);
    let slots = "5f54".repeat(3);
    let whole = asked(u64::MAX, 0);
    let call_alone = &whole[..whole.len() - 10];
    for (code, other, most) in [
        (&whole[..], slots.as_str(), call + 3 * slot + 5 * slot),
        // INVALID, given 5,000.
        (&asked(5_000, 0), "fe", call + 5_000 + 5 * slot),
        // A 64th stays behind (EIP-150): of 6,409 it is 100.
        (call_alone, slots.as_str(), call + 3 * slot + 100),
    ] {
        assert!(ask(code, other, most).is_ok(), "{other} with {most}");
        let error = ask(code, other, most - 1);
        let limited = matches!(error, Err(Unknown::Refused(Refusal::GasLimited { .. })));
        assert!(limited, "{other} with {most} less 1: {error:?}");
    }
}
