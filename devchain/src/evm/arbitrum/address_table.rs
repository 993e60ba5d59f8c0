//! ArbAddressTable (0x66): numbers for accounts, so that calldata can name them in a few bytes.

use alloy_primitives::{Address, Bytes, U256};
use alloy_rlp::Header;
use alloy_sol_types::SolCall;

use super::{
    abi::ArbAddressTable::{self, ArbAddressTableCalls},
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    request::Request,
    storage,
};
use crate::evm::context::Ctx;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbAddressTableCalls>(
    "ArbAddressTable",
    run,
    &[(Purity::Write, &[ArbAddressTable::registerCall::SELECTOR])],
);

const BAD_OFFSET: Fault = Fault::Failed("invalid offset in ArbAddressTable.Decompress");
const BAD_ENCODING: Fault = Fault::Failed("not the encoding of an address or an index");

fn size_slot() -> U256 {
    storage::slot("address table", b"size")
}

/// Where the address with a number is kept.
fn address_slot(index: u64) -> U256 {
    storage::slot("address table", &index.to_be_bytes())
}

/// Where an address's number is kept, one more than it is.
fn index_slot(address: Address) -> U256 {
    storage::slot("address table", address.as_slice())
}

/// The number of an address, if it has one.
fn lookup(ctx: &mut Ctx, burner: &mut Burner, address: Address) -> Result<Option<u64>, Fault> {
    let index: u64 = storage::read_paid(ctx, burner, index_slot(address))?.saturating_to();
    Ok(index.checked_sub(1))
}

/// The address with a number, if there is one.
fn lookup_index(ctx: &mut Ctx, burner: &mut Burner, index: u64) -> Result<Option<Address>, Fault> {
    if U256::from(index) >= storage::read_paid(ctx, burner, size_slot())? {
        return Ok(None);
    }
    let word = storage::read_paid(ctx, burner, address_slot(index))?;
    Ok(Some(Address::from_word(word.into())))
}

fn register(ctx: &mut Ctx, burner: &mut Burner, address: Address) -> Result<u64, Fault> {
    if let Some(index) = lookup(ctx, burner, address)? {
        return Ok(index);
    }
    let index: u64 = storage::read_paid(ctx, burner, size_slot())?.saturating_to();
    let size = U256::from(index.saturating_add(1));
    storage::write_paid(ctx, burner, size_slot(), size)?;
    storage::write_paid(ctx, burner, address_slot(index), address.into_word().into())?;
    storage::write_paid(ctx, burner, index_slot(address), size)?;
    Ok(index)
}

/// The address that bytes begin with, or the address whose number they begin with, and how many bytes that takes.
fn decompress(ctx: &mut Ctx, burner: &mut Burner, bytes: &[u8]) -> Result<(Address, usize), Fault> {
    let mut rest = bytes;
    let payload = Header::decode_bytes(&mut rest, false).map_err(|_not_rlp| BAD_ENCODING)?;
    let taken = bytes.len() - rest.len();
    if let Ok(address) = Address::try_from(payload) {
        return Ok((address, taken));
    }
    if payload.len() > 8 || payload.first() == Some(&0) {
        return Err(BAD_ENCODING);
    }
    let index = payload
        .iter()
        .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    match lookup_index(ctx, burner, index)? {
        Some(address) => Ok((address, taken)),
        None => Err(Fault::Failed("invalid index in compressed address")),
    }
}

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    Ok(match decode::<ArbAddressTableCalls>(request)? {
        ArbAddressTableCalls::addressExists(call) => {
            let exists = lookup(ctx, burner, call.addr)?.is_some();
            returns::<ArbAddressTable::addressExistsCall>(&exists)
        }
        ArbAddressTableCalls::compress(call) => {
            let short = match lookup(ctx, burner, call.addr)? {
                Some(index) => alloy_rlp::encode(index),
                None => alloy_rlp::encode(call.addr),
            };
            returns::<ArbAddressTable::compressCall>(&short.into())
        }
        ArbAddressTableCalls::decompress(call) => {
            let offset = usize::try_from(call.offset).map_err(|_too_large| BAD_OFFSET)?;
            let bytes = call.buf.get(offset..).ok_or(BAD_OFFSET)?;
            let (address, taken) = decompress(ctx, burner, bytes)?;
            returns::<ArbAddressTable::decompressCall>(&(address, U256::from(taken)).into())
        }
        ArbAddressTableCalls::lookup(call) => match lookup(ctx, burner, call.addr)? {
            Some(index) => returns::<ArbAddressTable::lookupCall>(&U256::from(index)),
            None => {
                return Err(Fault::Failed("address does not exist in AddressTable"));
            }
        },
        ArbAddressTableCalls::lookupIndex(call) => {
            let index = u64::try_from(call.index).map_err(|_too_large| {
                Fault::Failed("invalid index in ArbAddressTable.LookupIndex")
            })?;
            match lookup_index(ctx, burner, index)? {
                Some(address) => returns::<ArbAddressTable::lookupIndexCall>(&address),
                None => {
                    return Err(Fault::Failed("index does not exist in AddressTable"));
                }
            }
        }
        ArbAddressTableCalls::register(call) => {
            let index = register(ctx, burner, call.addr)?;
            returns::<ArbAddressTable::registerCall>(&U256::from(index))
        }
        ArbAddressTableCalls::size(_) => {
            let size = storage::read_paid(ctx, burner, size_slot())?;
            returns::<ArbAddressTable::sizeCall>(&size)
        }
    })
}
