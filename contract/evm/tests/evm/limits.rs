//! Limits of the EVM, which are answers, and limits of the interpreter's own, which are none.

use alloy_primitives::{U256, hex};
use smartsync_evm::{Answer, Code, Entry, Limit, MAX_DEPTH, MAX_FRAMES, MAX_MEMORY, Refusal, run};

use crate::common::*;

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
