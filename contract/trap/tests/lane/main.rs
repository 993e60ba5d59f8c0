//! Trapped code, delegate-called in a context that may write: it writes nothing, and what it answers with data the original
//! answers.

mod delegated;

use delegated::check;
use proptest::prelude::*;
use revm::primitives::U256;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn trapped_code_writes_nothing_and_answers_data_as_the_original_does(
        original in prop::collection::vec(prop_oneof![any::<u8>(), 0x50..0x70u8, Just(0x5f), Just(0x36), Just(0xf3), Just(0x55)], 1..120),
        input in prop::collection::vec(any::<u8>(), 0..70),
        slots in prop::collection::vec((any::<u8>(), any::<u64>().prop_map(U256::from)), 0..20),
    ) {
        prop_assume!(original[0] != 0xef);
        prop_assert!(check(&original, &input, &slots).is_ok());
    }
}

#[test]
fn what_a_proxy_delegates_to_as_it_is_would_be_found_out() {
    // PUSH1 1, PUSH0, SSTORE; LOG0; a call out; each is trapped, and then answers nothing.
    for code in [
        "60015f555f5f52595ff3",
        "5f5fa0595ff3",
        "5f5f5f5f5f335af1505952595ff3",
    ] {
        let code = revm::primitives::hex::decode(code).expect("hexadecimal");
        assert_eq!(check(&code, &[], &[]), Ok(delegated::Outcome::Nothing));
    }
    // MSTORE of the caller, RETURN: pure.
    let code = revm::primitives::hex::decode("335f52595ff3").expect("hexadecimal");
    assert_eq!(check(&code, &[], &[]), Ok(delegated::Outcome::TheOriginals));
}
