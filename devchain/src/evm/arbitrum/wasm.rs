//! ArbWasm (0x71): activation of programs, and what the chain knows of them.

use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use revm::context::JournalTr;

use super::{
    abi::ArbWasm::{self, ArbWasmCalls},
    address::{ARB_WASM, NETWORK_FEE_ACCOUNT},
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    cost::{STORAGE_READ, STORAGE_WRITE},
    data_pricer, fragments, params,
    programs::{self, DAY, Inactive, Program},
    request::Request,
    storage,
};
use crate::{
    arbos::ArbOs,
    evm::context::Ctx,
    wasm::{
        ACTIVATION_FIXED_GAS, ActivationError, Root, StylusParams, activate, decompress,
        is_fragment, is_root,
    },
};

/// Gas of reading the chain's Stylus parameters.
const PARAMS: u64 = 100;
/// Gas of the data pricer: it reads its five fields and writes two of them.
const DATA_PRICER: u64 = 5 * STORAGE_READ + 2 * STORAGE_WRITE;
/// Gas of looking up an account's code hash.
const CODE_HASH: u64 = 2_600;
/// Gas of a log, of each topic and of each byte.
const LOG: (u64, u64, u64) = (375, 375, 8);

impl From<Inactive> for Fault {
    fn from(inactive: Inactive) -> Self {
        match inactive {
            Inactive::NotActivated => Self::typed(&ArbWasm::ProgramNotActivated {}),
            Inactive::NeedsUpgrade { version, current } => {
                Self::typed(&ArbWasm::ProgramNeedsUpgrade {
                    version,
                    stylusVersion: current,
                })
            }
            Inactive::Expired { age } => {
                Self::typed(&ArbWasm::ProgramExpired { ageInSeconds: age })
            }
        }
    }
}

/// The time, in seconds since 1970.
fn now(ctx: &Ctx) -> u64 {
    ctx.block.timestamp.saturating_to()
}

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbWasmCalls>(
    "ArbWasm",
    run,
    &[(
        Purity::Payable,
        &[
            ArbWasm::activateProgramCall::SELECTOR,
            ArbWasm::codehashKeepaliveCall::SELECTOR,
        ],
    )],
)
.since_60(&[ArbWasm::activationGasCall::SELECTOR]);

/// Where the charge before each activation is kept (from ArbOS 60): a parameter of its own.
fn activation_gas_slot() -> U256 {
    storage::slot("stylus", b"activation gas")
}

/// Sets the gas that each activation begins with.
pub fn set_activation_gas(ctx: &mut Ctx, gas: u64) {
    storage::write(ctx, activation_gas_slot(), U256::from(gas));
}

/// The gas that each activation begins with.
fn activation_gas(ctx: &mut Ctx, burner: &mut Burner) -> Result<u64, Fault> {
    Ok(storage::read_paid(ctx, burner, activation_gas_slot())?.saturating_to())
}

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbWasmCalls>(request)?;
    let params = params::get(ctx);
    match call {
        ArbWasmCalls::activateProgram(call) => {
            return activate_program(ctx, burner, request, call.program, &params);
        }
        ArbWasmCalls::codehashKeepalive(call) => {
            return keepalive(ctx, burner, request, call.codehash, &params);
        }
        ArbWasmCalls::activationGas(_) => {}
        _ => burner.burn(PARAMS)?,
    }
    Ok(match call {
        ArbWasmCalls::activateProgram(_) | ArbWasmCalls::codehashKeepalive(_) => Bytes::new(),
        ArbWasmCalls::stylusVersion(_) => returns::<ArbWasm::stylusVersionCall>(&params.version),
        ArbWasmCalls::codehashVersion(call) => {
            let program = of_code_hash(ctx, burner, call.codehash, &params)?;
            returns::<ArbWasm::codehashVersionCall>(&program.version)
        }
        ArbWasmCalls::codehashAsmSize(call) => {
            let program = of_code_hash(ctx, burner, call.codehash, &params)?;
            returns::<ArbWasm::codehashAsmSizeCall>(&program.asm_estimate_kb.saturating_mul(1024))
        }
        ArbWasmCalls::programVersion(call) => {
            let program = of_address(ctx, burner, call.program, &params)?;
            returns::<ArbWasm::programVersionCall>(&program.version)
        }
        ArbWasmCalls::programInitGas(call) => {
            let info = of_address(ctx, burner, call.program, &params)?.info();
            let cached = info.cached_gas(&params);
            returns::<ArbWasm::programInitGasCall>(&ArbWasm::programInitGasReturn {
                gas: cached + info.init_gas(&params),
                gasWhenCached: cached,
            })
        }
        ArbWasmCalls::programMemoryFootprint(call) => {
            let program = of_address(ctx, burner, call.program, &params)?;
            returns::<ArbWasm::programMemoryFootprintCall>(&program.footprint)
        }
        ArbWasmCalls::programTimeLeft(call) => {
            let program = of_address(ctx, burner, call.program, &params)?;
            let lifetime = u64::from(params.expiry_days) * DAY;
            returns::<ArbWasm::programTimeLeftCall>(&lifetime.saturating_sub(program.age(now(ctx))))
        }
        ArbWasmCalls::inkPrice(_) => returns::<ArbWasm::inkPriceCall>(&params.ink_price),
        ArbWasmCalls::maxStackDepth(_) => {
            returns::<ArbWasm::maxStackDepthCall>(&params.max_stack_depth)
        }
        ArbWasmCalls::freePages(_) => returns::<ArbWasm::freePagesCall>(&params.free_pages),
        ArbWasmCalls::pageGas(_) => returns::<ArbWasm::pageGasCall>(&params.page_gas),
        ArbWasmCalls::pageRamp(_) => returns::<ArbWasm::pageRampCall>(&params.page_ramp),
        ArbWasmCalls::pageLimit(_) => returns::<ArbWasm::pageLimitCall>(&params.page_limit),
        ArbWasmCalls::minInitGas(_) => {
            returns::<ArbWasm::minInitGasCall>(&ArbWasm::minInitGasReturn {
                gas: u64::from(params.min_init_gas) * 128,
                cached: u64::from(params.min_cached_init_gas) * 32,
            })
        }
        ArbWasmCalls::initCostScalar(_) => {
            returns::<ArbWasm::initCostScalarCall>(&(u64::from(params.init_cost_scalar) * 2))
        }
        ArbWasmCalls::expiryDays(_) => returns::<ArbWasm::expiryDaysCall>(&params.expiry_days),
        ArbWasmCalls::keepaliveDays(_) => {
            returns::<ArbWasm::keepaliveDaysCall>(&params.keepalive_days)
        }
        ArbWasmCalls::blockCacheSize(_) => {
            returns::<ArbWasm::blockCacheSizeCall>(&params.block_cache_size)
        }
        ArbWasmCalls::activationGas(_) => {
            returns::<ArbWasm::activationGasCall>(&activation_gas(ctx, burner)?)
        }
    })
}

fn of_code_hash(
    ctx: &mut Ctx,
    burner: &mut Burner,
    code_hash: B256,
    params: &StylusParams,
) -> Result<Program, Fault> {
    burner.burn(STORAGE_READ)?;
    Ok(programs::check(
        programs::get(ctx, code_hash),
        now(ctx),
        params,
    )?)
}

/// Hash of an account's code.
pub fn code_hash(ctx: &mut Ctx, burner: &mut Burner, address: Address) -> Result<B256, Fault> {
    burner.burn(CODE_HASH)?;
    let Ok(account) = ctx.journaled_state.load_account(address);
    Ok(account.info.code_hash)
}

fn of_address(
    ctx: &mut Ctx,
    burner: &mut Burner,
    address: Address,
    params: &StylusParams,
) -> Result<Program, Fault> {
    let code_hash = code_hash(ctx, burner, address)?;
    of_code_hash(ctx, burner, code_hash, params)
}

/// Emits an event of this contract or the cache's.
pub fn emit(
    ctx: &mut Ctx,
    burner: &mut Burner,
    address: Address,
    event: &impl SolEvent,
) -> Result<(), Fault> {
    let data = event.encode_log_data();
    let (base, topic, byte) = LOG;
    burner.burn(base + topic * data.topics().len() as u64 + byte * data.data.len() as u64)?;
    ctx.journaled_state.log(Log { address, data });
    Ok(())
}

/// Takes the data fee from the value sent and gives the rest back. Who gets the fee is read only if the value is enough.
fn collect(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    fee: U256,
) -> Result<(), Fault> {
    let excess = request.value.checked_sub(fee).ok_or_else(|| {
        Fault::typed(&ArbWasm::ProgramInsufficientValue {
            have: request.value,
            want: fee,
        })
    })?;
    burner.burn(STORAGE_READ)?;
    for (to, amount) in [(NETWORK_FEE_ACCOUNT, fee), (request.caller, excess)] {
        let Ok(failed) = ctx.journaled_state.transfer(ARB_WASM, to, amount);
        if failed.is_some() {
            return Err(Fault::Failed("cannot pay the data fee"));
        }
    }
    Ok(())
}

/// Unpacks a program for its activation, which pays for the pieces, if there are any.
fn unpack(
    ctx: &mut Ctx,
    burner: &mut Burner,
    code: &[u8],
    params: &StylusParams,
) -> Result<Vec<u8>, Fault> {
    let new = ctx.chain.arbos() >= ArbOs::V60;
    if new && is_root(code) {
        let root = Root::parse(code)?;
        let whole = fragments::read(ctx, burner, &root, params)?;
        let wasm = decompress(&whole, root.length as usize)?;
        if wasm.len() != root.length as usize {
            return Err(Fault::from(ActivationError::Length {
                got: wasm.len(),
                expected: root.length,
            }));
        }
        return Ok(wasm);
    }
    if new && is_fragment(code) {
        return Err(Fault::from(ActivationError::Fragment));
    }
    decompress(code, params.max_wasm_size as usize).map_err(|error| match error {
        ActivationError::NotWasm if new => Fault::typed(&ArbWasm::ProgramNotWasm {}),
        error => Fault::from(error),
    })
}

fn activate_program(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    address: Address,
    params: &StylusParams,
) -> Result<Bytes, Fault> {
    let arbos = ctx.chain.arbos();
    if arbos >= ArbOs::V60 {
        let gas = activation_gas(ctx, burner)?;
        burner.burn(gas)?;
    }
    burner.burn(ACTIVATION_FIXED_GAS)?;
    let now = now(ctx);
    let Ok(account) = ctx.journaled_state.load_account_with_code(address);
    let code_hash = account.info.code_hash;
    let code = account
        .info
        .code
        .as_ref()
        .map(|code| code.original_bytes())
        .unwrap_or_default();
    burner.burn(PARAMS + STORAGE_READ)?;
    let old = programs::get(ctx, code_hash);
    if programs::check(old, now, params).is_ok() {
        return Err(Fault::typed(&ArbWasm::ProgramUpToDate {}));
    }
    if code.is_empty() {
        return Err(Fault::typed(&ArbWasm::ProgramNotWasm {}));
    }
    let wasm = unpack(ctx, burner, &code, params)?;
    // Pages that are open in the programs which led here are not free to be opened again.
    let remaining = StylusParams {
        page_limit: params.page_limit.saturating_sub(ctx.chain.pages.open),
        ..*params
    };
    let info = activate(&wasm, &remaining)
        .map_err(|error| Fault::message(format!("program activation failed: {error}")))?;
    burner.burn(info.activation_gas)?;
    if old.cached {
        // The old module is looked up to leave the cache.
        burner.burn(STORAGE_READ)?;
    }
    // The module's hash, the data pricer, and the program itself.
    burner.burn(STORAGE_WRITE + DATA_PRICER + STORAGE_WRITE)?;
    let module_hash = keccak256(&wasm);
    storage::write(
        ctx,
        storage::of_code("module", code_hash),
        U256::from_be_bytes(module_hash.0),
    );
    let fee = data_pricer::charge(ctx, info.asm_estimate, now);
    let mut program = Program {
        version: params.version,
        init_cost: info.init_cost,
        cached_cost: info.cached_cost,
        footprint: info.footprint,
        activated_at: 0,
        asm_estimate_kb: info.asm_estimate_kb(),
        cached: old.cached,
    };
    program.renew(now);
    programs::set(ctx, code_hash, &program);
    collect(ctx, burner, request, fee)?;
    let event = ArbWasm::ProgramActivated {
        codehash: code_hash,
        moduleHash: module_hash,
        program: address,
        dataFee: fee,
        version: params.version,
    };
    emit(ctx, burner, ARB_WASM, &event)?;
    Ok(returns::<ArbWasm::activateProgramCall>(
        &ArbWasm::activateProgramReturn {
            version: params.version,
            dataFee: fee,
        },
    ))
}

fn keepalive(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    code_hash: B256,
    params: &StylusParams,
) -> Result<Bytes, Fault> {
    let now = now(ctx);
    burner.burn(PARAMS)?;
    let mut program = of_code_hash(ctx, burner, code_hash, params)?;
    let age = program.age(now);
    if age < u64::from(params.keepalive_days) * DAY {
        return Err(Fault::typed(&ArbWasm::ProgramKeepaliveTooSoon {
            ageInSeconds: age,
        }));
    }
    // The data pricer, and the program itself.
    burner.burn(DATA_PRICER + STORAGE_WRITE)?;
    let fee = data_pricer::charge(ctx, program.info().asm_estimate, now);
    program.renew(now);
    programs::set(ctx, code_hash, &program);
    collect(ctx, burner, request, fee)?;
    emit(
        ctx,
        burner,
        ARB_WASM,
        &ArbWasm::ProgramLifetimeExtended {
            codehash: code_hash,
            dataFee: fee,
        },
    )?;
    Ok(Bytes::new())
}
