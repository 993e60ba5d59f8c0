//! Edge cases by name, each against revm.
use crate::common::*;
use alloy_primitives::{U256, hex};

/// The same word on top of the stack.
fn same(operation: &str) {
    let operation = operation.replace(' ', "");
    let state = of(hex::decode(format!("{operation}5f5260205ff3")).expect("hexadecimal"));
    let (expected, _) = home(&state, SOURCE, &[]);
    assert_eq!(
        ours(&mut World(state), SOURCE, &[]).expect("known"),
        expected,
        "{operation}"
    );
}

macro_rules! edges { ($($name:ident: $($code:literal),+;)+) => { $(#[test] fn $name() { $(same($code);)+ })+ } }

edges! {
    sdiv_of_the_least_by_minus_one: "5f19600160ff1b05", "600160ff1b5f1905";
    smod_takes_the_sign_of_the_dividend: "60035f1907", "5f19600307", "5f600307";
    shifts_of_256_and_more: "60016101001b", "5f196101001c", "5f196101001d", "60015f195f191d", "60015f191d";
    exp_of_zero: "5f5f0a", "61010060020a", "5f5f190a";
    mulmod_and_addmod_with_zero: "5f6002600309", "5f6002600308", "60055f195f1909", "60055f195f1908";
    byte_behind_the_word: "60ff60201a", "60ff601f1a", "5f195f191a";
    signextend_at_the_ends: "60ff5f0b", "607f5f0b", "60ff601f0b", "60ff5f190b", "5f19601e0b";
    signextend_in_between: "620180ff60010b", "62ff7fff60010b", "6401800000ff60030b", "600160f71b601e0b", "600160f81b601e0b", "600160f61b601e0b";
    clz_of_zero_and_one: "5f1e", "60011e", "5f191e";
    jump_into_push_data: "600456605b5f", "61000656605b5b5f";
    return_data_out_of_bounds: "60015f5f3e5f", "5f60015f3e5f", "5f5f5f3e5f";
    stack_underflow: "01", "80", "90", "600190", "5f5f91", "5f81", "5b50", "5f56", "5f57", "5f52", "5f5f5f5f5f5ffa", "5f5f5f5f5f5ff1", "5f5f3c";
    sign_rules_of_comparisons: "5f195f12", "5f5f1912", "5f195f13", "5f195f1911", "600160ff1b5f1912";
    sar_of_a_negative_by_255_and_256: "600160ff1b60ff1d", "600160ff1b6101001d", "60ff5f191d";
    exp_wraps: "6101006020600a0a", "5f1960030a", "5f195f190a", "600261010060020a0a";
    addmod_and_mulmod_are_not_cut: "60075f195f1908", "60075f195f1909", "5f195f195f1908", "5f195f195f1909";
    jumps_beyond_64_bits_and_to_no_destination: "6801000000000000000a565b", "5f196001575f", "60ff56", "60055656", "600456fe5b60aa", "60016007575ffe5b60aa", "5f60ff5760aa";
    calldata_behind_its_end_is_zero: "5f35", "5f1935", "602060ff5f375f51", "60205f195f375f51";
    offsets_beyond_64_bits_are_behind_every_end: "6020600160401b5f395f51", "6020600160801b5f395f51", "6020600160c01b5f395f51";
    code_behind_its_end_is_zero: "602060025f395f51", "602060ff5f395f51", "60205f195f395f51", "60405f5f39602051";
    copies_of_nothing_expand_no_memory: "5f5f5f193759", "5f5f5f193959", "5f5f5f195e59", "5f5f195f5e59", "5f5f193e59", "5f60ff5f1930 3c59", "5f5f1920";
    memory_is_as_long_as_its_last_word: "601f5159", "60015159", "5f600152 59", "5f5153 59", "60ff60205359", "60216020 2059", "6001602060ff5e59", "600160ff60205e59";
    mcopy_reaches_the_last_byte_of_memory: "60aa601f53 6001601f5f5e 5f51", "60aa5f53 60015f601f5e 5f51", "60aa5f53 60bb603f53 602060205f5e 5f51", "60aa5f53 60bb603f53 60205f60205e 602051";
    mcopy_takes_overlaps_as_memmove_does: "60aa60015360bb60025360036001600 25e5f51", "60aa60015360bb600253600360025f5e5f51";
    mstore8_takes_the_lowest_byte: "61abcd60015360 0051";
    pc_size_and_memory_of_this_code: "5858", "38", "5959";
    gas_and_value_without_a_caller_s_say: "34", "33", "30", "46", "42", "43", "47";
    transient_storage_is_empty: "5f5c", "5f195c";
    memory_beyond_what_any_gas_pays_for_halts: "600160401b51", "600160801b51", "600160c01b51", "600160401b5f20", "600160801b5f20", "600160c01b5f20", "5f1951", "60016001602a1b5260aa", "60015f195f5e", "5f195f20", "5f5f193e", "5f195ff3", "5f195ffd", "5f5f5f195f5f5afa";
    invalid_halts: "fe";
    writes_halt: "5f5f55", "5f5f5d", "5f5fa0", "5f5f5fa1", "5f5f5f5fa2", "5f5f5f5f5fa3", "5f5f5f5f5f5fa4", "5f5f5ff0", "5f5f5f5ff5", "5fff", "5f5f5f5f600130 5af1";
}

/// Limbs with what is carried from one to the next, or is not.
fn words() -> Vec<U256> {
    const LIMBS: [u64; 4] = [0, 1, 1 << 63, u64::MAX];
    let all = (0..256_usize).map(|index| {
        let limb = |place: u32| LIMBS[index >> (2 * place) & 3];
        U256::from_limbs([limb(0), limb(1), limb(2), limb(3)])
    });
    // Every other one, and words of which no limb is like another.
    let mixed = [
        U256::from_limbs([
            0x8001_0203_0405_0607,
            0x1112_9314_1516_9718,
            0xa1a2_23a4_a526_a7a8,
            0x3132_3334,
        ]),
        U256::from(0xfedc_ba98_7654_3210_u64),
    ];
    all.step_by(2).chain(mixed).collect()
}

/// Asks both sides for a program's answer to two words of calldata.
fn on_words(instruction: u8, pairs: impl Iterator<Item = (U256, U256)>) {
    // The second word below, the first on top.
    let code = [
        &hex!("6020355f35")[..],
        &[instruction],
        &hex!("5f5260205ff3"),
    ]
    .concat();
    let state = of(code);
    let inputs: Vec<Vec<u8>> = pairs
        .map(|(top, below)| [top.to_be_bytes::<32>(), below.to_be_bytes()].concat())
        .collect();
    let questions: Vec<_> = inputs.iter().map(|input| (SOURCE, &**input)).collect();
    let answers = homes(&state, &questions, MAX_STEPS);
    let mut world = World(state);
    for ((_, input), (expected, _)) in questions.into_iter().zip(answers) {
        let answer = ours(&mut world, SOURCE, input).expect("known");
        assert_eq!(answer, expected, "{instruction:02x} {}", hex::encode(input));
    }
}

#[test]
fn instructions_on_two_words_carry_from_limb_to_limb() {
    let words = words();
    for instruction in [0x01..=0x07, 0x10..=0x18_u8].into_iter().flatten() {
        // Each with some that are not its neighbours, and all of one limb with each other.
        let pairs = words.iter().enumerate().flat_map(|(index, top)| {
            let others = words.iter().cycle().skip(index % 7).step_by(11);
            others.take(words.len() / 11).map(|below| (*top, *below))
        });
        let small = || words.iter().filter(|word| word.bit_len() <= 64);
        let small = small().flat_map(|top| small().map(|below| (*top, *below)));
        on_words(instruction, pairs.chain(small));
    }
}

#[test]
fn shifts_bytes_and_signs_by_every_number_there_is() {
    let words = words();
    let numbers = (0..=257)
        .map(U256::from)
        .chain([U256::MAX, U256::from(1) << 64]);
    for instruction in [0x0b, 0x1a, 0x1b, 0x1c, 0x1d] {
        let pairs = numbers.clone().enumerate().flat_map(|(index, number)| {
            let some = words.iter().rev().cycle().skip(index % 5).step_by(9);
            some.take(words.len() / 9).map(move |word| (number, *word))
        });
        on_words(instruction, pairs);
    }
}
