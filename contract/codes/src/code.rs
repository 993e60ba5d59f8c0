use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::ICodes::{CodeDeployed, CodeTooLarge, CreateFailed, InvalidCode};
use smartsync_clone::{MAX_CODE, OriginalHeader, data_init_code, second_piece_init_code};
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, revert, storage};

/// Mapping from code hash to where the code stands.
const CODES: u8 = 0;

/// What no code that is deployed begins with: EIP-3541.
const RESERVED: u8 = 0xef;

const LOGIC: u64 = 0;
const ORIGINAL: u64 = 1;

/// Where code stands on the target.
struct Code {
    /// Trapped: what is left of it is pure.
    logic: Address,
    /// As it is, in the layout of `OriginalHeader`.
    original: Address,
}

impl Code {
    fn to_words(&self) -> [B256; 2] {
        [self.logic.to_word(), self.original.to_word()]
    }
}

fn slot_of(code_hash: &B256) -> B256 {
    storage::mapping(CODES, *code_hash)
}

/// Where the code of this hash stands; `None` when it was not deployed.
fn find(code_hash: &B256) -> Option<Code> {
    let slot = slot_of(code_hash);
    let logic = storage::address(&host::load(&storage::member(&slot, LOGIC)));
    (!logic.is_zero()).then(|| Code {
        logic,
        original: original(&slot),
    })
}

fn original(slot: &B256) -> Address {
    storage::address(&host::load(&storage::member(slot, ORIGINAL)))
}

/// Where the code of a hash stands.
pub fn code_of(arguments: Arguments<'_>) -> Reply {
    let code = find(&arguments.word(0)?).unwrap_or(Code {
        logic: Address::ZERO,
        original: Address::ZERO,
    });
    Ok(encode(&code.to_words()))
}

/// Where the original of a code stands: one slot, where `code_of` reads two.
pub fn original_of(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&[original(&slot_of(&arguments.word(0)?)).to_word()]))
}

/// Deploys code. Nobody ever supplies trapped code: that the logic is the trap of the code whose hash is proven carries all
/// soundness.
pub fn deploy(arguments: Arguments<'_>) -> Reply {
    let code = arguments.bytes(0)?;
    match code.first() {
        None | Some(&RESERVED) => return Err(revert(InvalidCode {})),
        Some(_) if code.len() > MAX_CODE => {
            return Err(revert(CodeTooLarge {
                length: U256::from(code.len()),
            }));
        }
        Some(_) => {}
    }
    let code_hash = keccak256(code);
    if let Some(code) = find(&code_hash) {
        return Ok(encode(&code.to_words()));
    }
    let mut logic = data_init_code(&[code]);
    let prefix = logic.len().saturating_sub(code.len());
    let mut jumps = vec![0; code.len().div_ceil(8)];
    smartsync_trap::trap(logic.get_mut(prefix..).unwrap_or_default(), &mut jumps);
    let code = Code {
        logic: create_once(&logic)?,
        original: keep(code, &code_hash, &jumps)?,
    };
    let slot = slot_of(&code_hash);
    host::store(&storage::member(&slot, LOGIC), &code.logic.into_word());
    host::store(
        &storage::member(&slot, ORIGINAL),
        &code.original.into_word(),
    );
    emit(&CodeDeployed {
        codeHash: code_hash,
        logic: code.logic,
        original: code.original,
    });
    Ok(encode(&code.to_words()))
}

/// Creates the account, or finds it: different codes may be the same when they are trapped, and what is kept of one may be another.
fn create_once(init_code: &[u8]) -> Result<Address, Vec<u8>> {
    let address = host::this().create2(B256::ZERO, keccak256(init_code));
    if host::code_size(&address) != 0 {
        return Ok(address);
    }
    host::create2(init_code, &B256::ZERO, &B256::ZERO).ok_or_else(|| revert(CreateFailed {}))
}

/// Creates the account, or the two accounts, that hold a code as data.
fn keep(code: &[u8], code_hash: &B256, jumps: &[u8]) -> Result<Address, Vec<u8>> {
    let first = OriginalHeader::first_piece(code.len());
    let (head, rest) = code
        .split_at_checked(first.saturating_sub(jumps.len()))
        .unwrap_or((code, &[]));
    let next = if rest.is_empty() {
        Address::ZERO
    } else {
        create_once(&second_piece_init_code(rest))?
    };
    let header = OriginalHeader {
        next,
        code_hash: *code_hash,
        // At most 24,576.
        length: code.len() as u16,
    };
    create_once(&data_init_code(&[&header.encode(), jumps, head]))
}
