//! Limits of the EVM, which are answers, and limits of the interpreter's own, which are none.

use std::rc::Rc;

use alloy_primitives::{Address, U256, hex};
use revm::precompile::Precompiles;
use smartsync_evm::{
    Answer, Call, Code, Entry, Host, Limit, MAX_DEPTH, MAX_FRAMES, MAX_MEMORY, Refusal, Resolved,
    precompile_gas, run,
};

use crate::{common::*, programs::Random};

const SOURCE: Address = Address::repeat_byte(0xa0);

fn of(code: Vec<u8>) -> State {
    let account = Account {
        code,
        ..Default::default()
    };
    State::from([(SOURCE, account)])
}

fn same(code: Vec<u8>) -> Answer {
    let state = of(code);
    let (expected, _) = home(&state, SOURCE, &[]);
    let answer = ours(&mut World(state), SOURCE, &[]).expect("known");
    assert_eq!(answer, expected);
    answer
}

fn refused(code: &str) -> Refusal {
    let state = of(hex::decode(code).expect("hexadecimal"));
    match ours(&mut World(state), SOURCE, &[]) {
        Err(Unknown::Refused(refusal)) => refusal,
        answer => panic!("{answer:?}"),
    }
}

/// A later fork may define it.
#[test]
fn what_no_fork_defines_is_refused_by_name() {
    let undefined = [
        0x0c..=0x0f_u8,
        0x1f..=0x1f,
        0x21..=0x2f,
        0x4b..=0x4f,
        0xa5..=0xef,
        0xf6..=0xf9,
        0xfb..=0xfc,
    ];
    for instruction in undefined.into_iter().flatten() {
        let expected = Refusal::Unsupported {
            instruction,
            account: SOURCE,
        };
        let code = format!("600160026003600460056006{instruction:02x}");
        assert_eq!(refused(&code), expected);
    }
}

#[test]
fn a_stack_takes_1024_items_and_no_more() {
    for (pushes, fits) in [(1_022, true), (1_024, true), (1_025, false)] {
        // Then as many POPs as leave room for the answer.
        let code = [
            vec![0x5f; pushes],
            vec![0x50; 10],
            hex!("60205ff3").to_vec(),
        ]
        .concat();
        assert_eq!(same(code).success, fits, "{pushes}");
    }
    // DUP of the last item that there is room for, and of one more.
    for duplicates in [1_023, 1_024] {
        let code = [
            vec![0x30],
            vec![0x80; duplicates],
            vec![0x50; 3],
            hex!("60205ff3").to_vec(),
        ];
        assert_eq!(same(code.concat()).success, duplicates == 1_023);
    }
    // Every DUP and SWAP with just enough below, and with one too few.
    for operation in 0x80..=0x9fu8 {
        let needed = usize::from(operation & 15) + 1 + usize::from(operation >= 0x90);
        for depth in [needed, needed - 1] {
            let pushes = (0..depth).flat_map(|item| [0x60, item as u8]);
            let code: Vec<u8> = pushes
                .chain([operation])
                .chain(hex!("5f5260205ff3"))
                .collect();
            assert_eq!(same(code).success, depth == needed, "{operation:x}");
        }
    }
}

/// Room for a stack is made as it grows: no instruction may see where it ends.
#[test]
fn every_instruction_does_the_same_wherever_the_room_for_its_stack_ends() {
    let mut compared = 0;
    for instruction in 0x01..=0xff_u8 {
        for height in [126..=129_usize, 254..=257, 510..=513, 1_020..=1_024]
            .into_iter()
            .flatten()
        {
            let items = (0..height).flat_map(|item| [0x60, item as u8 % 32]);
            let code: Vec<u8> = items
                .chain([instruction])
                // Data of a push.
                .chain([0x5b; 32])
                .chain(hex!("50505050 5f52 595ff3"))
                .collect();
            let state = of(code);
            let (expected, _) = home(&state, SOURCE, &[7; 40]);
            match ours(&mut World(state), SOURCE, &[7; 40]) {
                Ok(answer) => {
                    assert_eq!(answer, expected, "{instruction:02x} on {height} items");
                    compared += 1;
                }
                Err(Unknown::Refused(refusal)) => assert!(
                    matches!(
                        refusal,
                        Refusal::Unsupported { .. } | Refusal::GasLimited { .. }
                    ),
                    "{instruction:02x}: {refusal:?}"
                ),
                Err(Unknown::Precompile) => assert!(matches!(instruction, 0xf1..=0xfa)),
            }
        }
    }
    // All but those that are about the transaction and the block, undefined, or calls of what fails.
    assert!(compared > 130 * 17, "{compared}");
}

#[test]
fn a_push_at_the_end_of_the_code_has_zeros_for_data_and_then_stops() {
    for push in 0x60..=0x7fu8 {
        for data in 0..usize::from(push - 0x5f).min(3) {
            let code = [hex!("60aa5f52").to_vec(), vec![push], vec![0xaa; data]].concat();
            assert_eq!(
                same(code),
                Answer {
                    success: true,
                    data: Vec::new()
                }
            );
        }
    }
    // A destination in the data that is missing is none.
    assert!(!same(hex!("600456615b5b").to_vec()).success);
}

#[test]
fn every_push_has_its_data_on_the_right() {
    for length in 1..=32u8 {
        let data = (1..=length).collect::<Vec<_>>();
        let code = [
            vec![0x5f + length],
            data.clone(),
            hex!("5f5260205ff3").to_vec(),
        ]
        .concat();
        let mut expected = vec![0; 32 - usize::from(length)];
        expected.extend(data);
        assert_eq!(same(code).data, expected);
    }
}

#[test]
fn memory_up_to_the_limit_is_there_and_more_is_refused() {
    let touch = |end: usize| {
        // MSTORE8 at the last byte, MSIZE.
        let at = (end as u32 - 1).to_be_bytes();
        [&hex!("60aa63")[..], &at[..], &hex!("53595f5260205ff3")[..]].concat()
    };
    let answer = same(touch(MAX_MEMORY));
    assert_eq!(U256::from_be_slice(&answer.data), U256::from(MAX_MEMORY));
    // All of it by one instruction: CALLDATACOPY of as much, MSIZE.
    let size = (MAX_MEMORY as u32).to_be_bytes();
    let whole = [&hex!("63")[..], &size, &hex!("5f5f37595f5260205ff3")].concat();
    assert_eq!(same(whole), answer);
    let state = of(touch(MAX_MEMORY + 1));
    let error = ours(&mut World(state), SOURCE, &[]).expect_err("refused");
    assert!(matches!(
        error,
        Unknown::Refused(Refusal::Limit(Limit::Memory))
    ));
    // Sizes and offsets up to what gas could pay for: MLOAD at 2^41, RETURN of 2^41 bytes.
    for code in ["600160291b51", "600160291b5ff3"] {
        assert_eq!(refused(code), Refusal::Limit(Limit::Memory));
    }
}

#[test]
fn calldata_is_read_beyond_what_memory_can_be() {
    // CALLDATALOAD and CALLDATACOPY of a word at the offset, RETURN of both.
    let read = |offset: usize| {
        let at = hex::encode((offset as u32).to_be_bytes());
        let code = format!("63{at}355f52602063{at}60203760405ff3");
        of(hex::decode(code).expect("hexadecimal"))
    };
    let mut input = vec![0; MAX_MEMORY + 100];
    input[MAX_MEMORY - 40..].fill(7);
    for offset in
        [-33, -32, -1, 0, 1, 68, 90, 100, 101].map(|by| MAX_MEMORY.wrapping_add_signed(by))
    {
        let state = read(offset);
        let (expected, _) = home(&state, SOURCE, &input);
        let answer = ours(&mut World(state), SOURCE, &input).expect("known");
        assert_eq!(answer, expected, "{offset}");
        assert!(answer.data[0] == 7 || offset >= input.len());
    }
}

#[test]
fn a_recursion_is_refused_before_the_source_s_own_limit_however_many_runs_it_takes() {
    // STATICCALL of itself, for ever.
    let itself = "5f5f5f5f305afa5f5260205ff3";
    assert_eq!(refused(itself), Refusal::Limit(Limit::Frames));
    for (depth, fits) in [(0, true), (MAX_DEPTH - 1, true), (MAX_DEPTH, false)] {
        let entry = Entry {
            depth,
            ..entry(SOURCE, &[])
        };
        // One frame of its own, with a byte of calldata.
        let code = hex!("3615 6006 57 00 5b 5f5f60015f305afa 5f52 60205ff3");
        let state = of(code.to_vec());
        let code = std::rc::Rc::new(Code::new(&state[&SOURCE].code));
        assert_eq!(run(&mut World(state), code, entry).is_ok(), fits, "{depth}");
    }
    const { assert!(MAX_FRAMES < MAX_DEPTH && MAX_DEPTH < 1_024) };
}

#[test]
fn as_many_frames_wait_as_there_may_be_and_not_one_more() {
    // With calldata: STATICCALL of itself with a byte less, and what that says. Without: 1.
    let code = hex!("3615601557 5f5f600136035f305afa 5f5260205ff3 5b60015f5260205ff3");
    for (waiting, fits) in [
        (MAX_FRAMES - 1, true),
        (MAX_FRAMES, true),
        (MAX_FRAMES + 1, false),
    ] {
        let state = of(code.to_vec());
        let input = vec![0; waiting];
        match ours(&mut World(state), SOURCE, &input) {
            Ok(answer) => {
                let answered = (answer.success, U256::from_be_slice(&answer.data), fits);
                assert_eq!(answered, (true, U256::ONE, true));
            }
            Err(Unknown::Refused(refusal)) => {
                assert_eq!((refusal, false), (Refusal::Limit(Limit::Frames), fits));
            }
            Err(unknown) => panic!("{unknown:?}"),
        }
    }
}

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

#[test]
fn kept_code_is_its_map_and_its_bytes_and_nothing_else() {
    // PUSH1 4, JUMP, INVALID, JUMPDEST, and a 1 for an answer.
    let original = hex!("600456fe5b60015f5260205ff3");
    let mut map = vec![0; smartsync_trap::bitmap_length(original.len())];
    smartsync_trap::trap(&mut original.to_vec(), &mut map);
    let head = [0xaa; 7];
    let kept = [&head[..], &map, &original].concat();
    let code = Code::from_parts(kept.clone(), head.len(), original.len()).expect("code");
    assert_eq!(code.bytes(), original);
    let answer = run(
        &mut World(State::new()),
        std::rc::Rc::new(code),
        entry(SOURCE, &[]),
    );
    let expected = run(
        &mut World(State::new()),
        std::rc::Rc::new(Code::new(&original)),
        entry(SOURCE, &[]),
    );
    assert_eq!(answer.expect("known"), expected.expect("known"));
    // What is behind it is zero: this one runs off its end.
    let short = Code::from_parts(vec![0, 0x5f, 0x5f], 0, 2).expect("code");
    let answer = run(
        &mut World(State::new()),
        std::rc::Rc::new(short),
        entry(SOURCE, &[]),
    );
    assert!(answer.expect("known").success);
    for (kept, map, length) in [
        (kept[..kept.len() - 1].to_vec(), head.len(), original.len()),
        ([&kept[..], &[0]].concat(), head.len(), original.len()),
        (kept.clone(), head.len() + 1, original.len()),
        (kept.clone(), head.len(), original.len() + 1),
        (kept.clone(), usize::MAX, original.len()),
        (kept, head.len(), usize::MAX),
    ] {
        assert!(Code::from_parts(kept, map, length).is_none());
    }
}
