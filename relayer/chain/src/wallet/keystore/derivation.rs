use hmac::Hmac;
use serde_json::{Map, Value};
use sha2::Sha256;

use super::member::{bytes, member, name, object, unknown};
use crate::error::KeystoreProblem;

/// Bytes that are derived: half of them decrypt, the others authenticate.
const DERIVED: usize = 32;
/// Most memory that a derivation may take, in bytes: four times what wallets ask for.
const MEMORY: u64 = 1 << 30;
/// Most work of a derivation by scrypt, in bytes that it goes through: thirty times what wallets ask for.
const WORK: u64 = 1 << 33;
/// Most rounds of a derivation by PBKDF2: a hundred times what wallets ask for.
const ROUNDS: u64 = 1 << 25;

/// How a password becomes bytes to decrypt and to authenticate with.
#[derive(Clone, Debug)]
pub(super) enum Derivation {
    Scrypt {
        salt: Vec<u8>,
        log_n: u8,
        r: u32,
        p: u32,
        memory: u64,
    },
    Pbkdf2 {
        salt: Vec<u8>,
        rounds: u32,
    },
}

impl Derivation {
    /// How a keystore's `crypto` says that it is done.
    pub(super) fn of(crypto: &Map<String, Value>) -> Result<Self, KeystoreProblem> {
        let params = object(crypto.get("kdfparams"), "crypto.kdfparams")?;
        let number = |name: &str| params.get(name).and_then(Value::as_u64);
        let dklen = number("dklen").ok_or(member("crypto.kdfparams.dklen", "a number"))?;
        // The bytes after the 32nd are used by nothing, and change none before.
        if dklen < DERIVED as u64 {
            return Err(KeystoreProblem::Length {
                member: "the derived key (dklen)",
                got: usize::try_from(dklen).unwrap_or_default(),
                expected: DERIVED,
            });
        }
        let salt = bytes(params, "salt", "crypto.kdfparams.salt")?;
        match name(crypto, "kdf", "crypto.kdf")? {
            "scrypt" => scrypt(salt, [number("n"), number("r"), number("p")]),
            "pbkdf2" => {
                let hash = name(params, "prf", "crypto.kdfparams.prf")?;
                if hash != "hmac-sha256" {
                    return Err(unknown("prf", hash, "hmac-sha256"));
                }
                let rounds = number("c").filter(|rounds| *rounds > 0);
                let rounds = rounds.ok_or(KeystoreProblem::Parameters { kdf: "pbkdf2" })?;
                match u32::try_from(rounds) {
                    Ok(rounds) if u64::from(rounds) <= ROUNDS => Ok(Self::Pbkdf2 { salt, rounds }),
                    _ => Err(KeystoreProblem::TooManyRounds {
                        rounds,
                        most: ROUNDS,
                    }),
                }
            }
            other => Err(unknown("key derivation", other, "scrypt or pbkdf2")),
        }
    }

    /// The bytes that a password gives.
    pub(super) fn derive(&self, password: &[u8]) -> Result<[u8; DERIVED], KeystoreProblem> {
        let mut derived = [0; DERIVED];
        match self {
            Self::Scrypt {
                salt,
                log_n,
                r,
                p,
                memory,
            } => {
                let impossible = || KeystoreProblem::Parameters { kdf: "scrypt" };
                let params =
                    scrypt::Params::new(*log_n, *r, *p).map_err(|_impossible| impossible())?;
                // The library allocates without asking, and the process would end.
                let mut tried: Vec<u8> = Vec::new();
                let bytes = usize::try_from(*memory).unwrap_or(usize::MAX);
                if tried.try_reserve_exact(bytes).is_err() {
                    return Err(KeystoreProblem::NoMemory(*memory));
                }
                drop(tried);
                scrypt::scrypt(password, salt, &params, &mut derived)
                    .map_err(|_impossible| impossible())?;
            }
            Self::Pbkdf2 { salt, rounds } => {
                pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, *rounds, &mut derived);
            }
        }
        Ok(derived)
    }
}

pub(super) fn scrypt(
    salt: Vec<u8>,
    parameters: [Option<u64>; 3],
) -> Result<Derivation, KeystoreProblem> {
    let impossible = KeystoreProblem::Parameters { kdf: "scrypt" };
    let [Some(n), Some(r), Some(p)] = parameters else {
        return Err(impossible);
    };
    // RFC 7914, section 2: n is a power of two above 1.
    if !n.is_power_of_two() || n == 1 || r == 0 || p == 0 {
        return Err(impossible);
    }
    let block = 128 * u128::from(r);
    let memory = block.saturating_mul(u128::from(n) + u128::from(p));
    let work = block.saturating_mul(u128::from(n) * u128::from(p));
    let (Ok(r), Ok(p), true, true) = (
        u32::try_from(r),
        u32::try_from(p),
        memory <= u128::from(MEMORY),
        work <= u128::from(WORK),
    ) else {
        return Err(KeystoreProblem::TooDear {
            memory,
            most_memory: MEMORY,
            work,
            most_work: WORK,
        });
    };
    let log_n = n.trailing_zeros() as u8;
    scrypt::Params::new(log_n, r, p).map_err(|_impossible| impossible)?;
    Ok(Derivation::Scrypt {
        salt,
        log_n,
        r,
        p,
        memory: memory as u64,
    })
}
