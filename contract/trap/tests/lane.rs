//! Trapped code, delegate-called in a context that may write: it writes nothing, and what it answers with data the original
//! answers.
use proptest::prelude::*;
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    primitives::{Address, TxKind, U256, hardfork::SpecId, hex},
    state::{AccountInfo, Bytecode},
};

const SENDER: Address = Address::repeat_byte(0xee);
const PROXY: Address = Address::repeat_byte(0xfa);
const LOGIC: Address = Address::repeat_byte(0xab);

/// What a proxy answers that delegate-calls the logic: flag and data.
fn run(code: &[u8], input: &[u8], slots: &[(u8, u64)]) -> (Vec<u8>, bool) {
    let forward = format!(
        "365f5f375f5f365f73{}5af45f533d5f60013e3d6001015ff3",
        hex::encode(LOGIC)
    );
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, code) in [
        (PROXY, hex::decode(forward).expect("hexadecimal")),
        (LOGIC, code.to_vec()),
    ] {
        let code = Bytecode::new_raw(code.into());
        database.insert_account_info(
            address,
            AccountInfo::new(U256::ZERO, 0, code.hash_slow(), code),
        );
    }
    for (slot, value) in slots {
        database
            .insert_account_storage(PROXY, U256::from(*slot), U256::from(*value))
            .expect("stored");
    }
    let mut evm = Context::mainnet()
        .with_db(database)
        .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA))
        .build_mainnet();
    let tx = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(PROXY),
        data: input.to_vec().into(),
        gas_limit: 500_000,
        gas_price: 0,
        chain_id: Some(1),
        ..Default::default()
    };
    let done = evm.transact(tx).expect("it runs");
    let writes = done.state.iter().any(|(address, account)| {
        account.storage.values().any(|slot| slot.is_changed())
            || account.is_created()
            || account.is_selfdestructed()
            || !account.info.balance.is_zero()
            || ![SENDER, PROXY, LOGIC, Address::ZERO].contains(address)
    });
    let logs = !done.result.logs().is_empty();
    (
        done.result
            .output()
            .map(|it| it.to_vec())
            .unwrap_or_default(),
        writes || logs,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn trapped_code_writes_nothing_and_answers_data_as_the_original_does(
        original in prop::collection::vec(prop_oneof![any::<u8>(), 0x50..0x70u8, Just(0x5f), Just(0x36), Just(0xf3), Just(0x55)], 1..120),
        input in prop::collection::vec(any::<u8>(), 0..70),
        slots in prop::collection::vec((any::<u8>(), any::<u64>()), 0..20),
    ) {
        prop_assume!(original[0] != 0xef);
        let mut code = original.clone();
        let mut jumps = vec![0; smartsync_trap::bitmap_length(code.len())];
        smartsync_trap::trap(&mut code, &mut jumps);
        let (answer, effects) = run(&code, &input, &slots);
        prop_assert!(!effects);
        if answer.len() > 1 {
            prop_assert_eq!(answer, run(&original, &input, &slots).0);
        }
    }
}
