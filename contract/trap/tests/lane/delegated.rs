//! Code run on a proxy's storage by revm, trapped and as it is.

use revm::{
    Context, InspectEvm, Inspector, MainBuilder, MainContext,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome},
    primitives::{Address, TxKind, U256, hardfork::SpecId, hex},
    state::{AccountInfo, Bytecode},
};

const SENDER: Address = Address::repeat_byte(0xee);
const PROXY: Address = Address::repeat_byte(0xfa);
const LOGIC: Address = Address::repeat_byte(0xab);
const TRAPPED: Address = Address::repeat_byte(0xac);
const READER: Address = Address::repeat_byte(0xad);

/// Calls with all calldata, then returns one byte more than was answered, the first of which is the flag.
fn forward(call: &str, to: Address) -> Vec<u8> {
    // CALL takes a value, which is 0.
    let value = if call == "f1" { "5f" } else { "" };
    let to = hex::encode(to);
    let code = format!("365f5f375f5f365f{value}73{to}5a{call}5f533d5f60013e3d6001015ff3");
    hex::decode(code).expect("hexadecimal")
}

/// Frames that a transaction opens.
#[derive(Default)]
struct Frames(usize);

impl<C> Inspector<C> for Frames {
    fn call(&mut self, _: &mut C, _: &mut CallInputs) -> Option<CallOutcome> {
        self.0 += 1;
        None
    }
    fn create(&mut self, _: &mut C, _: &mut CreateInputs) -> Option<CreateOutcome> {
        self.0 += 1;
        None
    }
}

/// What trapped code comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No data: the lane says nothing.
    Nothing,
    /// The data of the original, called statically.
    TheOriginals,
}

/// Traps code and has a proxy delegate to it, which a reader calls in a transaction. An error says what it did that it must not do, or what it answered other than
/// the original does to a reader that calls statically.
pub fn check(original: &[u8], input: &[u8], slots: &[(u8, U256)]) -> Result<Outcome, String> {
    let mut code = original.to_vec();
    let mut jumps = vec![0; smartsync_trap::bitmap_length(code.len())];
    smartsync_trap::trap(&mut code, &mut jumps);

    let (native, effects) = run(&code, slots, input, false)?;
    if effects {
        return Err("it has effects".into());
    }
    // Behind the flag of the reader's call and that of the proxy's.
    if native.len() <= 2 {
        return Ok(Outcome::Nothing);
    }
    let (expected, _) = run(original, slots, input, true)?;
    if expected != native {
        return Err(format!(
            "{} instead of {}",
            hex::encode(native),
            hex::encode(expected)
        ));
    }
    Ok(Outcome::TheOriginals)
}

/// What the proxy answers that delegates to this code, and whether the transaction had any effect but this.
fn run(
    code: &[u8],
    slots: &[(u8, U256)],
    input: &[u8],
    statically: bool,
) -> Result<(Vec<u8>, bool), String> {
    let mut database = CacheDB::new(EmptyDB::default());
    let reader = forward(if statically { "fa" } else { "f1" }, PROXY);
    let logic = if statically { LOGIC } else { TRAPPED };
    for (address, code) in [
        (READER, &reader),
        (PROXY, &forward("f4", logic)),
        (logic, &code.to_vec()),
    ] {
        let code = Bytecode::new_raw(code.clone().into());
        database.insert_account_info(
            address,
            AccountInfo::new(U256::ZERO, 0, code.hash_slow(), code),
        );
    }
    for (slot, value) in slots {
        database
            .insert_account_storage(PROXY, U256::from(*slot), *value)
            .map_err(|error| error.to_string())?;
    }
    let mut evm = Context::mainnet()
        .with_db(database)
        .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA))
        .build_mainnet_with_inspector(Frames::default());
    let tx = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(READER),
        data: input.to_vec().into(),
        gas_limit: 500_000,
        gas_price: 0,
        chain_id: Some(1),
        ..Default::default()
    };
    let done = evm.inspect_tx(tx).map_err(|error| format!("{error:?}"))?;
    let writes = done.state.iter().any(|(address, account)| {
        account.storage.values().any(|slot| slot.is_changed())
            || account.is_created()
            || account.is_selfdestructed()
            || !account.info.balance.is_zero()
            || ![SENDER, READER, PROXY, TRAPPED, Address::ZERO].contains(address)
    });
    let effects = writes || !done.result.logs().is_empty() || evm.inspector.0 != 3;
    let output = done.result.output().map(|it| it.to_vec());
    Ok((output.unwrap_or_default(), effects))
}
